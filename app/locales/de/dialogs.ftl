# What stands in front of the window, the first steps, and the panels as such, in German.

## Buttons and fields of dialogs

dialogs-close = Schließen
dialogs-cancel = Abbrechen
dialogs-open = Öffnen
dialogs-keep-working = Weiterarbeiten
dialogs-file = Datei
dialogs-browse = Wählen…
    .tooltip = Im Dateidialog des Systems wählen
dialogs-key-confirm = Strg+Enter
dialogs-key-cancel = Escape

## Help

dialogs-help-title = Hilfe und Tastenkürzel
dialogs-help-text = Eingeben, was der Clip zeigen soll, und „Erzeugen“ drücken. Vom ersten Schritt an bewegt sich die Vorschau. Jeder fertige Clip wird sofort gespeichert und steht in der Bibliothek. Dateien lassen sich auf dem Fenster ablegen: ein exportierter Clip, um seine Einstellungen zu laden, ein Modell, um es zu öffnen, oder ein LoRA, um es hinzuzufügen.
dialogs-help-numbers = In Zahlenfeldern ändern Auf und Ab die Zahl; ein leeres Feld bedeutet den Standardwert des Modells
dialogs-help-menus = F10 öffnet die Menüs, Alt mit einem unterstrichenen Buchstaben das zugehörige; darin bewegen die Pfeiltasten
dialogs-keys = { $all } oder { $keys }

## Closing the window

dialogs-quit-title = Hummingbird schließen?
dialogs-quit-unsaved =
    { $count ->
        [one] 1 Clip, der noch nicht exportiert ist, geht verloren
       *[other] { $count } Clips, die noch nicht exportiert sind, gehen verloren
    }
dialogs-quit-confirm = Trotzdem schließen
dialogs-quit-training = Das Training von { $name } läuft: sein Checkpoint bleibt erhalten, und beim nächsten Start kann es weitergehen
dialogs-quit-after-training = Nach dem Training schließen
dialogs-quit-after-training-text = Das Fenster schließt sich, wenn das Training zu Ende ist. Jetzt zu schließen kostet höchstens eine Minute.
dialogs-quit-stop-training = Training anhalten und schließen
dialogs-closing = Wird geschlossen…

## Starting after windows that ended by themselves

dialogs-safe-title = Sicher starten?
dialogs-safe-text = Die letzten zwei Fenster endeten, ohne geschlossen zu werden. Ein sicherer Start öffnet kein Modell und rechnet auf dem Prozessor.
dialogs-safe-kept = Clips, Warteschlange und der Text des Formulars bleiben in jedem Fall erhalten
dialogs-safe-usual = Normal starten
dialogs-safe-confirm = Sicher starten

## Another model while clips are being made

dialogs-switch-title = Modell jetzt wechseln?
dialogs-switch = Wird { $name } geöffnet, halten die laufenden Clips an
dialogs-switch-demo = Wird das Demo-Modell geöffnet, halten die laufenden Clips an
dialogs-switch-confirm = Clips anhalten und wechseln
dialogs-switch-keep = Modell behalten

## Opening files

dialogs-open-model = Modell öffnen
    .text = Eine Modelldatei (.safetensors, .pt, .ckpt). Sie lässt sich auch auf dem Fenster ablegen.
dialogs-open-lora = LoRA hinzufügen
    .text = Eine LoRA-Datei. Sie lässt sich auch auf dem Fenster ablegen.
dialogs-open-training = Ordner mit Clips
    .text = Ein Ordner mit Clips und Bildern. Er lässt sich auch auf der Trainingsseite ablegen.
dialogs-open-queue = Warteschlange laden
    .text = Eine gespeicherte Warteschlange (.json). Sie lässt sich auch auf dem Fenster ablegen.
dialogs-open-clip = Einstellungen aus Clip laden
    .text = Ein Clip oder Bild dieses Programms, von Stable Diffusion web UI, ComfyUI oder WanGP. Die Datei lässt sich auch auf dem Fenster ablegen.

## The first steps

dialogs-first-step = Schritt { $number } von 3
dialogs-first-device = Was rechnet
dialogs-first-demo = Der erste Clip
dialogs-first-models = Ganze Modelle
dialogs-first-next = Weiter
dialogs-first-back = Zurück
dialogs-first-skip = Auslassen
dialogs-first-done = Fertig
dialogs-first-again = Das Menü „Hilfe“ zeigt diese Schritte wieder
dialogs-first-looking = Geräte werden gesucht…
dialogs-first-on-cpu = Es wurde keine Grafikkarte gefunden, die schneller ist als der Prozessor. Clips entstehen auf dem Prozessor: das Demo-Modell braucht dort Sekunden, ganze Modelle viele Minuten.
dialogs-first-on-chip = Clips entstehen auf dem Grafikchip, der den Speicher des Prozessors mitbenutzt
dialogs-first-on-card = Clips entstehen auf der Grafikkarte
dialogs-first-other-device = „Gerät“ in den Einstellungen wählt ein anderes
dialogs-first-processor = Prozessor: { $name }
dialogs-first-graphics = Grafik: { $name }
dialogs-first-demo-text = Hummingbird bringt ein Demo-Modell mit. Es zeichnet in Sekunden einfache Dinge aus ein paar Dutzend Wörtern.
dialogs-first-starting = startet…
dialogs-first-make = Jetzt einen Clip machen
dialogs-first-make-another = Noch einen machen
dialogs-first-made = Das war alles: jeder Clip wird sofort gespeichert und steht in der Bibliothek
dialogs-first-picture = Der laufende Clip
dialogs-first-models-what = Ganze Modelle verstehen freien Text und zeichnen, was beschrieben wird. Sie lassen sich kostenlos herunterladen, unter den Lizenzen ihrer Eigentümer.
dialogs-first-models-need = Das kleinste hat etwa 2,4 GB. Es braucht eine Grafikkarte mit 6 GB oder mehr; auf einem Prozessor dauert ein Clip viele Minuten.
dialogs-first-models-page = Die Seite der Modelle nennt vor jedem Download, was das Modell braucht

## In place of a clip

dialogs-invitation = Der Clip erscheint hier
dialogs-invitation-write = 1 · Schreiben, was er zeigt: ein Motiv, was es tut und wo
dialogs-invitation-generate = 2 · „Erzeugen“ drücken oder { $keys }
dialogs-invitation-watch = 3 · Zusehen, wie er Gestalt annimmt. Er wird von selbst gespeichert; „Exportieren“ ergibt ein MP4 oder GIF.
dialogs-invitation-example = Diesen Prompt verwenden
dialogs-invitation-palette = { $keys } findet jeden Befehl
dialogs-invitation-history = Fertige Clips stehen im Verlauf

## In place of a part of the window that failed; $part is its name, as a sentence begins

dialogs-broken = { $part }: die Anzeige scheitert an einem internen Fehler. Alles andere läuft weiter.
dialogs-broken-away = Ohne weitermachen
    .name = Ohne weitermachen: { $part }
dialogs-broken-again = Noch einmal
    .name = Noch einmal versuchen: { $part }
dialogs-broken-copy = Bericht kopieren
    .name = Bericht kopieren: { $part }

## Pages and panels

dialogs-panel-controls =
    .hide = Bereich Einstellungen ausblenden
    .show = Bereich Einstellungen einblenden
    .width = Breite des Bereichs Einstellungen
dialogs-panel-history =
    .hide = Bereich Verlauf ausblenden
    .show = Bereich Verlauf einblenden
    .width = Breite des Bereichs Verlauf
