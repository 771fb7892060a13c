# The window in German. Titles of the menus; the letter opens one together with Alt.

menu-file = Datei
    .letter = T
menu-create = Erstellen
    .letter = E
menu-queue = Warteschlange
    .letter = W
menu-clip = Clip
    .letter = C
menu-playback = Wiedergabe
    .letter = G
menu-library = Bibliothek
    .letter = B
menu-view = Ansicht
    .letter = A
menu-help = Hilfe
    .letter = H

language-system = System

unit-bytes = Byte

language-title = Sprache
view-scale = Skalierung
theme-system = System
theme-light = Hell
theme-dark = Dunkel
theme-high-contrast = Hoher Kontrast
view-smooth-pixels = Glatte Pixel
view-sharp-pixels = Scharfe Pixel

unit-duration-seconds = { $seconds } s
unit-duration-minutes = { $minutes } min { $seconds } s
unit-duration-hours = { $hours } h { $minutes } min

window-model-opening = Modell wird geöffnet…
window-model-none = Kein Modell
window-model-demo = { $name } · Demo-Modell
window-model-card =
    Lizenz: { $licence }
    SHA-256: { $hash }
    Bis zu { $frames } Bilder, Seiten bis { $pixels } Pixel
window-downloading = Download: { $title }
window-downloading-percent = Download: { $title } ({ $percent } %)
window-training = Training: { $name }
window-training-percent = Training: { $name } ({ $percent } %)

window-drop-hint = Einen Clip ablegen, um seine Einstellungen zu laden, ein Modell, um es zu öffnen, oder ein LoRA, um es hinzuzufügen

window-close = Schließen
window-dismiss = Diese Meldung schließen
window-open-as-model = Als Modell öffnen
window-turn-lora-off = Abschalten
    .tooltip = Clips ohne dieses LoRA machen
    .name = { $file } abschalten
window-decode-again = Neu dekodieren
window-copy-path = Pfad kopieren
window-open-page = Seite öffnen
window-show-in-folder = Im Ordner zeigen
    .tooltip = Den Ordner der Datei öffnen

window-slider = Schieberegler { $name }
window-seconds-long = { $seconds } s lang
window-width-height = Breite und Höhe in Pixel
window-sizes = Größen
    .tooltip = Größen, die das Modell unterstützt
window-size-of-model = { $width } × { $height }  (Modellstandard)
window-random = zufällig

palette-field = Eingeben, was zu tun ist
    .name = Befehlspalette
palette-none = Kein Befehl hat diese Wörter
palette-keys = Auf und Ab wählen aus, Enter führt den Befehl aus, Escape schließt

shortcuts-title = Tastenkürzel
shortcuts-search = Befehle suchen
shortcuts-reset-all = Alle zurücksetzen
    .tooltip = Jedem Befehl seine Standardtasten geben
shortcuts-belongs = { $keys } gehört zu „{ $command }“
shortcuts-take = Hier verwenden
    .name = { $keys } für { $command } verwenden
shortcuts-keep = Dort lassen
    .name = { $keys } bei { $command } lassen
shortcuts-or = { $first } oder { $second }
shortcuts-press = Neue Tasten drücken
shortcuts-none = Keine Tasten
shortcuts-reset = Standard
    .name = Tastenkürzel zurücksetzen: { $command }
shortcuts-change = Ändern
    .tooltip = Die Tasten drücken, die der Befehl bekommt
    .name = Tastenkürzel ändern: { $command }

window-dialog-export = Clip exportieren
window-dialog-model = Modell öffnen
    .files = Modell
window-dialog-lora = LoRA hinzufügen
window-dialog-training = Ordner mit Clips und Bildern
window-dialog-queue = Warteschlange laden
    .files = Warteschlange
window-dialog-clip = Einstellungen aus Clip laden
    .files = Exportierter Clip

window-second = ein anderes Fenster von Hummingbird ist offen und antwortet nicht: dies ist ein zweites
window-painter = { $failed } zeichnet das Fenster nicht ({ $reason }): { $name } tut es
window-painter-before = bei einem früheren Start ging es nicht
window-settings-not-saved = die Einstellungen konnten nicht gespeichert werden: { $reason }
window-settings-not-kept = die Einstellungen bleiben nicht erhalten: { $reason }
window-settings-damaged = die Datei mit den Einstellungen ist beschädigt ({ $damage }): was davon lesbar ist, wird verwendet; { $aside }
window-shortcuts-damaged = die Datei mit den Tastenkürzeln ist beschädigt ({ $damage }): was davon lesbar ist, wird verwendet; { $aside }
window-old-file = die alte Datei wird als { $path } aufbewahrt
window-old-file-stays = die alte Datei konnte nicht beiseitegelegt werden ({ $problem })
window-defaults-used = die Standardwerte werden verwendet: { $reason }
window-no-threads = das System startet keine weiteren Threads: andere Programme schließen
window-no-threads-because = das System startet keine weiteren Threads: andere Programme schließen ({ $error })
window-internal-error = interner Fehler, bitte melden: { $detail }
window-no-reason = ein Grund wurde nicht genannt
window-library-stopped = ein Thread der Bibliothek läuft nicht mehr
window-library-defaults = die Standardwerte der Bibliothek werden verwendet: { $reason }
window-clip-elsewhere = der fertige Clip liegt jetzt in { $path }: { $reason }
window-clip-not-listed = ein Clip wurde gespeichert, steht aber nicht im Verzeichnis: { $reason }
window-export-stopped =
    { $clips ->
        [one] angehalten: { $written } von einem Clip wurde geschrieben
       *[other] angehalten: { $written } von { $clips } Clips wurden geschrieben
    }
window-export-failed = { $name } wurde nicht gespeichert: { $error }
window-export-no-clip = es war kein Clip da
