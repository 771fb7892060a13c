# Names and short descriptions that stand at several places of the window, in German.

## Parts of the window that failed, before a colon

state-part-menu = Menüleiste
state-part-controls = Einstellungen
state-part-history = Verlauf
state-part-transport = Player
state-part-stage = Clip
state-part-library = Bibliothek
state-part-data = Datenseite
state-part-dialog = Dieser Dialog

## Panels beside the clip, inside a sentence


## Pages of a narrow window, on buttons in one row: short

state-page-create = Erstellen
state-page-clip = Player
state-page-history = Verlauf

## Kinds of words that the demo model knows, before a row of them: short

state-words-colour = Farbe
state-words-subject = Motiv
state-words-motion = Bewegung
state-words-scene = Szene

## Presets of exports: choices of format and options

state-preset-mp4 = MP4 ohne Änderung
state-preset-chat = Chat-App, unter 8 MB
state-preset-square = Quadrat
state-preset-upright = Hochkant 9:16
state-preset-gif = GIF in Schleife
state-preset-smallest = Kleinste Datei
state-preset-lossless = Ohne Verlust

## What two clips that are compared were made from: headings of rows

state-fact-model = Modell
state-fact-model-file = Modelldatei
state-fact-decoder = Decoder der Bilder
state-fact-tiny-decoder = Kleiner Decoder
state-fact-device = Gerät

## Clips

state-tiny-decoder = kleiner Decoder ({ $name })
state-at-step = bei Schritt { $step } von { $steps }

## Below the settings

state-time-need = Dauert etwa { $time }
state-time-unknown = Die Dauer ist nach dem ersten Clip bekannt
state-memory-need = Braucht etwa { $held } Speicher
state-memory-need-mapped = Braucht etwa { $held } Speicher und { $mapped } abgebildete Gewichte

## What a number can be, in small print below its field

state-range = { $least } bis { $most }
state-range-own = { $least } bis { $most }, für das Modell { $own }
state-range-usual = { $least } bis { $most }, üblich { $usual }
state-range-multiples = Vielfache von { $step } von { $least } bis { $most }
state-range-seed = ganze Zahl mit 64 Bit

## What is wrong with a setting, or beyond what the model was made for, below its field

state-no-seed = „{ $text }“ ist kein Seed: eine ganze Zahl von 0 bis { $most } eingeben
state-no-number = „{ $text }“ ist keine Zahl: zum Beispiel 4.5 eingeben oder nichts für den Standardwert
state-no-whole-number = „{ $text }“ ist keine ganze Zahl: Ziffern eingeben oder nichts für den Standardwert
state-beyond-frames = das Modell ist für { $frames } Bilder gemacht: längere Clips können zerfallen
state-beyond-size = das Modell ist für { $width } × { $height } gemacht: größere Clips können Dinge doppelt zeigen
state-beyond-sampler = das Modell ist für den Sampler { $sampler } gemacht
state-beyond-steps = das Modell ist für { $steps } Schritte gemacht: viel mehr Schritte ändern wenig
state-beyond-guidance = das Modell ist für eine Guidance von { $guidance } gemacht: viel mehr ergibt grelle Farben
state-lora-unfit = { $name } ist nicht für { $model } gemacht: die Stärke auf 0 setzen, es entfernen oder das Modell öffnen, für das es gemacht ist
state-loras-wanted = { $count ->
    [one] { $clip } wurde mit dem LoRA { $names } gemacht: diese Datei auf dem Fenster ablegen, um denselben Clip zu bekommen
   *[other] { $clip } wurde mit den LoRAs { $names } gemacht: diese Dateien auf dem Fenster ablegen, um denselben Clip zu bekommen
}

## What is wrong with a batch: many clips at once, of several prompts, several seeds, or a grid of two settings

state-batch-seeds = „{ $text }“ ist keine Anzahl von Seeds: eine ganze Zahl ab 1 eingeben
state-batch-too-many = das sind mehr als { $most } Clips: mehrere Stapel daraus machen
state-batch-many-prompts = das sind mehr als { $most } Prompts: einige Möglichkeiten weglassen
state-batch-no-values = die Werte für „{ $setting }“ mit Kommas dazwischen eingeben
state-batch-many-values = „{ $setting }“ hat { $count } Werte, ein Gitter höchstens { $most }
state-batch-no-flag = „{ $text }“ ist kein Wert für „{ $setting }“: on oder off eingeben
state-batch-no-choice = „{ $text }“ ist kein Wert für „{ $setting }“: eines davon eingeben: { $names }
