# The clip in the middle of the window: the picture, how far the clip that is being made is, and the line that describes it.

## The picture

# For screen readers.
player-picture = Clip, frame { $frame } of { $frames }
player-waiting = The first preview appears after the first step

## Progress

# What the engine is busy with. Each stands alone or before ": step 7 of 20" and begins with a capital letter by itself.
player-stage-device = opening the device
player-stage-load = loading the model
player-stage-compile = preparing the GPU
player-stage-text = reading the prompt
# Making the clip out of noise, step by step: the usual term of the field.
player-stage-denoise = sampling
# Turning the result into frames that can be seen.
player-stage-decode = decoding
# $stage is one of the texts above.
player-stage-step = { $stage }: step { $current } of { $total }
player-stage-frame = { $stage }: frame { $current } of { $total }
player-stage-part = { $stage }: part { $current } of { $total }
# $progress is one of the texts above; $time is a duration: "4 s".
player-stage-left = { $progress }, about { $time } left
# What is done before the first clip is asked for; $stage is one of the texts above.
player-preparing = Preparing: { $stage }
player-starting = Starting…
player-stopping = Stopping…
player-about-to-start = "{ $clip }" is about to start
# Progress of a clip that is not the one that is shown.
player-progress-of = "{ $clip }": { $progress }
player-cancel-clip = Cancel this clip (Esc)
# Link: shows the clip that is being made.
player-watch = Watch
player-export-stopping = Stopping the export of { $file }
# Several clips are exported to a file or folder.
player-export-clips = Exporting to { $file }: clip { $clip } of { $clips }
player-export-frames = Exporting { $file }: frame { $frame } of { $frames }
player-cancel-export = Cancel this export

## The controls and the line below the clip

# Name of the slider that goes through the frames of a clip, for screen readers.
player-frame = Frame
player-decoded = Decoded frames: { $done } of { $total }
player-preview = Preview after step { $step }
# How a clip was made. $loras and $decoder are empty or begin with " · "; $rate is frames a second; $device the device's name, or
# the text below.
player-clip = Seed { $seed }{ $loras }{ $decoder } · { $steps } steps · guidance { $guidance } · { $width } × { $height } · { $frames } frames · { $rate } frames/s · { $device }
# $time is a duration: how long it took.
player-device-time = { $device } in { $time }
# Follows the line, after " · ".
player-note = note: { $warning }
