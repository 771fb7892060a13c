# The dialogs that export one clip or several.

export-title = Export clip
export-save-as = Save as
export-confirm = Export
export-cancel = Cancel
export-replace = Replace an existing file
export-embed = Store prompt, seed and settings in the file
    .tooltip = Drop the file on the window to load them again

## Options: labels of rows are short

# In a list, for a value that is none of the list.
export-other = Other
export-format = Format
# How much the picture may lose by compression.
export-loss = Loss
    .tooltip = 0 is best and largest, 51 the smallest file
export-dither = GIF dithering
export-dither-none = None (smallest file, visible bands)
export-dither-ordered = Ordered (a pattern that stands still)
export-dither-diffusion = Diffusion (finest, largest file)
export-colours = GIF colours
# Which part of the picture is written.
export-crop = Part
export-crop-whole = Whole picture
export-crop-square = Square 1:1
export-crop-wide = Wide 16:9
export-crop-upright = Upright 9:16
export-crop-portrait = Portrait 4:5
export-crop-cinema = Cinema 21:9
export-scale = Size
export-scale-original = As it is
export-scale-half = Half
export-scale-double = Double
export-scale-four = Four times
# $side is a number of pixels.
export-scale-longest = Longest side { $side }
# Of the frames.
export-order = Order
export-order-forward = Forwards
export-order-ping-pong = Forwards and backwards (ping-pong)
# How often the clip plays.
export-plays = Plays
export-plays-ever = For ever
export-plays-once = Once
# Follows a number in its field: "2 times".
export-plays-times =
    { $count ->
       *[other] {" "}times
    }
export-limit = Largest file
    .tooltip = Quality and size are reduced until the file fits
export-preset = Preset
export-preset-choose = Choose…
# A button with a menu: keeps the options as a preset.
export-keep = Keep…
    .tooltip = Keep these options under a name, or remove one that was kept
# In the empty field where a name for a preset is typed.
export-keep-name = Name
export-keep-options = Keep these options
export-keep-remove = Remove { $name }
# I and O are keys.
export-trim-hint = I and O in the player set the first and last frame
export-trim = Only frames { $first } to { $last }

## What the file will be

export-picture = Picture of the file
export-measuring = Measuring…
# $size is "2.0 MiB".
export-about = About { $size }
export-sample = { $width } × { $height } · { $count } frames · { $secs } s
# Both follow the line above, after a dot.
export-sample-loss = loss { $loss }
export-sample-colours = { $count } colours

## Several clips

export-join-title = Join clips
export-join-text = The clips follow each other in this order. Size and frame rate are those of the first: others are scaled to fit.
export-join-confirm = Join
export-all-title = Export all
export-all-text = Each clip becomes a file of its own in the folder, under its name
export-all-confirm = Export all
export-folder = Folder
export-count = { $count } clips
# A small button in the row of a clip, and its name.
export-move-up = Up
    .name = Move clip { $number } up
export-move-down = Down
    .name = Move clip { $number } down
export-leave-out = Leave clip { $number } out
