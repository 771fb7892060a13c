# Messages above the clip, and what dialogs say of what was typed in them, in Simplified Chinese. No full stop after a single sentence.
#
# $name is the name of a file, a model or a clip, $path that of a file with its folders, $prompt the beginning of a prompt, and
# $reason and $error a sentence that says why.

## Making clips

notices-not-started = 未能开始：{ $reason }
# The first words of the prompt stand for the clip.
notices-clip-finished = “{ $prompt }”已完成，在历史中
notices-clip-cancelled = “{ $prompt }”已取消
notices-clip-failed = “{ $prompt }”失败：{ $error }
notices-jobs-of-previous-model = 前一个模型的片段会留在队列中，直到再次打开该模型
# At the start of the window, after it did not close as it should.
notices-started-safely = 已安全启动：没有打开模型，片段在处理器上计算；请在“文件”的“模型”中选择模型

## The clipboard

notices-copied = 已复制
notices-newer-version = 版本 { $version } 已发布；当前为 { $current }
notices-newest-version = 当前已是最新版本 { $current }
notices-frame-copied = 该帧已放入剪贴板

## The queue

notices-job-removed = 已从队列中移除“{ $title }”
notices-jobs-removed = 已从队列中移除 { $count } 个片段
notices-job-changed = 队列中的“{ $title }”已更改
notices-queue-paused = 队列已暂停
notices-waits-for-power = 电脑正在使用电池：队列等待电源
notices-training-waits-for-power = 电脑正在使用电池：训练等待电源
# Also told by the system when the window is not in front.
notices-queue-done = { $count ->
   *[other] { $count } 个片段已完成
}
notices-queue-done-failed = { $count ->
   *[other] { $count } 个片段已完成，{ $failed } 个失败
}
notices-computer-sleeps = 队列已完成：电脑将在 30 秒后睡眠
notices-unfinished = { $count ->
   *[other] 上次会话有 { $count } 个未完成的片段：队列已暂停
}
# $place is state-at-step.
notices-unfinished-at = { $count ->
   *[other] 上次会话有 { $count } 个未完成的片段（第一个{ $place }）：队列已暂停
}
notices-queue-file-damaged = 队列的一个文件已损坏，未被使用：已保留为 { $path }
notices-begun-with-demo = 此片段是用演示模型开始的：请先打开该模型，再继续
notices-begun-with = 此片段是用 { $model } 开始的：请先打开该模型，再继续
notices-batch-queued = { $count ->
   *[other] { $count } 个片段已加入队列
}
# The queue was saved to a file.
notices-queue-saved = { $count ->
   *[other] 已保存队列中的 { $count } 个片段：{ $path }
}
notices-queue-loaded = { $count ->
   *[other] { $name } 中的 { $count } 个片段已加入队列
}
# A job is a clip that a queue file asks for; $number counts them.
notices-job-not-queued = 任务 { $number } 未加入队列：{ $reason }
notices-jobs-wait-for-models = { $count ->
   *[other] { $count } 个片段在等待其模型：打开相应模型后即会生成
}

## Grids: one clip of several, in rows and columns

notices-grid-complete = 网格的所有片段均已完成：正在拼接
notices-grid-joined = 网格已作为一个片段出现在历史中
notices-grid-not-joined = 网格未能拼接：{ $error }

## Before the window closes

notices-closing-jobs = { $count ->
   *[other] { $count } 个未完成的片段留在队列中：下次启动时可以继续
}
notices-closing-step = “{ $prompt }”将从第 { $step } 步之后继续，共 { $steps } 步
notices-closing-exports = { $count ->
   *[other] 先完成 { $count } 项导出
}

## Exports and paths that are typed

notices-saved = 已保存：{ $path }
notices-saved-several = 已保存：{ $path } 和另外 { $more } 个文件
notices-export-cancelled = 导出已取消，没有留下文件
notices-clip-not-saved = 片段未能保存：{ $error }
notices-no-file-dialog = 此系统没有打开文件对话框；请在此输入路径
# "浏览", "导出" and "保存" are buttons of the dialogs.
notices-type-export-path = 请输入片段的保存位置，或按“浏览”
notices-export-path-is-folder = { $path } 是文件夹：已加上文件名，再按一次“导出”即保存到该处
notices-type-open-path = 请输入文件的路径，或按“浏览”
notices-open-path-is-folder = { $path } 是文件夹：请输入其中某个文件的路径
notices-type-file = 请输入文件的路径
notices-file-exists = 已有同名文件：再按一次“保存”即替换它
notices-type-folder = 请输入片段的保存位置
notices-list-empty = 列表中没有片段
notices-no-folder = 这不是文件夹：请选择已有的文件夹
notices-is-folder = 这是文件夹：请加上文件名
# A preset is a choice of export options under a name.
notices-most-presets = 最多存储 { $most } 个预设：请先移除一个
notices-clips-not-listed = 还有 { $count } 个片段尚未列出：请先将媒体库滚动到末尾

## Files that were opened or dropped on the window

notices-clips-dropped = 已拖放 { $count } 个片段：设置取自第一个 { $name }
notices-file-unknown = { $name } 既不是片段也不是模型：请拖放片段或图片（MP4、WebM、GIF、WebP、PNG）、模型文件（.safetensors、.pt、.pth、.ckpt、.bin）、队列（.json）或片段文件夹
notices-model-open = 已打开 { $name }

## Settings that a clip carries

notices-no-settings = { $name } 不带有本程序认识的设置：Hummingbird 导出的片段，以及 Stable Diffusion web UI、ComfyUI 和 WanGP 的图片和片段带有设置
notices-settings-loaded = 已载入 { $name } 的设置
# $setting is the name of a setting, in English in small letters.
notices-unknown-value = { $name } 用 { $setting }“{ $value }”生成，而此版本不认识该值；即使种子相同，片段也会不同
# $sha256 is the beginning of the checksum of the model's file.
notices-made-by-other-model = { $name } 由模型“{ $model }”（{ $sha256 }…）生成：当前使用的模型会生成不同的片段
# A clip or picture of another program, $program; $model is notices-foreign-other-model or notices-foreign-model.
notices-foreign-loaded = 已载入 { $name }（{ $program }）的提示词、种子和设置作为参考：它由{ $model }生成，因此片段会不同
# $left_out is a list, with commas, of notices-foreign-seed, notices-foreign-steps and sizes as 512x320.
notices-foreign-loaded-partly = 已载入 { $name }（{ $program }）的提示词、种子和设置作为参考：它由{ $model }生成，因此片段会不同；此模型不接受 { $left_out }
# Between "它由" and "生成".
notices-foreign-other-model = 另一个模型
notices-foreign-model = 模型“{ $model }”
# After "此模型不接受".
notices-foreign-seed = 种子 { $seed }
notices-foreign-steps = { $steps } 步

## LoRAs

notices-lora-there = { $name } 已在 LoRA 列表中
notices-lora-added = { $name } 已添加到设置的 LoRA 中，从下一个片段起生效
# $clip is the name of the clip that was made with this LoRA.
notices-lora-added-as-in = 已添加 { $name }，强度为 { $strength }，与 { $clip } 相同
notices-lora-removed = 已从列表中移除 { $name }
# $model is the model with its kind: the model "T2V-Turbo".
notices-lora-unfit = LoRA { $name } 不适用于{ $model }：{ $reason }

## The library

notices-library-failed = 媒体库无法使用：{ $reason }
notices-index-damaged = 媒体库的索引已损坏，正在根据片段重建；旧索引为 { $path }
notices-library-scan = 正在媒体库的文件夹中查找新文件
notices-clip-not-shown = 无法显示 { $name }：{ $reason }
notices-clip-not-kept = 完成的片段未能保存为文件，请导出它：{ $reason }
notices-clip-deleted = 片段已删除
notices-clips-removed = { $count ->
   *[other] { $count } 个片段已移到回收站
}
notices-clips-back = { $count ->
   *[other] { $count } 个片段已恢复
}
notices-favourite = 已标为收藏
notices-no-favourite = 已取消收藏
notices-nothing-queued = 没有内容加入队列：{ $reason }
notices-no-variation-queued = 没有变体加入队列：{ $reason }
notices-variations-queued = 种子 { $seed } 的 { $count } 个变体已加入队列
# Decoding turns what the model made (a latent, which was kept) into pictures; there is a full decoder, and there are tiny ones.
notices-decoding-again = 正在重新解码 { $name }：上次用的也是完整解码器，因此只有设备可能带来差别
notices-decoding-in-full = 正在重新解码 { $name }：以完整解码器代替轻量解码器 { $tiny }

## Training

# A run is a training that was begun.
notices-run-dismissed = 不再显示训练 { $name }；其文件仍在 { $folder } 中
notices-closes-after-training = 窗口会在训练结束后关闭
notices-closes-after-checkpoint = 窗口会在写好训练的检查点后关闭
notices-caption-not-saved = 描述未能保存：{ $reason }
notices-training-interrupted = { $name } 的训练曾中断，可以继续
notices-trainings-interrupted = { $name } 和另外 { $more } 项训练曾中断，可以继续
notices-training-paused = { $name } 的训练已暂停
notices-training-stopped = { $name } 的训练已停止：{ $error }
notices-lora-trained = LoRA { $name } 已训练完成：在提示词中写入“{ $word }”即可使用

## Shortcuts

# $keys is for example Ctrl+E; $reason is one of reasons-key-….
notices-keys-refused = { $keys } 不能使用：{ $reason }
