# Names and short descriptions that stand at several places of the window.

## Parts of the window that failed: "The menu bar cannot be shown because of an internal error"

state-part-menu = The menu bar
state-part-controls = The settings
state-part-history = The history
# Below the clip, with the buttons that play it.
state-part-transport = The player
state-part-stage = The clip
state-part-library = The library
state-part-data = The data page
state-part-dialog = This dialog


## Pages of a narrow window, on buttons in one row: short

state-page-create = Create
state-page-clip = Player
state-page-history = History

## Kinds of words that the demo model knows, before a row of them: short

state-words-colour = Colour
state-words-subject = Subject
state-words-motion = Motion
state-words-scene = Scene

## Presets of exports: choices of format and options

state-preset-mp4 = MP4 as it is
state-preset-chat = Chat app, under 8 MB
# Its picture is a square.
state-preset-square = Square
state-preset-upright = Upright 9:16
state-preset-gif = Looping GIF
state-preset-smallest = Smallest file
state-preset-lossless = Without loss

## What two clips that are compared were made from: headings of rows

state-fact-model = Model
state-fact-model-file = Model file
state-fact-decoder = Decoder of the pictures
state-fact-tiny-decoder = Tiny decoder
state-fact-device = Device

## Clips

# Behind other words about a clip; $name is the name of the decoder.
state-tiny-decoder = tiny decoder ({ $name })
# How far a clip is that stands still.
state-at-step = at step { $step } of { $steps }

## Below the settings

# $time is for example 3 min 20 s.
state-time-need = Takes about { $time }
state-time-unknown = Time is known after the first clip
# $held and $mapped are amounts as 1.5 GiB.
state-memory-need = Needs about { $held } of memory
# Weights are the numbers of the model; mapped ones are read from their file as they are needed.
state-memory-need-mapped = Needs about { $held } of memory and { $mapped } of mapped weights

## What a number can be, in small print below its field

state-range = { $least } to { $most }
# $own is what the model was made for, $usual what is taken where nothing is typed.
state-range-own = { $least } to { $most }, the model's own { $own }
state-range-usual = { $least } to { $most }, usually { $usual }
state-range-multiples = multiples of { $step } from { $least } to { $most }
state-range-seed = whole number of 64 bits

## What is wrong with a setting, or beyond what the model was made for, below its field

state-no-seed = "{ $text }" is not a seed: type a whole number from 0 to { $most }
state-no-number = "{ $text }" is not a number: type for example 4.5, or nothing for the default
state-no-whole-number = "{ $text }" is not a whole number: type digits, or nothing for the default
state-beyond-frames = the model was made for { $frames } frames: longer clips may fall apart
state-beyond-size = the model was made for { $width } × { $height }: larger clips may show things twice
state-beyond-sampler = the model was made for the { $sampler } sampler
state-beyond-steps = the model was made for { $steps } steps: many more change little
state-beyond-guidance = the model was made for a guidance of { $guidance }: much more gives harsh colours
# $model is the model with its kind: the model "T2V-Turbo".
state-lora-unfit = { $name } does not fit { $model }: set its strength to 0, remove it, or open the model that it was made for
# $clip is the name of a file, $names are those of LoRAs, with commas.
state-loras-wanted = { $count ->
    [one] { $clip } was made with the LoRA { $names }: drop that file on the window to get the same clip
   *[other] { $clip } was made with the LoRAs { $names }: drop these files on the window to get the same clip
}

## What is wrong with a batch: many clips at once, of several prompts, several seeds, or a grid of two settings

state-batch-seeds = "{ $text }" is not a number of seeds: type a whole number from 1
state-batch-too-many = that is more than { $most } clips: make several batches
state-batch-many-prompts = that is more than { $most } prompts: leave some choices out
# $setting is the name of a setting.
state-batch-no-values = type the values of "{ $setting }" with commas between them
state-batch-many-values = "{ $setting }" has { $count } values and a grid at most { $most }
# "on" and "off" are typed in English.
state-batch-no-flag = "{ $text }" is no value of "{ $setting }": type on or off
# $names are names as they are typed, in English.
state-batch-no-choice = "{ $text }" is no value of "{ $setting }": type one of { $names }
