# The history on the right, the library's page, and the comparison of two clips.

## The history

library-history = History
# A small button beside the heading: takes a deletion back.
library-history-undo = Undo
library-history-empty = Finished clips appear here
# In place of a picture.
library-history-no-picture = No picture
# Names of the picture and the bin of a clip.
library-history-show = Show "{ $prompt }", seed { $seed }
library-history-delete = Delete "{ $prompt }"
# Below a picture, short: the clip was exported; it is in the library; it is being put there; it is nowhere yet.
library-history-saved = Saved
library-history-kept = Kept
library-history-being-kept = Being kept…
library-history-not-saved = Not saved

## The library's page

library-title = Library
library-failed = The library cannot be used: { $reason }
library-opening = Opening the library…
library-count = { $count } clips
library-count-listed = { $listed } of { $count } clips
library-back = Back
library-search = Search the library
library-search-hint = Search prompts and settings
library-filters = Filters
library-sort = Order of clips
library-sort-newest = Newest first
library-sort-oldest = Oldest first
library-sort-prompt = By prompt
library-sort-largest = Largest first
library-sort-longest = Longest first
# Lists of filters; ".all" stands in one where nothing is chosen.
library-model = Model
    .all = All models
library-size = Size
    .all = All sizes
library-tag = Tag
    .all = All tags
library-project = Project
    .all = All projects
library-favourites = Favourites
library-duplicates = Duplicates
    .tooltip = Clips of the same settings, or with the same bytes
# Takes all filters away.
library-show-all = Show all
library-tile-size = Tile size
library-empty = Every finished clip appears here, and its file in the folder for clips
library-none-like-this = No clip is like this
library-clip = Clip "{ $prompt }", seed { $seed }
# Below a picture, short: so many clips have the same settings.
library-alike = { $count } alike
library-tag-remove = Remove the tag "{ $tag }"

## What is said of the clips that are selected

library-details-clip = Selected clip
library-details-new-tag = New tag
library-details-add-tag = Add tag
# The clip belongs to no project.
library-details-no-project = None
library-details-note = Note
library-details-picture = { $width } × { $height } pixels, { $frames } frames at { $fps } a second
library-details-model = Model { $name }
library-details-tiny-decoder = Tiny decoder { $name }
library-details-device = Computed on { $device }
library-details-duplicates = { $count } clips have these settings or these bytes
library-details-selected = { $count } clips are selected
library-details-select-none = Select none
# Ctrl, Shift and Space are keys.
library-details-none = Select a clip to see what it was made from. Ctrl and Shift select several, with the keyboard Space and Shift with the arrows.

## How clips are kept

library-keeping = How clips are kept
library-keeping-folder = Folder
    .hint = The system's folder for videos
# The label of a pattern for names of files.
library-keeping-names = Names
# The names in braces stay as they are.
library-keeping-filled-in = {"{date}, {time}, {words}, {seed}, {model}, {project}"} and {"{size}"} are filled in
# The label of a number of GiB. Latents are what a clip can be decoded from again.
library-keeping-latents = Latents up to
library-keeping-confirm = Keep clips so from now on

## Two clips beside each other

library-compare = Compare
library-compare-side-by-side = Side by side
# One picture over the other, up to a line that can be moved.
library-compare-wipe = Wipe
library-compare-back = Back to the grid
library-compare-play = Play
library-compare-pause = Pause
library-compare-frame = Frame of both clips
# $side is A or B.
library-compare-clip = Clip { $side }, "{ $prompt }", seed { $seed }
library-compare-reading = Reading the clip…
library-differences = What differs
library-differences-none = Nothing: both were made from the same settings
library-differences-setting = Setting
