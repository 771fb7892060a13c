# Messages above the clip, and what dialogs say of what was typed in them, in Spanish. They begin with a small letter and have no
# full stop.

## Making clips

notices-not-started = no se inició: { $reason }
notices-clip-finished = «{ $prompt }» ha terminado y está en el historial
notices-clip-cancelled = «{ $prompt }» se canceló
notices-clip-failed = «{ $prompt }» falló: { $error }
notices-jobs-of-previous-model = los clips del modelo anterior siguen en la cola hasta que se vuelva a abrir
notices-started-safely = inicio seguro: no hay ningún modelo abierto y los clips se calculan en el procesador; elegir un modelo en Archivo, Modelos

## The clipboard

notices-copied = copiado
notices-newer-version = ha salido la versión { $version }; esta es la { $current }
notices-newest-version = esta es la versión más nueva, { $current }
notices-frame-copied = el fotograma está en el portapapeles

## The queue

notices-job-removed = «{ $title }» se quitó de la cola
notices-jobs-removed = { $count ->
    [one] se quitó un clip de la cola
   *[other] se quitaron { $count } clips de la cola
}
notices-job-changed = «{ $title }» se cambió en la cola
notices-queue-paused = la cola está en pausa
notices-waits-for-power = el ordenador funciona con la batería: la cola espera un enchufe
notices-training-waits-for-power = el ordenador funciona con la batería: el entrenamiento espera un enchufe
notices-queue-done = { $count ->
    [one] { $count } clip terminado
   *[other] { $count } clips terminados
}
notices-queue-done-failed = { $count ->
    [one] { $count } clip terminado, con fallo: { $failed }
   *[other] { $count } clips terminados, con fallo: { $failed }
}
notices-computer-sleeps = la cola ha terminado: el equipo se suspende en 30 segundos
notices-unfinished = { $count ->
    [one] { $count } clip sin terminar de la última sesión: la cola está en pausa
   *[other] { $count } clips sin terminar de la última sesión: la cola está en pausa
}
notices-unfinished-at = { $count ->
    [one] { $count } clip sin terminar ({ $place }) de la última sesión: la cola está en pausa
   *[other] { $count } clips sin terminar (el primero, { $place }) de la última sesión: la cola está en pausa
}
notices-queue-file-damaged = un archivo de la cola está dañado y no se usó: se conserva como { $path }
notices-begun-with-demo = este clip se empezó con el modelo de demostración: abrirlo antes y reanudar después
notices-begun-with = este clip se empezó con { $model }: abrir antes ese modelo y reanudar después
notices-batch-queued = { $count ->
    [one] se puso { $count } clip en la cola
   *[other] se pusieron { $count } clips en la cola
}
notices-queue-saved = { $count ->
    [one] se guardó { $count } clip de la cola: { $path }
   *[other] se guardaron { $count } clips de la cola: { $path }
}
notices-queue-loaded = { $count ->
    [one] se puso en la cola { $count } clip de { $name }
   *[other] se pusieron en la cola { $count } clips de { $name }
}
notices-job-not-queued = el trabajo { $number } no se puso en la cola: { $reason }
notices-jobs-wait-for-models = { $count ->
    [one] { $count } clip espera su modelo: se hará cuando ese modelo esté abierto
   *[other] { $count } clips esperan sus modelos: cada uno se hará cuando su modelo esté abierto
}

## Grids: one clip of several, in rows and columns

notices-grid-complete = todos los clips de la cuadrícula han terminado: se están uniendo
notices-grid-joined = la cuadrícula está en el historial como un solo clip
notices-grid-not-joined = la cuadrícula no se unió: { $error }

## Before the window closes

notices-closing-jobs = { $count ->
    [one] { $count } clip sin terminar sigue en la cola: en el próximo inicio puede continuar
   *[other] { $count } clips sin terminar siguen en la cola: en el próximo inicio pueden continuar
}
notices-closing-step = «{ $prompt }» continúa tras el paso { $step } de { $steps }
notices-closing-exports = { $count ->
    [one] antes se termina { $count } exportación
   *[other] antes se terminan { $count } exportaciones
}

## Exports and paths that are typed

notices-saved = guardado: { $path }
notices-saved-several = { $more ->
    [one] guardados: { $path } y un archivo más
   *[other] guardados: { $path } y { $more } archivos más
}
notices-export-cancelled = la exportación se canceló y no dejó ningún archivo
notices-clip-not-saved = no se guardó el clip: { $error }
notices-no-file-dialog = este sistema no abrió ningún diálogo de archivos; escribir aquí la ruta
notices-type-export-path = escribir dónde debe ir el clip o pulsar «Examinar»
notices-export-path-is-folder = { $path } es una carpeta: se añadió un nombre de archivo; volver a pulsar «Exportar» para guardar allí
notices-type-open-path = escribir la ruta del archivo o pulsar «Examinar»
notices-open-path-is-folder = { $path } es una carpeta: escribir la ruta de un archivo que esté en ella
notices-type-file = escribir la ruta de un archivo
notices-file-exists = ya existe un archivo con ese nombre: volver a pulsar «Guardar» para reemplazarlo
notices-type-folder = escribir dónde deben ir los clips
notices-list-empty = no hay ningún clip en la lista
notices-no-folder = no es una carpeta: elegir una que exista
notices-is-folder = es una carpeta: añadir un nombre de archivo
notices-most-presets = se guardan como máximo { $most } preajustes: quitar uno antes
notices-clips-not-listed = { $count ->
    [one] un clip aún no se muestra: desplazar antes la biblioteca hasta el final
   *[other] { $count } clips aún no se muestran: desplazar antes la biblioteca hasta el final
}

## Files that were opened or dropped on the window

notices-clips-dropped = se soltaron { $count } clips: los ajustes son los del primero, { $name }
notices-file-unknown = { $name } no es ni un clip ni un modelo: soltar un clip o una imagen (MP4, WebM, GIF, WebP, PNG), un archivo de modelo (.safetensors, .pt, .pth, .ckpt, .bin), una cola (.json) o una carpeta de clips
notices-model-open = { $name } está abierto

## Settings that a clip carries

notices-no-settings = { $name } no lleva ajustes que este programa conozca: los llevan los clips exportados con Hummingbird y las imágenes y clips de Stable Diffusion web UI, ComfyUI y WanGP
notices-settings-loaded = se cargaron los ajustes de { $name }
notices-unknown-value = { $name } se hizo con el valor «{ $value }» de { $setting }, que esta versión no conoce; con la misma semilla el clip será distinto
notices-made-by-other-model = { $name } se hizo con el modelo «{ $model }» ({ $sha256 }…): el modelo en uso hará un clip distinto
notices-foreign-loaded = el prompt, la semilla y los ajustes de { $name } ({ $program }) se cargaron como referencia: se hizo con { $model }, así que el clip será distinto
notices-foreign-loaded-partly = el prompt, la semilla y los ajustes de { $name } ({ $program }) se cargaron como referencia: se hizo con { $model }, así que el clip será distinto; este modelo no admite: { $left_out }
notices-foreign-other-model = otro modelo
notices-foreign-model = el modelo { $model }
notices-foreign-seed = semilla { $seed }
notices-foreign-steps = { $steps ->
    [one] { $steps } paso
   *[other] { $steps } pasos
}

## LoRAs

notices-lora-there = { $name } ya está en la lista de LoRA
notices-lora-added = { $name } se añadió a los LoRA de los ajustes y se aplica desde el próximo clip
notices-lora-added-as-in = { $name } se añadió con intensidad { $strength }, como en { $clip }
notices-lora-removed = { $name } se quitó de la lista
notices-lora-unfit = el LoRA { $name } no sirve para { $model }: { $reason }

## The library

notices-library-failed = la biblioteca no se puede usar: { $reason }
notices-index-damaged = el índice de la biblioteca estaba dañado y se reconstruye a partir de los clips; el anterior es { $path }
notices-library-scan = buscando archivos nuevos en las carpetas de la biblioteca
notices-clip-not-shown = { $name } no se puede mostrar: { $reason }
notices-clip-not-kept = el clip terminado no se pudo guardar como archivo, exportarlo: { $reason }
notices-clip-deleted = clip eliminado
notices-clips-removed = { $count ->
    [one] clip movido a la papelera
   *[other] { $count } clips movidos a la papelera
}
notices-clips-back = { $count ->
    [one] el clip ha vuelto
   *[other] { $count } clips han vuelto
}
notices-favourite = marcado como favorito
notices-no-favourite = ya no es favorito
notices-nothing-queued = no se puso nada en la cola: { $reason }
notices-no-variation-queued = no se puso ninguna variación en la cola: { $reason }
notices-variations-queued = { $count ->
    [one] hay en la cola una variación de la semilla { $seed }
   *[other] hay en la cola { $count } variaciones de la semilla { $seed }
}
notices-decoding-again = decodificando otra vez { $name }: también antes lo hizo el decodificador completo, así que solo el dispositivo puede cambiar algo
notices-decoding-in-full = decodificando otra vez { $name }: el decodificador completo sustituye al decodificador pequeño { $tiny }

## Training

notices-run-dismissed = la ejecución { $name } ya no se ofrece; sus archivos siguen en { $folder }
notices-closes-after-training = la ventana se cierra cuando acabe el entrenamiento
notices-closes-after-checkpoint = la ventana se cierra cuando esté escrito el checkpoint del entrenamiento
notices-caption-not-saved = no se guardó la descripción: { $reason }
notices-training-interrupted = el entrenamiento de { $name } se interrumpió y puede continuar
notices-trainings-interrupted = { $more ->
    [one] el entrenamiento de { $name } y otro más se interrumpieron y pueden continuar
   *[other] el entrenamiento de { $name } y { $more } más se interrumpieron y pueden continuar
}
notices-training-paused = el entrenamiento de { $name } está en pausa
notices-training-stopped = el entrenamiento de { $name } se detuvo: { $error }
notices-lora-trained = el LoRA { $name } está entrenado: escribir «{ $word }» en el prompt para usarlo

## Shortcuts

notices-keys-refused = { $keys } no se puede usar: { $reason }
