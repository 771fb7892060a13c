# Messages above the clip, and what dialogs say of what was typed in them, in German. They begin with a small letter but for nouns
# and names, and have no full stop.

## Making clips

notices-not-started = nicht gestartet: { $reason }
notices-clip-finished = „{ $prompt }“ ist fertig und steht im Verlauf
notices-clip-cancelled = „{ $prompt }“ wurde abgebrochen
notices-clip-failed = „{ $prompt }“ ist fehlgeschlagen: { $error }
notices-jobs-of-previous-model = die Clips des vorigen Modells bleiben in der Warteschlange, bis es wieder geöffnet wird
notices-started-safely = sicher gestartet: es ist kein Modell offen, und Clips werden auf dem Prozessor berechnet; unter Datei, Modelle ein Modell wählen

## The clipboard

notices-copied = kopiert
notices-newer-version = Version { $version } ist erschienen; dies ist { $current }
notices-newest-version = dies ist die neueste Version, { $current }
notices-frame-copied = das Bild ist in der Zwischenablage

## The queue

notices-job-removed = „{ $title }“ wurde aus der Warteschlange entfernt
notices-jobs-removed = { $count ->
    [one] ein Clip wurde aus der Warteschlange entfernt
   *[other] { $count } Clips wurden aus der Warteschlange entfernt
}
notices-job-changed = „{ $title }“ in der Warteschlange wurde geändert
notices-queue-paused = die Warteschlange ist angehalten
notices-waits-for-power = der Computer läuft am Akku: die Warteschlange wartet auf eine Steckdose
notices-training-waits-for-power = der Computer läuft am Akku: das Training wartet auf eine Steckdose
notices-queue-done = { $count ->
    [one] { $count } Clip ist fertig
   *[other] { $count } Clips sind fertig
}
notices-queue-done-failed = { $count ->
    [one] { $count } Clip ist fertig, fehlgeschlagen: { $failed }
   *[other] { $count } Clips sind fertig, fehlgeschlagen: { $failed }
}
notices-computer-sleeps = die Warteschlange ist fertig: der Computer schläft in 30 Sekunden
notices-unfinished = { $count ->
    [one] { $count } unfertiger Clip der letzten Sitzung: die Warteschlange ist angehalten
   *[other] { $count } unfertige Clips der letzten Sitzung: die Warteschlange ist angehalten
}
notices-unfinished-at = { $count ->
    [one] { $count } unfertiger Clip ({ $place }) der letzten Sitzung: die Warteschlange ist angehalten
   *[other] { $count } unfertige Clips (der erste { $place }) der letzten Sitzung: die Warteschlange ist angehalten
}
notices-queue-file-damaged = eine Datei der Warteschlange ist beschädigt und wurde nicht verwendet: sie wird als { $path } aufbewahrt
notices-begun-with-demo = dieser Clip wurde mit dem Demo-Modell begonnen: es zuerst öffnen, dann fortsetzen
notices-begun-with = dieser Clip wurde mit { $model } begonnen: dieses Modell zuerst öffnen, dann fortsetzen
notices-batch-queued = { $count ->
    [one] { $count } Clip wurde eingereiht
   *[other] { $count } Clips wurden eingereiht
}
notices-queue-saved = { $count ->
    [one] { $count } Clip der Warteschlange wurde gespeichert: { $path }
   *[other] { $count } Clips der Warteschlange wurden gespeichert: { $path }
}
notices-queue-loaded = { $count ->
    [one] { $count } Clip aus { $name } wurde eingereiht
   *[other] { $count } Clips aus { $name } wurden eingereiht
}
notices-job-not-queued = Auftrag { $number } wurde nicht eingereiht: { $reason }
notices-jobs-wait-for-models = { $count ->
    [one] { $count } Clip wartet auf sein Modell: er wird gemacht, sobald es offen ist
   *[other] { $count } Clips warten auf ihre Modelle: jeder wird gemacht, sobald sein Modell offen ist
}

## Grids: one clip of several, in rows and columns

notices-grid-complete = alle Clips des Gitters sind fertig: sie werden verbunden
notices-grid-joined = das Gitter steht als ein Clip im Verlauf
notices-grid-not-joined = das Gitter wurde nicht verbunden: { $error }

## Before the window closes

notices-closing-jobs = { $count ->
    [one] { $count } unfertiger Clip bleibt in der Warteschlange: beim nächsten Start kann er weitergehen
   *[other] { $count } unfertige Clips bleiben in der Warteschlange: beim nächsten Start können sie weitergehen
}
notices-closing-step = „{ $prompt }“ geht nach Schritt { $step } von { $steps } weiter
notices-closing-exports = { $count ->
    [one] { $count } Export wird vorher beendet
   *[other] { $count } Exporte werden vorher beendet
}

## Exports and paths that are typed

notices-saved = gespeichert: { $path }
notices-saved-several = { $more ->
    [one] gespeichert: { $path } und eine weitere Datei
   *[other] gespeichert: { $path } und { $more } weitere Dateien
}
notices-export-cancelled = der Export wurde abgebrochen und hat keine Datei hinterlassen
notices-clip-not-saved = der Clip wurde nicht gespeichert: { $error }
notices-no-file-dialog = dieses System hat keinen Dateidialog geöffnet; den Pfad hier eingeben
notices-type-export-path = eingeben, wohin der Clip soll, oder „Wählen“ drücken
notices-export-path-is-folder = { $path } ist ein Ordner: ein Dateiname wurde angefügt, noch einmal „Exportieren“ drücken, um dort zu speichern
notices-type-open-path = den Pfad der Datei eingeben oder „Wählen“ drücken
notices-open-path-is-folder = { $path } ist ein Ordner: den Pfad einer Datei darin eingeben
notices-type-file = den Pfad einer Datei eingeben
notices-file-exists = eine Datei dieses Namens gibt es schon: noch einmal „Speichern“ drücken, um sie zu ersetzen
notices-type-folder = eingeben, wohin die Clips sollen
notices-list-empty = es ist kein Clip in der Liste
notices-no-folder = das ist kein Ordner: einen wählen, den es gibt
notices-is-folder = das ist ein Ordner: einen Dateinamen anfügen
notices-most-presets = höchstens { $most } Vorgaben werden gemerkt: zuerst eine entfernen
notices-clips-not-listed = { $count ->
    [one] ein Clip ist noch nicht aufgeführt: die Bibliothek zuerst bis zum Ende durchblättern
   *[other] { $count } Clips sind noch nicht aufgeführt: die Bibliothek zuerst bis zum Ende durchblättern
}

## Files that were opened or dropped on the window

notices-clips-dropped = { $count } Clips wurden abgelegt: die Einstellungen sind die des ersten, { $name }
notices-file-unknown = { $name } ist weder ein Clip noch ein Modell: einen Clip oder ein Bild (MP4, WebM, GIF, WebP, PNG), eine Modelldatei (.safetensors, .pt, .pth, .ckpt, .bin), eine Warteschlange (.json) oder einen Ordner mit Clips ablegen
notices-model-open = { $name } ist offen

## Settings that a clip carries

notices-no-settings = { $name } führt keine Einstellungen mit, die dieses Programm kennt: das tun Clips, die mit Hummingbird exportiert sind, und Bilder und Clips von Stable Diffusion web UI, ComfyUI und WanGP
notices-settings-loaded = die Einstellungen von { $name } wurden geladen
notices-unknown-value = { $name } wurde mit dem Wert „{ $value }“ für { $setting } gemacht, den diese Version nicht kennt; mit demselben Seed wird der Clip anders
notices-made-by-other-model = { $name } stammt vom Modell „{ $model }“ ({ $sha256 }…): das verwendete Modell wird einen anderen Clip machen
notices-foreign-loaded = Prompt, Seed und Einstellungen von { $name } ({ $program }) wurden als Anhaltspunkt geladen: es stammt von { $model }, der Clip wird also anders
notices-foreign-loaded-partly = Prompt, Seed und Einstellungen von { $name } ({ $program }) wurden als Anhaltspunkt geladen: es stammt von { $model }, der Clip wird also anders; dieses Modell nimmt nicht an: { $left_out }
notices-foreign-other-model = einem anderen Modell
notices-foreign-model = dem Modell { $model }
notices-foreign-seed = Seed { $seed }
notices-foreign-steps = { $steps ->
    [one] { $steps } Schritt
   *[other] { $steps } Schritte
}

## LoRAs

notices-lora-there = { $name } ist schon in der Liste der LoRAs
notices-lora-added = { $name } wurde zu den LoRAs in den Einstellungen hinzugefügt und gilt ab dem nächsten Clip
notices-lora-added-as-in = { $name } wurde mit der Stärke { $strength } hinzugefügt, wie in { $clip }
notices-lora-removed = { $name } wurde aus der Liste entfernt
notices-lora-unfit = das LoRA { $name } ist nicht für { $model } gemacht: { $reason }

## The library

notices-library-failed = die Bibliothek ist nicht verwendbar: { $reason }
notices-index-damaged = das Verzeichnis der Bibliothek war beschädigt und wird aus den Clips neu aufgebaut; das alte ist { $path }
notices-library-scan = in den Ordnern der Bibliothek wird nach neuen Dateien gesucht
notices-clip-not-shown = { $name } kann nicht gezeigt werden: { $reason }
notices-clip-not-kept = der fertige Clip konnte nicht als Datei gespeichert werden, ihn exportieren: { $reason }
notices-clip-deleted = Clip gelöscht
notices-clips-removed = { $count ->
    [one] Clip in den Papierkorb verschoben
   *[other] { $count } Clips in den Papierkorb verschoben
}
notices-clips-back = { $count ->
    [one] der Clip ist zurück
   *[other] { $count } Clips sind zurück
}
notices-favourite = als Favorit gekennzeichnet
notices-no-favourite = kein Favorit mehr
notices-nothing-queued = nichts wurde eingereiht: { $reason }
notices-no-variation-queued = keine Variation wurde eingereiht: { $reason }
notices-variations-queued = { $count ->
    [one] eine Variation des Seeds { $seed } ist eingereiht
   *[other] { $count } Variationen des Seeds { $seed } sind eingereiht
}
notices-decoding-again = { $name } wird neu dekodiert: der volle Decoder war es auch vorher, nur das Gerät kann also einen Unterschied machen
notices-decoding-in-full = { $name } wird neu dekodiert: der volle Decoder tritt an die Stelle des kleinen Decoders { $tiny }

## Training

notices-run-dismissed = der Lauf { $name } wird nicht mehr angeboten; seine Dateien bleiben in { $folder }
notices-closes-after-training = das Fenster schließt sich, wenn das Training zu Ende ist
notices-closes-after-checkpoint = das Fenster schließt sich, wenn der Checkpoint des Trainings geschrieben ist
notices-caption-not-saved = die Beschreibung wurde nicht gespeichert: { $reason }
notices-training-interrupted = das Training von { $name } wurde unterbrochen und kann weitergehen
notices-trainings-interrupted = { $more ->
    [one] das Training von { $name } und ein weiteres wurden unterbrochen und können weitergehen
   *[other] das Training von { $name } und { $more } weitere wurden unterbrochen und können weitergehen
}
notices-training-paused = das Training von { $name } ist angehalten
notices-training-stopped = das Training von { $name } endete vorzeitig: { $error }
notices-lora-trained = das LoRA { $name } ist trainiert: „{ $word }“ in den Prompt schreiben, um es zu verwenden

## Shortcuts

notices-keys-refused = { $keys } ist nicht verwendbar: { $reason }
