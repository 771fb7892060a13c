# Titles of the menus; the letter opens one together with Alt.

menu-file = File
    .letter = F
menu-create = Create
    .letter = C
menu-queue = Queue
    .letter = Q
menu-clip = Clip
    .letter = P
menu-playback = Playback
    .letter = B
menu-library = Library
    .letter = L
menu-view = View
    .letter = V
menu-help = Help
    .letter = H

# The choice of the language in the View menu.

language-system = System

# Units

unit-bytes = bytes

# View menu

language-title = Language
view-scale = Scale
theme-system = System
theme-light = Light
theme-dark = Dark
theme-high-contrast = High contrast
view-smooth-pixels = Smooth pixels
view-sharp-pixels = Sharp pixels

# Durations: "8 s", "3 min 20 s", "1 h 5 min". They also stand inside sentences.

unit-duration-seconds = { $seconds } s
unit-duration-minutes = { $minutes } min { $seconds } s
unit-duration-hours = { $hours } h { $minutes } min

# At the right end of the menu bar: the model, downloads and trainings under way. As short as can be.

window-model-opening = Opening model…
window-model-none = No model
# $name is the name of the demo model.
window-model-demo = { $name } · demo model
# Tooltip of the model's name, in three lines; $pixels is the longest side of a picture.
window-model-card =
    Licence: { $licence }
    SHA-256: { $hash }
    Up to { $frames } frames, sides up to { $pixels } pixels
window-downloading = Downloading { $title }
window-downloading-percent = Downloading { $title } ({ $percent }%)
# $name is the name of a LoRA.
window-training = Training { $name }
window-training-percent = Training { $name } ({ $percent }%)

# Files are being dragged over the window.

window-drop-hint = Drop a clip to load its settings, a model to open it, or a LoRA to add it

# Buttons of messages. As short as can be: they stand beside the message.

window-close = Close
window-dismiss = Dismiss this message
window-open-as-model = Open as model
window-turn-lora-off = Turn it off
    .tooltip = Make clips without this LoRA
    .name = Turn off { $file }
window-decode-again = Decode again
window-copy-path = Copy path
window-open-page = Open its page
window-show-in-folder = Show in folder
    .tooltip = Open the folder of the file

# Number fields

# Name of a slider for screen readers; $name is that of the setting.
window-slider = { $name } slider
# How long the clip is.
window-seconds-long = { $seconds } s long
window-width-height = Width and height in pixels
# A list of sizes.
window-sizes = Sizes
    .tooltip = Sizes the model supports
window-size-of-model = { $width } × { $height }  (model default)
# In place of a number: one that is drawn for each clip.
window-random = random

# The command palette, in which a command is found by its words

palette-field = Type what you want to do
    .name = Command palette
palette-none = No command has these words
palette-keys = Up and Down choose, Enter runs the command, Escape closes

# The page of keyboard shortcuts

shortcuts-title = Keyboard shortcuts
shortcuts-search = Search commands
shortcuts-reset-all = Reset all
    .tooltip = Give every command its default keys
# The keys that were pressed are those of another command: take them from it, or leave them there. "{ $keys }" is "Ctrl+G".
shortcuts-belongs = { $keys } belongs to "{ $command }"
shortcuts-take = Use it here
    .name = Use { $keys } for { $command }
shortcuts-keep = Keep it there
    .name = Keep { $keys } for { $command }
# Two ways to press the same command.
shortcuts-or = { $first } or { $second }
shortcuts-press = Press the new keys
shortcuts-none = No keys
shortcuts-reset = Reset
    .name = Reset the shortcut of { $command }
shortcuts-change = Change
    .tooltip = Press the keys that it gets
    .name = Change the shortcut of { $command }

# Titles of the system's file dialogs; ".files" names the kind of file in its list of kinds.

window-dialog-export = Export clip
window-dialog-model = Open model
    .files = Model
window-dialog-lora = Add LoRA
window-dialog-training = Folder of clips and pictures
window-dialog-queue = Load a queue
    .files = Queue
window-dialog-clip = Load settings from a clip
    .files = Exported clip

# Messages. Each begins a line with a capital letter by itself, or stands after a colon.

window-second = another window of Hummingbird is open and does not answer: this is a second one
window-painter = { $failed } does not draw the window ({ $reason }): { $name } does
window-painter-before = it failed at an earlier start
window-settings-not-saved = the settings could not be saved: { $reason }
window-settings-not-kept = the settings will not be kept: { $reason }
# $damage is what is wrong; $aside one of the two texts that follow.
window-settings-damaged = the settings file is damaged ({ $damage }): what can be read is used; { $aside }
window-shortcuts-damaged = the file of shortcuts is damaged ({ $damage }): what can be read is used; { $aside }
window-old-file = the old file is kept as { $path }
window-old-file-stays = the old file could not be set aside ({ $problem })
window-defaults-used = the defaults are used: { $reason }
window-no-threads = the system starts no more threads: close other programs
window-no-threads-because = the system starts no more threads: close other programs ({ $error })
window-internal-error = internal error, please report it: { $detail }
# In place of the detail of an internal error.
window-no-reason = no reason was given
window-library-stopped = a thread of the library has stopped
window-library-defaults = the defaults of the library are used: { $reason }
window-clip-elsewhere = the finished clip is now in { $path }: { $reason }
window-clip-not-listed = a clip was kept, but not listed: { $reason }
window-export-stopped = stopped: { $written } of { $clips } clips were written
window-export-failed = { $name } was not saved: { $error }
window-export-no-clip = there was no clip
