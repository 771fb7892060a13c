# The clip in the middle of the window, in Simplified Chinese: the picture, how far the clip that is being made is, and the line that
# describes it.

## The picture

player-picture = 片段，第 { $frame } 帧，共 { $frames } 帧
player-waiting = 第一步之后会出现第一个预览

## Progress

# What the engine is busy with. Each stands alone or before "：第 7 步，共 20 步".
player-stage-device = 正在打开设备
player-stage-load = 正在加载模型
player-stage-compile = 正在准备 GPU
player-stage-text = 正在读取提示词
player-stage-denoise = 采样
player-stage-decode = 解码
# $stage is one of the texts above.
player-stage-step = { $stage }：第 { $current } 步，共 { $total } 步
player-stage-frame = { $stage }：第 { $current } 帧，共 { $total } 帧
player-stage-part = { $stage }：第 { $current } 部分，共 { $total } 部分
# $progress is one of the texts above; $time is a duration.
player-stage-left = { $progress }，约剩 { $time }
player-preparing = 准备中：{ $stage }
player-starting = 正在启动…
player-stopping = 正在停止…
player-about-to-start = “{ $clip }”即将开始
# Progress of a clip that is not the one that is shown.
player-progress-of = “{ $clip }”：{ $progress }
player-cancel-clip = 取消此片段（Esc）
# Link: shows the clip that is being made.
player-watch = 查看
player-export-stopping = 正在停止导出 { $file }
player-export-clips = 正在导出到 { $file }：第 { $clip } 个片段，共 { $clips } 个
player-export-frames = 正在导出 { $file }：第 { $frame } 帧，共 { $frames } 帧
player-cancel-export = 取消此导出

## The controls and the line below the clip

player-frame = 帧
player-decoded = 已解码的帧：{ $done } / { $total }
player-preview = 第 { $step } 步之后的预览
# How a clip was made. $loras and $decoder are empty or begin with " · ".
player-clip = 种子 { $seed }{ $loras }{ $decoder } · { $steps } 步 · 引导强度 { $guidance } · { $width } × { $height } · { $frames } 帧 · { $rate } 帧/秒 · { $device }
# $time is a duration: how long it took.
player-device-time = { $device }，用时 { $time }
# Follows the line, after " · ".
player-note = 注意：{ $warning }
