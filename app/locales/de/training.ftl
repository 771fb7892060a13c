# The page on which a LoRA is trained, in German. An "update" is a „Schritt“, as in engine.ftl.

training-title = LoRA trainieren
training-intro = { $model } lernt aus eigenen Clips und Bildern einen Stil oder ein Motiv; das Ergebnis ist eine kleine Datei daneben
training-intro-without-model = Das Modell lernt aus eigenen Clips und Bildern einen Stil oder ein Motiv; das Ergebnis ist eine kleine Datei daneben

## The folder of clips and pictures

training-folder = Ordner
training-browse = Wählen…
    .tooltip = Einen Ordner mit Clips und Bildern wählen
training-choose = Einen Ordner mit Clips (MP4, WebM, GIF, WebP, APNG) und Bildern wählen oder hier ablegen
training-reading = Ordner wird gelesen…
training-count =
    { $count ->
        [one] 1 Clip oder Bild
       *[other] { $count } Clips und Bilder
    }
training-count-trigger =
    { $count ->
        [one] 1 Clip oder Bild, { $without } nur mit dem Triggerwort
       *[other] { $count } Clips und Bilder, { $without } nur mit dem Triggerwort
    }
training-count-left-out =
    { $count ->
        [one] 1 Clip oder Bild, { $without } mangels Beschreibung ausgelassen
       *[other] { $count } Clips und Bilder, { $without } mangels Beschreibung ausgelassen
    }
training-left-out = { $count } ausgelassen
training-clip =
    { $frames ->
        [one] 1 Bild, { $size }
       *[other] { $frames } Bilder, { $size }
    }
training-first-frame = Erstes Bild von { $clip }
training-caption = Was zu sehen ist
    .name = Beschreibung von { $clip }

## What a training is made of

training-name = Name
    .tooltip = Name der Datei des LoRAs
training-trigger = Triggerwort
    .tooltip = Es steht vor jeder Beschreibung; in einem Prompt ruft es ab, was gelernt wurde
training-rank = Rang
    .tooltip = Wie viel das LoRA fassen kann: mehr braucht mehr Speicher und eine größere Datei
training-updates = Schritte
    .tooltip = Wie lange es lernt: ein Clip je Schritt
training-frames = Bilder
    .tooltip = Bilder jedes Clips: weniger brauchen weniger Zeit und Speicher; kürzere Clips werden ausgelassen
training-frames-of-model = Wie beim Modell
training-device = Gerät
training-meanwhile = Währenddessen lassen sich Clips machen. Auf einem Gerät sind beide langsamer, deshalb trainiert der Prozessor, wenn nichts anderes gewählt ist.

## Time and memory

training-measure = Zeit und Speicher messen
    .tooltip = Macht mit diesen Einstellungen ein paar Schritte und verwirft sie
training-measuring = Messung: ein paar Schritte werden gemacht und verworfen
training-stop-measuring = Messung beenden
training-needs = Etwa { $time }
training-needs-memory = Etwa { $time }, { $memory } Speicher

## A training under way

training-start = Training starten
training-run =
    { $updates ->
        [one] Rang { $rank }, 1 Schritt, auf { $device }
       *[other] Rang { $rank }, { $updates } Schritte, auf { $device }
    }
training-opening-device = einem Gerät, das noch geöffnet wird
training-bar = Training von { $name }: { $progress }
training-pause = Anhalten
    .tooltip = Mit einem Checkpoint anhalten; es kann jederzeit weitergehen
training-finish-now = Jetzt beenden
    .tooltip = Aufhören und das LoRA nehmen, wie es ist
training-preparing = Erster Schritt wird vorbereitet…
training-update = Schritt { $update } von { $updates }
training-update-loss = { $progress } · Verlust { $loss }
training-update-left = { $progress } · noch etwa { $time }
training-stopping = Hält nach diesem Schritt an…
training-writing = LoRA wird geschrieben…

## Trainings that can go on or have ended

training-paused = { $name } ist bei Schritt { $update } von { $updates } angehalten
training-resume = Fortsetzen
    .tooltip = Ab dem Checkpoint weitermachen
    .name = { $name } fortsetzen
training-finish-paused = Jetzt beenden
    .tooltip = Das LoRA nehmen, wie es ist
    .name = { $name } jetzt beenden
training-dismiss = Verwerfen
    .tooltip = Nicht mehr anbieten; die Dateien bleiben
    .name = { $name } verwerfen
training-finished = { $file } ist bei den LoRAs in den Einstellungen
training-finished-trigger = Das Triggerwort ist „{ $word }“: es in den Prompt schreiben

## Curve and samples

training-loss-by-update = Verlust nach Schritt
training-loss = Verlust
training-curve = Verlustkurve, { $loss } bei Schritt { $update }
training-samples = Neueste Proben, in jeder Zeile ein Clip zu einer Beschreibung
    .name = Neueste Proben

## Messages

training-cannot-make = { $path } kann nicht angelegt werden: { $error }
training-too-many = es gibt zu viele LoRAs mit dem Namen { $name }: einen anderen wählen
training-another-window = ein anderes Fenster trainiert dieses LoRA
training-no-folder = für einen Versuch gibt es keinen Ordner: { $error }
