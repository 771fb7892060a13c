# The history on the right, the library's page, and the comparison of two clips, in German.

## The history

library-history = Verlauf
library-history-undo = Rückgängig
library-history-empty = Fertige Clips erscheinen hier
library-history-no-picture = Kein Bild
library-history-show = „{ $prompt }“ zeigen, Seed { $seed }
library-history-delete = „{ $prompt }“ löschen
library-history-saved = Exportiert
library-history-kept = Gespeichert
library-history-being-kept = Wird gespeichert…
library-history-not-saved = Nicht gespeichert

## The library's page

library-title = Bibliothek
library-failed = Die Bibliothek ist nicht verwendbar: { $reason }
library-opening = Bibliothek wird geöffnet…
library-count =
    { $count ->
        [one] 1 Clip
       *[other] { $count } Clips
    }
library-count-listed =
    { $count ->
        [one] { $listed } von 1 Clip
       *[other] { $listed } von { $count } Clips
    }
library-back = Zurück
library-search = Bibliothek durchsuchen
library-search-hint = In Prompts und Einstellungen suchen
library-filters = Filter
library-sort = Reihenfolge der Clips
library-sort-newest = Neueste zuerst
library-sort-oldest = Älteste zuerst
library-sort-prompt = Nach Prompt
library-sort-largest = Größte zuerst
library-sort-longest = Längste zuerst
library-model = Modell
    .all = Alle Modelle
library-size = Größe
    .all = Alle Größen
library-tag = Schlagwort
    .all = Alle Schlagwörter
library-project = Projekt
    .all = Alle Projekte
library-favourites = Favoriten
library-duplicates = Duplikate
    .tooltip = Clips mit denselben Einstellungen oder demselben Inhalt
library-show-all = Alle zeigen
library-tile-size = Kachelgröße
library-empty = Jeder fertige Clip erscheint hier und seine Datei im Ordner für Clips
library-none-like-this = Kein Clip passt dazu
library-clip = Clip „{ $prompt }“, Seed { $seed }
library-alike = { $count } gleiche
library-tag-remove = Schlagwort „{ $tag }“ entfernen

## What is said of the clips that are selected

library-details-clip = Ausgewählter Clip
library-details-new-tag = Neues Schlagwort
library-details-add-tag = Hinzufügen
library-details-no-project = Keines
library-details-note = Notiz
library-details-picture =
    { $frames ->
        [one] { $width } × { $height } Pixel, 1 Bild bei { $fps } je Sekunde
       *[other] { $width } × { $height } Pixel, { $frames } Bilder bei { $fps } je Sekunde
    }
library-details-model = Modell { $name }
library-details-tiny-decoder = Kleiner Decoder { $name }
library-details-device = Berechnet auf { $device }
library-details-duplicates = { $count } Clips haben diese Einstellungen oder diesen Inhalt
library-details-selected =
    { $count ->
        [one] 1 Clip ist ausgewählt
       *[other] { $count } Clips sind ausgewählt
    }
library-details-select-none = Keinen auswählen
library-details-none = Einen Clip auswählen, um zu sehen, woraus er gemacht wurde. Strg und Umschalt wählen mehrere aus, auf der Tastatur die Leertaste und Umschalt mit den Pfeiltasten.

## How clips are kept

library-keeping = Wie Clips gespeichert werden
library-keeping-folder = Ordner
    .hint = Der Videoordner des Systems
library-keeping-names = Namen
library-keeping-filled-in = {"{date}, {time}, {words}, {seed}, {model}, {project}"} und {"{size}"} werden ausgefüllt
library-keeping-latents = Latents bis
library-keeping-confirm = Clips ab jetzt so speichern

## Two clips beside each other

library-compare = Vergleichen
library-compare-side-by-side = Nebeneinander
library-compare-wipe = Schieber
library-compare-back = Zurück zum Raster
library-compare-play = Abspielen
library-compare-pause = Anhalten
library-compare-frame = Bild beider Clips
library-compare-clip = Clip { $side }, „{ $prompt }“, Seed { $seed }
library-compare-reading = Clip wird gelesen…
library-differences = Was sich unterscheidet
library-differences-none = Nichts: beide wurden mit denselben Einstellungen gemacht
library-differences-setting = Einstellung
