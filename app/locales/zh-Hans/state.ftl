# Names and short descriptions that stand at several places of the window, in Simplified Chinese.

## Parts of the window that failed: "The menu bar cannot be shown because of an internal error"

state-part-menu = 菜单栏
state-part-controls = 设置
state-part-history = 历史
# Below the clip, with the buttons that play it.
state-part-transport = 播放器
state-part-stage = 片段
state-part-library = 媒体库
state-part-data = 数据页面
state-part-dialog = 此对话框

## Panels beside the clip, inside a sentence: "Hide the settings panel"


## Pages of a narrow window, on buttons in one row: short

state-page-create = 创作
state-page-clip = 播放器
state-page-history = 历史

## Kinds of words that the demo model knows, before a row of them: short

state-words-colour = 颜色
state-words-subject = 主体
state-words-motion = 运动
state-words-scene = 场景

## Presets of exports: choices of format and options

state-preset-mp4 = MP4 原样
state-preset-chat = 聊天应用，小于 8 MB
# Its picture is a square.
state-preset-square = 方形
state-preset-upright = 竖屏 9:16
state-preset-gif = 循环 GIF
state-preset-smallest = 最小文件
state-preset-lossless = 无损

## What two clips that are compared were made from: headings of rows

state-fact-model = 模型
state-fact-model-file = 模型文件
state-fact-decoder = 画面解码器
state-fact-tiny-decoder = 轻量解码器
state-fact-device = 设备

## Clips

# Behind other words about a clip; $name is the name of the decoder.
state-tiny-decoder = 轻量解码器（{ $name }）
# How far a clip is that stands still.
state-at-step = 在第 { $step } 步，共 { $steps } 步

## Below the settings

# $time is for example 3 分 20 秒.
state-time-need = 约需 { $time }
state-time-unknown = 第一个片段之后可知所需时间
# $held and $mapped are amounts as 1.5 GiB.
state-memory-need = 约需 { $held } 内存
# Weights are the numbers of the model; mapped ones are read from their file as they are needed.
state-memory-need-mapped = 约需 { $held } 内存，另有 { $mapped } 内存映射的权重

## What a number can be, in small print below its field

state-range = { $least } 到 { $most }
# $own is what the model was made for, $usual what is taken where nothing is typed.
state-range-own = { $least } 到 { $most }，模型自身为 { $own }
state-range-usual = { $least } 到 { $most }，通常为 { $usual }
state-range-multiples = { $least } 到 { $most } 之间 { $step } 的倍数
state-range-seed = 64 位整数

## What is wrong with a setting, or beyond what the model was made for, below its field

state-no-seed = “{ $text }”不是种子：请输入 0 到 { $most } 的整数
state-no-number = “{ $text }”不是数字：请输入例如 4.5，或留空以使用默认值
state-no-whole-number = “{ $text }”不是整数：请输入数字，或留空以使用默认值
state-beyond-frames = 模型是为 { $frames } 帧制作的：更长的片段可能会散乱
state-beyond-size = 模型是为 { $width } × { $height } 制作的：更大的片段可能会重复出现同一事物
state-beyond-sampler = 模型是为 { $sampler } 采样器制作的
state-beyond-steps = 模型是为 { $steps } 步制作的：再增加许多也变化不大
state-beyond-guidance = 模型是为引导强度 { $guidance } 制作的：高出许多会使色彩生硬
# $model is the model with its kind: the model "T2V-Turbo".
state-lora-unfit = { $name } 不适用于{ $model }：请将其强度设为 0，移除它，或打开它所适用的模型
# $clip is the name of a file, $names are those of LoRAs, with commas.
state-loras-wanted = { $count ->
   *[other] { $clip } 是用 LoRA { $names } 生成的：要得到相同的片段，请将其文件拖放到窗口
}

## What is wrong with a batch: many clips at once, of several prompts, several seeds, or a grid of two settings

state-batch-seeds = “{ $text }”不是种子的数量：请输入不小于 1 的整数
state-batch-too-many = 超过 { $most } 个片段：请分成多个批次
state-batch-many-prompts = 超过 { $most } 个提示词：请去掉一些选项
# $setting is the name of a setting.
state-batch-no-values = 请输入“{ $setting }”的值，用逗号隔开
state-batch-many-values = “{ $setting }”有 { $count } 个值，而网格最多接受 { $most } 个
# "on" and "off" are typed in English.
state-batch-no-flag = “{ $text }”不是“{ $setting }”的值：请输入 on 或 off
# $names are names as they are typed, in English.
state-batch-no-choice = “{ $text }”不是“{ $setting }”的值：请输入其中之一：{ $names }
