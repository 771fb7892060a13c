# The window in Spanish. Titles of the menus; the letter opens one together with Alt.

menu-file = Archivo
    .letter = A
menu-create = Crear
    .letter = C
menu-queue = Cola
    .letter = O
menu-clip = Clip
    .letter = P
menu-playback = Reproducción
    .letter = R
menu-library = Biblioteca
    .letter = B
menu-view = Ver
    .letter = V
menu-help = Ayuda
    .letter = Y

language-system = Sistema

unit-bytes = bytes

language-title = Idioma
view-scale = Escala
theme-system = Sistema
theme-light = Claro
theme-dark = Oscuro
theme-high-contrast = Alto contraste
view-smooth-pixels = Píxeles suaves
view-sharp-pixels = Píxeles nítidos

unit-duration-seconds = { $seconds } s
unit-duration-minutes = { $minutes } min { $seconds } s
unit-duration-hours = { $hours } h { $minutes } min

window-model-opening = Abriendo el modelo…
window-model-none = Sin modelo
window-model-demo = { $name } · modelo demo
window-model-card =
    Licencia: { $licence }
    SHA-256: { $hash }
    Hasta { $frames } fotogramas, lados de hasta { $pixels } píxeles
window-downloading = Descargando { $title }
window-downloading-percent = Descargando { $title } ({ $percent } %)
window-training = Entrenando { $name }
window-training-percent = Entrenando { $name } ({ $percent } %)

window-drop-hint = Soltar un clip para cargar sus ajustes, un modelo para abrirlo o un LoRA para añadirlo

window-close = Cerrar
window-dismiss = Cerrar este mensaje
window-open-as-model = Abrir como modelo
window-turn-lora-off = Desactivar
    .tooltip = Hacer clips sin este LoRA
    .name = Desactivar { $file }
window-decode-again = Redecodificar
window-copy-path = Copiar la ruta
window-open-page = Abrir su página
window-show-in-folder = Ver en la carpeta
    .tooltip = Abrir la carpeta del archivo

window-slider = Control deslizante: { $name }
window-seconds-long = { $seconds } s de duración
window-width-height = Ancho y alto en píxeles
window-sizes = Tamaños
    .tooltip = Tamaños que admite el modelo
window-size-of-model = { $width } × { $height }  (del modelo)
window-random = al azar

palette-field = Escribir lo que se quiere hacer
    .name = Paleta de comandos
palette-none = Ningún comando tiene estas palabras
palette-keys = Arriba y Abajo eligen, Enter ejecuta el comando, Escape cierra

shortcuts-title = Atajos de teclado
shortcuts-search = Buscar comandos
shortcuts-reset-all = Restablecer todo
    .tooltip = Dar a cada comando sus teclas predeterminadas
shortcuts-belongs = { $keys } pertenece a «{ $command }»
shortcuts-take = Usar aquí
    .name = Usar { $keys } para { $command }
shortcuts-keep = Dejar allí
    .name = Dejar { $keys } en { $command }
shortcuts-or = { $first } o { $second }
shortcuts-press = Pulsar las teclas nuevas
shortcuts-none = Sin teclas
shortcuts-reset = Restablecer
    .name = Restablecer el atajo de { $command }
shortcuts-change = Cambiar
    .tooltip = Pulsar las teclas que se le asignan
    .name = Cambiar el atajo de { $command }

window-dialog-export = Exportar clip
window-dialog-model = Abrir modelo
    .files = Modelo
window-dialog-lora = Añadir LoRA
window-dialog-training = Carpeta de clips e imágenes
window-dialog-queue = Cargar una cola
    .files = Cola
window-dialog-clip = Cargar ajustes de un clip
    .files = Clip exportado

window-second = hay otra ventana de Hummingbird abierta que no responde: esta es una segunda
window-painter = { $failed } no dibuja la ventana ({ $reason }): la dibuja { $name }
window-painter-before = falló en un inicio anterior
window-settings-not-saved = no se pudieron guardar los ajustes: { $reason }
window-settings-not-kept = los ajustes no se conservarán: { $reason }
window-settings-damaged = el archivo de ajustes está dañado ({ $damage }): se usa lo que se puede leer; { $aside }
window-shortcuts-damaged = el archivo de atajos está dañado ({ $damage }): se usa lo que se puede leer; { $aside }
window-old-file = el archivo anterior se conserva como { $path }
window-old-file-stays = no se pudo apartar el archivo anterior ({ $problem })
window-defaults-used = se usan los valores predeterminados: { $reason }
window-no-threads = el sistema no inicia más hilos: cerrar otros programas
window-no-threads-because = el sistema no inicia más hilos: cerrar otros programas ({ $error })
window-internal-error = error interno, se ruega comunicarlo: { $detail }
window-no-reason = no se indicó ningún motivo
window-library-stopped = se detuvo un hilo de la biblioteca
window-library-defaults = se usan los valores predeterminados de la biblioteca: { $reason }
window-clip-elsewhere = el clip terminado está ahora en { $path }: { $reason }
window-clip-not-listed = se guardó un clip, pero no figura en el índice: { $reason }
window-export-stopped =
    { $clips ->
        [one] detenido: se escribieron { $written } de 1 clip
       *[other] detenido: se escribieron { $written } de { $clips } clips
    }
window-export-failed = no se guardó { $name }: { $error }
window-export-no-clip = no había ningún clip
