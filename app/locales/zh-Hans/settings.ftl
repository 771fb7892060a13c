# The settings on the left, LoRAs, and the dialogs that make many clips of them, in Simplified Chinese.

## The list of settings

settings-title = 设置
# A small button beside the heading.
settings-reset = 重置
# The heading that folds the rarer settings away.
settings-advanced = 高级
# "模型" is the page of models in the File menu.
settings-no-model = 没有打开模型。请在“模型”中选择一个，或使用演示模型。
settings-opening-model = 模型打开后会显示设置
# What the setting "尺寸" does.
settings-size =
    .tooltip = 宽度和高度（像素）
# A choice that the model makes by itself; $choice is its name ("关闭", "DDIM").
settings-model-default = { $choice }（模型默认）
# A choice of the setting "缓存".
settings-reuse = 每 { $interval } 步，深度 { $depth }
# The label of a row: short. What computes: a graphics card or the processor.
settings-device = 设备
    .tooltip = 计算片段的设备
settings-device-automatic = 自动
settings-device-cpu = CPU
settings-device-best-gpu = 最佳 GPU
settings-device-gpu = GPU { $index }

## Around the button Generate

# $problem is what is wrong with a setting.
settings-fix-first = 请先改正：{ $problem }
settings-stop-editing = 停止编辑
    .tooltip = 让队列中的片段保持原样
# "生成" is the name of the button below.
settings-replaces = 按“生成”将替换队列中的“{ $clip }”
# Explains an estimate of time and memory.
settings-needs = 时间根据此设备生成过的片段估计，内存为峰值
# In place of the button Cancel, while a clip is being stopped: short.
settings-stopping = 停止中…

## LoRAs

settings-lora = LoRA { $name }
settings-lora-incompatible = 不兼容的 LoRA { $name }
# After the file of a LoRA, on a line of its own.
settings-lora-unfit = 不适用：{ $reason }
settings-lora-remove = 移除 { $name }
settings-lora-trigger = 触发词“{ $word }”
    .tooltip = 写入提示词，即可使用此 LoRA 学到的内容
# Names of a slider and of the number beside it.
settings-lora-strength = { $name } 的强度
    .number = { $name } 的强度（数值）
    .tooltip = 1 为训练时的强度，0 为关闭

## A batch: many clips of one form

settings-batch-title = 添加批次
settings-batch-others = 其他设置均与表单相同
settings-batch-prompts = 提示词，每行一个
settings-batch-every = {"{a|b}"} 中选项的所有组合
    .tooltip = 否则每个片段按其种子取其中一个
settings-batch-seeds = 种子数
    .tooltip = 每个提示词生成多少个片段，从表单的种子开始
settings-batch-rows = 网格的行
    .values = 网格各行的值
settings-batch-columns = 网格的列
    .values = 网格各列的值
# No setting changes from row to row.
settings-batch-none = 无
settings-batch-values = 值之间用逗号隔开
# In an empty field of texts.
settings-batch-texts = 每行一个
# In an empty field of numbers.
settings-batch-numbers = 数字之间用逗号隔开
settings-batch-clips = { $count } 个片段
settings-batch-joined = { $count } 个片段，完成后拼接成一个带标注的片段
settings-batch-add = 加入队列
settings-batch-cancel = 取消

## When the queue is done

settings-when-done-title = 队列完成后
settings-when-done-nothing = 不做任何事
settings-when-done-sleep = 让电脑睡眠
settings-when-done-command = 运行命令
# The label of the field where a command of the system is typed.
settings-when-done-line = 命令
settings-when-done-close = 关闭

## Saving the queue

settings-save-queue-title = 保存队列
# "hummingbird queue run" is typed on a command line.
settings-save-queue-text = 该文件可以重新载入，也可以不开窗口运行：hummingbird queue run
