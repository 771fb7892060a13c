# The queue of clips at the right side of the window, in German.

## The heading and the line below it

queue-title = Warteschlange ({ $count })
queue-undo = Rückgängig
queue-paused = Angehalten
queue-summary = { $current } von { $total }
queue-summary-at = { $current } von { $total }, fertig um { $clock }
queue-summary-in = { $current } von { $total }, fertig in { $time }

## A clip of the queue; its states are joined by commas and begin with a capital letter by themselves

queue-being-made = In Arbeit
queue-being-edited = wird bearbeitet
queue-waits-for-model = wartet auf sein Modell
queue-of-last-session = aus der letzten Sitzung
queue-about = etwa { $time }
queue-waits = wartet
queue-actions = Aktionen für „{ $clip }“
    .tooltip = Bearbeiten, duplizieren, verschieben oder entfernen

## Clips that were stopped or have failed

queue-stopped = Angehalten ({ $count })
queue-drop = „{ $clip }“ aus den angehaltenen Clips entfernen
queue-resume = Fortsetzen
    .tooltip = Nach dem letzten fertigen Schritt weitermachen
    .name = „{ $clip }“ fortsetzen
queue-try-again = Noch einmal
    .tooltip = Diesen Clip von Anfang an machen
    .name = „{ $clip }“ noch einmal versuchen
queue-start = Starten
    .tooltip = Diesen Clip jetzt machen
    .name = „{ $clip }“ starten
queue-start-again = Neu starten
    .tooltip = Diesen Clip von Anfang an machen
    .name = „{ $clip }“ neu starten
queue-cancelled = abgebrochen
queue-failed = fehlgeschlagen: { $reason }

## Messages

queue-not-kept = die Warteschlange würde einen Absturz nicht überstehen: { $reason }
queue-not-acted = was geschehen sollte, wenn die Warteschlange fertig ist, blieb aus: { $error }
queue-command-code = der Befehl endete mit dem Code { $code }
queue-command-signal = der Befehl wurde durch ein Signal beendet
