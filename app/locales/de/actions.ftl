# Names and tooltips of actions in German.

## File

action-export = Exportieren…
    .tooltip = Diesen Clip als Video- oder Bilddatei speichern
action-export-as = Exportieren als…
    .tooltip = Format und Optionen wählen, dann den Clip speichern
action-export-all = Alle exportieren…
    .tooltip = Die ausgewählten Clips oder den ganzen Verlauf in einen Ordner speichern
action-join-clips = Clips verbinden…
    .tooltip = Die ausgewählten Clips oder den ganzen Verlauf hintereinander in eine Datei schreiben
action-use-demo-model = Demo-Modell verwenden
    .tooltip = Zum kleinen Modell zurückkehren, das Hummingbird mitbringt
action-show-models = Modelle…
    .tooltip = Modelle herunterladen, prüfen, verwenden und entfernen
action-show-training = LoRA trainieren…
    .tooltip = Dem Modell mit eigenen Clips und Bildern einen Stil oder ein Motiv beibringen
action-show-data = Daten
    .tooltip = Aus eigenen Clips einen Trainingsdatensatz machen: auswählen, beschreiben, bewerten, exportieren
action-open-model = Modell öffnen…
    .tooltip = Eine Modelldatei wählen (.safetensors, .pt, .ckpt)
action-open-clip = Einstellungen aus Clip laden…
    .tooltip = Prompt, Seed und Einstellungen laden, die ein exportierter Clip mitführt
action-quit = Beenden
    .tooltip = Das Fenster schließen

## Create

action-generate = Erzeugen
    .tooltip = Aus dem Prompt einen Clip machen oder ihn einreihen, solange ein anderer entsteht
action-cancel-all = Alle Aufträge abbrechen
    .tooltip = Den laufenden Clip anhalten und die Warteschlange leeren
action-cancel = Abbrechen
    .tooltip = Den laufenden Clip anhalten
action-focus-prompt = Prompt bearbeiten
    .tooltip = Den Cursor in den Prompt setzen
action-focus-negative = Negativen Prompt bearbeiten
    .tooltip = Den Cursor in den negativen Prompt setzen
action-surprise = Zufallsprompt
    .tooltip = Einen zufälligen Prompt aus Wörtern schreiben, die das Demo-Modell kennt
action-toggle-seed-lock = Seed festhalten
    .tooltip = Für jeden Clip denselben Seed verwenden statt eines zufälligen
action-roll-seed = Zufälliger Seed
    .tooltip = Einen zufälligen Seed wählen und festhalten
action-add-lora = LoRA hinzufügen…
    .tooltip = Eine LoRA-Datei wählen, die auf das Modell angewendet wird
action-undo-remove = Entfernen rückgängig
    .tooltip = Das zuletzt entfernte Modell oder LoRA zurückholen
action-undo-caption = Beschreibung zurücknehmen
    .tooltip = Die zuletzt geänderte Beschreibung der Trainingsseite zurückholen
action-reset-controls = Einstellungen zurücksetzen
    .tooltip = Zu den Standardwerten des Modells zurückkehren und den Prompt behalten

## Queue

action-pause-queue = Warteschlange anhalten
    .tooltip = Nach dem letzten fertigen Schritt anhalten, der erhalten bleibt, und Speicher freigeben
action-resume-queue = Warteschlange fortsetzen
    .tooltip = Mit den angehaltenen Clips der Warteschlange weitermachen, mit jedem nach seinem letzten fertigen Schritt
action-stop-after = Pause nach diesem Clip
    .tooltip = Den laufenden Clip fertigstellen, dann die Warteschlange anhalten, oder doch nicht
action-skip-job = Clip zurückstellen
    .tooltip = Den laufenden Clip mit seinen fertigen Schritten hinter die anderen stellen
action-retry-failed = Fehlgeschlagene wiederholen
    .tooltip = Jeden fehlgeschlagenen Clip noch einmal einreihen, jeden nach seinem letzten fertigen Schritt
action-edit-job = Clip bearbeiten
    .tooltip = Die Einstellungen des ausgewählten Clips der Warteschlange ins Formular übernehmen; „Erzeugen“ ersetzt ihn dann
action-duplicate-job = Clip duplizieren
    .tooltip = Den ausgewählten Clip der Warteschlange ein zweites Mal einreihen
action-move-job-up = Nach oben
    .tooltip = Den ausgewählten Clip der Warteschlange vor dem darüber erzeugen
action-move-job-down = Nach unten
    .tooltip = Den ausgewählten Clip der Warteschlange nach dem darunter erzeugen
action-remove-job = Aus der Warteschlange entfernen
    .tooltip = Den ausgewählten Clip aus der Warteschlange nehmen
action-undo-queue = Entfernen aus der Warteschlange rückgängig
    .tooltip = Zurückholen, was zuletzt aus der Warteschlange entfernt wurde
action-add-batch = Stapel hinzufügen…
    .tooltip = Viele Clips einreihen: mehrere Prompts, mehrere Seeds oder ein Gitter aus zwei Einstellungen
action-join-grid = Gitter jetzt verbinden
    .tooltip = Einen Clip aus einem Gitter machen, auch wenn einige seiner Clips fehlen
action-save-queue = Warteschlange speichern…
    .tooltip = Die wartenden Clips in eine Datei schreiben, die auch ohne Fenster laufen kann
action-load-queue = Warteschlange laden…
    .tooltip = Die Clips einer früher gespeicherten Datei einreihen
action-when-done = Wenn die Warteschlange fertig ist…
    .tooltip = Wählen, ob der Computer nach dem letzten Clip schläft oder ein Befehl läuft

## Play

action-play-pause = Abspielen oder anhalten
    .tooltip = Die Wiedergabe starten oder anhalten
action-previous-frame = Vorheriges Bild
    .tooltip = Ein Bild zurückgehen
action-next-frame = Nächstes Bild
    .tooltip = Ein Bild weitergehen
action-first-frame = Erstes Bild
    .tooltip = Zum ersten Bild gehen
action-last-frame = Letztes Bild
    .tooltip = Zum letzten Bild gehen
action-play-backwards = Rückwärts abspielen
    .tooltip = Zum Anfang hin abspielen; noch einmal für schneller
action-play-forwards = Vorwärts abspielen
    .tooltip = Zum Ende hin abspielen; noch einmal für schneller
action-slower = Langsamer
    .tooltip = Mit halber Geschwindigkeit abspielen
action-faster = Schneller
    .tooltip = Mit doppelter Geschwindigkeit abspielen
action-normal-speed = Normales Tempo
    .tooltip = Mit der eigenen Geschwindigkeit des Clips abspielen
action-set-in = Hier beginnen
    .tooltip = Ab dem gezeigten Bild abspielen und exportieren
action-set-out = Hier enden
    .tooltip = Bis zum gezeigten Bild abspielen und exportieren
action-clear-range = Ganzer Clip
    .tooltip = Wieder alle Bilder abspielen und exportieren
action-toggle-loop = Schleife
    .tooltip = Den Clip immer wieder abspielen
action-toggle-ping-pong = Ping-Pong
    .tooltip = Den Clip vorwärts und dann rückwärts abspielen
action-zoom-in = Vergrößern
    .tooltip = Einen Teil des Clips größer zeigen; Ziehen verschiebt ihn
action-zoom-out = Verkleinern
    .tooltip = Mehr vom Clip zeigen
action-zoom-fit = Einpassen
    .tooltip = Den ganzen Clip so groß zeigen, wie er hineinpasst
action-only-clip = Nur der Clip
    .tooltip = Den Bildschirm mit dem Clip füllen oder die Bereiche wieder zeigen

## Clip

action-show-live = Vorschau zeigen
    .tooltip = Die Vorschau des laufenden Clips zeigen
action-previous-result = Neuerer Clip
    .tooltip = Den Clip darüber im Verlauf zeigen
action-next-result = Älterer Clip
    .tooltip = Den Clip darunter im Verlauf zeigen
action-reuse-settings = Werte übernehmen
    .tooltip = Prompt, Seed und Einstellungen dieses Clips ins Formular kopieren
action-decode-again = Neu dekodieren
    .tooltip = Das gespeicherte Latent noch einmal mit dem vollen Decoder dekodieren, ohne Sampling
action-delete-result = Clip löschen
    .tooltip = Diesen Clip in den Papierkorb verschieben
action-undo-delete = Löschen rückgängig
    .tooltip = Den zuletzt gelöschten Clip zurückholen
action-copy-frame = Bild kopieren
    .tooltip = Das gezeigte Bild in die Zwischenablage kopieren

## Library

action-show-library = Bibliothek
    .tooltip = Alle je fertig gewordenen Clips zeigen oder zum Player zurückkehren
action-search-library = Bibliothek durchsuchen
    .tooltip = Clips nach Wörtern ihrer Prompts und Einstellungen finden
action-select-all = Alle Clips auswählen
    .tooltip = Jeden Clip auswählen, den die Bibliothek gerade aufführt
action-open-kept = Clip öffnen
    .tooltip = Den ausgewählten Clip der Bibliothek im Player zeigen
action-toggle-favourite = Favorit
    .tooltip = Den Clip als einen der besten kennzeichnen oder das Kennzeichen wegnehmen
action-compare-clips = Zwei Clips vergleichen
    .tooltip = Die zwei ausgewählten Clips im Gleichlauf mit ihren Unterschieden zeigen oder wieder das Raster
action-one-more = Noch einer
    .tooltip = Einen Clip mit denselben Einstellungen und einem neuen Seed machen
action-throw-again = Verwerfen und neu
    .tooltip = Diesen Clip in den Papierkorb verschieben und an seiner Stelle einen mit neuem Seed machen
action-other-prompt = Gleicher Seed, anderer Prompt
    .tooltip = Die Einstellungen kopieren, den Seed festhalten und den Cursor in den Prompt setzen
action-variations = Variationen
    .tooltip = Vier Clips wie diesen mit den benachbarten Seeds machen
action-show-in-folder = Im Ordner zeigen
    .tooltip = Den Ordner öffnen, in dem die Datei des Clips liegt
action-rescan-library = Neue Dateien suchen
    .tooltip = Nachvollziehen, was andere Programme mit den Dateien der Bibliothek gemacht haben
action-data-folder = Clips öffnen…
    .tooltip = Die Clips eines Ordners auf der Datenseite zeigen
action-data-manifest = Manifest öffnen…
    .tooltip = Die Clips einer Tabelle (.parquet, .csv, .jsonl) auf der Datenseite zeigen
action-data-redo = Wiederherstellen
    .tooltip = Wiederherstellen, was auf der Datenseite zuletzt zurückgenommen wurde
action-data-mark = Clip behalten oder verwerfen
    .tooltip = Den behaltenen Clip der Datenseite verwerfen oder den verworfenen behalten; ebenso die Leertaste
action-data-edit = Beschreibung bearbeiten
    .tooltip = Die Beschreibung des Clips auf der Datenseite tippen; ebenso Eingabe auf der Zeile
action-data-accept = Beschreibung annehmen
    .tooltip = Die neue Beschreibung des Clips auf der Datenseite übernehmen
action-data-refuse = Beschreibung ablehnen
    .tooltip = Die Beschreibung des Clips auf der Datenseite lassen, wie sie ist
action-data-accept-all = Alle Beschreibungen annehmen
    .tooltip = Alle neuen Beschreibungen der Datenseite übernehmen
action-data-refuse-all = Alle Beschreibungen ablehnen
    .tooltip = Alle Beschreibungen der Datenseite lassen, wie sie sind

## View

action-toggle-controls = Bereich Einstellungen
    .tooltip = Den Bereich mit Prompt und Einstellungen ein- oder ausblenden
action-toggle-history = Bereich Verlauf
    .tooltip = Den Bereich mit Warteschlange und Verlauf ein- oder ausblenden
action-toggle-advanced = Erweiterte Einstellungen
    .tooltip = Die Einstellungen für Kenner ein- oder ausblenden: Eta, Rauschen, Cache, Token
action-toggle-full-screen = Vollbild
    .tooltip = Das Fenster den Bildschirm füllen lassen oder nicht
action-scale-up = Größer
    .tooltip = Alles im Fenster größer machen
action-scale-down = Kleiner
    .tooltip = Alles im Fenster kleiner machen
action-reset-scale = Normalgröße
    .tooltip = Zur Skalierung von 100 Prozent zurückkehren
action-cycle-theme = Design wechseln
    .tooltip = Zwischen hellem, dunklem, kontrastreichem und dem Design des Systems wechseln
action-toggle-reduced-motion = Weniger Bewegung
    .tooltip = Vorschaubilder stillstehen und Bereiche ohne Gleiten wechseln lassen
action-toggle-scaling = Scharfe oder glatte Pixel
    .tooltip = Kleine Clips mit scharfen oder glatten Pixeln vergrößern
action-dismiss-notices = Alle Meldungen schließen
    .tooltip = Jede Meldung über der Vorschau schließen

## Help

action-command-palette = Befehlspalette…
    .tooltip = Einen Befehl nach seinen Wörtern finden und ausführen
action-show-first-steps = Erste Schritte…
    .tooltip = Sehen, welches Gerät rechnet, einen ersten Clip machen und ganze Modelle finden
action-edit-shortcuts = Tastenkürzel…
    .tooltip = Die Tasten jedes Befehls sehen und ändern
action-ask-for-newer-version = Nach neuer Version sehen
    .tooltip = Die Projektseite fragen, ob es eine neuere Version gibt; sonst wird nichts gesendet, und nie von selbst gefragt
action-help = Hilfe und Tastenkürzel
    .tooltip = Zeigen, wie man beginnt, und alle Tastenkürzel
