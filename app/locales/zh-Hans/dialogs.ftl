# What stands in front of the window, the first steps, and the panels as such, in Simplified Chinese.

## Buttons and fields of dialogs

dialogs-close = 关闭
dialogs-cancel = 取消
dialogs-open = 打开
dialogs-keep-working = 继续工作
dialogs-file = 文件
dialogs-browse = 浏览…
    .tooltip = 用系统的文件对话框选择
dialogs-key-confirm = Ctrl+Enter
dialogs-key-cancel = Escape

## Help

dialogs-help-title = 帮助与快捷键
dialogs-help-text = 输入片段应呈现的内容，然后按“生成”。预览从第一步起就会变化。每个完成的片段都会立即保存，并出现在媒体库中。将文件拖放到窗口：导出的片段会载入其设置，模型会打开，LoRA 会添加。
dialogs-help-numbers = 在数字框中，上、下方向键可更改数字；空框表示模型的默认值
dialogs-help-menus = F10 打开菜单，Alt 加带下划线的字母打开对应菜单；方向键在其中移动
# Two shortcuts of one command: "Space 或 K".
dialogs-keys = { $all } 或 { $keys }

## Closing the window

dialogs-quit-title = 关闭 Hummingbird？
dialogs-quit-unsaved = 尚未导出的 { $count } 个片段将会丢失
dialogs-quit-confirm = 仍然关闭
dialogs-quit-training = { $name } 正在训练：其检查点会保留，下次启动时可以继续
dialogs-quit-after-training = 训练结束后关闭
dialogs-quit-after-training-text = 窗口会在训练结束后关闭。现在关闭最多损失一分钟。
dialogs-quit-stop-training = 停止训练并关闭
dialogs-closing = 正在关闭…

## Starting after windows that ended by themselves

dialogs-safe-title = 安全启动？
dialogs-safe-text = 前两次窗口都未经关闭就结束了。安全启动不打开模型，并在处理器上计算。
dialogs-safe-kept = 无论哪种方式，片段、队列和表单内容都会保留
dialogs-safe-usual = 照常启动
dialogs-safe-confirm = 安全启动

## Another model while clips are being made

dialogs-switch-title = 现在切换模型？
dialogs-switch = 打开 { $name } 会暂停正在生成的片段
dialogs-switch-demo = 打开演示模型会暂停正在生成的片段
dialogs-switch-confirm = 暂停片段并切换
dialogs-switch-keep = 保留此模型

## Opening files

dialogs-open-model = 打开模型
    .text = 模型文件（.safetensors、.pt、.ckpt）。也可以将其拖放到窗口。
dialogs-open-lora = 添加 LoRA
    .text = LoRA 文件。也可以将其拖放到窗口。
dialogs-open-training = 片段文件夹
    .text = 存放片段和图片的文件夹。也可以将其拖放到训练页面。
dialogs-open-queue = 载入队列
    .text = 已保存的队列（.json）。也可以将其拖放到窗口。
dialogs-open-clip = 从片段载入设置
    .text = 本程序、Stable Diffusion web UI、ComfyUI 或 WanGP 的片段或图片。也可以将其拖放到窗口。

## The first steps

dialogs-first-step = 第 { $number } 步，共 3 步
dialogs-first-device = 计算设备
dialogs-first-demo = 第一个片段
dialogs-first-models = 完整模型
dialogs-first-next = 下一步
dialogs-first-back = 返回
dialogs-first-skip = 跳过
dialogs-first-done = 完成
dialogs-first-again = 可从“帮助”菜单再次显示这些步骤
dialogs-first-looking = 正在查找设备…
dialogs-first-on-cpu = 未找到比处理器更快的显卡。片段在处理器上生成：演示模型只需几秒，完整模型需要许多分钟。
dialogs-first-on-chip = 片段在与处理器共享内存的图形芯片上生成
dialogs-first-on-card = 片段在显卡上生成
# "设备" is the label of that row, as in settings-device.
dialogs-first-other-device = 可在设置的“设备”中选择其他设备
dialogs-first-processor = 处理器：{ $name }
dialogs-first-graphics = 图形：{ $name }
dialogs-first-demo-text = Hummingbird 自带一个演示模型。它认识几十个词，几秒内就能画出简单的事物。
dialogs-first-starting = 正在启动…
dialogs-first-make = 立即生成片段
dialogs-first-make-another = 再生成一个
dialogs-first-made = 就这么简单：每个片段都会立即保存，并出现在媒体库中
dialogs-first-picture = 正在生成的片段
dialogs-first-models-what = 完整模型能理解自由文本，并画出所描述的内容。它们可按各自所有者的许可证免费下载。
dialogs-first-models-need = 最小的约为 2.4 GB。建议使用显存 6 GB 或以上的显卡；在处理器上生成一个片段需要许多分钟。
dialogs-first-models-page = 模型页面会在下载之前说明每个模型的需求

## In place of a clip

dialogs-invitation = 片段会显示在此处
dialogs-invitation-write = 1 · 写下要呈现的内容：主体、动作和地点
dialogs-invitation-generate = 2 · 按“生成”，或 { $keys }
dialogs-invitation-watch = 3 · 看着它成形。它会自动保存；“导出”可得到 MP4 或 GIF。
dialogs-invitation-example = 使用此提示词
dialogs-invitation-palette = { $keys } 可查找所有命令
dialogs-invitation-history = 完成的片段在历史中

## In place of a part of the window that failed; $part is its name, as a sentence begins

dialogs-broken = 由于内部错误，无法显示{ $part }。其他部分照常运行。
dialogs-broken-away = 不显示并继续
    .name = 不显示并继续：{ $part }
dialogs-broken-again = 重试
    .name = 重试：{ $part }
dialogs-broken-copy = 复制报告
    .name = 复制报告：{ $part }

## Pages and panels

dialogs-panel-controls =
    .hide = 隐藏设置面板
    .show = 显示设置面板
    .width = 设置面板的宽度
dialogs-panel-history =
    .hide = 隐藏历史面板
    .show = 显示历史面板
    .width = 历史面板的宽度
