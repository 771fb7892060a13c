# Names and tooltips of actions, in Simplified Chinese: menus, buttons, the command palette and the page of shortcuts are made of them.

## File

action-export = 导出…
    .tooltip = 将此片段保存为视频或图像文件
action-export-as = 导出为…
    .tooltip = 选择格式和选项，然后保存片段
action-export-all = 全部导出…
    .tooltip = 将所选片段或全部历史保存到一个文件夹
action-join-clips = 拼接片段…
    .tooltip = 将所选片段或全部历史依次接成一个文件
action-use-demo-model = 使用演示模型
    .tooltip = 换回 Hummingbird 自带的小模型
action-show-models = 模型…
    .tooltip = 下载、校验、使用和删除模型
action-show-training = 训练 LoRA…
    .tooltip = 用自己的片段和图片让模型学习一种风格或一个主体
action-show-data = 数据
    .tooltip = 用自己的片段制作训练集：挑选、描述、评分和导出
action-open-model = 打开模型…
    .tooltip = 选择模型文件（.safetensors、.pt、.ckpt）
action-open-clip = 从片段载入设置…
    .tooltip = 载入导出的片段所带的提示词、种子和设置
action-quit = 退出
    .tooltip = 关闭窗口

## Create

action-generate = 生成
    .tooltip = 用提示词生成一个片段；如果正在生成另一个，则加入队列
action-cancel-all = 取消所有任务
    .tooltip = 停止当前片段并清空队列
action-cancel = 取消
    .tooltip = 停止当前片段
action-focus-prompt = 编辑提示词
    .tooltip = 将光标移到提示词
action-focus-negative = 编辑反向提示词
    .tooltip = 将光标移到反向提示词
action-surprise = 随机提示词
    .tooltip = 用演示模型认识的词随机写一个提示词
action-toggle-seed-lock = 锁定种子
    .tooltip = 所有片段使用同一种子，而不是随机种子
action-roll-seed = 随机种子
    .tooltip = 随机选取一个种子并锁定
action-add-lora = 添加 LoRA…
    .tooltip = 选择要应用到模型的 LoRA 文件
action-undo-remove = 撤销移除
    .tooltip = 恢复最近移除的模型或 LoRA
action-undo-caption = 撤销描述修改
    .tooltip = 恢复训练页面上最近修改的描述
action-reset-controls = 重置设置
    .tooltip = 恢复模型的默认值，保留提示词

## Queue

action-pause-queue = 暂停队列
    .tooltip = 在最近完成的一步之后停止（该步会保留），并释放内存
action-resume-queue = 继续队列
    .tooltip = 继续队列中已暂停的片段，各自从最近完成的一步之后开始
action-stop-after = 此片段后暂停
    .tooltip = 完成正在生成的片段后暂停队列；再选一次则取消
action-skip-job = 跳过此片段
    .tooltip = 将正在生成的片段移到其他片段之后，保留已完成的步骤
action-retry-failed = 重试失败的片段
    .tooltip = 将所有失败的片段重新加入队列，各自从最近完成的一步之后开始
action-edit-job = 编辑片段
    .tooltip = 将队列中所选片段的设置放入表单；之后按“生成”即可替换它
action-duplicate-job = 复制片段
    .tooltip = 将队列中所选的片段再加入一次
action-move-job-up = 上移
    .tooltip = 让队列中所选的片段先于上面的片段生成
action-move-job-down = 下移
    .tooltip = 让队列中所选的片段后于下面的片段生成
action-remove-job = 从队列中移除
    .tooltip = 将所选片段从队列中取出
action-undo-queue = 撤销从队列中移除
    .tooltip = 恢复最近从队列中移除的内容
action-add-batch = 添加批次…
    .tooltip = 将许多片段加入队列：多个提示词、多个种子，或两项设置的网格
action-join-grid = 立即拼接网格
    .tooltip = 即使缺少部分片段，也将网格拼成一个片段
action-save-queue = 保存队列…
    .tooltip = 将等待中的片段写入文件，该文件无需窗口即可运行
action-load-queue = 载入队列…
    .tooltip = 将之前保存的文件中的片段加入队列
action-when-done = 队列完成后…
    .tooltip = 选择最后一个片段完成后让电脑睡眠或运行命令

## Play

action-play-pause = 播放或暂停
    .tooltip = 开始或暂停播放
action-previous-frame = 上一帧
    .tooltip = 后退一帧
action-next-frame = 下一帧
    .tooltip = 前进一帧
action-first-frame = 第一帧
    .tooltip = 转到第一帧
action-last-frame = 最后一帧
    .tooltip = 转到最后一帧
action-play-backwards = 倒放
    .tooltip = 向开头播放；再按一次加快
action-play-forwards = 正放
    .tooltip = 向结尾播放；再按一次加快
action-slower = 减慢
    .tooltip = 以一半的速度播放
action-faster = 加快
    .tooltip = 以两倍的速度播放
action-normal-speed = 正常速度
    .tooltip = 以片段自身的速度播放
action-set-in = 从此处开始
    .tooltip = 从显示的这一帧开始播放和导出
action-set-out = 到此处结束
    .tooltip = 播放和导出到显示的这一帧为止
action-clear-range = 整个片段
    .tooltip = 重新播放和导出所有帧
action-toggle-loop = 循环
    .tooltip = 反复播放片段
action-toggle-ping-pong = 往返播放
    .tooltip = 先正向再反向播放片段
action-zoom-in = 放大
    .tooltip = 放大显示片段的一部分；拖动可移动
action-zoom-out = 缩小
    .tooltip = 显示片段的更多部分
action-zoom-fit = 适应窗口
    .tooltip = 以能容纳的最大尺寸显示整个片段
action-only-clip = 仅片段
    .tooltip = 让片段占满屏幕，或重新显示面板

## Clip

action-show-live = 显示实时预览
    .tooltip = 显示正在生成的片段的预览
action-previous-result = 较新的片段
    .tooltip = 显示历史中上面的片段
action-next-result = 较旧的片段
    .tooltip = 显示历史中下面的片段
action-reuse-settings = 复用设置
    .tooltip = 将此片段的提示词、种子和设置复制到表单
action-decode-again = 重新解码
    .tooltip = 不再采样，用完整解码器重新解码已保存的潜变量
action-delete-result = 删除片段
    .tooltip = 将此片段移到回收站
action-undo-delete = 撤销删除
    .tooltip = 恢复最近删除的片段
action-copy-frame = 复制帧
    .tooltip = 将显示的这一帧作为图片放入剪贴板

## Library

action-show-library = 媒体库
    .tooltip = 显示所有已完成的片段，或回到播放器
action-search-library = 搜索媒体库
    .tooltip = 按提示词和设置中的词查找片段
action-select-all = 选择所有片段
    .tooltip = 选择媒体库当前列出的所有片段
action-open-kept = 打开片段
    .tooltip = 在播放器中显示媒体库中所选的片段
action-toggle-favourite = 收藏
    .tooltip = 将片段标为收藏，或取消标记
action-compare-clips = 比较两个片段
    .tooltip = 同步显示所选的两个片段及其差异，或回到列表
action-one-more = 再来一个
    .tooltip = 用此片段的设置和新种子生成一个片段
action-throw-again = 丢弃并重做
    .tooltip = 将此片段移到回收站，并用新种子生成一个来代替
action-other-prompt = 同一种子，换提示词
    .tooltip = 复制设置，锁定种子，并将光标移到提示词
action-variations = 变体
    .tooltip = 用相邻的种子生成四个与此类似的片段
action-show-in-folder = 在文件夹中显示
    .tooltip = 打开片段文件所在的文件夹
action-rescan-library = 查找新文件
    .tooltip = 跟进其他程序对媒体库文件所做的改动
action-data-folder = 打开片段…
    .tooltip = 在数据页面显示文件夹中的片段
action-data-manifest = 打开清单…
    .tooltip = 在数据页面显示表格（.parquet、.csv、.jsonl）中的片段
action-data-redo = 重做
    .tooltip = 重做数据页面上最近一次撤销的操作
action-data-mark = 保留或剔除片段
    .tooltip = 在数据页面切换保留与剔除；空格键作用相同
action-data-edit = 编辑描述
    .tooltip = 输入数据页面中片段的描述；在其行上按回车作用相同
action-data-accept = 接受描述
    .tooltip = 采用数据页面中片段的新描述
action-data-refuse = 拒绝描述
    .tooltip = 保持数据页面中片段的描述不变
action-data-accept-all = 接受全部描述
    .tooltip = 采用数据页面的全部新描述
action-data-refuse-all = 拒绝全部描述
    .tooltip = 保持数据页面的全部描述不变

## View

action-toggle-controls = 设置面板
    .tooltip = 显示或隐藏提示词和设置的面板
action-toggle-history = 历史面板
    .tooltip = 显示或隐藏队列和历史的面板
action-toggle-advanced = 高级设置
    .tooltip = 显示或隐藏面向熟悉者的设置：Eta、噪声、缓存、Token
action-toggle-full-screen = 全屏
    .tooltip = 让窗口占满屏幕，或恢复原状
action-scale-up = 放大界面
    .tooltip = 放大窗口中的所有内容
action-scale-down = 缩小界面
    .tooltip = 缩小窗口中的所有内容
action-reset-scale = 重置缩放
    .tooltip = 恢复为 100% 的缩放
action-cycle-theme = 切换主题
    .tooltip = 在浅色、深色、高对比度和系统主题之间切换
action-toggle-reduced-motion = 减少动效
    .tooltip = 让缩略图静止，面板切换时不滑动
action-toggle-scaling = 清晰或平滑像素
    .tooltip = 以清晰或平滑的像素放大小片段
action-dismiss-notices = 关闭所有消息
    .tooltip = 关闭预览上方的所有消息

## Help

action-command-palette = 命令面板…
    .tooltip = 按词查找命令并运行
action-show-first-steps = 入门步骤…
    .tooltip = 查看用哪个设备计算，生成第一个片段，并查找完整模型
action-edit-shortcuts = 键盘快捷键…
    .tooltip = 查看并更改所有命令的按键
action-ask-for-newer-version = 查看是否有新版本
    .tooltip = 向项目页面询问是否有更新的版本；不会发送其他内容，也绝不会自动询问
action-help = 帮助与快捷键
    .tooltip = 显示如何开始以及所有键盘快捷键
