# The settings on the left, LoRAs, and the dialogs that make many clips of them, in German.

## The list of settings

settings-title = Einstellungen
settings-reset = Standard
settings-advanced = Erweitert
settings-no-model = Es ist kein Modell offen. Eines unter „Modelle“ wählen oder das Demo-Modell verwenden.
settings-opening-model = Die Einstellungen erscheinen, sobald das Modell offen ist
settings-size =
    .tooltip = Breite und Höhe in Pixel
settings-model-default = { $choice } (Modellstandard)
settings-reuse = Alle { $interval } Schritte, Tiefe { $depth }
settings-device = Gerät
    .tooltip = Wo der Clip berechnet wird
settings-device-automatic = Automatisch
settings-device-cpu = CPU
settings-device-best-gpu = Beste GPU
settings-device-gpu = GPU { $index }

## Around the button Generate

settings-fix-first = Zuerst beheben: { $problem }
settings-stop-editing = Nicht ändern
    .tooltip = Den Clip in der Warteschlange lassen, wie er ist
settings-replaces = „Erzeugen“ ersetzt „{ $clip }“ in der Warteschlange
settings-needs = Zeit nach den Clips, die dieses Gerät gemacht hat, Speicherbedarf in der Spitze
settings-stopping = Hält an…

## LoRAs

settings-lora = LoRA { $name }
settings-lora-incompatible = Unpassendes LoRA { $name }
settings-lora-unfit = passt nicht: { $reason }
settings-lora-remove = { $name } entfernen
settings-lora-trigger = Triggerwort „{ $word }“
    .tooltip = In den Prompt schreiben, um zu verwenden, was dieses LoRA gelernt hat
settings-lora-strength = Stärke von { $name }
    .number = Stärke von { $name } als Zahl
    .tooltip = 1 ist wie trainiert, 0 schaltet es ab

## A batch: many clips of one form

settings-batch-title = Stapel hinzufügen
settings-batch-others = Alle anderen Einstellungen sind die des Formulars
settings-batch-prompts = Prompts, einer je Zeile
settings-batch-every = Jede Kombination der Möglichkeiten in {"{a|b}"}
    .tooltip = Sonst nimmt jeder Clip nach seinem Seed eine davon
settings-batch-seeds = Seeds
    .tooltip = Wie viele Clips von jedem Prompt, ab dem Seed des Formulars
settings-batch-rows = Zeilen eines Gitters
    .values = Werte der Zeilen eines Gitters
settings-batch-columns = Spalten eines Gitters
    .values = Werte der Spalten eines Gitters
settings-batch-none = Keine
settings-batch-values = Zwischen Werten stehen Kommas
settings-batch-texts = Einer je Zeile
settings-batch-numbers = Kommas zwischen Zahlen
settings-batch-clips =
    { $count ->
        [one] 1 Clip
       *[other] { $count } Clips
    }
settings-batch-joined =
    { $count ->
        [one] 1 Clip, mit Beschriftung zu einem Clip verbunden, wenn er fertig ist
       *[other] { $count } Clips, mit Beschriftung zu einem Clip verbunden, wenn sie fertig sind
    }
settings-batch-add = Einreihen
settings-batch-cancel = Abbrechen

## When the queue is done

settings-when-done-title = Wenn die Warteschlange fertig ist
settings-when-done-nothing = Nichts weiter
settings-when-done-sleep = Der Computer schläft
settings-when-done-command = Einen Befehl ausführen
settings-when-done-line = Befehl
settings-when-done-close = Schließen

## Saving the queue

settings-save-queue-title = Warteschlange speichern
settings-save-queue-text = Die Datei lässt sich wieder laden oder ohne Fenster ausführen: hummingbird queue run
