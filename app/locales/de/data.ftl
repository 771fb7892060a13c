# The data page, in German.

## The page

data-title = Daten
data-count = { $kept } von { $count } Clips behalten
data-count-broken = { $count } nicht lesbar
data-opening = Wird geöffnet…
data-recent = Zuletzt
data-undo = Rückgängig
    .tooltip = Die letzte Entscheidung oder Beschreibung zurücknehmen
data-about = Aus Clips wird ein Trainingsdatensatz: einen Ordner wählen oder ein Manifest, das ein Befehl geschrieben hat, oder eines hierher ziehen. Clips erscheinen, während der Ordner durchsucht wird.
data-about-kept = Kein Clip wird verändert oder gelöscht. Entscheidungen stehen in einem Manifest im Datenordner des Programms.
data-looking = Clips werden gesucht…
data-no-clips = Hier wurden keine Clips gefunden
data-progress = { $stage }, { $done } von { $count } Clips
data-working-percent = { $stage }, { $percent } %
data-stop = Anhalten
data-stopping = Wird angehalten…
data-stopped = Angehalten: Fertiges bleibt, und dieselbe Schaltfläche macht weiter
data-which = Angezeigte Clips
data-sort = Reihenfolge der Clips
data-ascending = Aufsteigend
data-descending = Absteigend
data-turn = Reihenfolge umkehren
data-search = Beschreibungen und Namen durchsuchen
data-search-hint = Suchen
data-list-all = Alle Clips
data-list-kept = Behalten
data-list-dropped = Verworfen
data-list-broken = Nicht lesbar
data-list-offered = Neue Beschreibungen
data-sort-name = Dateiname
data-sort-caption = Beschreibung
data-sort-reasons = Gründe

## A clip

data-clip = { $name }: { $caption }, { $state }
data-seconds = { $secs } s
data-kept = Behalten
data-dropped = Verworfen
data-kept-by-hand = Von Hand behalten
data-dropped-by-hand = Von Hand verworfen
data-keep = Behalten
data-drop = Verwerfen
data-undecided = Den Grenzen überlassen
data-no-caption = Keine Beschreibung
data-caption-of-clip = Es ist der Prompt aus dem Clip
data-caption-of = Beschreibung von { $name }
data-picture-of = Bild von { $name }
data-original = Erste Beschreibung
data-offered = Neue Beschreibung
data-offer-waits = Eine neue Beschreibung wartet
data-offers =
    { $count ->
        [one] 1 neue Beschreibung wartet
       *[other] { $count } neue Beschreibungen warten
    }
data-accept = Annehmen
data-refuse = Ablehnen
data-keys = Pfeile bewegen, Leertaste behält oder verwirft, Eingabe bearbeitet die Beschreibung, A nimmt eine neue an, D lehnt sie ab, Strg+Z nimmt zurück, Strg+Y stellt wieder her
data-file-gone = die Datei ist nicht mehr da

## The side

data-tab-clip = Clip
data-tab-limits = Grenzen
data-tab-steps = Schritte
data-tab-export = Export

## Columns

data-column-frames = Bilder
data-column-fps = Bilder pro Sekunde
data-column-seconds = Sekunden
data-column-width = Breite
data-column-height = Höhe
data-column-aesthetic = Ästhetische Qualität
data-column-technical = Technische Qualität
data-column-overall = Gesamtqualität
data-column-smoothness = Flüssigkeit
data-column-motion-px = Bewegung in Pixeln
data-column-motion-rel = Bewegung
data-column-zoom = Zoom
data-column-dolly = Dolly-Zoom
data-column-jerk = Ruckeln

## Reasons

data-reason-static = Es steht still
data-reason-dolly-zoom = Es hat einen Dolly-Zoom
data-reason-shake = Es wackelt
data-reason-error = Nicht lesbar
data-reason-by-hand = Von Hand verworfen
data-reason-duplicate = Ein anderer Clip hat denselben Inhalt
data-reason-near-duplicate = Ein anderer Clip sieht gleich aus
data-reason-sieve = Beim ersten Blick auf die Qualität zu schwach
data-reason-below = { $column } unter { $value }
data-reason-above = { $column } über { $value }
data-reason-not-best = { $column } nicht unter den besten { $percent } %
data-reason-unknown = { $column } unbekannt
data-reason-count = { $reason } ({ $count })
data-reason-list = Nur Clips mit diesem Grund anzeigen
data-reason-drops = Ob dieser Grund Clips verwirft
    .name = Clips verwerfen: { $reason }
data-reasons = Warum Clips verworfen werden
data-nothing-dropped = Nichts wird verworfen

## Limits

data-least = Mindestens
    .name = { $column }, mindestens
data-most = Höchstens
    .name = { $column }, höchstens
data-best = Beste
    .tooltip = Nur diesen Anteil behalten, die besten nach dieser Spalte
    .name = { $column }, bester Anteil
data-histogram = { $column } von { $least } bis { $most }
data-keep-unknown = Unbekanntes behalten
    .tooltip = Clips ohne Wert in einer begrenzten Spalte kommen durch
data-no-limits = Alle Grenzen aufheben

## Steps

data-stage-scan = Clips werden angesehen
data-stage-motion = Bewegung wird gemessen
data-stage-score = Qualität wird bewertet
data-stage-smoothness = Gleichmäßigkeit wird gemessen
data-stage-sample = Zehn Beschreibungen werden erfragt
data-stage-caption = Beschreibungen werden neu geschrieben
data-stage-export = Clips werden geschrieben
data-stage-page = Seite wird geschrieben
data-scan-title = Clips
data-scan-on = Weitersuchen
    .text = Der Ordner wurde nicht bis zum Ende durchsucht
data-scan-again = Erneut suchen
    .text = Findet neue, geänderte und verschwundene Clips; Bekanntes bleibt
data-motion-title = Bewegung
data-motion = Bewegung messen
data-motion-about = Findet Clips, die stillstehen, wackeln oder einen Dolly-Zoom haben; ohne Modell
data-cost-frames = { $count } Clips mit { $frames } Bildern sind noch anzusehen
data-score-title = Qualität
data-score = Qualität bewerten
data-score-about = Ein günstiges Netz sieht alle Clips an, ein großes die, die es durchlässt
data-score-sieve = Zuerst { $name }: günstig, für alle Clips
data-score-judge = Danach { $name }: sechsmal so viel Arbeit
data-sieve-share = Die besten durchlassen
    .tooltip = Die anderen werden mit einem Grund verworfen, den die Grenzen übergehen können
data-score-looks = { $name } sieht { $count } Clips an
data-score-both = { $first }, danach { $second }
data-work-cost = { $what }: { $tflop } TFLOP auf { $device }
data-network-found = { $name }: { $file } im Modellordner
data-network-chosen = { $name }: { $file }, selbst gewählt
data-network-missing = { $name } fehlt im Modellordner: auf der Seite Modelle oder mit { $command } holen oder die Datei wählen
data-network-searching = { $name } wird im Modellordner gesucht…
data-network-reading = Datei wird gelesen…
data-network-is = Die Datei enthält { $name }
data-choose-network = Datei wählen…
    .name = Datei von { $name } wählen…
data-network-back = Die des Modellordners verwenden
    .name = Die Datei von { $name } im Modellordner verwenden
data-smoothness-title = Gleichmäßigkeit
data-smoothness = Gleichmäßigkeit messen
data-smoothness-about = AMT-S sagt jedes zweite Bild aus seinen Nachbarn vorher; aufwendig, deshalb nur für die verbliebenen Clips
data-captions-title = Beschreibungen
data-captions-about = Ein Sprachmodell macht aus Beschreibungen schlichte Sätze. Jeder wird vorgeschlagen, und die eigene Beschreibung bleibt daneben.
data-captions-see = Das Modell sieht Bilder
    .tooltip = Einzelbilder jedes Clips gehen mit seiner Beschreibung mit; auch Clips ohne Beschreibung bekommen eine
data-captions-frames = Bilder je Clip
    .tooltip = Mehr Bilder sagen mehr und kosten mehr Token
data-captions-parallel = Beschreibungen zugleich
    .tooltip = Wie viele Fragen der Server gleichzeitig bekommt
data-captions-cost = { $count } Beschreibungen würden erfragt
data-captions-cost-tokens = { $count } Beschreibungen würden erfragt, etwa { $tokens } Token
data-captions-try = Zehn probieren
data-captions-hide = Ausblenden
data-captions = Alle neu schreiben

## Export

data-export-about =
    { $count ->
        [one] 1 Clip wird behalten
       *[other] { $count } Clips werden behalten
    }
data-train-title = Für das Training
data-train-about = Ein Ordner mit den Clips und Beschreibungen, den das Training liest
data-train = Trainingsdatensatz schreiben…
data-train-on = Damit trainieren…
data-shards-title = WebDataset
data-shards-about = Tar-Dateien mit je 1000 Clips und einer Tabelle daneben
data-shards = Shards schreiben…
data-files-title = Dateien
data-write-page = Seite schreiben…
data-write-manifest = Manifest schreiben…
data-kept-at = Entscheidungen werden laufend gespeichert, in { $path }
data-show-folder = Ordner anzeigen
data-written =
    { $count ->
        [one] 1 Clip geschrieben: { $path }
       *[other] { $count } Clips geschrieben: { $path }
    }
data-written-without =
    { $count ->
        [one] 1 Clip fehlt: { $first }
       *[other] { $count } Clips fehlen, zuerst { $first }
    }

## Dialogs

data-manifests = Manifeste
data-open-folder = Ordner mit Clips öffnen
    .text = Clips darin und darunter werden aufgelistet
data-open-manifest = Manifest öffnen
    .text = Eine .parquet-, .csv- oder .jsonl-Datei mit einer Zeile je Clip; die Datei selbst bleibt unverändert
data-open-network = { $name } öffnen
    .text = Die veröffentlichten Gewichte von { $name }
data-open-train = Ordner für den Trainingsdatensatz
    .text = Ein leerer Ordner oder ein früher geschriebener
data-open-shards = Ordner für die Shards
    .text = Fertige Shards darin bleiben unverändert
data-save-page = Seite schreiben
    .text = Eine HTML-Datei mit Histogrammen und Bildern von Behaltenem und Verworfenem
data-save-manifest = Manifest schreiben
    .text = Eine .parquet-, .csv- oder .jsonl-Datei, die die Befehle lesen

## Why something cannot be done

data-not-opened = { $path } lässt sich nicht öffnen: { $reason }
data-not-saved = das Manifest wurde nicht gespeichert: { $reason }
data-why-not-shown = die Datenseite wird nicht angezeigt
data-why-no-clip = kein lesbarer Clip ist gewählt
data-why-no-offer = keine neue Beschreibung wartet
data-why-no-undo = nichts kann zurückgenommen werden
data-why-no-redo = nichts Zurückgenommenes kann wiederhergestellt werden
data-why-nothing-open = zuerst einen Ordner oder ein Manifest öffnen
data-why-busy = abwarten, was gerade läuft, oder es anhalten
data-why-no-network = zuerst { $name } holen oder die Datei wählen
data-why-no-score-network = zuerst DOVER oder DOVER-Mobile holen oder eine Datei wählen
data-why-no-look = zuerst wählen, welches Netz die Clips ansieht
data-why-network-unknown = die Datei des Netzes ist nicht brauchbar oder wurde noch nicht gelesen
data-why-all-done = alle Clips sind fertig
data-why-no-captions = alle Beschreibungen sind erfragt, oder keine wird behalten
data-why-nothing-kept = kein Clip wird behalten
