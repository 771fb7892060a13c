# The page on which a LoRA is trained. A LoRA is a small file that teaches a model a style or a subject; the word stays as it is.
# An "update" is one step of the training, a "caption" the text that says what a clip or picture shows.

training-title = Train a LoRA
# $model is the name of the model that is open.
training-intro = { $model } learns a style or a subject from your clips and pictures; the result is a small file beside it
training-intro-without-model = The model learns a style or a subject from your clips and pictures; the result is a small file beside it

## The folder of clips and pictures

training-folder = Folder
training-browse = Browse…
    .tooltip = Choose a folder of clips and pictures
training-choose = Choose a folder of clips (MP4, WebM, GIF, WebP, APNG) and pictures, or drop one here
training-reading = Reading the folder…
training-count =
    { $count ->
        [one] 1 clip or picture
       *[other] { $count } clips and pictures
    }
# $without is how many of them have no caption.
training-count-trigger =
    { $count ->
        [one] 1 clip or picture, { $without } with the trigger word alone
       *[other] { $count } clips and pictures, { $without } with the trigger word alone
    }
training-count-left-out =
    { $count ->
        [one] 1 clip or picture, { $without } left out for want of a caption
       *[other] { $count } clips and pictures, { $without } left out for want of a caption
    }
# Heading of a list of files that cannot be used.
training-left-out = { $count } left out
# What a clip is; $size is "96 × 64".
training-clip = { $frames } frames, { $size }
training-first-frame = First frame of { $clip }
# Shown in an empty field for a caption.
training-caption = What it shows
    .name = Caption of { $clip }

## What a training is made of

training-name = Name
    .tooltip = Name of the LoRA's file
training-trigger = Trigger word
    .tooltip = It stands before every caption; in a prompt it calls up what was learned
# Rank of the LoRA's matrices: the usual term of the field.
training-rank = Rank
    .tooltip = How much the LoRA can hold: more takes more memory and a larger file
training-updates = Updates
    .tooltip = How long it learns: one clip an update
training-frames = Frames
    .tooltip = Frames of each clip: fewer take less time and memory; clips that are shorter are left out
# In place of a number of frames: as many as clips of the model have.
training-frames-of-model = As the model's clips
training-device = Device
training-meanwhile = Clips can be made meanwhile. On one device both are slower, so the processor trains unless you choose otherwise.

## Time and memory

training-measure = Measure time and memory
    .tooltip = Makes a few updates with these settings and throws them away
training-measuring = Measuring: a few updates are made and thrown away
training-stop-measuring = Stop measuring
# $time is a duration: "12 min 3 s".
training-needs = About { $time }
# $memory is an amount: "310.0 MiB".
training-needs-memory = About { $time }, { $memory } of memory

## A training under way

training-start = Start training
training-run = Rank { $rank }, { $updates } updates, on { $device }
# In place of the device's name above, until it is known.
training-opening-device = opening the device
# Name of the progress bar, for screen readers.
training-bar = Training { $name }: { $progress }
training-pause = Pause
    .tooltip = Stop with a checkpoint; it can go on at any time
training-finish-now = Finish now
    .tooltip = Stop and have the LoRA as it is
training-preparing = Preparing the first update…
training-update = Update { $update } of { $updates }
# $progress is the text above; $loss a number without a unit, how far the model is from the clips.
training-update-loss = { $progress } · loss { $loss }
# $progress is one of the texts above; $time a duration.
training-update-left = { $progress } · about { $time } left
training-stopping = Stopping after this update…
training-writing = Writing the LoRA…

## Trainings that can go on or have ended

training-paused = { $name } is paused at update { $update } of { $updates }
training-resume = Resume
    .tooltip = Go on from its checkpoint
    .name = Resume { $name }
training-finish-paused = Finish now
    .tooltip = Have the LoRA as it is
    .name = Finish now { $name }
training-dismiss = Dismiss
    .tooltip = Offer it no longer; its files stay
    .name = Dismiss { $name }
training-finished = { $file } is in the LoRAs of the settings
training-finished-trigger = Its trigger word is "{ $word }": write it into the prompt

## Curve and samples

# Title of the curve.
training-loss-by-update = Loss by update
# Name of the curve's line.
training-loss = Loss
training-curve = Loss curve, { $loss } at update { $update }
training-samples = Newest samples, a clip of a caption in each row
    .name = Newest samples

## Messages

training-cannot-make = cannot make { $path }: { $error }
training-too-many = there are too many LoRAs named { $name }: choose another name
training-another-window = another window trains this LoRA
training-no-folder = there is no folder for a trial: { $error }
