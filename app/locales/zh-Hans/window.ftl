# Titles of the menus, in Simplified Chinese; the letter opens one together with Alt.

menu-file = 文件(F)
    .letter = F
menu-create = 创作(C)
    .letter = C
menu-queue = 队列(Q)
    .letter = Q
menu-clip = 片段(P)
    .letter = P
menu-playback = 播放(B)
    .letter = B
menu-library = 媒体库(L)
    .letter = L
menu-view = 视图(V)
    .letter = V
menu-help = 帮助(H)
    .letter = H

# The choice of the language in the View menu.

language-system = 系统

# Units

unit-bytes = 字节

# View menu

language-title = 语言
view-scale = 缩放
theme-system = 系统
theme-light = 浅色
theme-dark = 深色
theme-high-contrast = 高对比度
view-smooth-pixels = 平滑像素
view-sharp-pixels = 清晰像素

# Durations. They also stand inside sentences.

unit-duration-seconds = { $seconds } 秒
unit-duration-minutes = { $minutes } 分 { $seconds } 秒
unit-duration-hours = { $hours } 小时 { $minutes } 分

# At the right end of the menu bar: the model, downloads and trainings under way. As short as can be.

window-model-opening = 正在打开模型…
window-model-none = 无模型
# $name is the name of the demo model.
window-model-demo = { $name } · 演示模型
# Tooltip of the model's name, in three lines; $pixels is the longest side of a picture.
window-model-card =
    许可证：{ $licence }
    SHA-256：{ $hash }
    最多 { $frames } 帧，边长最大 { $pixels } 像素
window-downloading = 正在下载 { $title }
window-downloading-percent = 正在下载 { $title }（{ $percent }%）
# $name is the name of a LoRA.
window-training = 正在训练 { $name }
window-training-percent = 正在训练 { $name }（{ $percent }%）

# Files are being dragged over the window.

window-drop-hint = 拖放片段可载入其设置，拖放模型可打开它，拖放 LoRA 可添加它

# Buttons of messages. As short as can be: they stand beside the message.

window-close = 关闭
window-dismiss = 关闭此消息
window-open-as-model = 作为模型打开
window-turn-lora-off = 关闭它
    .tooltip = 不用此 LoRA 生成片段
    .name = 关闭 { $file }
window-decode-again = 重新解码
window-copy-path = 复制路径
window-open-page = 打开页面
window-show-in-folder = 在文件夹中显示
    .tooltip = 打开文件所在的文件夹

# Number fields

# Name of a slider for screen readers; $name is that of the setting.
window-slider = { $name }滑块
# How long the clip is.
window-seconds-long = 长 { $seconds } 秒
window-width-height = 宽度和高度（像素）
# A list of sizes.
window-sizes = 尺寸
    .tooltip = 模型支持的尺寸
window-size-of-model = { $width } × { $height }（模型默认）
# In place of a number: one that is drawn for each clip.
window-random = 随机

# The command palette, in which a command is found by its words

palette-field = 输入想做的事
    .name = 命令面板
palette-none = 没有含有这些词的命令
palette-keys = 上、下方向键选择，Enter 运行命令，Escape 关闭

# The page of keyboard shortcuts

shortcuts-title = 键盘快捷键
shortcuts-search = 搜索命令
shortcuts-reset-all = 全部重置
    .tooltip = 将所有命令恢复为默认按键
# The keys that were pressed are those of another command: take them from it, or leave them there. "{ $keys }" is "Ctrl+G".
shortcuts-belongs = { $keys } 属于“{ $command }”
shortcuts-take = 用于此处
    .name = 将 { $keys } 用于{ $command }
shortcuts-keep = 保留原处
    .name = 将 { $keys } 保留给{ $command }
# Two ways to press the same command.
shortcuts-or = { $first } 或 { $second }
shortcuts-press = 请按下新按键
shortcuts-none = 无按键
shortcuts-reset = 重置
    .name = 重置{ $command }的快捷键
shortcuts-change = 更改
    .tooltip = 按下要分配的按键
    .name = 更改{ $command }的快捷键

# Titles of the system's file dialogs; ".files" names the kind of file in its list of kinds.

window-dialog-export = 导出片段
window-dialog-model = 打开模型
    .files = 模型
window-dialog-lora = 添加 LoRA
window-dialog-training = 存放片段和图片的文件夹
window-dialog-queue = 载入队列
    .files = 队列
window-dialog-clip = 从片段载入设置
    .files = 导出的片段

# Messages. Each begins a line or stands after a colon.

window-second = Hummingbird 的另一个窗口已打开且没有应答：这是第二个窗口
window-painter = { $failed } 无法绘制窗口（{ $reason }）：改由 { $name } 绘制
window-painter-before = 之前启动时失败
window-settings-not-saved = 设置未能保存：{ $reason }
window-settings-not-kept = 设置将不会保留：{ $reason }
# $damage is what is wrong; $aside one of the two texts that follow.
window-settings-damaged = 设置文件已损坏（{ $damage }）：将使用其中可读取的部分；{ $aside }
window-shortcuts-damaged = 快捷键文件已损坏（{ $damage }）：将使用其中可读取的部分；{ $aside }
window-old-file = 旧文件已保留为 { $path }
window-old-file-stays = 旧文件未能另行保留（{ $problem }）
window-defaults-used = 将使用默认值：{ $reason }
window-no-threads = 系统无法再启动线程：请关闭其他程序
window-no-threads-because = 系统无法再启动线程：请关闭其他程序（{ $error }）
window-internal-error = 内部错误，请报告：{ $detail }
# In place of the detail of an internal error.
window-no-reason = 没有给出原因
window-library-stopped = 媒体库的一个线程已停止
window-library-defaults = 将使用媒体库的默认值：{ $reason }
window-clip-elsewhere = 完成的片段现位于 { $path }：{ $reason }
window-clip-not-listed = 片段已保存，但未列出：{ $reason }
window-export-stopped = 已停止：{ $clips } 个片段中已写入 { $written } 个
window-export-failed = { $name } 未能保存：{ $error }
window-export-no-clip = 没有片段
