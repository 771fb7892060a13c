# The data page, in Chinese.

## The page

data-title = 数据
data-count = 保留 { $kept } / { $count } 个片段
data-count-broken = { $count } 个无法读取
data-opening = 正在打开…
data-recent = 最近
data-undo = 撤销
    .tooltip = 撤销最近的决定或描述
data-about = 把片段整理成训练集：选择文件夹或命令写出的清单，或把它拖到这里。搜索过程中片段会陆续出现。
data-about-kept = 片段不会被更改或删除。您的决定保存在程序数据文件夹的清单中。
data-looking = 正在查找片段…
data-no-clips = 这里没有找到片段
data-progress = { $stage }，{ $done } / { $count } 个片段
data-working-percent = { $stage }，{ $percent }%
data-stop = 停止
data-stopping = 正在停止…
data-stopped = 已停止：完成的部分会保留，同一按钮可继续
data-which = 显示的片段
data-sort = 片段顺序
data-ascending = 升序
data-descending = 降序
data-turn = 反转顺序
data-search = 搜索描述和名称
data-search-hint = 搜索
data-list-all = 全部片段
data-list-kept = 保留
data-list-dropped = 剔除
data-list-broken = 无法读取
data-list-offered = 新描述
data-sort-name = 文件名
data-sort-caption = 描述
data-sort-reasons = 原因

## A clip

data-clip = { $name }：{ $caption }，{ $state }
data-seconds = { $secs } 秒
data-kept = 保留
data-dropped = 剔除
data-kept-by-hand = 手动保留
data-dropped-by-hand = 手动剔除
data-keep = 保留
data-drop = 剔除
data-undecided = 交给限制决定
data-no-caption = 没有描述
data-caption-of-clip = 这是片段内的提示词
data-caption-of = { $name } 的描述
data-picture-of = { $name } 的画面
data-original = 原始描述
data-offered = 新描述
data-offer-waits = 有新描述待处理
data-offers = { $count } 条新描述待处理
data-accept = 接受
data-refuse = 拒绝
data-keys = 方向键移动，空格保留或剔除，回车编辑描述，A 接受新描述，D 拒绝，Ctrl+Z 撤销，Ctrl+Y 重做
data-file-gone = 文件已不存在

## The side

data-tab-clip = 片段
data-tab-limits = 限制
data-tab-steps = 步骤
data-tab-export = 导出

## Columns

data-column-frames = 帧数
data-column-fps = 帧率
data-column-seconds = 秒数
data-column-width = 宽度
data-column-height = 高度
data-column-aesthetic = 美学质量
data-column-technical = 技术质量
data-column-overall = 总体质量
data-column-smoothness = 流畅度
data-column-motion-px = 运动（像素）
data-column-motion-rel = 运动
data-column-zoom = 缩放
data-column-dolly = 滑动变焦
data-column-jerk = 抖动

## Reasons

data-reason-static = 画面静止
data-reason-dolly-zoom = 有滑动变焦
data-reason-shake = 画面抖动
data-reason-error = 无法读取
data-reason-by-hand = 手动剔除
data-reason-duplicate = 与其他片段内容相同
data-reason-near-duplicate = 与其他片段看起来相同
data-reason-sieve = 初步质量检查得分低
data-reason-below = { $column }低于 { $value }
data-reason-above = { $column }高于 { $value }
data-reason-not-best = { $column }不在前 { $percent }%
data-reason-unknown = { $column }未知
data-reason-count = { $reason }（{ $count }）
data-reason-list = 只显示有此原因的片段
data-reason-drops = 此原因是否剔除片段
    .name = 剔除片段：{ $reason }
data-reasons = 剔除原因
data-nothing-dropped = 没有剔除任何片段

## Limits

data-least = 至少
    .name = { $column }，至少
data-most = 至多
    .name = { $column }，至多
data-best = 最佳
    .tooltip = 只保留该列最佳的这一比例
    .name = { $column }，最佳比例
data-histogram = { $column }：{ $least } 到 { $most }
data-keep-unknown = 保留未知的
    .tooltip = 受限列中没有数值的片段可通过该限制
data-no-limits = 取消所有限制

## Steps

data-stage-scan = 正在检查片段
data-stage-motion = 正在测量运动
data-stage-score = 正在评估质量
data-stage-smoothness = 正在测量流畅度
data-stage-sample = 正在请求十条描述
data-stage-caption = 正在改写描述
data-stage-export = 正在写出片段
data-stage-page = 正在写出页面
data-scan-title = 片段
data-scan-on = 继续查找
    .text = 文件夹尚未搜索完
data-scan-again = 重新查找
    .text = 查找新增、更改或消失的片段；其余信息保留
data-motion-title = 运动
data-motion = 测量运动
data-motion-about = 找出静止、抖动或有滑动变焦的片段；无需模型
data-cost-frames = 还剩 { $count } 个片段，共 { $frames } 帧
data-score-title = 质量
data-score = 评估质量
data-score-about = 低成本的网络检查所有片段，大网络只检查它放行的片段
data-score-sieve = 先用 { $name }：成本低，检查所有片段
data-score-judge = 再用 { $name }：计算量约为六倍
data-sieve-share = 放行最佳的
    .tooltip = 其余片段会带着原因被剔除，限制中可以忽略该原因
data-score-looks = { $name } 检查 { $count } 个片段
data-score-both = { $first }，然后 { $second }
data-work-cost = { $what }：在 { $device } 上需 { $tflop } TFLOP
data-network-found = { $name }：模型文件夹中的 { $file }
data-network-chosen = { $name }：您选择的 { $file }
data-network-missing = 模型文件夹中没有 { $name }：请在模型页面或用 { $command } 获取，或选择其文件
data-network-searching = 正在模型文件夹中查找 { $name }…
data-network-reading = 正在读取文件…
data-network-is = 该文件包含 { $name }
data-choose-network = 选择文件…
    .name = 选择 { $name } 的文件…
data-network-back = 使用模型文件夹中的
    .name = 使用模型文件夹中 { $name } 的文件
data-smoothness-title = 流畅度
data-smoothness = 测量流畅度
data-smoothness-about = AMT-S 由相邻帧预测每隔一帧的画面；计算量大，因此只检查剩下的片段
data-captions-title = 描述
data-captions-about = 语言模型把您的描述改写成平实的句子。每条都会先供您选择，原描述会保留。
data-captions-see = 模型能看图
    .tooltip = 随描述一起发送片段的画面；没有描述的片段也会得到描述
data-captions-frames = 每个片段的帧数
    .tooltip = 帧数越多信息越多，消耗的词元也越多
data-captions-parallel = 同时请求的描述数
    .tooltip = 服务器同时收到多少个问题
data-captions-cost = 将请求 { $count } 条描述
data-captions-cost-tokens = 将请求 { $count } 条描述，约 { $tokens } 个词元
data-captions-try = 先试十条
data-captions-hide = 隐藏
data-captions = 全部改写

## Export

data-export-about = 保留 { $count } 个片段
data-train-title = 用于训练
data-train-about = 包含片段及描述、供训练读取的文件夹
data-train = 写出训练集…
data-train-on = 用它训练…
data-shards-title = WebDataset
data-shards-about = 每 1000 个片段一个 tar 文件，旁附表格
data-shards = 写出分片…
data-files-title = 文件
data-write-page = 写出页面…
data-write-manifest = 写出清单…
data-kept-at = 决定会随时保存在 { $path }
data-show-folder = 显示文件夹
data-written = 已写出 { $count } 个片段：{ $path }
data-written-without = 有 { $count } 个片段未写出，首个：{ $first }

## Dialogs

data-manifests = 清单
data-open-folder = 打开片段文件夹
    .text = 列出其中及子文件夹中的片段
data-open-manifest = 打开清单
    .text = 每个片段一行的 .parquet、.csv 或 .jsonl；文件本身不会改变
data-open-network = 打开 { $name }
    .text = { $name } 的公开权重
data-open-train = 训练集文件夹
    .text = 空文件夹，或以前写出的文件夹
data-open-shards = 分片文件夹
    .text = 其中已完成的分片保持不变
data-save-page = 写出页面
    .text = 一个 HTML 文件，含直方图以及保留和剔除片段的画面
data-save-manifest = 写出清单
    .text = 供数据命令读取的 .parquet、.csv 或 .jsonl

## Why something cannot be done

data-not-opened = 无法打开 { $path }：{ $reason }
data-not-saved = 清单未保存：{ $reason }
data-why-not-shown = 未显示数据页面
data-why-no-clip = 未选择可读取的片段
data-why-no-offer = 没有待处理的新描述
data-why-no-undo = 没有可撤销的内容
data-why-no-redo = 没有可重做的内容
data-why-nothing-open = 请先打开文件夹或清单
data-why-busy = 请等待当前任务，或将其停止
data-why-no-network = 请先获取 { $name } 或选择其文件
data-why-no-score-network = 请先获取 DOVER 或 DOVER-Mobile，或选择文件
data-why-no-look = 请先选择由哪个网络检查
data-why-network-unknown = 网络文件无法使用，或尚未读取
data-why-all-done = 所有片段均已完成
data-why-no-captions = 所有描述均已请求，或没有保留的描述
data-why-nothing-kept = 没有保留的片段
