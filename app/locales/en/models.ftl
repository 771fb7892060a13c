# The model manager: folders beside the models folder, whether a model fits, and models in parts.

models-searching = Searching folders…
models-add-folder = Add folder…
    .help = Search another folder for models too; nothing in it is changed
models-add-folder-title = Add a folder with models
models-add-folder-about = A folder of your own, or that of ComfyUI, StabilityMatrix or Stable Diffusion web UI. Its files are used where they lie and never changed.
models-folder-not-kept = { $folder } cannot be added: its name is no plain text, or the list is full
models-offer = Found { $program }'s models in { $folder }
models-offer-use = Use them
    .help = List what this program can use of them; they stay where they are and are never changed
models-offer-use-of = Use models of { $program }
models-offer-refuse = Not now
models-offer-refuse-of = Do not use models of { $program }
models-folder-remove = Remove from list
    .help = Search this folder no more; its files stay as they are
models-folder-remove-of = Remove folder { $folder } from the list
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
    .help = Name the files of its text encoder and autoencoder
models-complete-of = Complete { $model }
models-complete-title = Complete { $model }
models-complete-about = A U-Net needs a text encoder and an autoencoder. Choose a file for each that the model lacks; the choice is remembered for this model.
models-complete-confirm = Open the model
models-complete-cancel = Cancel
models-text-encoder = Text encoder
models-autoencoder = Autoencoder
models-part-own = The model's own
models-part-choose = Choose
models-part-choose-of = Choose the file: { $part }
models-unet-without-both = A U-Net without text encoder and autoencoder
models-unet-without-text = A U-Net and an autoencoder without text encoder
models-unet-without-vae = A U-Net and a text encoder without autoencoder
models-alone-both = A text encoder and an autoencoder, to complete a U-Net
models-alone-text = A text encoder, to complete a U-Net
models-alone-vae = An autoencoder, to complete a U-Net
models-part-dropped = { $file } holds only part of a model: name files for what it lacks
models-list-damaged = the list of folders with models is damaged ({ $damage }): what can be read is used; { $aside }
