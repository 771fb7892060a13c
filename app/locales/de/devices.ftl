# Die Seite der Geräte.

action-show-devices = Geräte…
    .tooltip = Sehen, was Clips rechnet, es messen, ein anderes wählen

devices-title = Geräte
devices-picked = Automatisch wird { $name } genommen: { $why }
devices-why-failed = { $name } lässt sich nicht öffnen, darum rechnet { $other }
devices-computer-memory = Dieser Computer hat { $size } Speicher
devices-looking = Geräte werden angesehen…
devices-look-again = Noch einmal ansehen
devices-copy-report = Bericht kopieren
devices-copy-report-hint = Alles, was hier steht, als Text für eine Fehlermeldung, ohne Ihre Pfade
devices-automatic = Automatisch wählen
devices-automatic-chosen = Das Gerät wird automatisch gewählt
devices-close = Schließen

devices-in-use = Wird benutzt
devices-best = Automatisch gewählt
devices-does-not-open = Lässt sich nicht öffnen

devices-kind = Art
devices-kind-card = Grafikkarte
devices-kind-chip = Grafikchip, der den Speicher des Computers mitbenutzt
devices-kind-virtual = Grafik einer virtuellen Maschine
devices-kind-other = Grafik
devices-kind-software = Treiber, der auf dem Prozessor rechnet
devices-kind-cpu = Prozessor
devices-interface = Schnittstelle
devices-driver = Treiber
devices-memory = Jetzt frei
devices-memory-free = { $free } von { $all }
devices-largest-buffer = Größter Puffer · Bindung
devices-halves = Zahlen mit 16 Bit
devices-subgroups = Untergruppen
devices-matrices = Kooperative Matrizen
# Threads of a graphics card that go in step.
devices-lanes = { $lanes } Spuren
devices-share = Zeit der Grafikgeräte
devices-share-hint = Weniger als alles lässt den Rest dem Desktop und anderen Programmen: Clips dauern länger. Das gilt auch für einen Clip, der gerade entsteht. Der Prozessor wird immer ganz genutzt.
devices-share-of = { $percent } %
devices-battery = Warten, solange der Computer am Akku läuft
devices-battery-hint = Clips halten nach einem Schritt an, Trainings nach einer Aktualisierung; an der Steckdose geht es von selbst weiter
devices-kernels = Tempo der Kernel
devices-tried = Gewählte Kernel
devices-tried-taken = { $work }: { $kernel }, { $speed }
devices-tried-share = { $work }: { $kernel }, { $speed }, { $percent } % der Spitze
devices-tried-wrong = { $work }: { $kernel } rechnet falsch und ist abgeschaltet
devices-yes = Ja
devices-no = Nein

devices-measured-speed = Gemessenes Tempo
devices-never-measured = Noch nicht gemessen
devices-with-matrices = { $speed } mit kooperativen Matrizen
# A step of a model: one pass through its network.
devices-step = { $milliseconds } ms je Schritt von { $model }
devices-unsteady = etwas anderes benutzte das Gerät
devices-clips = Clips darauf
devices-clip-time = { $model }: { $step } s je Schritt, { $rest } s daneben ({ $megapixels } Megapixel je Schritt)

devices-use = Dieses benutzen
devices-chosen = Clips werden auf diesem gerechnet
devices-measure = Jetzt messen
devices-starting = Das Gerät wird geöffnet…
devices-measuring = { $done } von { $total } werden gemessen: { $case }
devices-stopping = Wird angehalten…
devices-stop = Messung anhalten
devices-measured = { $name } wurde gemessen
devices-stopped = Die Messung von { $name } wurde angehalten
devices-not-measured = { $name } konnte nicht gemessen werden: { $error }
devices-busy-measuring = ein Gerät wird gemessen
devices-busy-clip = ein Clip wird gemacht
devices-busy-training = ein Training läuft

# A file that says where the clips of unfinished grids are.
devices-grids-damaged = die Datei der Raster ist beschädigt ({ $damage }): was lesbar ist, wird benutzt; { $aside }
