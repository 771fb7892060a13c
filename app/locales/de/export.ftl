# The dialogs that export one clip or several, in German.

export-title = Clip exportieren
export-save-as = Speichern als
export-confirm = Exportieren
export-cancel = Abbrechen
export-replace = Vorhandene Datei ersetzen
export-embed = Prompt, Seed und Einstellungen in der Datei speichern
    .tooltip = Die Datei auf dem Fenster ablegen, um sie wieder zu laden

## Options: labels of rows are short

export-other = Andere
export-format = Format
export-loss = Verlust
    .tooltip = 0 ist am besten und am größten, 51 die kleinste Datei
export-dither = GIF-Dithering
export-dither-none = Keines (kleinste Datei, sichtbare Stufen)
export-dither-ordered = Geordnet (ein Muster, das stillsteht)
export-dither-diffusion = Diffusion (am feinsten, größte Datei)
export-colours = GIF-Farben
export-crop = Ausschnitt
export-crop-whole = Ganzes Bild
export-crop-square = Quadrat 1:1
export-crop-wide = Breit 16:9
export-crop-upright = Hochkant 9:16
export-crop-portrait = Porträt 4:5
export-crop-cinema = Kino 21:9
export-scale = Größe
export-scale-original = Original
export-scale-half = Halb
export-scale-double = Doppelt
export-scale-four = Vierfach
export-scale-longest = Längste Seite { $side }
export-order = Richtung
export-order-forward = Vorwärts
export-order-ping-pong = Vorwärts und rückwärts (Ping-Pong)
export-plays = Läuft
export-plays-ever = Endlos
export-plays-once = Einmal
export-plays-times =
    { $count ->
       *[other] {"-"}mal
    }
export-limit = Größte Datei
    .tooltip = Qualität und Größe werden verringert, bis die Datei passt
export-preset = Vorgabe
export-preset-choose = Wählen…
export-keep = Merken…
    .tooltip = Diese Optionen unter einem Namen merken oder eine Vorgabe entfernen
export-keep-name = Name
export-keep-options = Diese Optionen merken
export-keep-remove = { $name } entfernen
export-trim-hint = I und O setzen im Player das erste und das letzte Bild
export-trim = Nur die Bilder { $first } bis { $last }

## What the file will be

export-picture = Bild der Datei
export-measuring = Wird gemessen…
export-about = Etwa { $size }
export-sample =
    { $count ->
        [one] { $width } × { $height } · 1 Bild · { $secs } s
       *[other] { $width } × { $height } · { $count } Bilder · { $secs } s
    }
export-sample-loss = Verlust { $loss }
export-sample-colours = { $count } Farben

## Several clips

export-join-title = Clips verbinden
export-join-text = Die Clips folgen in dieser Reihenfolge aufeinander. Größe und Bildrate sind die des ersten: die anderen werden eingepasst.
export-join-confirm = Verbinden
export-all-title = Alle exportieren
export-all-text = Jeder Clip wird unter seinem Namen zu einer eigenen Datei im Ordner
export-all-confirm = Alle exportieren
export-folder = Ordner
export-count =
    { $count ->
        [one] 1 Clip
       *[other] { $count } Clips
    }
export-move-up = Auf
    .name = Clip { $number } nach oben
export-move-down = Ab
    .name = Clip { $number } nach unten
export-leave-out = Clip { $number } weglassen
