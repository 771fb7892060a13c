# What stands in front of the window, the first steps, and the panels as such.

## Buttons and fields of dialogs

dialogs-close = Close
dialogs-cancel = Cancel
dialogs-open = Open
dialogs-keep-working = Keep working
# The label of a field for a path.
dialogs-file = File
# A button that opens the system's dialog for files.
dialogs-browse = Browse…
    .tooltip = Choose with the system's file dialog
# Names of the keys that confirm a dialog and leave it.
dialogs-key-confirm = Ctrl+Enter
dialogs-key-cancel = Escape

## Help

dialogs-help-title = Help and shortcuts
dialogs-help-text = Type what the clip should show and press Generate. The preview moves from the first step on. Every finished clip is kept at once and stands in the library. Drop a file on the window: an exported clip to load its settings, a model to open it, or a LoRA to add it.
dialogs-help-numbers = In number fields, Up and Down change the number; an empty field means the model's default
dialogs-help-menus = F10 opens the menus, Alt with an underlined letter opens that one; arrows move inside
# Two shortcuts of one command: "Space or K".
dialogs-keys = { $all } or { $keys }

## Closing the window

dialogs-quit-title = Close Hummingbird?
dialogs-quit-unsaved =
    { $count ->
        [one] 1 clip
       *[other] { $count } clips
    } not exported yet will be lost
dialogs-quit-confirm = Close anyway
dialogs-quit-training = The training of { $name } is under way: its checkpoint is kept, and it can go on at the next start
dialogs-quit-after-training = Close when the training has ended
dialogs-quit-after-training-text = The window closes when the training has ended. Closing now loses a minute at most.
dialogs-quit-stop-training = Stop training and close
dialogs-closing = Closing…

## Starting after windows that ended by themselves

dialogs-safe-title = Start safely?
dialogs-safe-text = The last two windows ended without being closed. A safe start opens no model and computes on the processor.
dialogs-safe-kept = Your clips, the queue and the text of the form are kept either way
dialogs-safe-usual = Start as usual
dialogs-safe-confirm = Start safely

## Another model while clips are being made

dialogs-switch-title = Switch models now?
dialogs-switch = Opening { $name } pauses the clips that are being made
dialogs-switch-demo = Opening the demo model pauses the clips that are being made
dialogs-switch-confirm = Pause clips and switch
dialogs-switch-keep = Keep this model

## Opening files

dialogs-open-model = Open model
    .text = A model file (.safetensors, .pt, .ckpt). You can also drop it on the window.
dialogs-open-lora = Add LoRA
    .text = A LoRA file. You can also drop it on the window.
dialogs-open-training = Folder of clips
    .text = A folder of clips and pictures. You can also drop it on the training page.
dialogs-open-queue = Load a queue
    .text = A queue that was saved (.json). You can also drop it on the window.
dialogs-open-clip = Load settings from a clip
    .text = A clip or picture of this program, of Stable Diffusion web UI, ComfyUI or WanGP. You can also drop it on the window.

## The first steps

dialogs-first-step = Step { $number } of 3
# Headings of the three steps.
dialogs-first-device = What computes
dialogs-first-demo = The first clip
dialogs-first-models = Full models
dialogs-first-next = Next
dialogs-first-back = Back
dialogs-first-skip = Skip
dialogs-first-done = Done
dialogs-first-again = The Help menu shows these steps again
dialogs-first-looking = Looking for devices…
dialogs-first-on-cpu = No graphics card was found that is faster than the processor. Clips are made on the processor: the demo model takes seconds there, full models take many minutes.
dialogs-first-on-chip = Clips are made on the graphics chip, which shares the memory of the processor
dialogs-first-on-card = Clips are made on the graphics card
# "Device" is the label of that row, as in settings-device.
dialogs-first-other-device = "Device" in the settings chooses another one
dialogs-first-processor = Processor: { $name }
dialogs-first-graphics = Graphics: { $name }
dialogs-first-demo-text = A demo model comes with Hummingbird. It draws simple things from a few dozen words, in seconds.
dialogs-first-starting = starting…
dialogs-first-make = Make a clip now
dialogs-first-make-another = Make another one
dialogs-first-made = That was all: every clip is kept at once and stands in the library
dialogs-first-picture = The clip that is being made
dialogs-first-models-what = Full models understand free text and draw what you describe. They are free to download, under the licences of their owners.
dialogs-first-models-need = The smallest has about 2.4 GB. It wants a graphics card with 6 GB or more; on a processor a clip takes many minutes.
dialogs-first-models-page = The page of models says what each needs before anything is downloaded

## In place of a clip

dialogs-invitation = Your clip appears here
dialogs-invitation-write = 1 · Write what it shows: a subject, what it does, and where
dialogs-invitation-generate = 2 · Press Generate, or { $keys }
dialogs-invitation-watch = 3 · Watch it take shape. It is kept by itself; Export gives you an MP4 or GIF.
dialogs-invitation-example = Use this prompt
dialogs-invitation-palette = { $keys } finds every command
dialogs-invitation-history = Finished clips are in the history

## In place of a part of the window that failed; $part is its name, as a sentence begins

dialogs-broken = { $part } cannot be shown because of an internal error. Everything else goes on.
dialogs-broken-away = Go on without this
    .name = Go on without this: { $part }
dialogs-broken-again = Try again
    .name = Try again: { $part }
dialogs-broken-copy = Copy report
    .name = Copy report: { $part }

## Pages and panels

# Names of what hides a panel, brings it back and sets its width.
dialogs-panel-controls =
    .hide = Hide the settings panel
    .show = Show the settings panel
    .width = Width of the settings panel
dialogs-panel-history =
    .hide = Hide the history panel
    .show = Show the history panel
    .width = Width of the history panel
