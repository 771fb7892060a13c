# La página de los dispositivos.

action-show-devices = Dispositivos…
    .tooltip = Ver qué calcula los clips, medirlo, elegir otro

devices-title = Dispositivos
devices-picked = Automático usa { $name }: { $why }
devices-why-failed = { $name } no se abre, así que calcula { $other }
devices-computer-memory = Este ordenador tiene { $size } de memoria
devices-looking = Mirando los dispositivos…
devices-look-again = Mirar de nuevo
devices-copy-report = Copiar informe
devices-copy-report-hint = Todo lo que se ve aquí, como texto para un informe de error, sin rutas personales
devices-automatic = Elegir automáticamente
devices-automatic-chosen = El dispositivo se elige automáticamente
devices-close = Cerrar

devices-in-use = En uso
devices-best = Elegido automáticamente
devices-does-not-open = No se abre

devices-kind = Tipo
devices-kind-card = Tarjeta gráfica
devices-kind-chip = Chip gráfico, que comparte la memoria del ordenador
devices-kind-virtual = Gráficos de una máquina virtual
devices-kind-other = Gráficos
devices-kind-software = Controlador que calcula en el procesador
devices-kind-cpu = Procesador
devices-interface = Interfaz
devices-driver = Controlador
devices-memory = Memoria libre ahora
devices-memory-free = { $free } de { $all }
devices-largest-buffer = Búfer · enlace más grande
devices-halves = Números de 16 bits
devices-subgroups = Subgrupos
devices-matrices = Matrices cooperativas
# Threads of a graphics card that go in step.
devices-lanes = { $lanes } carriles
devices-share = Tiempo de los dispositivos gráficos
devices-share-hint = Con menos del total, el resto queda para el escritorio y otros programas: los clips tardan más. También vale para un clip en curso. El procesador se usa siempre por completo.
devices-share-of = { $percent } %
devices-battery = Esperar mientras el ordenador funciona con la batería
devices-battery-hint = Los clips se detienen tras un paso y los entrenamientos tras una actualización; siguen solos al enchufar
devices-kernels = Velocidad de los núcleos
devices-tried = Núcleos elegidos
devices-tried-taken = { $work }: { $kernel }, { $speed }
devices-tried-share = { $work }: { $kernel }, { $speed }, { $percent } % del máximo
devices-tried-wrong = { $work }: { $kernel } da resultados erróneos y está desactivado
devices-yes = Sí
devices-no = No

devices-measured-speed = Velocidad medida
devices-never-measured = Sin medir todavía
devices-with-matrices = { $speed } con matrices cooperativas
# A step of a model: one pass through its network.
devices-step = { $milliseconds } ms por paso de { $model }
devices-unsteady = otra cosa usaba el dispositivo
devices-clips = Clips hechos en él
devices-clip-time = { $model }: { $step } s por paso, { $rest } s aparte ({ $megapixels } megapíxeles por paso)

devices-use = Usar este
devices-chosen = los clips se calculan en este
devices-measure = Medir ahora
devices-starting = Abriendo el dispositivo…
devices-measuring = Midiendo { $done } de { $total }: { $case }
devices-stopping = Deteniendo…
devices-stop = Detener la medición
devices-measured = { $name } fue medido
devices-stopped = La medición de { $name } fue detenida
devices-not-measured = { $name } no se pudo medir: { $error }
devices-busy-measuring = se está midiendo un dispositivo
devices-busy-clip = se está haciendo un clip
devices-busy-training = hay un entrenamiento en marcha

# A file that says where the clips of unfinished grids are.
devices-grids-damaged = el archivo de las cuadrículas está dañado ({ $damage }): se usa lo que se puede leer; { $aside }
