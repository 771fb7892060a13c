# The data page: clips of a folder on their way to a training set. A "caption" is the text that says what a clip shows, a "manifest" a table of
# clips, a "shard" a part of a data set. DOVER is the name of a network.

## The page

data-title = Data
data-count = { $kept } of { $count } clips kept
data-count-broken = { $count } cannot be read
data-opening = Opening…
data-recent = Recent
data-undo = Undo
    .tooltip = Take back the last decision or caption
data-about = Make a training set of your clips: choose a folder, or a manifest that a command wrote, or drop one here. Clips appear while the folder is searched.
data-about-kept = No clip is ever changed or deleted. What you decide is kept in a manifest in the program's data folder.
data-looking = Looking for clips…
data-no-clips = No clips were found here
data-progress = { $stage }, { $done } of { $count } clips
data-working-percent = { $stage }, { $percent }%
data-stop = Stop
data-stopping = Stopping…
data-stopped = Stopped: what is done stays, and the same button goes on
data-which = Clips that are listed
data-sort = Order of clips
data-ascending = Ascending
data-descending = Descending
data-turn = Turn the order round
data-search = Search captions and names
data-search-hint = Search
data-list-all = All clips
data-list-kept = Kept
data-list-dropped = Dropped
data-list-broken = Cannot be read
data-list-offered = New captions
data-sort-name = File name
data-sort-caption = Caption
data-sort-reasons = Reasons

## A clip

data-clip = { $name }: { $caption }, { $state }
data-seconds = { $secs } s
data-kept = Kept
data-dropped = Dropped
data-kept-by-hand = Kept by hand
data-dropped-by-hand = Dropped by hand
data-keep = Keep
data-drop = Drop
data-undecided = Leave it to the limits
data-no-caption = No caption
data-caption-of-clip = It is the prompt inside of the clip
data-caption-of = Caption of { $name }
data-picture-of = Picture of { $name }
data-original = First caption
data-offered = New caption
data-offer-waits = A new caption waits
data-offers =
    { $count ->
        [one] 1 new caption waits
       *[other] { $count } new captions wait
    }
data-accept = Accept
data-refuse = Refuse
data-keys = Arrows move, Space keeps or drops, Enter edits the caption, A accepts and D refuses a new one, Ctrl+Z takes back, Ctrl+Y does it again
data-file-gone = its file is no longer there

## The side

data-tab-clip = Clip
data-tab-limits = Limits
data-tab-steps = Steps
data-tab-export = Export

## Columns

data-column-frames = Frames
data-column-fps = Frames a second
data-column-seconds = Seconds
data-column-width = Width
data-column-height = Height
data-column-aesthetic = Aesthetic quality
data-column-technical = Technical quality
data-column-overall = Overall quality
data-column-smoothness = Smoothness
data-column-motion-px = Motion in pixels
data-column-motion-rel = Motion
data-column-zoom = Zoom
data-column-dolly = Dolly zoom
data-column-jerk = Jerk

## Reasons

data-reason-static = It stands still
data-reason-dolly-zoom = It has a dolly zoom
data-reason-shake = It shakes
data-reason-error = It cannot be read
data-reason-by-hand = Dropped by hand
data-reason-duplicate = Same content as an earlier clip
data-reason-near-duplicate = Looks like an earlier clip
data-reason-sieve = Low in the first look at quality
data-reason-below = { $column } below { $value }
data-reason-above = { $column } above { $value }
data-reason-not-best = { $column } not in the best { $percent }%
data-reason-unknown = { $column } not known
data-reason-count = { $reason } ({ $count })
data-reason-list = List only clips with this reason
data-reason-drops = Whether this reason drops clips
    .name = Drop clips: { $reason }
data-reasons = Why clips are dropped
data-nothing-dropped = Nothing is dropped

## Limits

data-least = At least
    .name = { $column }, at least
data-most = At most
    .name = { $column }, at most
data-best = Best
    .tooltip = Keep only this share, the best ones by this column
    .name = { $column }, best share
data-histogram = { $column } from { $least } to { $most }
data-keep-unknown = Keep what is not known
    .tooltip = Clips without a value in a limited column pass that limit
data-no-limits = Take all limits away

## Steps

data-stage-scan = Looking at clips
data-stage-motion = Measuring motion
data-stage-score = Scoring quality
data-stage-smoothness = Measuring smoothness
data-stage-sample = Asking for ten captions
data-stage-caption = Rewriting captions
data-stage-export = Writing clips
data-stage-page = Writing the page
data-scan-title = Clips
data-scan-on = Go on looking
    .text = The folder was not searched to its end
data-scan-again = Look again
    .text = Finds clips that came, changed or went; what is known of the others stays
data-motion-title = Motion
data-motion = Measure motion
data-motion-about = Finds clips that stand still, shake or have a dolly zoom; needs no model
data-cost-frames = { $count } clips with { $frames } frames are left to look at
data-score-title = Quality
data-score = Score quality
data-score-about = A cheap network looks at all clips, a large one at those that it lets through
data-score-sieve = { $name } first: cheap, for all clips
data-score-judge = Then { $name }: six times as much work
data-sieve-share = Let the best through
    .tooltip = The others are dropped with a reason that the limits can ignore
data-score-looks = { $name } looks at { $count } clips
data-score-both = { $first }, then { $second }
data-work-cost = { $what }: { $tflop } TFLOP on { $device }
data-network-found = { $name }: { $file } in the models folder
data-network-chosen = { $name }: { $file }, which you chose
data-network-missing = { $name } is not in the models folder: get it on the Models page or by { $command }, or choose its file
data-network-searching = Looking for { $name } in the models folder…
data-network-reading = Reading the file…
data-network-is = The file holds { $name }
data-choose-network = Choose file…
    .name = Choose the file of { $name }…
data-network-back = Use the models folder’s
    .name = Use the file of { $name } in the models folder
data-smoothness-title = Smoothness
data-smoothness = Measure smoothness
data-smoothness-about = AMT-S predicts every second frame from its neighbours; expensive, so only clips that are left are looked at
data-captions-title = Captions
data-captions-about = A language model writes plain sentences of your captions. Each is offered to you, and yours stays beside it.
data-captions-see = The model sees pictures
    .tooltip = Frames of each clip are sent with its caption; clips without a caption get one too
data-captions-frames = Frames of each clip
    .tooltip = More frames say more and cost more tokens
data-captions-parallel = Captions at once
    .tooltip = How many questions the server gets at the same time
data-captions-cost = { $count } captions would be asked for
data-captions-cost-tokens = { $count } captions would be asked for, about { $tokens } tokens
data-captions-try = Try ten
data-captions-hide = Hide them
data-captions = Rewrite all

## Export

data-export-about =
    { $count ->
        [one] 1 clip is kept
       *[other] { $count } clips are kept
    }
data-train-title = For training
data-train-about = A folder with the clips and their captions, which training reads
data-train = Write a training set…
data-train-on = Train on it…
data-shards-title = WebDataset
data-shards-about = Tar files of 1000 clips with a table beside each
data-shards = Write shards…
data-files-title = Files
data-write-page = Write a page…
data-write-manifest = Write the manifest…
data-kept-at = Decisions are saved as you make them, in { $path }
data-show-folder = Show the folder
data-written =
    { $count ->
        [one] 1 clip was written: { $path }
       *[other] { $count } clips were written: { $path }
    }
data-written-without =
    { $count ->
        [one] 1 clip was left out: { $first }
       *[other] { $count } clips were left out, first { $first }
    }

## Dialogs

data-manifests = Manifests
data-open-folder = Open a folder of clips
    .text = Clips in it and below it are listed
data-open-manifest = Open a manifest
    .text = A .parquet, .csv or .jsonl with a row for each clip; the file itself stays as it is
data-open-network = Open { $name }
    .text = The published weights of { $name }
data-open-train = Folder for the training set
    .text = An empty folder, or one that was written before
data-open-shards = Folder for the shards
    .text = Shards that are finished there are left as they are
data-save-page = Write a page
    .text = One HTML file with histograms, and pictures of what is kept and dropped
data-save-manifest = Write the manifest
    .text = A .parquet, .csv or .jsonl, which the data commands read

## Why something cannot be done

data-not-opened = { $path } cannot be opened: { $reason }
data-not-saved = the manifest was not saved: { $reason }
data-why-not-shown = the data page is not shown
data-why-no-clip = no clip that can be read is chosen
data-why-no-offer = no new caption waits
data-why-no-undo = nothing can be taken back
data-why-no-redo = nothing that was taken back can be done again
data-why-nothing-open = open a folder or a manifest first
data-why-busy = wait for what is under way, or stop it
data-why-no-network = get { $name }, or choose its file, first
data-why-no-score-network = get DOVER or DOVER-Mobile, or choose a file, first
data-why-no-look = choose which network looks first
data-why-network-unknown = the file of the network cannot be used, or was not read yet
data-why-all-done = every clip is done
data-why-no-captions = every caption was asked for, or none is kept
data-why-nothing-kept = no clip is kept
