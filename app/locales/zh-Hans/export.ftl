# The dialogs that export one clip or several, in Simplified Chinese.

export-title = 导出片段
export-save-as = 保存为
export-confirm = 导出
export-cancel = 取消
export-replace = 替换现有文件
export-embed = 在文件中保存提示词、种子和设置
    .tooltip = 将文件拖放到窗口即可重新载入

## Options: labels of rows are short

export-other = 其他
export-format = 格式
# How much the picture may lose by compression.
export-loss = 损失
    .tooltip = 0 质量最佳、文件最大，51 文件最小
export-dither = GIF 抖动
export-dither-none = 无（文件最小，有可见色带）
export-dither-ordered = 有序（静止的图案）
export-dither-diffusion = 扩散（最精细，文件最大）
export-colours = GIF 颜色
# Which part of the picture is written.
export-crop = 区域
export-crop-whole = 整个画面
export-crop-square = 方形 1:1
export-crop-wide = 宽屏 16:9
export-crop-upright = 竖屏 9:16
export-crop-portrait = 竖幅 4:5
export-crop-cinema = 影院 21:9
export-scale = 尺寸
export-scale-original = 原样
export-scale-half = 一半
export-scale-double = 两倍
export-scale-four = 四倍
# $side is a number of pixels.
export-scale-longest = 最长边 { $side }
# Of the frames.
export-order = 顺序
export-order-forward = 正向
export-order-ping-pong = 正向再反向（往返）
# How often the clip plays.
export-plays = 播放
export-plays-ever = 无限循环
export-plays-once = 一次
# Follows a number in its field: "2 次".
export-plays-times =
    { $count ->
       *[other] {" "}次
    }
export-limit = 文件上限
    .tooltip = 降低质量和尺寸，直到文件符合上限
export-preset = 预设
export-preset-choose = 选择…
# A button with a menu: keeps the options as a preset.
export-keep = 存储…
    .tooltip = 将这些选项命名存储，或移除已存储的选项
export-keep-name = 名称
export-keep-options = 存储这些选项
export-keep-remove = 移除 { $name }
# I and O are keys.
export-trim-hint = 在播放器中按 I 和 O 可设置第一帧和最后一帧
export-trim = 仅第 { $first } 到 { $last } 帧

## What the file will be

export-picture = 文件的画面
export-measuring = 正在测量…
# $size is "2.0 MiB".
export-about = 约 { $size }
export-sample = { $width } × { $height } · { $count } 帧 · { $secs } 秒
# Both follow the line above, after a dot.
export-sample-loss = 损失 { $loss }
export-sample-colours = { $count } 色

## Several clips

export-join-title = 拼接片段
export-join-text = 片段按此顺序依次相接。尺寸和帧率以第一个片段为准：其他片段会缩放以适应。
export-join-confirm = 拼接
export-all-title = 全部导出
export-all-text = 每个片段以自己的名称成为文件夹中的单独文件
export-all-confirm = 全部导出
export-folder = 文件夹
export-count = { $count } 个片段
# A small button in the row of a clip, and its name.
export-move-up = 上移
    .name = 上移片段 { $number }
export-move-down = 下移
    .name = 下移片段 { $number }
export-leave-out = 排除片段 { $number }
