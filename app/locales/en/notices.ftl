# Messages above the clip, and what dialogs say of what was typed in them. Each begins with a small letter, where the language has
# those: its first letter is made large where it is shown. No full stop.
#
# $name is the name of a file, a model or a clip, $path that of a file with its folders, $prompt the beginning of a prompt, and
# $reason and $error a sentence that says why.

## Making clips

notices-not-started = not started: { $reason }
# The first words of the prompt stand for the clip.
notices-clip-finished = "{ $prompt }" is finished and in the history
notices-clip-cancelled = "{ $prompt }" was cancelled
notices-clip-failed = "{ $prompt }" failed: { $error }
notices-jobs-of-previous-model = the clips of the previous model stay in the queue until it is opened again
# At the start of the window, after it did not close as it should.
notices-started-safely = started safely: no model is open, and clips are computed on the processor; choose a model under File, Models

## The clipboard

# A text was put on the clipboard.
notices-copied = copied
notices-newer-version = version { $version } is out; this is { $current }
notices-newest-version = this is the newest version, { $current }
notices-frame-copied = the frame is on the clipboard

## The queue

notices-job-removed = "{ $title }" was removed from the queue
notices-jobs-removed = { $count } clips were removed from the queue
notices-job-changed = "{ $title }" in the queue was changed
notices-queue-paused = the queue is paused
notices-waits-for-power = the computer runs on its battery: the queue waits for a socket
notices-training-waits-for-power = the computer runs on its battery: the training waits for a socket
# Also told by the system when the window is not in front.
notices-queue-done = { $count ->
    [one] { $count } clip is finished
   *[other] { $count } clips are finished
}
notices-queue-done-failed = { $count ->
    [one] { $count } clip is finished, { $failed } failed
   *[other] { $count } clips are finished, { $failed } failed
}
notices-computer-sleeps = the queue is done: the computer sleeps in 30 seconds
notices-unfinished = { $count ->
    [one] { $count } unfinished clip of the last session: the queue is paused
   *[other] { $count } unfinished clips of the last session: the queue is paused
}
# $place is state-at-step.
notices-unfinished-at = { $count ->
    [one] { $count } unfinished clip ({ $place }) of the last session: the queue is paused
   *[other] { $count } unfinished clips (the first { $place }) of the last session: the queue is paused
}
notices-queue-file-damaged = a file of the queue is damaged and was not used: it is kept as { $path }
notices-begun-with-demo = this clip was begun with the demo model: open it first, then resume
notices-begun-with = this clip was begun with { $model }: open it first, then resume
notices-batch-queued = { $count ->
    [one] { $count } clip were queued
   *[other] { $count } clips were queued
}
# The queue was saved to a file.
notices-queue-saved = { $count ->
    [one] { $count } clip of the queue were saved: { $path }
   *[other] { $count } clips of the queue were saved: { $path }
}
notices-queue-loaded = { $count ->
    [one] { $count } clip of { $name } were queued
   *[other] { $count } clips of { $name } were queued
}
# A job is a clip that a queue file asks for; $number counts them.
notices-job-not-queued = job { $number } was not queued: { $reason }
notices-jobs-wait-for-models = { $count ->
    [one] { $count } clip waits for its model: it is made once that model is open
   *[other] { $count } clips wait for their models: each is made once its model is open
}

## Grids: one clip of several, in rows and columns

notices-grid-complete = all clips of the grid are finished: they are being joined
notices-grid-joined = the grid is in the history as one clip
notices-grid-not-joined = the grid was not joined: { $error }

## Before the window closes

notices-closing-jobs = { $count ->
    [one] { $count } unfinished clip stays in the queue: at the next start it can go on
   *[other] { $count } unfinished clips stay in the queue: at the next start they can go on
}
notices-closing-step = "{ $prompt }" goes on after step { $step } of { $steps }
notices-closing-exports = { $count ->
    [one] { $count } export is finished first
   *[other] { $count } exports are finished first
}

## Exports and paths that are typed

notices-saved = saved: { $path }
notices-saved-several = saved: { $path } and { $more } more files
notices-export-cancelled = the export was cancelled and left no file
notices-clip-not-saved = the clip was not saved: { $error }
notices-no-file-dialog = this system opened no file dialog; type the path here
# "Browse", "Export" and "Save" are buttons of the dialogs.
notices-type-export-path = type where the clip should go, or press Browse
notices-export-path-is-folder = { $path } is a folder: a file name was added, press Export again to save there
notices-type-open-path = type the path of the file, or press Browse
notices-open-path-is-folder = { $path } is a folder: type the path of a file in it
notices-type-file = type the path of a file
notices-file-exists = there is a file of this name: press Save again to replace it
notices-type-folder = type where the clips should go
notices-list-empty = there is no clip in the list
notices-no-folder = this is no folder: choose one that is there
notices-is-folder = this is a folder: add a file name
# A preset is a choice of export options under a name.
notices-most-presets = at most { $most } presets are kept: remove one first
notices-clips-not-listed = { $count } clips are not listed yet: scroll the library to the end first

## Files that were opened or dropped on the window

notices-clips-dropped = { $count } clips were dropped: the settings are those of the first, { $name }
notices-file-unknown = { $name } is neither a clip nor a model: drop a clip or picture (MP4, WebM, GIF, WebP, PNG), a model file (.safetensors, .pt, .pth, .ckpt, .bin), a queue (.json) or a folder of clips
notices-model-open = { $name } is open

## Settings that a clip carries

notices-no-settings = { $name } carries no settings that this program knows: clips exported by Hummingbird do, and pictures and clips of Stable Diffusion web UI, ComfyUI and WanGP
notices-settings-loaded = the settings of { $name } were loaded
# $setting is the name of a setting, in English in small letters.
notices-unknown-value = { $name } was made with { $setting } "{ $value }", which this version does not know; with the same seed the clip will be different
# $sha256 is the beginning of the checksum of the model's file.
notices-made-by-other-model = { $name } was made by the model "{ $model }" ({ $sha256 }…): the model in use will make a different clip
# A clip or picture of another program, $program; $model is notices-foreign-other-model or notices-foreign-model.
notices-foreign-loaded = prompt, seed and settings of { $name } ({ $program }) were loaded as a reference: it was made by { $model }, so the clip will be different
# $left_out is a list, with commas, of notices-foreign-seed, notices-foreign-steps and sizes as 512x320.
notices-foreign-loaded-partly = prompt, seed and settings of { $name } ({ $program }) were loaded as a reference: it was made by { $model }, so the clip will be different; this model does not take { $left_out }
# After "it was made by".
notices-foreign-other-model = another model
notices-foreign-model = the model { $model }
# After "this model does not take".
notices-foreign-seed = seed { $seed }
notices-foreign-steps = { $steps } steps

## LoRAs

notices-lora-there = { $name } is already in the list of LoRAs
notices-lora-added = { $name } was added to the LoRAs in the settings and applies from the next clip on
# $clip is the name of the clip that was made with this LoRA.
notices-lora-added-as-in = { $name } was added at strength { $strength }, as in { $clip }
notices-lora-removed = { $name } was removed from the list
# $model is the model with its kind: the model "T2V-Turbo".
notices-lora-unfit = the LoRA { $name } does not fit { $model }: { $reason }

## The library

notices-library-failed = the library cannot be used: { $reason }
notices-index-damaged = the library's index was damaged and is built anew from the clips; the old one is { $path }
notices-library-scan = looking for new files in the folders of the library
notices-clip-not-shown = { $name } cannot be shown: { $reason }
notices-clip-not-kept = the finished clip could not be kept as a file, export it: { $reason }
notices-clip-deleted = clip deleted
notices-clips-removed = { $count ->
    [one] clip moved to the trash
   *[other] { $count } clips moved to the trash
}
notices-clips-back = { $count ->
    [one] the clip is back
   *[other] { $count } clips are back
}
notices-favourite = marked as a favourite
notices-no-favourite = not a favourite any more
notices-nothing-queued = nothing was queued: { $reason }
notices-no-variation-queued = no variation was queued: { $reason }
notices-variations-queued = { $count } variations of seed { $seed } are queued
# Decoding turns what the model made (a latent, which was kept) into pictures; there is a full decoder, and there are tiny ones.
notices-decoding-again = decoding { $name } again: the full decoder made it before too, so only the device can make a difference
notices-decoding-in-full = decoding { $name } again: the full decoder takes the place of the tiny decoder { $tiny }

## Training

# A run is a training that was begun.
notices-run-dismissed = the run { $name } is no longer offered; its files stay in { $folder }
notices-closes-after-training = the window closes when the training has ended
notices-closes-after-checkpoint = the window closes when the checkpoint of the training is written
notices-caption-not-saved = the caption was not saved: { $reason }
notices-training-interrupted = the training of { $name } was interrupted and can go on
notices-trainings-interrupted = the training of { $name } and { $more } more were interrupted and can go on
notices-training-paused = the training of { $name } is paused
notices-training-stopped = the training of { $name } stopped: { $error }
notices-lora-trained = the LoRA { $name } is trained: write "{ $word }" into the prompt to use it

## Shortcuts

# $keys is for example Ctrl+E; $reason is one of reasons-key-….
notices-keys-refused = { $keys } cannot be used: { $reason }
