# The data page, in Spanish.

## The page

data-title = Datos
data-count = { $kept } de { $count } clips conservados
data-count-broken = { $count } ilegibles
data-opening = Abriendo…
data-recent = Recientes
data-undo = Deshacer
    .tooltip = Deshacer la última decisión o descripción
data-about = Convierte tus clips en un conjunto de entrenamiento: elige una carpeta o un manifiesto escrito por un comando, o suéltalo aquí. Los clips aparecen mientras se examina la carpeta.
data-about-kept = Ningún clip se modifica ni se borra. Tus decisiones se guardan en un manifiesto en la carpeta de datos del programa.
data-looking = Buscando clips…
data-no-clips = No se encontraron clips aquí
data-progress = { $stage }, { $done } de { $count } clips
data-working-percent = { $stage }, { $percent } %
data-stop = Detener
data-stopping = Deteniendo…
data-stopped = Detenido: lo hecho se conserva y el mismo botón continúa
data-which = Clips mostrados
data-sort = Orden de los clips
data-ascending = Ascendente
data-descending = Descendente
data-turn = Invertir el orden
data-search = Buscar en descripciones y nombres
data-search-hint = Buscar
data-list-all = Todos los clips
data-list-kept = Conservados
data-list-dropped = Descartados
data-list-broken = Ilegibles
data-list-offered = Descripciones nuevas
data-sort-name = Nombre de archivo
data-sort-caption = Descripción
data-sort-reasons = Motivos

## A clip

data-clip = { $name }: { $caption }, { $state }
data-seconds = { $secs } s
data-kept = Conservado
data-dropped = Descartado
data-kept-by-hand = Conservado a mano
data-dropped-by-hand = Descartado a mano
data-keep = Conservar
data-drop = Descartar
data-undecided = Dejarlo a los límites
data-no-caption = Sin descripción
data-caption-of-clip = Es el prompt que lleva el clip
data-caption-of = Descripción de { $name }
data-picture-of = Imagen de { $name }
data-original = Descripción original
data-offered = Descripción nueva
data-offer-waits = Hay una descripción nueva
data-offers =
    { $count ->
        [one] 1 descripción nueva pendiente
       *[other] { $count } descripciones nuevas pendientes
    }
data-accept = Aceptar
data-refuse = Rechazar
data-keys = Las flechas mueven, Espacio conserva o descarta, Intro edita la descripción, A acepta y D rechaza una nueva, Ctrl+Z deshace, Ctrl+Y rehace
data-file-gone = el archivo ya no está

## The side

data-tab-clip = Clip
data-tab-limits = Límites
data-tab-steps = Pasos
data-tab-export = Exportar

## Columns

data-column-frames = Fotogramas
data-column-fps = Fotogramas por segundo
data-column-seconds = Segundos
data-column-width = Ancho
data-column-height = Alto
data-column-aesthetic = Calidad estética
data-column-technical = Calidad técnica
data-column-overall = Calidad general
data-column-smoothness = Fluidez
data-column-motion-px = Movimiento en píxeles
data-column-motion-rel = Movimiento
data-column-zoom = Zoom
data-column-dolly = Dolly zoom
data-column-jerk = Sacudidas

## Reasons

data-reason-static = No se mueve
data-reason-dolly-zoom = Tiene un dolly zoom
data-reason-shake = Tiembla
data-reason-error = No se puede leer
data-reason-by-hand = Descartado a mano
data-reason-duplicate = Otro clip tiene el mismo contenido
data-reason-near-duplicate = Otro clip se ve igual
data-reason-sieve = Baja en la primera revisión de calidad
data-reason-below = { $column } por debajo de { $value }
data-reason-above = { $column } por encima de { $value }
data-reason-not-best = { $column } fuera del mejor { $percent } %
data-reason-unknown = { $column } sin datos
data-reason-count = { $reason } ({ $count })
data-reason-list = Mostrar solo clips con este motivo
data-reason-drops = Si este motivo descarta clips
    .name = Descartar clips: { $reason }
data-reasons = Por qué se descartan clips
data-nothing-dropped = No se descarta nada

## Limits

data-least = Mínimo
    .name = { $column }, mínimo
data-most = Máximo
    .name = { $column }, máximo
data-best = Mejores
    .tooltip = Conservar solo esta parte, los mejores según esta columna
    .name = { $column }, mejor parte
data-histogram = { $column } de { $least } a { $most }
data-keep-unknown = Conservar lo desconocido
    .tooltip = Los clips sin valor en una columna limitada pasan ese límite
data-no-limits = Quitar todos los límites

## Steps

data-stage-scan = Examinando clips
data-stage-motion = Midiendo el movimiento
data-stage-score = Evaluando la calidad
data-stage-smoothness = Midiendo la fluidez
data-stage-sample = Pidiendo diez descripciones
data-stage-caption = Reescribiendo descripciones
data-stage-export = Escribiendo clips
data-stage-page = Escribiendo la página
data-scan-title = Clips
data-scan-on = Seguir buscando
    .text = La carpeta no se examinó hasta el final
data-scan-again = Buscar de nuevo
    .text = Encuentra clips nuevos, cambiados o ausentes; lo ya sabido se conserva
data-motion-title = Movimiento
data-motion = Medir el movimiento
data-motion-about = Encuentra clips inmóviles, temblorosos o con dolly zoom; no necesita modelo
data-cost-frames = Quedan { $count } clips con { $frames } fotogramas
data-score-title = Calidad
data-score = Evaluar la calidad
data-score-about = Una red barata examina todos los clips y una grande los que la primera deja pasar
data-score-sieve = Primero { $name }: barata, para todos los clips
data-score-judge = Después { $name }: seis veces más trabajo
data-sieve-share = Dejar pasar los mejores
    .tooltip = Los demás se descartan con un motivo que los límites pueden ignorar
data-score-looks = { $name } examina { $count } clips
data-score-both = { $first }, después { $second }
data-work-cost = { $what }: { $tflop } TFLOP en { $device }
data-network-found = { $name }: { $file } en la carpeta de modelos
data-network-chosen = { $name }: { $file }, elegido por ti
data-network-missing = { $name } no está en la carpeta de modelos: consíguela en la página Modelos o con { $command }, o elige su archivo
data-network-searching = Buscando { $name } en la carpeta de modelos…
data-network-reading = Leyendo el archivo…
data-network-is = El archivo contiene { $name }
data-choose-network = Elegir archivo…
    .name = Elegir el archivo de { $name }…
data-network-back = Usar el de la carpeta de modelos
    .name = Usar el archivo de { $name } de la carpeta de modelos
data-smoothness-title = Fluidez
data-smoothness = Medir la fluidez
data-smoothness-about = AMT-S predice uno de cada dos fotogramas a partir de sus vecinos; es costoso, así que solo se examinan los clips que quedan
data-captions-title = Descripciones
data-captions-about = Un modelo de lenguaje convierte tus descripciones en frases sencillas. Cada una se te propone y la tuya se conserva.
data-captions-see = El modelo ve imágenes
    .tooltip = Con cada descripción se envían fotogramas del clip; también reciben una los clips que no la tienen
data-captions-frames = Fotogramas por clip
    .tooltip = Más fotogramas dicen más y cuestan más tokens
data-captions-parallel = Descripciones a la vez
    .tooltip = Cuántas preguntas recibe el servidor al mismo tiempo
data-captions-cost = Se pedirían { $count } descripciones
data-captions-cost-tokens = Se pedirían { $count } descripciones, unos { $tokens } tokens
data-captions-try = Probar diez
data-captions-hide = Ocultarlas
data-captions = Reescribir todas

## Export

data-export-about =
    { $count ->
        [one] Se conserva 1 clip
       *[other] Se conservan { $count } clips
    }
data-train-title = Para entrenar
data-train-about = Una carpeta con los clips y sus descripciones, que lee el entrenamiento
data-train = Escribir un conjunto de entrenamiento…
data-train-on = Entrenar con él…
data-shards-title = WebDataset
data-shards-about = Archivos tar de 1000 clips con una tabla junto a cada uno
data-shards = Escribir fragmentos…
data-files-title = Archivos
data-write-page = Escribir una página…
data-write-manifest = Escribir el manifiesto…
data-kept-at = Las decisiones se guardan al tomarlas, en { $path }
data-show-folder = Mostrar la carpeta
data-written =
    { $count ->
        [one] Se escribió 1 clip: { $path }
       *[other] Se escribieron { $count } clips: { $path }
    }
data-written-without =
    { $count ->
        [one] Se omitió 1 clip: { $first }
       *[other] Se omitieron { $count } clips, el primero { $first }
    }

## Dialogs

data-manifests = Manifiestos
data-open-folder = Abrir una carpeta de clips
    .text = Se enumeran los clips que contiene y sus subcarpetas
data-open-manifest = Abrir un manifiesto
    .text = Un .parquet, .csv o .jsonl con una fila por clip; el archivo no se modifica
data-open-network = Abrir { $name }
    .text = Los pesos publicados de { $name }
data-open-train = Carpeta para el conjunto de entrenamiento
    .text = Una carpeta vacía o una escrita antes
data-open-shards = Carpeta para los fragmentos
    .text = Los fragmentos ya terminados se dejan como están
data-save-page = Escribir una página
    .text = Un archivo HTML con histogramas e imágenes de lo conservado y lo descartado
data-save-manifest = Escribir el manifiesto
    .text = Un .parquet, .csv o .jsonl que leen los comandos

## Why something cannot be done

data-not-opened = No se puede abrir { $path }: { $reason }
data-not-saved = el manifiesto no se guardó: { $reason }
data-why-not-shown = la página de datos no se muestra
data-why-no-clip = no hay ningún clip legible elegido
data-why-no-offer = no hay descripciones nuevas pendientes
data-why-no-undo = no hay nada que deshacer
data-why-no-redo = no hay nada que rehacer
data-why-nothing-open = abre antes una carpeta o un manifiesto
data-why-busy = espera a que termine lo que está en curso, o detenlo
data-why-no-network = consigue antes { $name } o elige su archivo
data-why-no-score-network = consigue antes DOVER o DOVER-Mobile, o elige un archivo
data-why-no-look = elige antes qué red examina los clips
data-why-network-unknown = el archivo de la red no se puede usar o aún no se ha leído
data-why-all-done = todos los clips están hechos
data-why-no-captions = ya se pidieron todas las descripciones, o no se conserva ninguna
data-why-nothing-kept = no se conserva ningún clip
