# Why something cannot be done now: tooltips of buttons and rows of menus that are grey, and warnings. Each begins with a small
# letter, where the language has those: it stands alone, with its first letter made large, or behind a colon or another part of a
# sentence. No full stop.

## What actions need

reasons-no-finished-clip-shown = no finished clip is shown
reasons-nothing-shown = nothing is shown yet
reasons-file-dialog-open = a file dialog is open
reasons-model-opening = the model is being opened
# "File" and "Models" are the menu and its row: menu-file, action-show-models.
reasons-no-model-choose = no model is open; choose one under File, Models
reasons-no-model = no model is open
reasons-setting-wrong = a setting must be fixed first
reasons-no-clip-being-made = no clip is being made
reasons-no-clip-selected = no clip is selected
reasons-several-clips-selected = several clips are selected
# The player is the part of the window where a clip plays.
reasons-no-clip-in-player = no clip is in the player
reasons-library-not-open = the library is not open yet
reasons-library-failed = the library cannot be used; a message says why
reasons-library-not-shown = the library is not shown
reasons-no-library-clip = no clip of the library is selected or shown
reasons-select-two = select two clips of the library first
# A latent is what the model makes before it is decoded into pictures.
reasons-latent-gone = the latent of this clip is not kept any more
reasons-latent-not-saved = the latent of this clip could not be saved
reasons-no-clip-deleted = no clip was deleted
reasons-demo-model-in-use = the demo model is in use
reasons-nothing-removed = no model and no LoRA was removed
reasons-no-word-list = only the demo model has a list of words
# No first and no last frame were chosen: the clip plays from its beginning to its end.
reasons-all-frames-play = all frames play
# Nothing of it is cut off: it cannot be zoomed out of.
reasons-whole-clip-shown = the whole clip is shown
reasons-no-finished-clip = there is no finished clip yet
reasons-no-preview = there is no preview yet
reasons-history-empty = the history is empty
# The scale is the size of everything in the window.
reasons-largest-scale = this is the largest scale
reasons-smallest-scale = this is the smallest scale
reasons-scale-is-100 = the scale is 100 percent
# A message of the window, as those of notices.ftl.
reasons-no-message = there is no message
reasons-asking-for-version = it is being asked already
# A caption says what a training clip shows.
reasons-no-caption-changed = no caption was changed

## The queue

reasons-queue-paused = the queue is paused already
reasons-queue-idle = the queue is empty and no clip is being made
reasons-queue-not-paused = the queue is not paused
reasons-queue-empty = the queue is empty
reasons-no-job-selected = no clip of the queue is selected
reasons-no-other-waits = no other clip waits
reasons-none-failed = no clip has failed
# A grid is joined of several clips; none is under way.
reasons-no-grid = no grid lacks clips
reasons-nothing-removed-from-queue = nothing was removed from the queue
reasons-first-of-queue = this clip is the first of the queue
reasons-last-of-queue = this clip is the last of the queue

## Models and training

reasons-model-in-use = this model is in use; use another one first
reasons-lora-in-list = this LoRA is in the list of the settings; take it out there first
reasons-training = a training is under way
reasons-measuring = time and memory are being measured
reasons-reading-folder = the folder is being read
reasons-no-training-folder = choose a folder of clips or pictures first
reasons-no-training-clip = the folder has no clip that can be used
reasons-no-caption = write a caption or a trigger word first
reasons-no-lora-name = give the LoRA a name
reasons-clip-would-be-measured = a clip is being made, and would be measured too

## Why keys cannot be a shortcut

reasons-key-escape-tab = Escape and Tab lead out of fields and through the window
reasons-key-f10 = F10 opens the menus
reasons-key-menu = Alt with this letter opens a menu
