# The page on which a LoRA is trained, in Simplified Chinese. The word LoRA stays as it is.
# 更新 ("update") is one step of the training, 描述 ("caption") the text that says what a clip or picture shows.

training-title = 训练 LoRA
# $model is the name of the model that is open.
training-intro = { $model } 会从片段和图片中学习一种风格或一个主体；结果是与模型并用的一个小文件
training-intro-without-model = 模型会从片段和图片中学习一种风格或一个主体；结果是与模型并用的一个小文件

## The folder of clips and pictures

training-folder = 文件夹
training-browse = 浏览…
    .tooltip = 选择存放片段和图片的文件夹
training-choose = 选择存放片段（MP4、WebM、GIF、WebP、APNG）和图片的文件夹，或将其拖放到此处
training-reading = 正在读取文件夹…
training-count = { $count } 个片段和图片
# $without is how many of them have no caption.
training-count-trigger = { $count } 个片段和图片，其中 { $without } 个只有触发词
training-count-left-out = { $count } 个片段和图片，其中 { $without } 个因没有描述而被排除
# Heading of a list of files that cannot be used.
training-left-out = 已排除 { $count } 个
# What a clip is; $size is "96 × 64".
training-clip = { $frames } 帧，{ $size }
training-first-frame = { $clip } 的第一帧
# Shown in an empty field for a caption.
training-caption = 呈现的内容
    .name = { $clip } 的描述

## What a training is made of

training-name = 名称
    .tooltip = LoRA 文件的名称
training-trigger = 触发词
    .tooltip = 它位于每条描述之前；写入提示词即可唤出所学的内容
# Rank of the LoRA's matrices: the usual term of the field.
training-rank = 秩
    .tooltip = LoRA 能容纳多少内容：越大，占用的内存越多，文件也越大
training-updates = 更新次数
    .tooltip = 学习的长短：每次更新用一个片段
training-frames = 帧数
    .tooltip = 每个片段的帧数：越少，所需的时间和内存越少；更短的片段会被排除
# In place of a number of frames: as many as clips of the model have.
training-frames-of-model = 与模型的片段相同
training-device = 设备
training-meanwhile = 训练期间可以生成片段。在同一设备上两者都会变慢，因此除非另行选择，由处理器训练。

## Time and memory

training-measure = 测量时间和内存
    .tooltip = 用这些设置进行几次更新，然后丢弃
training-measuring = 测量中：进行几次更新，然后丢弃
training-stop-measuring = 停止测量
# $time is a duration: "12 分 3 秒".
training-needs = 约 { $time }
# $memory is an amount: "310.0 MiB".
training-needs-memory = 约 { $time }，{ $memory } 内存

## A training under way

training-start = 开始训练
training-run = 秩 { $rank }，{ $updates } 次更新，{ $device }
# In place of the device's name above, until it is known.
training-opening-device = 正在打开设备
# Name of the progress bar, for screen readers.
training-bar = 训练 { $name }：{ $progress }
training-pause = 暂停
    .tooltip = 保留检查点并停止；可随时继续
training-finish-now = 立即完成
    .tooltip = 停止训练，得到当前状态的 LoRA
training-preparing = 正在准备第一次更新…
training-update = 更新 { $update } / { $updates }
# $progress is the text above; $loss a number without a unit, how far the model is from the clips.
training-update-loss = { $progress } · 损失 { $loss }
# $progress is one of the texts above; $time a duration.
training-update-left = { $progress } · 约剩 { $time }
training-stopping = 将在此次更新后停止…
training-writing = 正在写入 LoRA…

## Trainings that can go on or have ended

training-paused = { $name } 已暂停在第 { $update } 次更新，共 { $updates } 次
training-resume = 继续
    .tooltip = 从其检查点继续
    .name = 继续 { $name }
training-finish-paused = 立即完成
    .tooltip = 得到当前状态的 LoRA
    .name = 立即完成 { $name }
training-dismiss = 不再显示
    .tooltip = 今后不再显示；其文件会保留
    .name = 不再显示 { $name }
training-finished = { $file } 已在设置的 LoRA 中
training-finished-trigger = 其触发词为“{ $word }”：请写入提示词

## Curve and samples

# Title of the curve.
training-loss-by-update = 各次更新的损失
# Name of the curve's line.
training-loss = 损失
training-curve = 损失曲线，第 { $update } 次更新时为 { $loss }
training-samples = 最新样本，每行为一条描述的片段
    .name = 最新样本

## Messages

training-cannot-make = 无法创建 { $path }：{ $error }
training-too-many = 名为 { $name } 的 LoRA 过多：请另选名称
training-another-window = 另一个窗口正在训练此 LoRA
training-no-folder = 没有用于试运行的文件夹：{ $error }
