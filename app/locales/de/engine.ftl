# What the engine says in German: errors, warnings and settings by their codes.

action-create = Erstellen
action-create-in-folder = Erstellen einer Datei im Ordner
action-find = Suche
action-lock = Sperren
action-look-for-name = Suche nach einer Datei dieses Namens
action-look-for-room = Prüfen des freien Platzes
action-make-folder = Anlegen des Ordners
action-open = Öffnen
action-open-file = Öffnen der Datei
action-open-folder = Öffnen des Ordners
action-read = Lesen
action-read-file = Lesen der Datei
action-remove = Entfernen
action-rename = Umbenennen
action-rename-finished = Umbenennen der fertigen Datei
action-replace = Ersetzen
action-restore = Wiederherstellen
action-write = Schreiben
action-write-file = Schreiben der Datei
adapter-config-too-long = diese Datei ist dafür zu lang
adapter-config-unreadable = diese Datei ist nicht lesbar: { $detail }
address-fault-query = sie enthält eine Abfrage oder ein Fragment
address-fault-scheme = { $scheme }: ist weder https noch http
advice-convert-model = schon die Gewichte brauchen mehr: das Modell und seine LoRAs mit `hummingbird models convert` in { $format } umwandeln oder ein kleineres Modell nehmen
advice-convert-to-mapped = schon die Gewichte brauchen mehr: das Modell und seine LoRAs mit `hummingbird models convert` in { $format } umwandeln (die CPU bildet solche Gewichte in den Speicher ab) oder ein kleineres Modell nehmen
advice-fewer-frames =
    { $frames ->
        [one] nur ein Bild oder eine kleinere Größe wählen
       *[other] höchstens { $frames } Bilder oder eine kleinere Größe wählen
    }
advice-get-model-again = das Gewicht „{ $weight }“ aus { $path } enthält Werte, die keine Zahlen sind: die Datei erneut beschaffen
advice-smaller-model = schon die Gewichte brauchen mehr: ein kleineres Modell nehmen oder mehr Speicher erlauben
advice-smaller-size = eine kleinere Größe wählen
advice-weaken = weniger Guidance, schwächere LoRAs oder das Modell in einem breiteren Zahlenformat verwenden
caption-frames = { $frames } Bilder eines Clips sind mehr als die { $most }, die gesendet werden: weniger wählen
caption-journal = in { $path } können keine Antworten vermerkt werden: { $source }; dort Platz schaffen oder in einen anderen Ordner schreiben
caption-parallel = { $questions } Fragen zugleich sind nicht möglich: 1 bis { $most } wählen
caption-side = Bilder von { $side } Pixel werden nicht gesendet: { $least } bis { $most } wählen
caption-thread = das System startet keinen Thread ({ $detail }): andere Programme schließen oder weniger Fragen zugleich stellen
catalogue-fault-control-character = ein Text enthält ein Steuerzeichen
catalogue-fault-id = eine ID besteht aus Buchstaben, Ziffern, „-“, „_“ und „.“
catalogue-fault-lacks = der Eintrag ist neu und „{ $field }“ fehlt
catalogue-fault-licence-url = die Adresse der Lizenz beginnt weder mit https:// noch mit http://
catalogue-fault-name = „{ $name }“ kann nicht der Name einer Modelldatei sein ({ $fault }): einen einfachen Dateinamen wählen
catalogue-fault-no-file = es ist keine Datei angegeben
catalogue-fault-path = „{ $path }“ ist kein Pfad in einem Repository
catalogue-fault-repository = das Repository „{ $repository }“ hat nicht die Form „owner/name“
catalogue-fault-revision = die Revision „{ $revision }“ ist weder Commit noch Branch noch Tag
catalogue-fault-schema = der Wert ist { $found }, dieses Programm kennt höchstens { $known }
catalogue-fault-sha256 = sha256 von „{ $path }“ besteht nicht aus 64 hexadezimalen Ziffern in Kleinschreibung
catalogue-fault-size = die Größe von „{ $path }“ ist nicht möglich
catalogue-fault-two-models = zwei Modelle würden unter diesem Namen abgelegt
catalogue-fault-url = „{ $url }“ ist keine Adresse einer Datei: sie beginnt mit https:// oder http:// und enthält weder Namen noch Passwort
chosen-asked-for = es wurde verlangt
chosen-best =
    { $devices ->
        [one] es ist das einzige Gerät
       *[other] es ist das beste von { $devices } Geräten
    }
chosen-next-best = { $failed } lässt sich nicht öffnen
chosen-no-driver = es gibt keinen GPU-Treiber
chosen-none-large-enough = keine GPU hier ist groß genug
chosen-only-software = der einzige GPU-Treiber, { $name }, rechnet auf dem Prozessor und ist langsamer
clip-fault-box-too-large = eine Box ist größer als die, in der sie liegt
clip-fault-ends-early = die Datei endet zu früh
clip-fault-gif-block = kein GIF-Block beginnt mit { $byte }
clip-fault-settings = die Einstellungen darin sind nicht lesbar: { $detail }
clip-fault-too-many-parts = die Datei hat mehr Teile als irgendein Clip
clip-views-ended = der Clip endet nach Bild { $found }: angekündigt waren { $expected }
clip-views-frame = Bild { $frame } hat { $found } Byte: erwartet wurden { $expected }
clip-views-indices = die Zahl der Bilder in den Ansichten ist { $found }: nötig sind { $expected }
clip-views-offsets = die Zahl der Versätze für Fragmente ist { $found }: nötig sind { $expected }
clip-views-outside = ein Fragment von { $side } Pixel bei Zeile { $row } und Spalte { $column } liegt nicht in einem Bild von { $width }x{ $height }
clip-views-size =
    { $frames ->
        [one] ein Clip von { $width }x{ $height } Pixel mit einem Bild kann nicht bewertet werden: er braucht mindestens ein Bild und Seiten von 1 bis { $most } Pixel
       *[other] ein Clip von { $width }x{ $height } Pixel mit { $frames } Bildern kann nicht bewertet werden: er braucht mindestens ein Bild und Seiten von 1 bis { $most } Pixel
    }
clip-damaged = { $path } ist kein lesbarer Clip aus Tensoren ({ $detail }): ihn erneut beschaffen oder weglassen
clip-no-frames = { $path } enthält keine Bilder eines Clips: nötig ist frames als u8 [t, h, w, 3], höchstens 3.600.000 Bilder mit höchstens 8192 Pixel je Seite
clip-no-stretch =
    { $frames ->
        [one] { $path } hat nur ein Bild, aber die Zeile dazu beginnt bei Bild { $start_frame }: den Clip neu erfassen und schneiden
       *[other] { $path } hat { $frames } Bilder, aber die Zeile dazu beginnt bei Bild { $start_frame }: den Clip neu erfassen und schneiden
    }
clip-of-object = { $detail }
clip-read = der Clip { $path } kann nicht gelesen werden: { $source }
config-attention-resolutions = attn_resolutions muss leer sein: ein anderer Autoencoder ist hier nicht bekannt
config-missing = { $name } fehlt
config-no-file = die Stufe braucht eine Datei, die nicht angegeben wurde: { $option }
config-no-names = { $name } ist { $value }: erwartet wird eine Liste von Namen
config-no-number = { $name } ist { $value }: erwartet wird eine Zahl ({ $range })
config-no-whole-number = { $name } ist { $value }: erwartet wird eine ganze Zahl
config-no-whole-numbers = { $name } ist { $value }: erwartet wird eine Liste ganzer Zahlen
config-not-trained = { $list } nennt „{ $name }“, aber kein solcher Parameter wird trainiert
config-not-two = { $name } ist { $value }: erwartet wird eine Liste von zwei Zahlen
config-parameterization = die Parametrisierung „{ $found }“ ist nicht bekannt: eps oder v
config-too-long = die Datei hat { $length_bytes }: Konfigurationsdateien haben höchstens { $most_bytes }
config-u-net-option = die U-Net-Option { $name } muss { $required } sein: ein anderes Netz ist hier nicht bekannt
config-unknown-key = { $section } hat den unbekannten Schlüssel „{ $name }“: bekannt sind { $known }
config-unreadable = { $detail }
cut-journal = was bisher gefunden wurde, lässt sich nicht in { $path } festhalten: { $source }
cut-options = mit der Schwelle { $threshold } und der Mindestlänge { $min_frames } (in Bildern) lassen sich keine Schnitte finden: die Schwelle muss größer als 0 und höchstens 255 sein, die Länge mindestens 1
dataset-note-duplicate = ausgelassen: { $path } hat denselben Inhalt wie { $first }
dataset-note-missing = die Tabelle { $table } nennt „{ $name }“, diese Datei fehlt aber
dataset-note-named-twice = die Tabelle { $table } nennt „{ $name }“ mehr als einmal: die erste Beschreibung gilt
dataset-note-no-caption = ausgelassen: { $path } hat keine Beschreibung: eine in eine gleichnamige Textdatei daneben schreiben
dataset-note-too-short =
    { $frames ->
        [one] ausgelassen: { $path } hat nur ein Bild, nötig sind { $needed }
       *[other] ausgelassen: { $path } hat nur { $frames } Bilder, nötig sind { $needed }
    }
dataset-note-unreadable = ausgelassen: { $problem }
dataset-empty = { $path } enthält weder Clips noch Bilder: MP4-, MOV-, WebM-, MKV-, GIF-, WebP-, PNG- oder JPEG-Dateien hineinlegen
dataset-no-captions = kein Clip in { $path } hat eine Beschreibung: was CLIP.mp4 zeigt, in CLIP.txt daneben schreiben oder in captions.csv mit den Spalten file_name und text, oder ein Triggerwort angeben, das dann als Beschreibung dient
dataset-nothing-left =
    { $left_out ->
        [one] der einzige Clip in { $path } ist nicht verwendbar; der Hinweis davor sagt, warum
       *[other] keiner der { $left_out } Clips in { $path } ist verwendbar; die Hinweise davor sagen, warum
    }
dataset-read = { $path } kann nicht gelesen werden: { $source }
dataset-table = die Tabelle { $path } ist nicht verwendbar: { $fault }
dataset-too-many = { $path } enthält mehr als { $max } Dateien: einen tieferen Ordner wählen
device-drawback-computes-on-processor = rechnet auf dem Prozessor, langsamer als das Gerät CPU
device-drawback-small-buffers = seine Puffer sind zu klein
device-failure-gone = es ist verschwunden
device-failure-no-gpu-support = dieses Programm ist ohne GPU-Unterstützung gebaut
device-failure-out-of-memory = kein Speicher mehr frei
device-device-failed = das Gerät „{ $device }“ ist ausgefallen ({ $detail }): noch einmal versuchen oder ein anderes Gerät wählen (`--device cpu` geht immer)
device-no-such-device = es gibt kein Gerät „{ $asked }“; `hummingbird devices` nennt: { $available }
device-not-a-device = „{ $text }“ ist kein Gerät: auto, cpu, gpu oder gpu:N schreiben
dover-alignment = aligned ist { $aligned }: es muss ein Teiler von clip_len sein, also von { $clip_len }
dover-division = { $name } ist { $value }: es muss ein Teiler der Zahl der Kanäle sein, also von { $width }
dover-lacks = die Datei ist kein DOVER: der Tensor „{ $name }“ fehlt
dover-narrow = eine Ansicht von { $side } Pixel ist zu klein: nötig sind { $least }
dover-shape = der Tensor „{ $name }“ hat die Form [{ $shape }]: er gehört nicht zu DOVER
dover-size = { $name } ist { $value }: es muss zwischen 1 und { $most } liegen
dover-window = ein Fenster von { $positions } Positionen ist zu groß: möglich sind höchstens { $most }
encoder-fault-frame = Bild { $frame }: { $detail }
encoder-fault-no-parameter-sets = er lieferte keine Parametersätze
encoder-fault-no-plain-picture = Bild { $frame }: er lieferte kein einfaches Bild
encoder-fault-nothing = er lieferte nichts für Bild { $frame }
encoder-fault-other-version = seine Bibliothek hat eine andere Version
encoder-fault-too-large = der Clip ist größer als 4 GiB
engine-buffer-too-small = dieser Clip braucht einen Puffer von { $need_bytes }, die Puffer von „{ $device }“ fassen { $limit_bytes }: { $advice }
engine-bug = interner Fehler, bitte melden: { $detail }
engine-engine-stopped = die Engine läuft nicht mehr: das Programm neu starten
engine-inputs = die Eingaben in { $path } sind nicht verwendbar: { $detail }
engine-memory-too-small = dieser Clip braucht etwa { $need_bytes } Speicher, erlaubt sind { $limit_bytes }: { $advice }
engine-not-finite = { $what } nicht endlich (NaN oder unendlich): { $advice }
engine-out-of-memory = „{ $device }“ hat keinen Speicher mehr: weniger Bilder oder eine kleinere Größe wählen, andere Programme schließen oder `--device cpu` verwenden
engine-queue-full =
    { $waiting ->
        [one] es wartet schon ein Auftrag: ihn fertig werden lassen oder abbrechen
       *[other] es warten schon { $waiting } Aufträge: einen fertig werden lassen oder abbrechen
    }
eval-measure = die Messung ist falsch: sie liest { $measure } bei frisch gerenderten Clips nur zu einem Anteil von { $share } richtig, nötig ist mindestens { $least }; das ist ein Fehler des Renderers oder der Messung, nicht des Modells: bitte melden
eval-prompts =
    { $prompts ->
        [one] ein Prompt kann nicht ausgewertet werden: 1 bis { $most } wählen, so viele Kombinationen sind zurückgehalten
       *[other] { $prompts } Prompts können nicht ausgewertet werden: 1 bis { $most } wählen, so viele Kombinationen sind zurückgehalten
    }
export-note-gif-slowed = ein GIF zeigt höchstens 50 Bilder je Sekunde: dieses läuft langsamer als { $fps }
export-note-older-frames-follow = Bilder eines früheren, längeren Clips sind liegen geblieben, ab { $path }
export-note-padded-to-even = Video braucht gerade Maße: der Rand wurde wiederholt, das ergibt { $width }x{ $height }
export-note-rate-matched = Clip { $clip } hat { $fps } Bilder je Sekunde: für { $reel_fps } wurden Bilder wiederholt oder ausgelassen
export-note-scaled-to-fit = Clip { $clip } hat { $width }x{ $height } und wurde auf { $reel_width }x{ $reel_height } eingepasst
export-cancelled = der Export wurde abgebrochen
export-cannot-fit = die kleinste Datei dieses Clips im Format { $format } hat { $smallest } Byte, mehr als { $limit }: ihn kürzen oder ein anderes Format wählen
export-colours = ein GIF kann nicht { $colours } Farben haben: { $least } bis { $most } wählen
export-crop = der Ausschnitt liegt nicht in Bildern von { $width }x{ $height }: einen anderen wählen
export-damaged = die Datei ist beschädigt ({ $detail }): eine andere Kopie davon verwenden: { $path }
export-disk-full = der Datenträger ist voll: Platz schaffen oder einen anderen Datenträger wählen, dann noch einmal exportieren: { $path }
export-encoder = der Encoder für { $format } ist gescheitert ({ $detail }): ein anderes Format wählen: { $path }
export-exists = eine Datei dieses Namens gibt es schon: einen anderen Namen wählen oder erlauben, sie zu ersetzen: { $path }
export-folder-missing = der Ordner fehlt: ihn anlegen oder einen anderen wählen: { $folder }
export-fps = { $fps } Bilder je Sekunde sind nicht möglich: 1 bis { $max } wählen
export-io = { $action } fehlgeschlagen ({ $source }): Datenträger und Namen prüfen oder einen anderen Ordner wählen: { $path }
export-is-folder = das ist ein Ordner: einen Dateinamen anfügen: { $path }
export-name-foreign = Windows kann keine Datei dieses Namens schreiben: einen anderen wählen: { $path }
export-name-too-long = das Dateisystem nimmt keinen Namen dieser Länge oder Art: einen kürzeren und einfacheren wählen: { $path }
export-no-frames = der Clip hat keine Bilder, die man schreiben könnte: zuerst einen erzeugen
export-no-permission = hier fehlt das Recht zu schreiben: einen eigenen Ordner wählen oder die Rechte ändern: { $path }
export-not-a-clip = kein Clip: Einstellungen lassen sich aus Dateien lesen, die auf .mp4, .gif, .webp, .webm, .apng oder .png enden: { $path }
export-not-a-folder = das ist eine Datei, kein Ordner, darin lässt sich nichts speichern: einen anderen Ordner wählen: { $folder }
export-plays = ein Clip kann nicht { $plays }-mal laufen: 1 bis { $max } wählen
export-quality = die Qualität { $crf } ist nicht möglich: 0 (beste) bis 51 (kleinste Datei) wählen
export-scale = auf { $width }x{ $height } lässt sich nicht skalieren: Seiten von 1 bis { $max } Pixel wählen, bei einem langen Clip weniger
export-size = { $format } fasst keine Bilder von { $width }x{ $height } (Seiten ab { $smallest }, bis { $largest_long }x{ $largest_short } Pixel): ein anderes Format wählen, .png nimmt jede Größe
export-trim = die Bilder { $first } bis { $last } gibt es in diesem Clip nicht: er hat die Bilder 1 bis { $frames }
export-unknown-ending = einen Namen wählen, der auf .mp4, .gif, .webp, .webm, .apng oder .png endet, nicht { $path }
fault-archive-end = das Ende des Archivs widerspricht sich
fault-archive-end-missing = das Ende des Archivs fehlt: die Datei neu kopieren oder herunterladen
fault-archive-split = das Archiv ist auf mehrere Dateien verteilt
fault-archive-unreadable = das Archiv ist nicht lesbar: { $detail }
fault-big-endian = die Zahlen darin sind Big-Endian: die Datei auf einem Little-Endian-Rechner neu speichern
fault-empty-dict = wo Tensoren gesucht werden, enthält die Datei keine; sie hat keine ersten Schlüssel
fault-empty-module = die Datei enthält ein Modul ohne Tensoren
fault-ends-early = die Datei endet zu früh: sie neu kopieren oder herunterladen
fault-header-breaks-off = der Kopf der Datei bricht ab: sie neu kopieren oder herunterladen
fault-header-too-long = der Kopf der Datei ist zu lang
fault-header-unreadable = der Kopf der Datei ist nicht lesbar: { $detail }
fault-list-of-others = die Datei enthält eine Liste, aber nicht von Tensoren
fault-member-compressed = der Teil { $member } ist komprimiert, was PyTorch nie tut: ohne Komprimierung neu packen
fault-member-encrypted = der Teil { $member } ist verschlüsselt
fault-member-sizes = der Teil { $member } hat zwei Größen
fault-member-too-long = { $member } darin hat { $size_bytes }, gelesen werden höchstens { $most_bytes }
fault-member-unreadable = { $member } darin ist nicht lesbar: { $detail }
fault-named-storage = der Speicherblock { $key } { $fault }
fault-no-byte-order = es fehlt die Angabe, wie die Zahlen geschrieben sind
fault-no-magic = die Datei beginnt nicht mit der Kennzahl von PyTorch
fault-no-module = die Datei enthält ein Objekt von { $class }, das kein Modul von PyTorch ist
fault-no-pickle = das ist ein Zip-Archiv, aber keines von PyTorch: data.pkl fehlt
fault-no-tensors = die Datei enthält keine Tensoren
fault-no-tensors-under = wo Tensoren gesucht werden, enthält die Datei keine; ihre ersten Schlüssel sind { $keys }
fault-not-py-torch = das ist kein Checkpoint von PyTorch
fault-number-format = der Tensor { $name } hat das Zahlenformat { $format }
fault-old-version = das alte Format von PyTorch hat hier eine unbekannte Version
fault-opcode = das Pickle hat bei Byte { $at } den unbekannten Opcode { $opcode }
fault-other-length = die Datei ist länger oder kürzer, als ihr Kopf sagt: sie neu kopieren oder herunterladen
fault-pickle = das Pickle { $fault } (vor Byte { $position })
fault-protocol = die Datei ist im Pickle-Protokoll { $version } geschrieben, das neueste bekannte ist 5
fault-several-pickles = das ist ein Zip-Archiv mit mehreren data.pkl
fault-single-tensor = die Datei enthält einen einzelnen Tensor, kein Modell
fault-storage = ein Speicherblock { $fault }
fault-storage-kind = ein Speicherblock ist von der Art { $kind }
fault-storage-list = die Liste der Speicherblöcke ist keine Liste von Namen
fault-tensor = Tensor { $name }: { $fault }
fault-tensor-kind = der Tensor { $name } ist von der Art { $kind }
fault-tensor-name-no-text = der Name eines Tensors ist kein Text
fault-tensor-name-too-long = der Name eines Tensors ist zu lang: { $start }...
fault-too-many-classes = die Datei nennt zu viele Klassen
fault-too-many-members = das Archiv hat { $members } Teile, gelesen werden höchstens { $most }
fault-too-many-modules = die Module enthalten einander zu oft oder zu tief
fault-too-many-references = die Objekte verweisen zu oft aufeinander
fault-too-many-tensors = die Datei enthält mehr als { $most } Tensoren oder zu lange Namen
fault-torch-script = das ist ein TorchScript-Programm: sein `state_dict()` mit `torch.save` speichern und diese Datei öffnen
fault-two-tensors = die Datei enthält zwei Tensoren { $names }
file-changed = { $path } wurde während der Verwendung geändert oder abgeschnitten, auf das Ergebnis ist deshalb kein Verlass: die Datei neu öffnen
file-damaged = die Modelldatei { $path } ist beschädigt ({ $detail }): sie erneut beschaffen
file-foreign = { $path } ist kein verwendbares Modell ({ $detail })
file-not-finite = „{ $name }“ enthält mit { $path } Werte, die keine Zahlen sind (NaN oder unendlich): diese Datei erneut beschaffen
file-number-format = „{ $name }“ aus { $path } hat das Zahlenformat { $format }, das nicht unterstützt wird: das Modell in f16 oder f32 speichern
file-open = die Modelldatei { $path } kann nicht geöffnet werden: { $source }
file-tensor-missing = in der Modelldatei { $path } fehlt der Tensor „{ $name }“: sie passt nicht zu ihrer eigenen Beschreibung
file-tensor-shape = der Tensor „{ $name }“ aus { $path } hat die Form [{ $found }], nötig ist [{ $expected }]
filter-column = ein Manifest hat keine Zahlenspalte „{ $name }“; es gibt: { $known }
filter-limit = der Grenzwert „{ $text }“ ist nicht verwendbar ({ $detail }): einen wie vqa_overall=40 schreiben
folders-no-folders = dieses System nennt keinen Ordner für eigene Daten: HOME (oder HUMMINGBIRD_HOME) setzen und neu starten
foreign-model-animate-diff = ein Bewegungsmodul von AnimateDiff
foreign-model-clip-text = ein CLIP-Text-Encoder in der Form von transformers
foreign-model-clip-vision = ein CLIP-Bild-Encoder
foreign-model-cog-video-x = ein CogVideoX-Modell
foreign-model-control-net = ein ControlNet
foreign-model-diffusers-unet = ein Stable-Diffusion-U-Net in der Form von diffusers
foreign-model-embedding = ein Embedding (Textual Inversion)
foreign-model-flux = ein Flux-Modell
foreign-model-hunyuan = ein HunyuanVideo-Modell
foreign-model-language-model = ein Sprachmodell
foreign-model-ltx = ein LTX-Video-Modell
foreign-model-mochi = ein Mochi-Modell
foreign-model-sd1 = ein Checkpoint für SD 1.x
foreign-model-sd2 = ein Checkpoint für SD 2.x
foreign-model-sd3 = ein Checkpoint für SD 3
foreign-model-sdxl = ein Checkpoint für SDXL
foreign-model-svd = ein Checkpoint für Stable Video Diffusion
foreign-model-t5 = ein T5-Text-Encoder
foreign-model-upscaler = ein Upscaler der Art ESRGAN
foreign-model-wan = ein Wan-Video-Modell
format-apng = Animiertes PNG
format-gif = GIF
format-mp4 = MP4-Video
format-png-frames = Nummerierte PNG-Bilder
format-web-m = WebM-Video (AV1)
format-web-p = Animiertes WebP
frames-crop = der Ausschnitt beginnt bei Zeile { $top } und Spalte { $left }: verkleinerte Bilder haben Platz für { $most_top } und { $most_left }
frames-elongated = Bilder von { $width }x{ $height } Pixel können nicht beurteilt werden: eine Seite darf höchstens { $most }-mal so lang sein wie die andere, und keine darf leer sein
frames-narrow = Bilder von { $width }x{ $height } Pixel sind zu schmal: bei { $side } Pixel bliebe von einer Seite nichts übrig
frames-sizes = zwei Bilder haben verschiedene Größen, { $width }x{ $height } und { $other_width }x{ $other_height } Pixel: beide müssen gleich groß sein
frames-small = Bilder von { $width }x{ $height } Pixel sind zu klein für dieses Netz: sie vergrößern, bis beide Seiten mindestens { $least } haben
grid-empty = keiner der Clips ist da
grid-too-large =
    { $frames ->
        [one] ein Gitter von { $width }x{ $height } Pixel mit einem Bild ist zu groß: es aus weniger oder kleineren Clips machen
       *[other] ein Gitter von { $width }x{ $height } Pixel mit { $frames } Bildern ist zu groß: es aus weniger oder kleineren Clips machen
    }
implausible-attention-levels = die Stufen mit Attention im U-Net können nicht stimmen
implausible-default-size = die Standardgröße kann nicht stimmen
implausible-embeddings = die Embeddings von Guidance und Bewegung können nicht stimmen
implausible-fps = die Bilder je Sekunde können nicht stimmen
implausible-frames = die Anzahl der Bilder kann nicht stimmen
implausible-guidance = die Guidance kann nicht stimmen
implausible-latent-channels = die Latentkanäle von U-Net und Autoencoder können nicht stimmen
implausible-name = Name oder Lizenz können nicht stimmen
implausible-noise-schedule = Rauschplan oder Latentskala können nicht stimmen
implausible-preview-map = die Abbildung für Vorschauen kann nicht stimmen
implausible-remarks = die Anmerkungen zur Herkunft können nicht stimmen
implausible-residual-blocks = die Anzahl der Residualblöcke kann nicht stimmen
implausible-size-multiple = die Zahl, deren Vielfache die Größen sind, kann nicht stimmen
implausible-sizes = die Größen können nicht stimmen
implausible-steps = die Anzahl der Schritte kann nicht stimmen
implausible-text-blocks = die Anzahl der Blöcke im Text-Encoder kann nicht stimmen
implausible-text-heads = die Heads im Text-Encoder können nicht stimmen
implausible-text-widths = die Breite des Text-Encoders und die des Textes im U-Net können nicht stimmen
implausible-token-table = die Token-Tabelle des Text-Encoders kann nicht stimmen
implausible-u-net-heads = die Heads im U-Net können nicht stimmen
implausible-u-net-latent-channels = die Latentkanäle des U-Nets können nicht stimmen
implausible-u-net-levels = die Stufen des U-Nets können nicht stimmen
implausible-u-net-norms = die Gruppennormen des U-Nets können nicht stimmen
implausible-u-net-text-width = die Breite des Textes im U-Net kann nicht stimmen
implausible-u-net-width = die Breite des U-Nets kann nicht stimmen
implausible-vae-latent-channels = die Latentkanäle des Autoencoders können nicht stimmen
implausible-vae-levels = die Stufen des Autoencoders können nicht stimmen
implausible-vae-norms = die Gruppennormen des Autoencoders können nicht stimmen
implausible-vae-patch = die Pixelquadrate des Autoencoders können nicht stimmen
implausible-vae-width = die Breite des Autoencoders kann nicht stimmen
implausible-vocabulary = das Vokabular kann nicht stimmen
inputs-count = der Tensor „{ $name }“ hat { $count } Zahlen bei einem Batch von { $batch }
inputs-dimensions = der Tensor „{ $name }“ hat die Form [{ $shape }]: nötig sind { $needed } Dimensionen
inputs-empty = der Tensor „{ $name }“ ist leer
inputs-frame-index = der Tensor „frame_index“ nennt Bild { $index }: es gibt { $frames }, gezählt ab 0
inputs-lacks = der Tensor „{ $name }“ fehlt; vorhanden: { $names }
inputs-no-autoencoder = der Tensor „latents“ braucht den Autoencoder: --vae angeben
inputs-no-step-noise = der Tensor „{ $name }“ fehlt, den dieser Schritt addiert
inputs-no-timesteps = der Tensor „timesteps“ fehlt
inputs-no-tokens = der Tensor „attention_mask“ hat eine Zeile, die kein Token übrig lässt
inputs-no-uncond = der Tensor „uncond“ fehlt, den die Guidance braucht (mit --guidance 1 geht es ohne)
inputs-not-below = der Tensor „{ $name }“ enthält { $value }: nötig sind ganze Zahlen ab 0 und unter { $limit }
inputs-row-length = der Tensor „tokens“ hat Zeilen der Länge { $length }: nötig sind { $needed } IDs
inputs-row-too-long = der Tensor „tokens“ hat Zeilen der Länge { $length }: möglich sind höchstens { $most } IDs
inputs-shape = der Tensor „{ $name }“ hat die Form [{ $shape }]: nötig ist [{ $wanted }]
inputs-sides = der Tensor „{ $name }“ ist { $height } hoch und { $width } breit: beides muss ein Vielfaches von { $multiple } sein
inputs-token-id = die Token-ID { $id } steht nicht in der Tabelle mit { $limit } Token
job-cancelled = abgebrochen
kept-io = { $action } fehlgeschlagen: { $path }: { $source }
kept-newer = { $path } wurde von einer neueren Version dieses Programms geschrieben (Schema { $found }, diese kennt höchstens { $known }): das Programm aktualisieren oder die Datei woandershin verschieben
kept-too-large = die Datei ist zu groß ({ $bytes })
latent-lacks = das ist kein aufbewahrtes Latent, „{ $key }“ fehlt
latent-other-model = dieses Latent stammt von einem anderen Modell: zuerst dieses Modell öffnen
layout-latents-of-model = den Latents dieses Modells
layout-nearest = { $name }, dem nächsten bekannten Aufbau ({ $found } von { $all } Tensoren passen)
layout-own-sizes = den eigenen Größen
library-gone = dieser Clip ist nicht mehr in der Bibliothek
library-index = das Verzeichnis der Bibliothek ist nicht verwendbar ({ $detail }): { $path }
library-newer = { $path } wurde von einer neueren Version dieses Programms geschrieben (Schema { $found }, diese kennt höchstens { $known }): das Programm aktualisieren
library-not-removed = { $path } konnte nicht in den Papierkorb verschoben werden ({ $detail }): die Datei selbst löschen
library-not-restored = { $path } konnte nicht zurückgeholt werden ({ $detail }): im Papierkorb des Systems nachsehen
library-not-unicode = der Name von { $path } ist nicht in Unicode: einen anderen Ordner für die Clips wählen
limit-no-value = zwischen Spalte und Wert fehlt =
limit-number = sein Wert ist keine Zahl
limit-share = ein Anteil ist größer als 0 und höchstens 1
lora-adapter-config = wie stark es wirkt, steht in adapter_config.json daneben, und { $reason }
lora-alpha-no-number = lora_alpha darin ist keine Zahl
lora-alpha-pattern = „{ $layer }“ in alpha_pattern ist ein regulärer Ausdruck, der hier nicht gelesen wird
lora-alpha-pattern-no-number = ein Wert in alpha_pattern ist keine Zahl
lora-changed-twice = es ändert „{ $weight }“ zweimal, unter zwei Namen: die Datei erneut beschaffen
lora-factor = die Schicht „{ $layer }“ hat den Faktor { $scale }: die Datei erneut beschaffen
lora-metadata = lora_adapter_metadata darin: { $detail }
lora-metadata-no-object = lora_adapter_metadata darin ist kein Objekt
lora-no-changes = es enthält keine Änderungen von niedrigem Rang: eine LoRA-Datei wählen
lora-not-finite = der Tensor „{ $name }“ enthält Werte, die keine Zahlen sind (NaN oder unendlich): die Datei erneut beschaffen
lora-one-factor = die Schicht „{ $layer }“ hat nur einen ihrer zwei Faktoren: die Datei erneut beschaffen
lora-other-count = es ändert { $changed } Schichten nach ihrer Reihenfolge, dieses Modell hat { $layers }: das LoRA wählen, das für dieses Modell gemacht ist
lora-other-method = es verwendet ein anderes Verfahren als LoRA ({ $method }): nur einfache LoRAs lassen sich anwenden
lora-several-adapters = es enthält mehrere Adapter ({ $names }): jeden in einer eigenen Datei speichern
lora-shape = die Tensoren [{ $up }] und [{ $down }] passen nicht zum Gewicht „{ $weight }“ der Form [{ $shape }]: das LoRA wählen, das für dieses Modell gemacht ist
lora-two-changes = es enthält zwei Änderungen der Schicht „{ $layer }“: die Datei erneut beschaffen
lora-unknown-layers =
    { $count ->
        [one] eine der Schichten gibt es in diesem Modell nicht („{ $first }“): das LoRA wählen, das für dieses Modell gemacht ist
       *[other] { $count } der Schichten gibt es in diesem Modell nicht (die erste: „{ $first }“): das LoRA wählen, das für dieses Modell gemacht ist
    }
manifest-form = { $path } sagt nicht, welche Form die Datei hat: einen Namen wählen, der auf .parquet, .csv oder .jsonl endet
manifest-locked = ein anderer Auftrag arbeitet an { $path }: warten, bis er fertig ist, oder in eine andere Datei schreiben
manifest-no-path = { $path } hat keine Spalte, die Clips nennt: die erste Zeile braucht die Spalte path (oder videoid und page_dir)
manifest-parquet = { $path } ist keine lesbare Parquet-Datei ({ $detail }): sie neu erstellen
manifest-read = das Manifest { $path } kann nicht gelesen werden: { $source }
manifest-row = Zeile { $row } von { $path } ist nicht lesbar ({ $detail }): die Zeile berichtigen oder herausnehmen
manifest-too-many-rows = { $path } hat mehr als { $max } Zeilen: die Datei aufteilen
manifest-write = das Manifest { $path } kann nicht geschrieben werden: { $source }
mistaken-json = eine JSON-Nachricht ({ $begin })
mistaken-lfs-pointer = nur den Git-LFS-Zeiger
mistaken-packed = etwas mit { $packing } Gepacktes
mistaken-text = einen Text ({ $begin })
mistaken-xml = ein XML-Dokument ({ $begin })
model-config = die Konfiguration { $path } ist nicht verwendbar: { $detail }
model-layout-unfit = { $path } passt nicht zu { $layout }: { $details }
model-lora-unfit = das LoRA { $path } ist nicht verwendbar: { $detail }
model-value = „{ $name }“ enthält { $value }, das fasst { $format } nicht: { $advice }
model-wrong-length = interner Fehler, bitte melden: „{ $name }“ hat nicht so viele Werte, wie seine Form sagt
name-fault-dot-or-space = er beginnt oder endet mit einem Punkt oder Leerzeichen
name-fault-invisible-character = er enthält ein unsichtbares Zeichen
name-fault-length = er ist leer oder zu lang
name-fault-own-notes = unter solchen Namen legt dieses Programm eigene Notizen ab
name-fault-path-character = er enthält ein Zeichen, aus dem Pfade bestehen
name-fault-windows-device = unter Windows ist das ein Gerät
network-autoencoder = Autoencoder
network-text-encoder = Text-Encoder
network-u-net = U-Net
not-finite-frames = die dekodierten Bilder sind
not-finite-latent = das Latent nach Schritt { $step } ist
number-format-f16 = eine Zahl mit 16 Bit
number-format-q8 = ein Block von 8-Bit-Zahlen
number-format-weights = eine Gewichtsdatei
number-range-count = größer als 0, ohne Nachkommastellen
number-range-finite = endlich
number-range-not-negative = nicht kleiner als 0
number-range-positive = größer als 0
number-range-positive-share = größer als 0 und höchstens 1
number-range-share = mindestens 0 und kleiner als 1
number-range-timesteps = von 1 bis 1000, ohne Nachkommastellen
object-address-bucket = kein Bucket hat einen solchen Namen
object-address-key = kein Objekt hat einen solchen Schlüssel
object-address-scheme = sie beginnt nicht mit s3://
object-fault-list = seine Liste ist nicht lesbar
object-fault-no-length = er sagt nicht, wie lang das Objekt ist
object-fault-no-tag = er nennt kein Kennzeichen für einen Teil
object-fault-no-upload = er sagt nichts über das Hochladen in Teilen
object-fault-range = er sendet einen anderen Bereich als den verlangten
object-address = „{ $text }“ ist keine Adresse eines Objekts ({ $detail }): eine wie s3://bucket/folder/clip.mp4 schreiben
object-changed = { $address } ändert sich beim Lesen: warten, bis das, was hineinschreibt, fertig ist, und noch einmal versuchen
object-io = { $action } fehlgeschlagen: { $path }: { $source }
object-missing = { $address } gibt es nicht: prüfen, ob der Name stimmt
object-nonsense = der Objektspeicher antwortet für { $address } nicht wie S3 ({ $detail }): prüfen, ob AWS_ENDPOINT_URL stimmt
object-refused = der Objektspeicher verweigert { $address } (Status { $status }, { $detail }): prüfen, ob AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY und AWS_REGION stimmen und dazu berechtigen
object-settings = Objekte sind nicht erreichbar ({ $detail }): die Umgebungsvariablen AWS_* berichtigen
object-status = der Objektspeicher hat für { $address } mit Status { $status } geantwortet ({ $detail }): später noch einmal versuchen oder prüfen, ob AWS_ENDPOINT_URL und AWS_REGION stimmen
object-too-large = { $address } hat { $bytes }, mehr als { $most_bytes }: prüfen, ob der Name stimmt
object-unreachable = der Objektspeicher von { $address } ist nicht erreichbar ({ $detail }): prüfen, ob AWS_ENDPOINT_URL stimmt und das Netz geht
pickle-fault-appends-to-no-list = hängt etwas an, aber nicht an eine Liste
pickle-fault-breaks-off = bricht ab
pickle-fault-class-no-text = nennt eine Klasse nicht durch einen Text
pickle-fault-class-too-long = nennt eine Klasse mit zu langem Namen
pickle-fault-empty-stack = nimmt einen Wert von einem leeren Stapel
pickle-fault-endless-line = hat eine Zeile ohne Ende
pickle-fault-entry-without-value = hat einen Dict-Eintrag ohne Wert
pickle-fault-line-no-number = hat eine Zeile, die keine Zahl ist
pickle-fault-no-class = macht ein Objekt ohne Klasse
pickle-fault-not-open = schließt, was nicht geöffnet wurde
pickle-fault-not-stored = ruft einen Wert ab, der nicht abgelegt wurde
pickle-fault-sets-in-no-dict = setzt einen Eintrag, aber nicht in einem Dict
pickle-fault-stack-too-high = hat zu viele Werte auf dem Stapel
pickle-fault-text-without-quotes = hat einen Text ohne Anführungszeichen
pickle-fault-too-deep = ist zu tief verschachtelt
pickle-fault-too-long = ist zu lang
pickle-fault-too-many-items = hat zu viele Einträge in seinen Listen
pickle-fault-too-many-remembered = merkt sich zu viele Werte
pickle-fault-too-many-values = hat zu viele Werte
place-entry = Eintrag „{ $id }“
place-field = „{ $name }“
place-file = Datei „{ $name }“
place-line = Zeile { $line }
program-comfy-ui = ComfyUI
program-wan-gp = WanGP
program-web-ui = Stable Diffusion web UI
prune-more-blocks = der Schüler hat { $student } Residualblöcke je Stufe und der Lehrer { $teacher }: mehr darf er nicht haben
prune-no-fps = der Schüler hat die Bildrate als Bedingung und der Lehrer nicht
prune-no-middle-block = der Schüler hat einen mittleren Block und der Lehrer keinen
prune-size = { $size } ist beim Schüler { $student } und beim Lehrer { $teacher }: sie dürfen sich nur in Blöcken unterscheiden
queue-file-cell = der Platz von Auftrag { $number } aus { $path } in seinem Gitter ergibt keinen Sinn
queue-file-damaged = { $path } ist keine oder eine beschädigte Datei einer Warteschlange ({ $detail })
queue-file-empty = { $path } enthält keine Aufträge
queue-file-outside = Auftrag { $number } aus { $path } will nach { $output } schreiben: eine Datei innerhalb des Ordners der Clips nennen, ohne ..
queue-file-same-output = die Aufträge { $first } und { $second } aus { $path } schreiben beide nach { $output }: zwei Namen wählen
queue-file-too-many = { $path } enthält { $jobs } Aufträge, möglich sind höchstens { $most }: mehrere Dateien daraus machen
recipe-key-empty = ein Teil des Schlüssels ist leer
recipe-key-no-sign = es fehlt `=`
recipe-key-no-table = `{ $part }` hat keine eigenen Schlüssel
recipe-file = { $path } ist kein Rezept: { $detail }; --print-recipe zeigt eines
recipe-missing = im Rezept fehlt { $key }: es in der Datei des Rezepts setzen oder mit --set { $key }=...
recipe-no-bf16 = run.mixed_precision = "bf16" ist für die CPU auf Prozessoren, die bf16 multiplizieren (AVX-512 BF16): hier auf "no" setzen
recipe-override = --set „{ $text }“: { $detail }; --print-recipe zeigt alle Schlüssel
recipe-read = das Rezept { $path } kann nicht gelesen werden: { $source }
recipe-value = { $key } im Rezept kann nicht { $value } sein; --print-recipe sagt, was möglich ist
release-address = { $text } ist keine Adresse, unter der nach Versionen gefragt werden kann ({ $detail }): eine schreiben, die mit https:// beginnt
release-no-release = unter { $url } gibt es keine Version (Status { $status })
release-not-a-release = was { $url } gesendet hat, beschreibt keine Version ({ $detail }): vielleicht antwortet etwas anderes an dieser Stelle
release-status = { $url } hat mit Status { $status } geantwortet: später noch einmal versuchen
release-unreachable = { $url } konnte nicht nach der neuesten Version gefragt werden ({ $detail }): prüfen, ob das Netz geht, und noch einmal versuchen
request-ddim-steps = DDIM läuft nicht mit { $steps } Schritten (seine Zeitschritte lägen außerhalb der Rauschtabelle): { $nearest } wählen
request-empty-prompt = der Prompt ist leer: eingeben, was der Clip zeigen soll, zum Beispiel „a red balloon rising over the ocean“
request-lora-strength = die Stärke { $strength } von { $path } ist nicht möglich: -{ $max } bis { $max } wählen
request-no-tiny-decoder = für dieses Modell ist kein kleiner Decoder da: den vollen Decoder wählen oder, wenn es eines der veröffentlichten Modelle ist, TAESD holen (`hummingbird models get taesd` oder die Seite mit den Modellen)
request-out-of-range =
    { $setting ->
        [steps] { $value } Schritte sind nicht möglich: { $least } bis { $most } wählen
        [guidance] die Guidance { $value } ist nicht möglich: { $least } bis { $most } wählen
        [frames] { $value } Bilder sind nicht möglich: { $least } bis { $most } wählen
        [fps] { $value } Bilder je Sekunde sind nicht möglich: { $least } bis { $most } wählen
        [eta] der Wert { $value } für Eta ist nicht möglich: { $least } (kein frisches Rauschen in einem Schritt) bis { $most } wählen
        [guidance_rescale] der Wert { $value } für Rescale ist nicht möglich: { $least } (aus) bis { $most } wählen
       *[other] der Wert { $value } für { $setting } ist nicht möglich: { $least } bis { $most } wählen
    }
request-prompt-weight = die Gewichtung { $weight } von „{ $words }“ ist zu groß: 0 bis { $max } wählen oder \( und \) schreiben, wo Klammern gemeint sind
request-size = { $width }x{ $height } passt nicht zum Netz (Vielfache von { $multiple }, höchstens { $max }): die nächste passende Größe ist { $nearest_width }x{ $nearest_height }
reward-kind =
    { $what ->
        [pictures] { $kind } bewertet keine Bilder: die Stufe für diesen Bewerter wählen oder einen anderen Bewerter
        [clips] { $kind } bewertet keine Clips: die Stufe für diesen Bewerter wählen oder einen anderen Bewerter
       *[other] { $kind } bewertet das nicht ({ $what }): die Stufe für diesen Bewerter wählen oder einen anderen Bewerter
    }
reward-lacks = { $name } fehlt
reward-number = { $name } ist { $value }: erwartet wird eine Zahl ungleich 0
scan-folder = { $path } kann nicht erfasst werden: { $source }
scan-too-many = die Ordner enthalten mehr als { $max } Dateien: Teile davon in eigenen Manifesten erfassen
score-share = das schnelle Netz kann keinen Anteil von { $share } der Clips durchlassen: einen Anteil größer als 0 und bis 1 wählen
scorer-deviation = std hat den Wert { $value }: er muss größer als 0 sein
scorer-division = { $name } ist { $value }: es muss ein Teiler von { $of } sein, also von { $width }
scorer-fusion-layer = fusion_layer ist { $fusion_layer }: es gibt nur { $layers } Schichten
scorer-patch = Felder von { $patch } Pixel gehen in Bilder von { $side } nicht auf
scorer-pooling = mean_pooling ist false: nur Netze, die ihre Token mitteln, lassen sich ausführen
scorer-ratio = { $name } ist { $value }: es muss größer als 0 und höchstens { $most } sein
scorer-size = { $name } ist { $value }: es muss zwischen 1 und { $most } liegen
settings-not-a-reuse = „{ $text }“ ist keine Wiederverwendung: off, light, strong oder INTERVAL:DEPTH schreiben, mit einem Abstand von 2 bis { $max } und einer Tiefe von 1 bis { $max }, zum Beispiel 3:2
storage-fault-listed-twice = steht zweimal in der Liste
storage-fault-longer-than-file = ist länger als die Datei: sie neu kopieren oder herunterladen
storage-fault-no-class = hat keine Klasse
storage-fault-no-name = hat keinen Namen
storage-fault-no-plain-name = hat keinen einfachen Namen
storage-fault-no-size = hat keine Größe
storage-fault-not-described = steht in der Liste, ist aber nirgends beschrieben
storage-fault-other-size = hat eine andere Größe als angegeben
storage-fault-outside = liegt außerhalb der Datei
storage-fault-piece-of-nothing = ist ein Stück von nichts
storage-fault-too-few-values = ist durch zu wenige Werte beschrieben
storage-fault-two-ways = ist auf zwei Arten beschrieben
store-settings-bucket = der Bucket „{ $bucket }“ hat auf diesem Server keine Adresse
store-settings-endpoint = { $variable } ist keine Adresse eines Servers wie https://minio.example.org:9000
store-settings-half-key = { $set } ist gesetzt und { $missing } nicht
store-settings-not-text = { $variable } ist kein Text
store-bad-file = Fehler in { $path }, { $place } ({ $detail }): ihn beheben oder die Datei löschen, dann gilt das Eingebaute
store-busy = „{ $file }“ wird bereits heruntergeladen: diesen Download abwarten oder zuerst anhalten
store-changing = { $path } ändert sich beim Lesen: warten, bis das, was hineinschreibt, fertig ist, und noch einmal versuchen
store-damaged-index = { $path } ist beschädigt ({ $detail }): was davon lesbar ist, wird verwendet, und die Datei wird unter anderem Namen aufbewahrt, bevor eine neue geschrieben wird
store-disk-full = in { $folder } sind { $free_bytes } frei, nötig sind { $needed_bytes }: Platz schaffen und neu starten; was angekommen ist, bleibt erhalten
store-endpoint = „{ $text }“ ist keine Adresse, von der Modelle zu holen sind ({ $detail }): eine wie https://huggingface.co schreiben
store-gone = { $url } gibt es nicht (Status { $status }): vielleicht ist die Datei umgezogen oder fehlt auf einem Spiegel; die Seite des Repositorys ansehen und catalogue.json oder den Endpunkt berichtigen
store-io = { $action } fehlgeschlagen: { $path }: { $source }
store-licence-not-accepted = diese Gewichte stehen unter { $licence } ({ $url }): die Lizenz lesen und, wenn sie annehmbar ist, mit --accept-licence holen
store-no-resume = { $url } hat auch nach mehreren Versuchen ({ $attempts }) nicht die ganze Datei gesendet ({ $detail }), und der Server nennt kein Merkmal, mit dem ein Download weitergehen kann: nichts wurde aufbewahrt; bei besserem Netz noch einmal versuchen oder einen anderen Endpunkt nehmen
store-not-a-model = { $url } hat { $what } statt des Modells gesendet: nichts davon wurde aufbewahrt; die Seite des Repositorys im Browser ansehen und catalogue.json oder den Endpunkt berichtigen
store-not-here = im Ordner der Modelle gibt es „{ $name }“ nicht: `hummingbird models list` zeigt, was da ist
store-protocol = { $url } antwortet nicht wie ein Dateiserver ({ $detail }): einen anderen Endpunkt versuchen
store-refused = { $url } ist nicht für alle offen (Status { $status }): die Datei im Browser von ihrer Seite holen und in den Ordner der Modelle legen
store-status = { $url } hat mit Status { $status } geantwortet: später noch einmal oder einen anderen Endpunkt versuchen
store-stuck = { $url } liefert auch nach mehreren Versuchen ({ $attempts }) nichts mehr ({ $detail }): prüfen, ob das Netz geht; was angekommen ist, bleibt erhalten, und derselbe Download geht weiter
store-taken = es gibt wieder eine Datei „{ $name }“: sie entfernen, bevor die alte zurückgeholt wird
store-unknown-model = ein Modell „{ $id }“ gibt es nicht zu holen; es gibt: { $known }
store-unreachable = { $url } ist nicht erreichbar ({ $detail }): prüfen, ob auf diesem System ein Proxy oder Zertifikat fehlt
store-unsafe-name = „{ $name }“ kann nicht der Name einer Modelldatei sein ({ $detail }): einen einfachen Dateinamen wählen
store-web-page = { $url } hat eine Webseite statt der Datei gesendet: vielleicht verlangt das Netz eine Anmeldung (im Browser öffnen), oder der Endpunkt ist falsch
store-wrong-download = „{ $file }“ ist beschädigt oder verändert angekommen (SHA-256 { $found }, richtig ist { $expected }) und wurde entfernt: noch einmal holen; wenn sich das wiederholt, einen anderen Endpunkt versuchen
store-wrong-file = „{ $file }“ ist nicht die veröffentlichte Datei (SHA-256 { $found }, richtig ist { $expected }): sie entfernen und noch einmal holen
store-wrong-size = „{ $file }“ sollte { $expected_bytes } haben und hat { $found_bytes }: der Server hat eine andere Datei; einen anderen Endpunkt versuchen
table-fault-line = Zeile { $line }: { $detail }
table-fault-no-column = in der ersten Zeile fehlt die Spalte „{ $column }“
tensor-fault-beyond-storage = er reicht über seinen Speicherblock hinaus
tensor-fault-more-bytes = er hat mehr Byte, als seine Form braucht
tensor-fault-no-number-format = er hat kein Zahlenformat
tensor-fault-no-offset = er hat keinen gültigen Versatz
tensor-fault-no-shape = er hat keine gültige Form
tensor-fault-no-storage = er hat keinen Speicherblock
tensor-fault-no-strides = er hat keine gültigen Schrittweiten
tensor-fault-number-format = er hat das Zahlenformat { $format }
tensor-fault-order = seine Elemente liegen nicht der Reihe nach
tensor-fault-overflows = seine Größe läuft über
tensor-fault-storage-missing = sein Speicherblock { $key } fehlt
tensor-fault-storage-too-large = sein Speicherblock ist größer, als die Datei fasst
tensor-fault-strides = seine Form und seine Schrittweiten passen nicht zueinander
tensor-fault-too-few-values = er ist durch zu wenige Werte beschrieben
tensor-misshapen = „{ $name }“ ist [{ $found }] statt [{ $needed }]
tensors-misshapen =
    { $count ->
        [one] ein Tensor hat eine andere Form ({ $first })
       *[other] { $count } Tensoren haben eine andere Form (die ersten: { $first })
    }
tensors-missing =
    { $count ->
        [one] ein Tensor fehlt ({ $first })
       *[other] { $count } Tensoren fehlen (die ersten: { $first })
    }
tensors-unexpected =
    { $count ->
        [one] ein Tensor ist überzählig ({ $first })
       *[other] { $count } Tensoren sind überzählig (die ersten: { $first })
    }
training-checkpoint-damaged = das Training kann nicht beginnen: { $path } ist beschädigt ({ $detail }): den Ordner entfernen, um neu zu beginnen
training-device-lost = das Training endete nach Schritt { $step }: das Gerät { $device } antwortet nicht mehr ({ $detail }); der neueste Checkpoint liegt, falls es einen gab, noch in { $folder }: das Gerät wieder bereitstellen oder aus --device weglassen und denselben Befehl noch einmal starten
training-first-device-lent = --device beginnt mit einem Gerät dieses Rechners: es behält die Gewichte und macht die Batches
training-no-lib-torch = es gibt kein Gerät „tch“; `hummingbird devices` nennt: { $available } (tch braucht einen Build mit `--features tch`)
training-no-remote = dieses Programm ist so gebaut, dass es Geräte weder verleiht noch verliehene nutzt: nötig ist `--features remote`
training-not-a-place = „{ $text }“ ist kein Gerät: auto, cpu, gpu, gpu:N, tch oder remote:ADDRESS:PORT schreiben, die Adresse in Zahlen; mehrere mit Kommas dazwischen
training-not-a-train-device = „{ $text }“ ist kein Gerät: auto, cpu, gpu, gpu:N oder tch schreiben
training-not-an-address = „{ $text }“ ist keine Adresse eines Geräts: ADDRESS:PORT schreiben, die Adresse in Zahlen, zum Beispiel 127.0.0.1:7077
training-not-finite = das Training endete bei Schritt { $step }: der Verlust oder ein Gewicht ist nicht endlich; der letzte gute Checkpoint liegt, falls es einen gab, noch in { $folder }: eine kleinere Lernrate oder ein kleineres clip_norm versuchen
training-not-lent = unter { $address } kann kein Gerät verliehen werden: { $detail }
training-one-device = dieses Rezept trainiert auf einem Gerät: in --device nur eines nennen
training-other-budget = der Lauf in { $folder } bekam { $secs } Sekunden: ohne Zeitvorgabe oder mit derselben weitermachen oder einen anderen Ordner wählen
training-other-origin = der Lauf in { $folder } begann als { $was }, dieses Rezept beginnt als { $now }: einen anderen Ordner run.folder wählen oder diesen entfernen
training-other-scorer = { $path } bewertet das andere: Bewerter von Bildern gehören zu image.file, Bewerter von Clips zu video.file
training-parameterizations = { $student } und { $teacher } passen nicht zusammen: das eine sagt Rauschen voraus, das andere Geschwindigkeit
training-prune = ein solcher Schüler lässt sich nicht aus { $path } ausschneiden: { $detail }
training-remote-unreachable = das Gerät remote:{ $address } ist nicht verwendbar ({ $detail }): dort `hummingbird train serve` starten
training-scorer = einen solchen Bewerter gibt es nicht: { $detail }
training-vocabulary = das Vokabular { $path } ist nicht verwendbar: { $detail }
transfer-fault-broke-off = die Verbindung brach ab
transfer-fault-coded = die Datei kommt kodiert als { $coding }
transfer-fault-empty-answer = die Antwort war leer
transfer-fault-empty-file = die Datei war leer
transfer-fault-no-connection = es kam keine Verbindung zustande
transfer-fault-no-host = der Rechner wurde nicht gefunden
transfer-fault-no-length = die Länge der Datei fehlt
transfer-fault-no-page = „{ $page }“ ist keine Adresse einer Seite
transfer-fault-no-such-part = der Server hat diesen Teil nicht: es beginnt von vorn
transfer-fault-no-thread = kein Thread: { $detail }
transfer-fault-no-version = „{ $tag }“ ist keine Version
transfer-fault-other-part = der Teil des Servers setzt nicht fort, was schon da ist: es beginnt von vorn
transfer-fault-proxy = der Proxy „{ $proxy }“: { $detail }
transfer-fault-proxy-login = der Proxy verlangt eine Anmeldung
transfer-fault-server-trouble = der Server hat Schwierigkeiten (Status { $status })
transfer-fault-stalled = { $stall_secs } s lang kam nichts
transfer-fault-thread-gone = der Download-Thread ist verschwunden
transfer-fault-too-long = es ist länger als alles, was zu erwarten war
transfer-fault-too-many-requests = der Server hat zu viele Anfragen (Status 429)
transfer-fault-two-answers = es kamen zwei Antworten
transfer-fault-unasked-part = es kam ein Teil, wo das Ganze verlangt war
unfit-description = die Beschreibung darin: { $detail }
unfit-empty = die Datei ist leer
unfit-folder = das ist ein Ordner
unfit-folder-without-weights = das ist ein Diffusers-Ordner ohne Gewichte in „unet“, „text_encoder“ und „vae“
unfit-foreign = das ist { $kind }: nicht für dieses Programm
unfit-format-version = die Formatversion ist { $found }, dieses Programm liest { $known }
unfit-gguf = das ist eine GGUF-Datei
unfit-index = das Verzeichnis der Dateien: { $detail }
unfit-latent-channels = er dekodiert { $found } Latentkanäle statt { $needed }
unfit-lfs-pointer = das ist ein Git-LFS-Zeiger, nicht die Datei selbst: die Datei mit `git lfs pull` holen
unfit-lora =
    { $layers ->
        [one] das ist ein LoRA, das eine Schicht ändert: das Modell wählen, das es ändert, und es mit --lora hinzufügen
       *[other] das ist ein LoRA, das { $layers } Schichten ändert: das Modell wählen, das es ändert, und es mit --lora hinzufügen
    }
unfit-no-known-tensor =
    { $count ->
        [one] der einzige Tensor darin gehört zu keinem hier bekannten Netz ({ $first }); ein ganzes Modell hat „model.diffusion_model.input_blocks.0.0.weight“
       *[other] keiner der { $count } Tensoren gehört zu einem hier bekannten Netz (die ersten: { $first }); ein ganzes Modell hat „model.diffusion_model.input_blocks.0.0.weight“
    }
unfit-no-networks = die Datei enthält keines der Netze eines Modells
unfit-no-tensors = die Datei enthält keine Tensoren, also kein hier bekanntes Netz; ein ganzes Modell hat „model.diffusion_model.input_blocks.0.0.weight“
unfit-no-tiny-decoder = das ist kein kleiner Decoder: die Schichten sind nicht die des Decoders von TAESD
unfit-not-that-part = die Datei enthält nicht { $network }: eine Datei wählen, die das tut
unfit-part = die Datei enthält nur: { $present }; was fehlt ({ $missing }), aus einem ganzen Modell ergänzen: `hummingbird models convert FILE --base MODEL -o NEW.safetensors`
unfit-picture = das ist ein Bild oder ein Video
unfit-scales = die Skalen von „{ $name }“ passen nicht zu ihrem Tensor
unfit-sizes-missing = die Datei hat { $count } Tensoren für { $network } (die ersten: { $first }), aber nicht die, an denen die Größen zu erkennen sind (der erste fehlende: „{ $missing }“); der nächste bekannte Aufbau ist { $nearest }
unfit-sizes-unclear = die Datei hat { $count } Tensoren für { $network } (die ersten: { $first }), aber nicht die, an denen die Größen zu erkennen sind; der nächste bekannte Aufbau ist { $nearest }
unfit-tiny-autoencoder = das ist ein kleiner Autoencoder (TAESD) für Vorschauen und schnelles Dekodieren: kein Modell
unfit-two-tensors = die Datei enthält zwei Tensoren „{ $name }“
unfit-unknown-form = die Datei beginnt wie keine bekannte Form von Checkpoint
unfit-upsampling = er macht { $made } Pixel aus einer Latentseite statt { $needed }
unfit-web-page = das ist eine Webseite: der Download ging schief
value-advice-get-again = die Datei, aus der es kommt, erneut beschaffen
value-advice-use-f32 = 32 Bit verwenden
vbench-clip-short =
    { $frames ->
        [one] der Clip hat nur ein Bild, nötig sind { $least }
       *[other] der Clip hat { $frames } Bilder, nötig sind { $least }
    }
vbench-entry-broke-off = die Bilder brechen ab
vbench-entry-no-frames-detected = die Erkennungen enthalten keine Bilder davon
vbench-entry-no-network = es gibt kein Netz dafür
vbench-entry-not-detected = die Erkennungen enthalten keinen solchen Clip
vbench-entry-nothing-asked = die Suite sagt nicht, wonach gefragt ist
vbench-not-a-dimension = „{ $name }“ ist keine Dimension von VBench: wählen aus { $known }
vbench-taken = { $path } ist eine Datei eines anderen Modells, Prompts oder Seeds: einen anderen Ordner wählen
vbench-fault-box = Bild { $frame } von „{ $clip }“ hat eine Box, die keine ist
vbench-fault-json = die Datei ist nicht das JSON, das hier erwartet wird ({ $detail })
vbench-fault-labels =
    { $labels ->
        [one] die Datei nennt nur eine Handlung, erwartet werden 400, auf jeder Zeile eine, mit ihrer Nummer nach einem Tabulator
       *[other] die Datei nennt { $labels } Handlungen, erwartet werden 400, auf jeder Zeile eine, mit ihrer Nummer nach einem Tabulator
    }
vbench-fault-large = die Datei hat { $bytes }, gelesen werden höchstens { $most_bytes }
vbench-fault-no-prompt = die Datei enthält keinen Prompt
vbench-fault-no-report = die Datei ist weder ein Bericht von VBench noch von `eval nano`
vbench-fault-no-results = die Datei enthält keine Ergebnisse von VBench
vbench-fault-not-text = die Datei ist nicht in UTF-8
vbench-fault-prompt = Prompt { $number } ist nicht verwendbar: er ist leer, länger als { $most_bytes } oder enthält Steuerzeichen
vbench-fault-prompts = die Datei enthält mehr als { $most } Prompts
vbench-fault-zip = die Datei ist kein lesbares Zip-Archiv ({ $detail })
vbench-file = { $path } ist nicht verwendbar: { $fault }
vbench-no-clips = kein Clip in { $folder } ist nach einem Prompt der Suite benannt (zum Beispiel „{ $example }“): einen anderen Ordner oder --custom wählen
vbench-no-detections = { $dimension } wird anhand einer Datei mit Erkennungen bewertet: mit --detections eine nennen oder die Dimension mit --dimensions weglassen
vbench-no-dimensions = es bleibt keine Dimension zu beurteilen: die Dateien der Netze in den Ordner von --models legen oder mit --dimensions wählen
vbench-no-model = { $dimension } braucht { $file } in { $folder }: sie mit `hummingbird models get { $model }` holen oder die Dimension mit --dimensions weglassen
vbench-not-custom = { $dimension } braucht, was eine Suite über ihre Prompts sagt: mit --custom lässt sich das nicht beurteilen
vbench-nothing-in-common = { $first } und { $second } haben nichts gemeinsam, das sich vergleichen ließe
vbench-prompt-name = nach dem Prompt „{ $prompt }“ kann keine Datei benannt werden: Prompts einer Suite enthalten keine Schrägstriche und passen mit ihrer Nummer in einen Namen
ffmpeg-fault-not-started = ffmpeg startet nicht: { $detail }
ffmpeg-fault-said = { $detail }
ffmpeg-fault-stalled = { $secs } s lang kam kein Bild, dann wurde ffmpeg beendet
video-fault-cut-off = der Clip endet vor seinem letzten Bild
video-fault-frame = Bild { $frame } kann nicht dekodiert werden: { $detail }
video-fault-index = der Teil „{ $part }“ darin widerspricht sich
video-fault-no-frame = der Clip hat kein Bild
video-fault-no-index = die Liste der Bilder fehlt, wie bei einer Aufnahme, die nicht beendet wurde
video-fault-panicked = ein Decoder ist an Bild { $frame } gescheitert
video-fault-size-changes = Bild { $frame } hat eine andere Größe als das erste
video-lack-chroma = die Farbebenen sind nicht 4:2:0
video-lack-codec = der Codec ist „{ $codec }“; gelesen werden H.264, HEVC, VP9 und AV1
video-lack-depth = der Clip hat { $bits } Bit je Farbe; gelesen werden 8
video-lack-encrypted = der Clip ist verschlüsselt
video-lack-interlaced = der Clip liegt im Zeilensprungverfahren vor
video-lack-matrix = die Farben sind mit der Matrix { $code } aus ITU-T H.273 gespeichert; gelesen werden die von BT.601, BT.709 und BT.2020
video-lack-no-pictures = der Clip hat keine Bilder
video-lack-other = { $detail }
video-limit-frames = mehr als { $max } Bilder
video-limit-index = der Teil „{ $part }“ darin hat { $bytes }; gelesen werden höchstens { $max_bytes }
video-limit-memory = die Bilder haben zusammen { $bytes }; gehalten werden höchstens { $max_bytes }
video-limit-size = Bilder von { $width }x{ $height }; gelesen werden bis zu 8192 je Seite und { $max_pixels } Pixel
video-damaged = der Clip { $path } ist beschädigt ({ $fault }): ihn erneut beschaffen oder weglassen
video-not-a-clip = { $path } ist kein lesbarer Clip: lesbar sind MP4, MOV, WebM, MKV, GIF, WebP, PNG, JPEG und Ordner mit nummerierten Bildern
video-read = der Clip { $path } kann nicht gelesen werden: { $source }
video-too-large = der Clip { $path } ist zu groß ({ $limit }): ihn verkleinern oder in Teile schneiden
video-unsupported = der Clip { $path } kann nicht dekodiert werden ({ $lack }): ihn umwandeln, zum Beispiel mit `ffmpeg -i IN -c:v libx264 -vf yadif=deint=interlaced -pix_fmt yuv420p OUT.mp4`
video-needs-ffmpeg = für den Clip { $path } gibt es hier keinen Decoder ({ $lack }): ffmpeg installieren, das ihn dann liest (liegt es nicht im Suchpfad, in { $variable } nennen), oder den Clip umwandeln mit `ffmpeg -i IN -c:v libx264 -vf yadif=deint=interlaced -pix_fmt yuv420p OUT.mp4`
video-ffmpeg = für den Clip { $path } gibt es hier keinen Decoder ({ $lack }), und ffmpeg kann ihn nicht lesen ({ $fault }): ihn erneut beschaffen oder weglassen
video-cancelled = der Clip { $path } wurde nicht gelesen: abgebrochen
vocabulary-lacks = im Vokabular { $path } fehlt das Token „{ $token }“: es ist keines von BERT
vocabulary-unreadable = das Vokabular { $path } kann nicht gelesen werden: { $source }
warning-decoded-in-tiles = der Speicher wurde knapp: jedes Bild wird in { $tiles } Kacheln dekodiert
warning-computed-exactly = { $device } ergab mit Faktoren von 16 Bit keine Zahlen: es geht mit 32 Bit weiter, was langsamer ist
warning-device-reopened = { $device } ist ausgefallen ({ $detail }); das Gerät wurde neu geöffnet, und der Clip geht nach Schritt { $kept_steps } weiter
warning-eta-ignored = Eta hat keine Wirkung: der Turbo-Sampler fügt das Rauschen des nächsten Zeitschritts hinzu, nicht mehr und nicht weniger
warning-fewer-frames-at-once =
    { $frames ->
        [one] der Speicher wurde knapp: es wird ein Bild nach dem anderen dekodiert
       *[other] der Speicher wurde knapp: es werden je { $frames } Bilder zugleich dekodiert
    }
warning-guidance-rescale-ignored = Rescale hat keine Wirkung: der Turbo-Sampler verbindet keine zwei Vorhersagen
warning-latent-not-kept = das Latent konnte nicht aufbewahrt werden ({ $reason }); erneutes Dekodieren wird nicht angeboten
warning-little-memory = dieser Clip hält etwa { $need_bytes } Speicher, frei sind { $spare_bytes }: andere Programme können langsam werden
warning-lora-parts-ignored = { $first } aus dem LoRA { $lora } hat keine Wirkung: dieses Modell hat keine solche Schicht, oder es ist keine Änderung, die hier bekannt ist
warning-model-file-written = in { $path } wurde während der Verwendung geschrieben: wenn sich Gewichte geändert haben, stammt der Clip von beiden Fassungen
warning-precision-ignored = Präzision { $precision } hat keine Wirkung: { $device } multipliziert sie nicht, alles wurde exakt berechnet
warning-negative-ignored = der negative Prompt hat keine Wirkung: der Turbo-Sampler macht keine zweite, unbedingte Vorhersage
warning-prompt-truncated = der Prompt hat { $text_tokens } Token, das Modell liest 75: nur dieser Teil wurde verwendet: „{ $kept_text }“
warning-seed-shortened = die obere Hälfte des Seeds hat keine Wirkung: der Generator von PyTorch verwendet 32 Bit eines Seeds, { $same_seed } ergibt also denselben Clip
warning-steps-changed = { $asked } Schritte teilen die Rauschtabelle nicht gleichmäßig: gelaufen sind { $ran }
warning-tiny-decoder-unusable = der kleine Decoder ist nicht verwendbar: { $reason }
warning-unknown-words = das Demo-Modell kennt nicht: { $words }; es wird raten
wildcard-empty-list = die Liste { $path } ist leer: auf jede Zeile eine Möglichkeit schreiben
wildcard-endless = die Platzhalter dieses Prompts nehmen kein Ende: prüfen, ob __{ $name }__ sich selbst nennt
wildcard-no-list = für __{ $name }__ gibt es keine Liste: auf jede Zeile von { $path } eine Möglichkeit schreiben oder es ohne die Unterstriche schreiben
wildcard-unreadable = die Liste { $path } ist nicht lesbar ({ $detail }): sie als reinen Text in UTF-8 speichern
work-busy = ein anderer Prozess arbeitet an Shard { $shard } in { $path }: ihn fertig werden lassen oder anhalten und es noch einmal versuchen
work-io = { $action } fehlgeschlagen: { $path }: { $source }
work-no-plan = { $path } hat keine Spalte shard: den Plan mit `hummingbird data plan` machen
work-no-room = der Datenträger von { $path } ist voll: Platz schaffen oder einen anderen Ordner wählen; was fertig ist, bleibt erhalten
work-no-shard = der Plan hat keinen Shard { $shard }: 0 bis { $last } wählen
work-nothing-kept = kein Clip wird behalten: die Grenzwerte von `hummingbird data filter` lockern
work-occupied = { $path } enthält andere Dateien, die das Training mitlesen würde: einen neuen Ordner wählen
work-other-work = { $path } wurde nach einem anderen Plan oder mit anderen Schritten gemacht: einen anderen Ordner wählen oder den Shard dort entfernen
work-shards = { $shards } Shards lassen sich nicht machen: 1 bis { $most } wählen
work-stage = { $detail }
work-unanswered = auf { $captions } Bildtexte gibt es keine Antwort: den Shard noch einmal machen, dann wird nur nach diesen gefragt
write-disk-full = { $path } braucht { $needed_bytes }, dort sind { $free_bytes } frei: Platz schaffen oder einen anderen Ordner wählen
write-io = { $action } fehlgeschlagen: { $path }: { $source }

## Settings

setting-prompt = Prompt
    .help = Was der Clip zeigen soll
setting-steps = Schritte
    .help = Mehr Schritte sind langsamer und oft besser
setting-guidance = Guidance
    .help = Wie genau der Clip dem Prompt folgt; zu viel ergibt grelle Farben
setting-seed = Seed
    .help = Derselbe Seed mit denselben Einstellungen ergibt denselben Clip
setting-frames = Bilder
    .help = Länge des Clips in Bildern
setting-width = Größe
    .help = Breite in Pixel
setting-height = Höhe
    .help = Höhe in Pixel
setting-fps = Bilder/s
    .help = Bilder je Sekunde, für Wiedergabe und Export
setting-sampler = Sampler
    .help = Wie aus Rauschen ein Clip wird
setting-sampler-turbo = Turbo (wenige Schritte)
setting-sampler-ddim = DDIM
setting-decoder = Decoder
    .help = Was aus dem gesampelten Latent Bilder macht. Der kleine Decoder (TAESD) braucht einen Bruchteil der Zeit und kommt dem vollen nahe, mit dem der Clip später noch einmal dekodiert werden kann.
setting-decoder-full = Voll
setting-decoder-light = Klein (TAESD)
setting-negative = Negativer Prompt
    .help = Was der Clip nicht zeigen soll
setting-eta = Eta
    .help = Frisches Rauschen in jedem DDIM-Schritt: 0 ist deterministisch, 1 ist wie bei DDPM; Turbo beachtet es nicht
setting-guidance-rescale = Rescale
    .help = Nimmt Kontrast zurück, den die Guidance hinzufügt, gegen grelle Farben bei hoher Guidance: 0 ist aus, 1 ist alles; Turbo beachtet es nicht
setting-noise = Rauschen
    .help = Welcher Zufallsgenerator das Rauschen macht; der von PyTorch ergibt das Rauschen der Referenzimplementierung auf einer CPU
setting-noise-hummingbird = Hummingbird
setting-noise-torch-cpu = PyTorch (CPU)
setting-reuse = Cache
    .help = Feature-Cache (DeepCache): die meisten Schritte verwenden tiefe U-Net-Features eines früheren Schritts wieder. Schneller, und der Clip wird etwas anders.
setting-reuse-off = Aus
setting-reuse-light = Leicht (jeder zweite Schritt)
setting-reuse-strong = Stark (zwei von drei Schritten)
setting-merge-tokens = Token
    .help = Attention in voller Auflösung verwendet 2x2-gepoolte Keys und Values: etwas schneller, vor allem bei großen Clips, mit leicht anderen Details
setting-merge-tokens-words = Token zusammenfassen
setting-precision = Präzision
    .help = Worauf der Prozessor Faktoren rundet, wenn er den Clip berechnet: schneller, der Clip wird etwas anders; GPUs verwenden es nicht
setting-precision-exact = Exakt (f32)
setting-precision-bf16 = bf16
setting-precision-int8 = int8

# Sprachmodelle hinter einem Server, und was sie aus einem Prompt machen

answer-fault-coded = sie ist kodiert als { $coding }
answer-fault-filtered = ein Filter des Servers hat sie zurückgehalten
answer-fault-no-choices = sie enthält keine Auswahl
answer-fault-no-text = ihre erste Auswahl hat keinen Text
answer-fault-not-json = sie ist kein JSON
answer-fault-not-text = sie ist nicht in UTF-8
answer-fault-says = sie sagt: { $said }
answer-fault-web-page = es kam eine Webseite
answer-unfit-breaks-off = sie bricht mitten in einem Satz ab
answer-unfit-declined = das Modell lehnt es ab, zu antworten
answer-unfit-empty = sie ist leer
answer-unfit-list = sie ist eine Liste
answer-unfit-long = sie hat { $tokens } Tokens, und das Modell liest { $most_tokens }
answer-unfit-no-letters = sie besteht nicht aus Buchstaben
answer-unfit-not-english = sie ist nicht auf Englisch
answer-unfit-talk = sie spricht den an, der gefragt hat, neben dem Text oder statt des Textes
answer-unfit-wildcard = sie hat einen Platzhalter, den der Prompt nicht hat: { $wildcard }
chat-address = „{ $text }“ ist keine Adresse eines Servers ({ $detail }): eine wie http://127.0.0.1:11434 schreiben
chat-busy = { $server } hat zu viele Anfragen (Status 429): { $wait_secs } s warten und es noch einmal versuchen
chat-cut-off = die Antwort brach nach { $most_tokens } Tokens ab: es noch einmal versuchen oder ein Modell wählen, das weniger sagt
chat-key = der Schlüssel für den Server ist nicht verwendbar ({ $detail }): berichtigen, wo er ist, oder ihn weglassen
chat-no-model = { $server } hat kein Modell „{ $model }“; es gibt: { $known }
chat-no-models = { $server } nennt kein Modell: dort eines laden oder seinen Namen schreiben
chat-no-server = es ist kein Server eingestellt: die Adresse eines Servers angeben, der das Protokoll von OpenAI spricht, etwa http://127.0.0.1:11434
chat-nonsense = { $server } antwortet nicht wie ein OpenAI-kompatibler Server ({ $detail }): prüfen, ob die Adresse stimmt
chat-refused = { $server } lehnt die Anfrage ab (Status { $status }): prüfen, ob er einen Schlüssel verlangt und ob dieser stimmt
chat-status = { $server } antwortete mit Status { $status } ({ $detail }): prüfen, ob die Adresse stimmt und der Server läuft
chat-too-large = { $server } schickte mehr als { $most_bytes }: prüfen, ob die Adresse stimmt
chat-too-slow = { $server } antwortete nicht innerhalb von { $limit_secs } s: dort ein kleineres Modell wählen oder mehr Zeit geben
chat-unreachable = { $server } ist nicht erreichbar ({ $detail }): prüfen, ob der Server läuft und die Adresse stimmt
connection-fault-broke-off = die Verbindung brach ab
connection-fault-no-connection = es kam keine Verbindung zustande
connection-fault-no-host = der Rechner wurde nicht gefunden
connection-fault-redirect = er führt zu einer Adresse, der nicht gefolgt werden kann
connection-fault-redirects = er führt ohne Ende von einer Adresse zur nächsten
connection-fault-thread-gone = der Thread der Verbindung ist verschwunden
enhance-empty-prompt = der Prompt ist leer: wenigstens schreiben, was der Clip zeigen soll
enhance-long-prompt = der Prompt ist zum Verbessern zu lang ({ $bytes }): ihn kürzen
enhance-unfit = die Antwort wird nicht verwendet ({ $detail }): es noch einmal versuchen oder ein anderes Modell wählen
key-source-character = er hat ein Zeichen, das kein Schlüssel hat, etwa einen Zeilenumbruch oder ein Leerzeichen
key-source-empty = er ist leer
key-source-file = die Datei { $path } ist nicht lesbar: { $detail }
key-source-large-file = die Datei { $path } ist zu groß für einen Schlüssel
key-source-no-variable = die Umgebung hat keine Variable { $variable }
server-address-length = sie ist zu lang
server-address-login = sie enthält einen Namen oder ein Passwort; der Schlüssel hat einen eigenen Platz
server-address-query = sie enthält eine Abfrage oder ein Fragment
server-address-scheme = sie beginnt weder mit https:// noch mit http://
styles-empty = { $path } enthält keine Stile
styles-read = die Stile in { $path } sind nicht lesbar: { $source }
styles-too-large = { $path } ist zu groß für eine Liste von Stilen
styles-unknown = es gibt keinen Stil „{ $name }“; es gibt: { $known }
styles-unreadable = { $path } ist keine Liste von Stilen ({ $detail }): eine wählen, die hier gespeichert wurde, oder die styles.csv von AUTOMATIC1111
styles-write = die Stile konnten nicht nach { $path } geschrieben werden: { $source }
