# Names and tooltips of actions: menus, buttons, the command palette and the page of shortcuts are made of them.

## File

action-export = Export…
    .tooltip = Save this clip as a video or image file
action-export-as = Export as…
    .tooltip = Choose the format and options, then save the clip
action-export-all = Export all…
    .tooltip = Save the selected clips, or all of the history, into a folder
action-join-clips = Join clips…
    .tooltip = Put the selected clips, or all of the history, one after the other into one file
action-use-demo-model = Use the demo model
    .tooltip = Go back to the small model that comes with Hummingbird
action-show-models = Models…
    .tooltip = Download, verify, use and remove models
action-show-training = Train a LoRA…
    .tooltip = Teach the model a style or a subject from your own clips and pictures
action-show-data = Data
    .tooltip = Make a training set of your own clips: choose, caption, score and export them
action-open-model = Open model…
    .tooltip = Choose a model file (.safetensors, .pt, .ckpt)
action-open-clip = Load settings from a clip…
    .tooltip = Load the prompt, seed and settings that an exported clip carries
action-quit = Quit
    .tooltip = Close the window

## Create

action-generate = Generate
    .tooltip = Make a clip from the prompt, or queue it while another is being made
action-cancel-all = Cancel all jobs
    .tooltip = Stop the current clip and clear the queue
action-cancel = Cancel
    .tooltip = Stop the current clip
action-focus-prompt = Edit the prompt
    .tooltip = Move the cursor to the prompt
action-focus-negative = Edit the negative prompt
    .tooltip = Move the cursor to the negative prompt
action-surprise = Surprise me
    .tooltip = Write a random prompt from words the demo model knows
action-toggle-seed-lock = Lock the seed
    .tooltip = Use the same seed for every clip instead of a random one
action-roll-seed = Random seed
    .tooltip = Pick a random seed and lock it
action-add-lora = Add LoRA…
    .tooltip = Choose a LoRA file to apply to the model
action-undo-remove = Undo removal
    .tooltip = Bring back the model or LoRA that was removed last
action-undo-caption = Undo caption edit
    .tooltip = Bring back the caption of the training page that was changed last
action-reset-controls = Reset settings
    .tooltip = Go back to the model's defaults and keep the prompt

## Queue

action-pause-queue = Pause the queue
    .tooltip = Stop after the last finished step, which is kept, and give memory back
action-resume-queue = Continue the queue
    .tooltip = Go on with the paused clips of the queue, each after its last finished step
action-stop-after = Pause after this clip
    .tooltip = Finish the clip that is being made, then pause the queue, or do not after all
action-skip-job = Skip this clip
    .tooltip = Put the clip that is being made behind the others, with the steps that are done
action-retry-failed = Retry failed clips
    .tooltip = Queue every clip that failed once more, each after its last finished step
action-edit-job = Edit clip
    .tooltip = Put the settings of the selected clip of the queue into the form; Generate then replaces it
action-duplicate-job = Duplicate clip
    .tooltip = Queue the selected clip of the queue a second time
action-move-job-up = Move up
    .tooltip = Make the selected clip of the queue before the one above it
action-move-job-down = Move down
    .tooltip = Make the selected clip of the queue after the one below it
action-remove-job = Remove from the queue
    .tooltip = Take the selected clip out of the queue
action-undo-queue = Undo removal from the queue
    .tooltip = Bring back what was removed from the queue last
action-add-batch = Add a batch…
    .tooltip = Queue many clips: several prompts, several seeds, or a grid of two settings
action-join-grid = Join the grid now
    .tooltip = Make one clip of a grid although some of its clips are missing
action-save-queue = Save the queue…
    .tooltip = Write the clips that wait to a file that can be run without a window
action-load-queue = Load a queue…
    .tooltip = Queue the clips of a file that was saved before
action-when-done = When the queue is done…
    .tooltip = Choose whether the computer sleeps or a command runs after the last clip

## Play

action-play-pause = Play or pause
    .tooltip = Start or pause playback
action-previous-frame = Previous frame
    .tooltip = Go one frame back
action-next-frame = Next frame
    .tooltip = Go one frame forward
action-first-frame = First frame
    .tooltip = Go to the first frame
action-last-frame = Last frame
    .tooltip = Go to the last frame
action-play-backwards = Play backwards
    .tooltip = Play to the beginning; again for faster
action-play-forwards = Play forwards
    .tooltip = Play to the end; again for faster
action-slower = Slower
    .tooltip = Play at half the speed
action-faster = Faster
    .tooltip = Play at twice the speed
action-normal-speed = Normal speed
    .tooltip = Play at the clip's own speed
action-set-in = Begin here
    .tooltip = Play and export from the frame that is shown
action-set-out = End here
    .tooltip = Play and export up to the frame that is shown
action-clear-range = Whole clip
    .tooltip = Play and export all frames again
action-toggle-loop = Loop
    .tooltip = Play the clip over and over
action-toggle-ping-pong = Ping-pong
    .tooltip = Play the clip forwards and then backwards
action-zoom-in = Zoom in
    .tooltip = Show a part of the clip larger; drag to move it
action-zoom-out = Zoom out
    .tooltip = Show more of the clip
action-zoom-fit = Fit
    .tooltip = Show the whole clip as large as it fits
action-only-clip = Only the clip
    .tooltip = Fill the screen with the clip, or show the panels again

## Clip

action-show-live = Show live preview
    .tooltip = Show the preview of the clip that is being made
action-previous-result = Newer clip
    .tooltip = Show the clip above in the history
action-next-result = Older clip
    .tooltip = Show the clip below in the history
action-reuse-settings = Reuse settings
    .tooltip = Copy the prompt, seed and settings of this clip into the form
action-decode-again = Decode again
    .tooltip = Decode the saved latent again with the full decoder, without sampling
action-delete-result = Delete clip
    .tooltip = Move this clip to the trash
action-undo-delete = Undo delete
    .tooltip = Bring back the clip that was deleted last
action-copy-frame = Copy frame
    .tooltip = Put the frame that is shown on the clipboard as a picture

## Library

action-show-library = Library
    .tooltip = Show all clips that were ever finished, or go back to the player
action-search-library = Search the library
    .tooltip = Find clips by words of their prompts and settings
action-select-all = Select all clips
    .tooltip = Select every clip that the library lists now
action-open-kept = Open clip
    .tooltip = Show the selected clip of the library in the player
action-toggle-favourite = Favourite
    .tooltip = Mark the clip as one of the best, or take the mark away
action-compare-clips = Compare two clips
    .tooltip = Show the two selected clips in sync with what differs, or the grid again
action-one-more = One more
    .tooltip = Make a clip with the settings of this one and a new seed
action-throw-again = Throw away and again
    .tooltip = Move this clip to the trash and make one with a new seed in its place
action-other-prompt = Same seed, other prompt
    .tooltip = Copy the settings, lock the seed and move the cursor to the prompt
action-variations = Variations
    .tooltip = Make four clips like this one with the seeds around it
action-show-in-folder = Show in folder
    .tooltip = Open the folder of the clip's file
action-rescan-library = Look for new files
    .tooltip = Follow what other programs did with the files of the library
action-data-folder = Open clips…
    .tooltip = Show the clips of a folder on the data page
action-data-manifest = Open manifest…
    .tooltip = Show the clips of a table (.parquet, .csv, .jsonl) on the data page
action-data-redo = Redo
    .tooltip = Do again what was taken back last on the data page
action-data-mark = Keep or drop clip
    .tooltip = Drop the clip of the data page that is kept, or keep the one that is dropped; Space does the same
action-data-edit = Edit caption
    .tooltip = Type the caption of the clip on the data page; Enter on its row does the same
action-data-accept = Accept caption
    .tooltip = Take the new caption of the clip on the data page
action-data-refuse = Refuse caption
    .tooltip = Leave the caption of the clip on the data page as it is
action-data-accept-all = Accept all captions
    .tooltip = Take every new caption on the data page
action-data-refuse-all = Refuse all captions
    .tooltip = Leave every caption on the data page as it is

## View

action-toggle-controls = Settings panel
    .tooltip = Show or hide the panel with the prompt and the settings
action-toggle-history = History panel
    .tooltip = Show or hide the panel with the queue and the history
action-toggle-advanced = Advanced settings
    .tooltip = Show or hide the settings for those who know them: Eta, noise, cache, tokens
action-toggle-full-screen = Full screen
    .tooltip = Let the window cover the screen, or not
action-scale-up = Larger
    .tooltip = Make everything in the window larger
action-scale-down = Smaller
    .tooltip = Make everything in the window smaller
action-reset-scale = Reset scale
    .tooltip = Go back to a scale of 100 percent
action-cycle-theme = Switch theme
    .tooltip = Switch between the light, dark, high contrast and system themes
action-toggle-reduced-motion = Reduced motion
    .tooltip = Let thumbnails stand still and panels change without sliding
action-toggle-scaling = Sharp or smooth pixels
    .tooltip = Enlarge small clips with sharp or smooth pixels
action-dismiss-notices = Dismiss all messages
    .tooltip = Close every message above the preview

## Help

action-command-palette = Command palette…
    .tooltip = Find a command by its words and run it
action-show-first-steps = First steps…
    .tooltip = See which device computes, make a first clip and find full models
action-edit-shortcuts = Keyboard shortcuts…
    .tooltip = See the keys of every command and change them
action-ask-for-newer-version = Look for a newer version
    .tooltip = Ask the project's page whether there is a newer version; nothing else is sent, and it is never asked by itself
action-help = Help and shortcuts
    .tooltip = Show how to begin and all keyboard shortcuts
