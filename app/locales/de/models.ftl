# The model manager, in German. "Nano" is the demo model; names of programs, files and licences stay as they are.

models-title = Modelle
models-intro = Nano, das Demo-Modell, kennt ein paar Dutzend Wörter. Ganze Modelle verstehen freien Text: hier eines unter der Lizenz seines Eigentümers herunterladen oder eine Modelldatei auf dem Fenster ablegen.
models-reading = Modellordner wird gelesen…
models-open-folder = Modellordner öffnen
models-close = Schließen
models-back = Zurück
models-cancel = Abbrechen
models-judges = Bewerter
models-judges-about = Sie sehen sich Clips an, für Auswertungen und zur Auswahl von Trainingsdaten; sie erzeugen keine
models-not-listed = Dieses Modell wird nicht mehr aufgeführt
models-nano-about = Das Demo-Modell: klein, auf jedem Computer schnell, kennt ein paar Dutzend Wörter

## What a model is and where it is

models-in-use = Wird verwendet
models-built-in = Eingebaut
models-not-downloaded = Nicht heruntergeladen
models-percent-downloaded = { $percent } % heruntergeladen
models-bytes-downloaded = { $size } heruntergeladen
models-downloaded = Heruntergeladen
models-verified = Heruntergeladen, geprüft
models-differs = Weicht vom Original ab; entfernen und neu herunterladen
models-own-file = Eigene Datei
models-own-model = Eigene Datei: ein Modell
models-own-lora = Eigene Datei: ein LoRA
# $kind is what a file is, such as "an SD 1.x checkpoint".
models-own-foreign = Eigene Datei: { $kind }, nicht für dieses Programm
models-on-disk = { $size } auf der Festplatte
models-about-on-disk = Etwa { $size } auf der Festplatte
models-memory-for-weights = etwa { $memory } Speicher für Gewichte
models-licence = Lizenz

## Buttons of a model

models-download = Download…
    .tooltip = Die Lizenz lesen, dann herunterladen
    .name = Download von { $model }
models-resume = Fortsetzen
    .tooltip = Den Download dort fortsetzen, wo er aufgehört hat
    .name = { $model } fortsetzen
models-discard = Verwerfen…
    .tooltip = Löschen, was bisher heruntergeladen wurde
    .name = { $model } verwerfen
models-use = Verwenden
    .tooltip = Clips mit diesem Modell machen
    .name = { $model } verwenden
models-add = Hinzufügen
    .tooltip = Zu den LoRAs in den Einstellungen hinzufügen
    .name = { $model } hinzufügen
models-already-in-list = es ist schon in der Liste
models-verify = Prüfen
    .tooltip = Die ganze Datei lesen und mit dem Original vergleichen
    .name = { $model } prüfen
models-remove = Entfernen
    .tooltip = Aus dem Modellordner entfernen; lässt sich rückgängig machen, bis das Fenster geschlossen wird
    .name = { $model } entfernen
models-stop = Abbrechen
    .tooltip = Anhalten und behalten, was schon heruntergeladen ist
    .name = { $model } abbrechen
models-stopping = Hält an…

## Work on a model

models-moving = Dateien werden verschoben
models-verifying = Wird geprüft…
models-verifying-bytes = { $done } geprüft
models-verifying-of = { $done } von { $total } geprüft
models-downloading = Wird heruntergeladen…
models-downloading-bytes = { $done } heruntergeladen
models-downloading-of = { $done } von { $total } heruntergeladen
models-rate = { $size }/s
models-time-left = noch { $time }
models-waiting = { $reason }; neuer Versuch in { $time }

## Before a download

models-download-title = { $model } herunterladen?
models-size = Größe
    .about = Etwa { $size }
    .unknown = Unbekannt
models-from = Quelle
models-to = Ziel
models-licence-of-weights = Die Gewichte gehören ihren Eigentümern und stehen unter der Lizenz { $licence }. Bitte zuerst lesen.
models-accept = Lizenz annehmen und herunterladen
models-discard-title = Download von { $model } verwerfen?
models-discard-about = { $size } sind bisher heruntergeladen und würden gelöscht
models-discard-confirm = Verwerfen
models-discard-keep = Behalten

## Messages about models

models-got = { $model } wurde heruntergeladen
models-checked = { $model }: { $found }
models-checked-release = stimmt mit dem Original überein
models-checked-nothing = lesbar, aber es gibt keine Prüfsumme zum Vergleichen
models-checked-unchanged = unverändert seit dem Download
models-part-deleted = der unvollständige Download von { $model } wurde gelöscht
models-removed = { $model } wurde entfernt; der Platz auf der Festplatte wird frei, wenn Hummingbird geschlossen wird
models-restored = { $model } ist wieder da
models-stopped = { $model }: angehalten; was heruntergeladen ist, bleibt erhalten
models-failed = { $model }: { $reason }
models-dropped-model = { $file } ist ein ganzes Modell, kein LoRA: stattdessen als Modell öffnen
models-dropped-previews = { $file } ist ein kleiner Decoder (TAESD) für Vorschauen und schnelles Dekodieren, kein Modell: in den Modellordner legen
models-dropped-foreign = { $file } ist { $kind }: nicht für dieses Programm
models-dropped-unknown = { $file } ist weder ein Text-zu-Video-Modell noch ein LoRA, das diese Version kennt
models-not-opened = { $place } konnte nicht geöffnet werden: { $reason }
models-nothing-opens = nichts auf diesem System hat { $place } geöffnet: selbst öffnen

## Other folders, what fits, and models in parts

models-searching = Ordner werden durchsucht…
models-add-folder = Ordner hinzufügen…
    .tooltip = Auch einen anderen Ordner nach Modellen durchsuchen; darin wird nichts geändert
models-add-folder-title = Ordner mit Modellen hinzufügen
models-add-folder-about = Ein eigener Ordner oder der von ComfyUI, StabilityMatrix oder Stable Diffusion web UI. Seine Dateien werden dort verwendet, wo sie liegen, und nie geändert.
models-folder-not-kept = { $folder } kann nicht hinzugefügt werden: der Name ist kein einfacher Text, oder die Liste ist voll
models-offer = Modelle von { $program } gefunden in { $folder }
models-offer-use = Verwenden
    .tooltip = Aufführen, was dieses Programm davon verwenden kann; sie bleiben, wo sie sind, und werden nie geändert
    .name = Modelle von { $program } verwenden
models-offer-refuse = Jetzt nicht
    .name = Modelle von { $program } jetzt nicht verwenden
models-folder-remove = Aus Liste entfernen
    .tooltip = Diesen Ordner nicht mehr durchsuchen; seine Dateien bleiben, wie sie sind
    .name = Ordner { $folder } aus Liste entfernen
models-folder-holds = { $models ->
        [0] Nichts für dieses Programm
        [one] Eine Datei für dieses Programm
       *[other] { $models } Dateien für dieses Programm
    }{ $others ->
        [0] { "" }
        [one] , eine für andere Programme
       *[other] , { $others } für andere Programme
    }
models-folder-loras = LoRAs ({ $count })
models-folder-gone = Zurzeit nicht da: der Ordner bleibt in der Liste und wird wieder durchsucht, sobald er zurück ist
models-folder-unreadable = Nicht lesbar: { $reason }
models-folder-cut = In diesem Ordner ist mehr, als durchsucht wird: den Ordner darin hinzufügen, der die Modelle enthält
models-kind-model = Ein Modell
models-kind-lora = Ein LoRA
models-kind-previews = Ein kleiner Decoder für Vorschauen und schnelles Dekodieren
models-judged-memory = gemessen an { $memory } Speicher
models-judged-beside-card = gemessen an { $memory } Speicher des Computers; der Speicher der Grafikkarte ist nicht bekannt
models-fits = Passt hier ({ $judged })
models-fits-tightly = Passt hier nur knapp ({ $judged })
models-too-large = Zu groß für diesen Computer ({ $judged }): in f16 oder q8 umwandeln oder ein kleineres Modell verwenden
models-disk-tight = Die Festplatte wäre fast voll: { $free } sind frei
models-disk-full = Nicht genug Platz auf der Festplatte: { $free } sind frei
models-clip-takes = Ein Clip dauert hier etwa { $time }, nach den bisher gemachten Clips
models-complete = Ergänzen…
    .tooltip = Die Dateien von Text-Encoder und Autoencoder angeben
    .name = { $model } ergänzen
models-complete-title = { $model } ergänzen
models-complete-about = Ein U-Net braucht einen Text-Encoder und einen Autoencoder. Für jeden, der dem Modell fehlt, eine Datei wählen; die Wahl wird für dieses Modell gemerkt.
models-complete-confirm = Modell öffnen
models-complete-cancel = Abbrechen
models-text-encoder = Text-Encoder
models-autoencoder = Autoencoder
models-part-own = Der des Modells
models-part-choose = Wählen
    .name = Datei wählen: { $part }
models-unet-without-both = Ein U-Net ohne Text-Encoder und Autoencoder
models-unet-without-text = Ein U-Net und ein Autoencoder ohne Text-Encoder
models-unet-without-vae = Ein U-Net und ein Text-Encoder ohne Autoencoder
models-alone-both = Ein Text-Encoder und ein Autoencoder, um ein U-Net zu ergänzen
models-alone-text = Ein Text-Encoder, um ein U-Net zu ergänzen
models-alone-vae = Ein Autoencoder, um ein U-Net zu ergänzen
models-part-dropped = { $file } enthält nur einen Teil eines Modells: Dateien für das angeben, was fehlt
models-list-damaged = die Liste der Ordner mit Modellen ist beschädigt ({ $damage }): was davon lesbar ist, wird verwendet; { $aside }
