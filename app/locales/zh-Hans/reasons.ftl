# Why something cannot be done now, in Simplified Chinese: tooltips of buttons and rows of menus that are grey, and warnings. No full
# stop.

## What actions need

reasons-no-finished-clip-shown = 没有显示已完成的片段
reasons-nothing-shown = 尚未显示任何内容
reasons-file-dialog-open = 文件对话框已打开
reasons-model-opening = 正在打开模型
# "文件" and "模型" are the menu and its row: menu-file, action-show-models.
reasons-no-model-choose = 没有打开模型；请在“文件”的“模型”中选择一个
reasons-no-model = 没有打开模型
reasons-setting-wrong = 必须先改正一项设置
reasons-no-clip-being-made = 没有正在生成的片段
reasons-no-clip-selected = 没有选择片段
reasons-several-clips-selected = 选择了多个片段
# The player is the part of the window where a clip plays.
reasons-no-clip-in-player = 播放器中没有片段
reasons-library-not-open = 媒体库尚未打开
reasons-library-failed = 媒体库无法使用；原因见消息
reasons-library-not-shown = 没有显示媒体库
reasons-no-library-clip = 没有选择或显示媒体库中的片段
reasons-select-two = 请先选择媒体库中的两个片段
# A latent is what the model makes before it is decoded into pictures.
reasons-latent-gone = 此片段的潜变量已不再保留
reasons-latent-not-saved = 此片段的潜变量未能保存
reasons-no-clip-deleted = 没有删除过片段
reasons-demo-model-in-use = 正在使用演示模型
reasons-nothing-removed = 没有移除过模型或 LoRA
reasons-no-word-list = 只有演示模型有词汇列表
# No first and no last frame were chosen: the clip plays from its beginning to its end.
reasons-all-frames-play = 已在播放所有帧
# Nothing of it is cut off: it cannot be zoomed out of.
reasons-whole-clip-shown = 已显示整个片段
reasons-no-finished-clip = 还没有完成的片段
reasons-no-preview = 还没有预览
reasons-history-empty = 历史为空
# The scale is the size of everything in the window.
reasons-largest-scale = 已是最大缩放
reasons-smallest-scale = 已是最小缩放
reasons-scale-is-100 = 缩放已是 100%
# A message of the window, as those of notices.ftl.
reasons-no-message = 没有消息
reasons-asking-for-version = 已经在询问了
# A caption says what a training clip shows.
reasons-no-caption-changed = 没有修改过描述

## The queue

reasons-queue-paused = 队列已经暂停
reasons-queue-idle = 队列为空，也没有正在生成的片段
reasons-queue-not-paused = 队列没有暂停
reasons-queue-empty = 队列为空
reasons-no-job-selected = 没有选择队列中的片段
reasons-no-other-waits = 没有其他等待中的片段
reasons-none-failed = 没有失败的片段
# A grid is joined of several clips; none is under way.
reasons-no-grid = 没有缺少片段的网格
reasons-nothing-removed-from-queue = 没有从队列中移除过内容
reasons-first-of-queue = 此片段是队列中的第一个
reasons-last-of-queue = 此片段是队列中的最后一个

## Models and training

reasons-model-in-use = 正在使用此模型；请先换用其他模型
reasons-lora-in-list = 此 LoRA 在设置的列表中；请先从中移除
reasons-training = 正在进行训练
reasons-measuring = 正在测量时间和内存
reasons-reading-folder = 正在读取文件夹
reasons-no-training-folder = 请先选择存放片段或图片的文件夹
reasons-no-training-clip = 文件夹中没有可用的片段
reasons-no-caption = 请先写一条描述或一个触发词
reasons-no-lora-name = 请为 LoRA 命名
reasons-clip-would-be-measured = 正在生成片段，会影响测量结果

## Why keys cannot be a shortcut

reasons-key-escape-tab = Escape 和 Tab 用于离开输入框和在窗口中移动
reasons-key-f10 = F10 用于打开菜单
reasons-key-menu = Alt 加此字母用于打开菜单
