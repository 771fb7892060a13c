# The model manager. "Nano" is the demo model; names of programs, files and licences stay as they are.

models-title = Models
models-intro = Nano, the demo model, knows a few dozen words. Full models understand free text: download one here, under the licence of its owner, or drop a model file on the window.
models-reading = Reading the models folder…
models-open-folder = Open models folder
models-close = Close
models-back = Back
models-cancel = Cancel
models-judges = Judges
models-judges-about = They look at clips, for evaluations and to choose training data; they make none
models-not-listed = This model is no longer listed
models-nano-about = The demo model: small, fast on any machine, knows a few dozen words

## What a model is and where it is

models-in-use = In use
models-built-in = Built in
models-not-downloaded = Not downloaded
models-percent-downloaded = { $percent }% downloaded
models-bytes-downloaded = { $size } downloaded
models-downloaded = Downloaded
models-verified = Downloaded, verified
models-differs = Differs from the release; remove it and download it again
models-own-file = Your own file
models-own-model = Your own file: a model
models-own-lora = Your own file: a LoRA
# $kind is what a file is, such as "an SD 1.x checkpoint".
models-own-foreign = Your own file: { $kind }, not for this program
models-on-disk = { $size } on disk
models-about-on-disk = About { $size } on disk
models-memory-for-weights = about { $memory } of memory for weights
models-licence = licence

## Buttons of a model

models-download = Download…
    .tooltip = Read the licence, then download
    .name = Download { $model }
models-resume = Resume
    .tooltip = Continue the download where it stopped
    .name = Resume { $model }
models-discard = Discard…
    .tooltip = Delete what was downloaded so far
    .name = Discard { $model }
models-use = Use
    .tooltip = Make clips with this model
    .name = Use { $model }
models-add = Add
    .tooltip = Add it to the LoRAs in the settings
    .name = Add { $model }
models-already-in-list = it is already in the list
models-verify = Verify
    .tooltip = Read the whole file and compare it with the release
    .name = Verify { $model }
models-remove = Remove
    .tooltip = Remove it from the models folder; can be undone until the window closes
    .name = Remove { $model }
models-stop = Cancel
    .tooltip = Stop and keep what was downloaded
    .name = Cancel { $model }
models-stopping = Stopping…

## Work on a model

models-moving = Moving files
models-verifying = Verifying…
models-verifying-bytes = Verifying { $done }
models-verifying-of = Verifying { $done } of { $total }
models-downloading = Downloading…
models-downloading-bytes = Downloading { $done }
models-downloading-of = Downloading { $done } of { $total }
models-rate = { $size }/s
models-time-left = { $time } left
models-waiting = { $reason }; trying again in { $time }

## Before a download

models-download-title = Download { $model }?
models-size = Size
    .about = About { $size }
    .unknown = Unknown
models-from = From
models-to = To
models-licence-of-weights = The weights belong to their owners, under the licence { $licence }. Please read it first.
models-accept = Accept licence and download
models-discard-title = Discard the download of { $model }?
models-discard-about = { $size } were downloaded so far and would be deleted
models-discard-confirm = Discard
models-discard-keep = Keep

## Messages about models

models-got = { $model } was downloaded
models-checked = { $model }: { $found }
models-checked-release = it matches the release
models-checked-nothing = it can be read, but there is no hash to compare it with
models-checked-unchanged = it is unchanged since it was downloaded
models-part-deleted = the partial download of { $model } was deleted
models-removed = { $model } was removed; its disk space is freed when Hummingbird closes
models-restored = { $model } was restored
models-stopped = { $model }: stopped; what was downloaded is kept
models-failed = { $model }: { $reason }
models-dropped-model = { $file } is a whole model, not a LoRA: open it as the model instead
models-dropped-previews = { $file } is a tiny decoder (TAESD) for previews and fast decoding, not a model: put it into the models folder
models-dropped-foreign = { $file } is { $kind }: not for this program
models-dropped-unknown = { $file } is neither a text-to-video model nor a LoRA that this version knows
models-not-opened = { $place } could not be opened: { $reason }
models-nothing-opens = nothing on this system opened { $place }: open it yourself

## Other folders, what fits, and models in parts

models-searching = Searching folders…
models-add-folder = Add folder…
    .tooltip = Search another folder for models too; nothing in it is changed
models-add-folder-title = Add a folder with models
models-add-folder-about = A folder of your own, or that of ComfyUI, StabilityMatrix or Stable Diffusion web UI. Its files are used where they lie and never changed.
models-folder-not-kept = { $folder } cannot be added: its name is no plain text, or the list is full
models-offer = Found { $program }'s models in { $folder }
models-offer-use = Use them
    .tooltip = List what this program can use of them; they stay where they are and are never changed
    .name = Use models of { $program }
models-offer-refuse = Not now
    .name = Do not use models of { $program }
models-folder-remove = Remove from list
    .tooltip = Search this folder no more; its files stay as they are
    .name = Remove folder { $folder } from the list
models-folder-holds = { $models ->
        [0] Nothing for this program
        [one] One file for this program
       *[other] { $models } files for this program
    }{ $others ->
        [0] { "" }
        [one] , one for other programs
       *[other] , { $others } for other programs
    }
models-folder-loras = LoRAs ({ $count })
models-folder-gone = Not there now: it stays on the list and is searched again when it is back
models-folder-unreadable = It cannot be read: { $reason }
models-folder-cut = There is more in this folder than is searched: add the folder inside of it that holds your models
models-kind-model = A model
models-kind-lora = A LoRA
models-kind-previews = A tiny decoder, for previews and fast decoding
models-judged-memory = judged by { $memory } of memory
models-judged-beside-card = judged by { $memory } of the computer's memory; that of the graphics card is not known
models-fits = Fits here ({ $judged })
models-fits-tightly = Fits here with little to spare ({ $judged })
models-too-large = Too large for this computer ({ $judged }): convert it to f16 or q8, or use a smaller model
models-disk-tight = The disk would be nearly full: { $free } are free
models-disk-full = Not enough room on the disk: { $free } are free
models-clip-takes = A clip takes about { $time } here, by the clips that were made
models-complete = Complete…
    .tooltip = Name the files of its text encoder and autoencoder
    .name = Complete { $model }
models-complete-title = Complete { $model }
models-complete-about = A U-Net needs a text encoder and an autoencoder. Choose a file for each that the model lacks; the choice is remembered for this model.
models-complete-confirm = Open the model
models-complete-cancel = Cancel
models-text-encoder = Text encoder
models-autoencoder = Autoencoder
models-part-own = The model's own
models-part-choose = Choose
    .name = Choose the file: { $part }
models-unet-without-both = A U-Net without text encoder and autoencoder
models-unet-without-text = A U-Net and an autoencoder without text encoder
models-unet-without-vae = A U-Net and a text encoder without autoencoder
models-alone-both = A text encoder and an autoencoder, to complete a U-Net
models-alone-text = A text encoder, to complete a U-Net
models-alone-vae = An autoencoder, to complete a U-Net
models-part-dropped = { $file } holds only part of a model: name files for what it lacks
models-list-damaged = the list of folders with models is damaged ({ $damage }): what can be read is used; { $aside }
