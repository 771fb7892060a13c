# 设备页面

action-show-devices = 设备…
    .tooltip = 查看由什么计算片段、测量它，或选择其他设备

devices-title = 设备
devices-picked = 自动选择 { $name }：{ $why }
devices-why-failed = { $name } 无法打开，因此由 { $other } 计算
devices-computer-memory = 这台计算机有 { $size } 内存
devices-looking = 正在查看设备…
devices-look-again = 重新查看
devices-copy-report = 复制报告
devices-copy-report-hint = 将此处的全部内容复制为错误报告文本，不含您的路径
devices-automatic = 自动选择
devices-automatic-chosen = 设备由程序自动选择
devices-close = 关闭

devices-in-use = 使用中
devices-best = 自动选中
devices-does-not-open = 无法打开

devices-kind = 类型
devices-kind-card = 显卡
devices-kind-chip = 与计算机共享内存的图形芯片
devices-kind-virtual = 虚拟机的图形设备
devices-kind-other = 图形设备
devices-kind-software = 在处理器上计算的驱动程序
devices-kind-cpu = 处理器
devices-interface = 接口
devices-driver = 驱动程序
devices-memory = 当前可用显存
devices-memory-free = { $free }，共 { $all }
devices-largest-buffer = 最大缓冲区 · 绑定
devices-halves = 16 位数值
devices-subgroups = 子组
devices-matrices = 协作矩阵
# Threads of a graphics card that go in step.
devices-lanes = { $lanes } 个通道
devices-share = 图形设备的使用时间
devices-share-hint = 低于全部时，其余时间留给桌面和其他程序：片段耗时更长。对正在生成的片段也生效。处理器始终全力使用。
devices-share-of = { $percent }%
devices-battery = 使用电池时等待
devices-battery-hint = 片段在一步之后、训练在一次更新之后停下，接上电源后自动继续
devices-kernels = 内核速度
devices-tried = 选用的内核
devices-tried-taken = { $work }：{ $kernel }，{ $speed }
devices-tried-share = { $work }：{ $kernel }，{ $speed }，峰值的 { $percent }%
devices-tried-wrong = { $work }：{ $kernel } 结果错误，已停用
devices-yes = 是
devices-no = 否

devices-measured-speed = 测得的速度
devices-never-measured = 尚未测量
devices-with-matrices = 使用协作矩阵 { $speed }
# A step of a model: one pass through its network.
devices-step = { $model } 每步 { $milliseconds } 毫秒
devices-unsteady = 当时有其他程序在使用该设备
devices-clips = 在其上生成的片段
devices-clip-time = { $model }：每步 { $step } 秒，其余 { $rest } 秒（每步 { $megapixels } 百万像素）

devices-use = 使用此设备
devices-chosen = 片段由此设备计算
devices-measure = 立即测量
devices-starting = 正在打开设备…
devices-measuring = 正在测量第 { $done } 项，共 { $total } 项：{ $case }
devices-stopping = 正在停止…
devices-stop = 停止测量
devices-measured = 已测量 { $name }
devices-stopped = 已停止测量 { $name }
devices-not-measured = 无法测量 { $name }：{ $error }
devices-busy-measuring = 正在测量设备
devices-busy-clip = 正在生成片段
devices-busy-training = 正在训练

# A file that says where the clips of unfinished grids are.
devices-grids-damaged = 网格文件已损坏（{ $damage }）：将使用可读取的部分；{ $aside }
