# The model manager, in Simplified Chinese.

models-title = 模型
models-intro = 演示模型 Nano 认识几十个词。完整模型能理解自由文本：请在此按其所有者的许可证下载，或将模型文件拖放到窗口。
models-reading = 正在读取模型文件夹…
models-open-folder = 打开模型文件夹
models-close = 关闭
models-back = 返回
models-cancel = 取消
models-judges = 评判模型
models-judges-about = 它们查看片段，用于评测和挑选训练数据；不生成片段
models-not-listed = 此模型已不在列表中
models-nano-about = 演示模型：体积小，在任何计算机上都很快，认识几十个词

## What a model is and where it is

models-in-use = 使用中
models-built-in = 内置
models-not-downloaded = 未下载
models-percent-downloaded = 已下载 { $percent }%
models-bytes-downloaded = 已下载 { $size }
models-downloaded = 已下载
models-verified = 已下载，已校验
models-differs = 与发布的文件不同；请删除后重新下载
models-own-file = 您自己的文件
models-own-model = 您自己的文件：模型
models-own-lora = 您自己的文件：LoRA
# $kind is what a file is, such as "SD 1.x checkpoint".
models-own-foreign = 您自己的文件：{ $kind }，不适用于本程序
models-on-disk = 占用磁盘 { $size }
models-about-on-disk = 约占用磁盘 { $size }
models-memory-for-weights = 权重约需 { $memory } 内存
models-licence = 许可证

## Buttons of a model

models-download = 下载…
    .tooltip = 先阅读许可证，再下载
    .name = 下载 { $model }
models-resume = 继续
    .tooltip = 从中断处继续下载
    .name = 继续下载 { $model }
models-discard = 放弃…
    .tooltip = 删除目前已下载的部分
    .name = 放弃 { $model }
models-use = 使用
    .tooltip = 用此模型生成片段
    .name = 使用 { $model }
models-add = 添加
    .tooltip = 添加到设置中的 LoRA
    .name = 添加 { $model }
models-already-in-list = 它已在列表中
models-verify = 校验
    .tooltip = 读取整个文件，并与发布的文件比较
    .name = 校验 { $model }
models-remove = 删除
    .tooltip = 从模型文件夹中删除；窗口关闭之前可以撤销
    .name = 删除 { $model }
models-stop = 取消
    .tooltip = 停止，并保留已下载的部分
    .name = 取消 { $model }
models-stopping = 正在停止…

## Work on a model

models-moving = 正在移动文件
models-verifying = 正在校验…
models-verifying-bytes = 已校验 { $done }
models-verifying-of = 已校验 { $done }，共 { $total }
models-downloading = 正在下载…
models-downloading-bytes = 已下载 { $done }
models-downloading-of = 已下载 { $done }，共 { $total }
models-rate = { $size }/秒
models-time-left = 剩余 { $time }
models-waiting = { $reason }；{ $time }后重试

## Before a download

models-download-title = 下载 { $model }？
models-size = 大小
    .about = 约 { $size }
    .unknown = 未知
models-from = 来源
models-to = 保存到
models-licence-of-weights = 权重归其所有者所有，采用许可证 { $licence }。请先阅读。
models-accept = 接受许可证并下载
models-discard-title = 放弃 { $model } 的下载？
models-discard-about = 目前已下载的 { $size } 将被删除
models-discard-confirm = 放弃
models-discard-keep = 保留

## Messages about models

models-got = { $model } 已下载
models-checked = { $model }：{ $found }
models-checked-release = 与发布的文件一致
models-checked-nothing = 可以读取，但没有可供比较的哈希值
models-checked-unchanged = 自下载以来没有变化
models-part-deleted = { $model } 已下载的部分已删除
models-removed = { $model } 已删除；其磁盘空间在 Hummingbird 关闭时释放
models-restored = { $model } 已恢复
models-stopped = { $model }：已停止；已下载的部分会保留
models-failed = { $model }：{ $reason }
models-dropped-model = { $file } 是完整的模型，不是 LoRA：请将其作为模型打开
models-dropped-previews = { $file } 是用于预览和快速解码的轻量解码器（TAESD），不是模型：请放入模型文件夹
models-dropped-foreign = { $file } 是 { $kind }：不适用于本程序
models-dropped-unknown = { $file } 既不是此版本所知的文本生成视频模型，也不是 LoRA
models-not-opened = 无法打开 { $place }：{ $reason }
models-nothing-opens = 此系统上没有程序打开 { $place }：请自行打开

## Other folders, what fits, and models in parts

models-searching = 正在搜索文件夹…
models-add-folder = 添加文件夹…
    .tooltip = 也在另一个文件夹中搜索模型；其中的内容不会改动
models-add-folder-title = 添加含有模型的文件夹
models-add-folder-about = 您自己的文件夹，或 ComfyUI、StabilityMatrix、Stable Diffusion web UI 的文件夹。其中的文件在原处使用，绝不改动。
models-folder-not-kept = 无法添加 { $folder }：其名称不是纯文本，或列表已满
models-offer = 在 { $folder } 中找到 { $program } 的模型
models-offer-use = 使用
    .tooltip = 列出其中本程序可用的文件；它们留在原处，绝不改动
    .name = 使用 { $program } 的模型
models-offer-refuse = 暂不
    .name = 不使用 { $program } 的模型
models-folder-remove = 从列表移除
    .tooltip = 不再搜索此文件夹；其中的文件保持不变
    .name = 将文件夹 { $folder } 从列表移除
models-folder-holds = { $models ->
        [0] 没有适用于本程序的文件
       *[other] { $models } 个文件适用于本程序
    }{ $others ->
        [0] { "" }
       *[other] ，{ $others } 个适用于其他程序
    }
models-folder-loras = LoRA（{ $count }）
models-folder-gone = 目前不存在：它会留在列表中，重新出现时再次搜索
models-folder-unreadable = 无法读取：{ $reason }
models-folder-cut = 此文件夹的内容超出搜索范围：请添加其中存放模型的文件夹
models-kind-model = 模型
models-kind-lora = LoRA
models-kind-previews = 用于预览和快速解码的轻量解码器
models-judged-memory = 按 { $memory } 内存判断
models-judged-beside-card = 按计算机的 { $memory } 内存判断；显卡的内存未知
models-fits = 可在此运行（{ $judged }）
models-fits-tightly = 可在此运行，但余量很小（{ $judged }）
models-too-large = 对这台计算机来说太大（{ $judged }）：请转换为 f16 或 q8，或使用更小的模型
models-disk-tight = 磁盘将几乎占满：可用空间 { $free }
models-disk-full = 磁盘空间不足：可用空间 { $free }
models-clip-takes = 根据已生成的片段，在此生成一个片段约需 { $time }
models-complete = 补全…
    .tooltip = 指定其文本编码器和自编码器的文件
    .name = 补全 { $model }
models-complete-title = 补全 { $model }
models-complete-about = U-Net 需要文本编码器和自编码器。请为模型缺少的每一项选择文件；程序会为此模型记住该选择。
models-complete-confirm = 打开模型
models-complete-cancel = 取消
models-text-encoder = 文本编码器
models-autoencoder = 自编码器
models-part-own = 模型自带
models-part-choose = 选择
    .name = 选择文件：{ $part }
models-unet-without-both = U-Net，不含文本编码器和自编码器
models-unet-without-text = U-Net 和自编码器，不含文本编码器
models-unet-without-vae = U-Net 和文本编码器，不含自编码器
models-alone-both = 文本编码器和自编码器，用于补全 U-Net
models-alone-text = 文本编码器，用于补全 U-Net
models-alone-vae = 自编码器，用于补全 U-Net
models-part-dropped = { $file } 只含有模型的一部分：请指定所缺部分的文件
models-list-damaged = 模型文件夹的列表已损坏（{ $damage }）：使用可读取的部分；{ $aside }
