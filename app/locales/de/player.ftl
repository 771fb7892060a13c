# The clip in the middle of the window, in German.

## The picture

player-picture = Clip, Bild { $frame } von { $frames }
player-waiting = Die erste Vorschau erscheint nach dem ersten Schritt

## Progress

player-stage-device = Gerät wird geöffnet
player-stage-load = Modell wird geladen
player-stage-compile = GPU wird vorbereitet
player-stage-text = Prompt wird gelesen
player-stage-denoise = Sampling
player-stage-decode = Dekodieren
player-stage-step = { $stage }: Schritt { $current } von { $total }
player-stage-frame = { $stage }: Bild { $current } von { $total }
player-stage-part = { $stage }: Teil { $current } von { $total }
player-stage-left = { $progress }, noch etwa { $time }
player-preparing = Vorbereitung: { $stage }
player-starting = Startet…
player-stopping = Hält an…
player-about-to-start = „{ $clip }“ beginnt gleich
player-progress-of = „{ $clip }“: { $progress }
player-cancel-clip = Diesen Clip abbrechen (Esc)
player-watch = Ansehen
player-export-stopping = Export von { $file } hält an
player-export-clips = Export nach { $file }: Clip { $clip } von { $clips }
player-export-frames = Export von { $file }: Bild { $frame } von { $frames }
player-cancel-export = Diesen Export abbrechen

## The controls and the line below the clip

player-frame = Bild
player-decoded = Dekodierte Bilder: { $done } von { $total }
player-preview = Vorschau nach Schritt { $step }
player-clip =
    Seed { $seed }{ $loras }{ $decoder } · { $steps ->
        [one] 1 Schritt
       *[other] { $steps } Schritte
    } · Guidance { $guidance } · { $width } × { $height } · { $frames ->
        [one] 1 Bild
       *[other] { $frames } Bilder
    } · { $rate } Bilder/s · { $device }
player-device-time = { $device } in { $time }
player-note = Hinweis: { $warning }
