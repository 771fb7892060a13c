# Why something cannot be done now, in German. They begin with a small letter but for nouns and names, and have no full stop.

## What actions need

reasons-no-finished-clip-shown = es wird kein fertiger Clip gezeigt
reasons-nothing-shown = es wird noch nichts gezeigt
reasons-file-dialog-open = ein Dateidialog ist offen
reasons-model-opening = das Modell wird gerade geöffnet
reasons-no-model-choose = es ist kein Modell offen; eines unter Datei, Modelle wählen
reasons-no-model = es ist kein Modell offen
reasons-setting-wrong = zuerst ist eine Einstellung zu berichtigen
reasons-no-clip-being-made = es entsteht gerade kein Clip
reasons-no-clip-selected = es ist kein Clip ausgewählt
reasons-several-clips-selected = es sind mehrere Clips ausgewählt
reasons-no-clip-in-player = im Player ist kein Clip
reasons-library-not-open = die Bibliothek ist noch nicht offen
reasons-library-failed = die Bibliothek ist nicht verwendbar; eine Meldung sagt, warum
reasons-library-not-shown = die Bibliothek wird nicht gezeigt
reasons-no-library-clip = kein Clip der Bibliothek ist ausgewählt oder wird gezeigt
reasons-select-two = zuerst zwei Clips der Bibliothek auswählen
reasons-latent-gone = das Latent dieses Clips ist nicht mehr da
reasons-latent-not-saved = das Latent dieses Clips konnte nicht gespeichert werden
reasons-no-clip-deleted = es wurde kein Clip gelöscht
reasons-demo-model-in-use = das Demo-Modell wird schon verwendet
reasons-nothing-removed = es wurde weder ein Modell noch ein LoRA entfernt
reasons-no-word-list = nur das Demo-Modell hat eine Wortliste
reasons-all-frames-play = es werden alle Bilder abgespielt
reasons-whole-clip-shown = es wird der ganze Clip gezeigt
reasons-no-finished-clip = es gibt noch keinen fertigen Clip
reasons-no-preview = es gibt noch keine Vorschau
reasons-history-empty = der Verlauf ist leer
reasons-largest-scale = das ist die größte Skalierung
reasons-smallest-scale = das ist die kleinste Skalierung
reasons-scale-is-100 = die Skalierung ist 100 Prozent
reasons-no-message = es gibt keine Meldung
reasons-asking-for-version = danach wird schon gefragt
reasons-no-caption-changed = es wurde keine Beschreibung geändert

## The queue

reasons-queue-paused = die Warteschlange ist schon angehalten
reasons-queue-idle = die Warteschlange ist leer, und es entsteht kein Clip
reasons-queue-not-paused = die Warteschlange ist nicht angehalten
reasons-queue-empty = die Warteschlange ist leer
reasons-no-job-selected = kein Clip der Warteschlange ist ausgewählt
reasons-no-other-waits = kein anderer Clip wartet
reasons-none-failed = kein Clip ist fehlgeschlagen
reasons-no-grid = keinem Gitter fehlen Clips
reasons-nothing-removed-from-queue = aus der Warteschlange wurde nichts entfernt
reasons-first-of-queue = dieser Clip ist der erste der Warteschlange
reasons-last-of-queue = dieser Clip ist der letzte der Warteschlange

## Models and training

reasons-model-in-use = dieses Modell wird verwendet; zuerst ein anderes verwenden
reasons-lora-in-list = dieses LoRA ist in der Liste der Einstellungen; es zuerst dort entfernen
reasons-training = ein Training läuft
reasons-measuring = Zeit und Speicher werden gemessen
reasons-reading-folder = der Ordner wird gelesen
reasons-no-training-folder = zuerst einen Ordner mit Clips oder Bildern wählen
reasons-no-training-clip = im Ordner ist kein verwendbarer Clip
reasons-no-caption = zuerst eine Beschreibung oder ein Triggerwort schreiben
reasons-no-lora-name = dem LoRA einen Namen geben
reasons-clip-would-be-measured = es entsteht gerade ein Clip, der mitgemessen würde

## Why keys cannot be a shortcut

reasons-key-escape-tab = Escape und Tab führen aus Feldern heraus und durch das Fenster
reasons-key-f10 = F10 öffnet die Menüs
reasons-key-menu = Alt mit diesem Buchstaben öffnet ein Menü
