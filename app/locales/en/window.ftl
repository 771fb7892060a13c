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
