# The settings on the left, LoRAs, and the dialogs that make many clips of them.

## The list of settings

settings-title = Settings
# A small button beside the heading.
settings-reset = Reset
# The heading that folds the rarer settings away.
settings-advanced = Advanced
# "Models" is the page of models in the File menu.
settings-no-model = No model is open. Choose one under Models, or use the demo model.
settings-opening-model = The settings appear once the model is open
# What the setting "Size" does.
settings-size =
    .tooltip = Width and height in pixels
# A choice that the model makes by itself; $choice is its name ("Off", "DDIM").
settings-model-default = { $choice } (model default)
# A choice of the setting "Cache".
settings-reuse = Every { $interval } steps, depth { $depth }
# The label of a row: short. What computes: a graphics card or the processor.
settings-device = Device
    .tooltip = Where the clip is computed
settings-device-automatic = Automatic
settings-device-cpu = CPU
settings-device-best-gpu = Best GPU
settings-device-gpu = GPU { $index }

## Around the button Generate

# $problem is what is wrong with a setting.
settings-fix-first = Fix first: { $problem }
settings-stop-editing = Stop editing
    .tooltip = Leave the clip in the queue as it is
# "Generate" is the name of the button below.
settings-replaces = Generate replaces "{ $clip }" in the queue
# Explains an estimate of time and memory.
settings-needs = Time by the clips that this device made, memory at its peak
# In place of the button Cancel, while a clip is being stopped: short.
settings-stopping = Stopping…

## LoRAs

settings-lora = LoRA { $name }
settings-lora-incompatible = Incompatible LoRA { $name }
# After the file of a LoRA, on a line of its own.
settings-lora-unfit = does not fit: { $reason }
settings-lora-remove = Remove { $name }
settings-lora-trigger = Trigger word "{ $word }"
    .tooltip = Write it into the prompt to use what this LoRA learned
# Names of a slider and of the number beside it.
settings-lora-strength = Strength of { $name }
    .number = Strength of { $name } as a number
    .tooltip = 1 is as it was trained, 0 turns it off

## A batch: many clips of one form

settings-batch-title = Add a batch
settings-batch-others = All other settings are those of the form
settings-batch-prompts = Prompts, one a line
settings-batch-every = Every combination of the choices in {"{a|b}"}
    .tooltip = Otherwise each clip takes one of them by its seed
settings-batch-seeds = Seeds
    .tooltip = How many clips of each prompt, from the seed of the form on
settings-batch-rows = Rows of a grid
    .values = Values of rows of a grid
settings-batch-columns = Columns of a grid
    .values = Values of columns of a grid
# No setting changes from row to row.
settings-batch-none = None
settings-batch-values = Commas stand between values
# In an empty field of texts.
settings-batch-texts = One a line
# In an empty field of numbers.
settings-batch-numbers = Commas between numbers
settings-batch-clips =
    { $count ->
        [one] 1 clip
       *[other] { $count } clips
    }
settings-batch-joined = { $count } clips, joined into one clip with captions when they are finished
settings-batch-add = Add to the queue
settings-batch-cancel = Cancel

## When the queue is done

settings-when-done-title = When the queue is done
settings-when-done-nothing = Nothing more
settings-when-done-sleep = The computer sleeps
settings-when-done-command = Run a command
# The label of the field where a command of the system is typed.
settings-when-done-line = Command
settings-when-done-close = Close

## Saving the queue

settings-save-queue-title = Save the queue
# "hummingbird queue run" is typed on a command line.
settings-save-queue-text = The file can be loaded again, or run without a window: hummingbird queue run
