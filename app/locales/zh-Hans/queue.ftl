# The queue of clips at the right side of the window, in Simplified Chinese.

## The heading and the line below it

queue-title = 队列（{ $count }）
# Button beside the heading: brings back what was removed last.
queue-undo = 撤销
queue-paused = 已暂停
# Which clip of how many is being made: "37 / 50".
queue-summary = { $current } / { $total }
# $clock is a time of day: "14:20".
queue-summary-at = { $current } / { $total }，{ $clock } 完成
# $time is a duration: "3 分 20 秒".
queue-summary-in = { $current } / { $total }，{ $time }后完成

## A clip of the queue; its states are joined by commas and begin with a capital letter by themselves

queue-being-made = 正在生成
# The clip's settings are in the form now.
queue-being-edited = 正在编辑
# The clip needs another model than the one that is open.
queue-waits-for-model = 等待其模型
queue-of-last-session = 来自上次会话
# $time is a duration: how long the clip will take.
queue-about = 约 { $time }
queue-waits = 等待中
# Name of the menu of a clip, for screen readers.
queue-actions = “{ $clip }”的操作
    .tooltip = 编辑、复制、移动或移除

## Clips that were stopped or have failed

# Heading.
queue-stopped = 已停止（{ $count }）
queue-drop = 从已停止的片段中移除“{ $clip }”
queue-resume = 继续
    .tooltip = 从最近完成的一步之后继续
    .name = 继续“{ $clip }”
queue-try-again = 重试
    .tooltip = 从头生成此片段
    .name = 重试“{ $clip }”
# Button: makes a clip that was stopped before it began.
queue-start = 开始
    .tooltip = 现在生成此片段
    .name = 开始“{ $clip }”
queue-start-again = 重新开始
    .tooltip = 从头生成此片段
    .name = 重新开始“{ $clip }”
# How a clip stands; "在第 7 步，共 20 步" and a comma may stand before it.
queue-cancelled = 已取消
queue-failed = 失败：{ $reason }

## Messages

queue-not-kept = 如果程序崩溃，队列将会丢失：{ $reason }
queue-not-acted = 队列完成后的操作未能执行：{ $error }
# The end of the message above, about a command of the user's.
queue-command-code = 它以代码 { $code } 结束
queue-command-signal = 它被信号终止
