# The page on which a LoRA is trained, in Spanish. An "update" is a «paso», as in engine.ftl.

training-title = Entrenar un LoRA
training-intro = { $model } aprende un estilo o un sujeto de clips e imágenes propios; el resultado es un archivo pequeño a su lado
training-intro-without-model = El modelo aprende un estilo o un sujeto de clips e imágenes propios; el resultado es un archivo pequeño a su lado

## The folder of clips and pictures

training-folder = Carpeta
training-browse = Examinar…
    .tooltip = Elegir una carpeta de clips e imágenes
training-choose = Elegir una carpeta de clips (MP4, WebM, GIF, WebP, APNG) e imágenes o soltarla aquí
training-reading = Leyendo la carpeta…
training-count =
    { $count ->
        [one] 1 clip o imagen
       *[other] { $count } clips e imágenes
    }
training-count-trigger =
    { $count ->
        [one] 1 clip o imagen, { $without } solo con la palabra de activación
       *[other] { $count } clips e imágenes, { $without } solo con la palabra de activación
    }
training-count-left-out =
    { $count ->
        [one] 1 clip o imagen, por falta de descripción se omiten { $without }
       *[other] { $count } clips e imágenes, por falta de descripción se omiten { $without }
    }
training-left-out = Omitidos: { $count }
training-clip =
    { $frames ->
        [one] 1 fotograma, { $size }
       *[other] { $frames } fotogramas, { $size }
    }
training-first-frame = Primer fotograma de { $clip }
training-caption = Lo que muestra
    .name = Descripción de { $clip }

## What a training is made of

training-name = Nombre
    .tooltip = Nombre del archivo del LoRA
training-trigger = Activación
    .tooltip = Palabra que va delante de todas las descripciones; en un prompt evoca lo aprendido
training-rank = Rango
    .tooltip = Cuánto cabe en el LoRA: más necesita más memoria y un archivo mayor
training-updates = Pasos
    .tooltip = Cuánto tiempo aprende: un clip por paso
training-frames = Fotogramas
    .tooltip = Fotogramas de cada clip: menos necesitan menos tiempo y memoria; los clips más cortos se omiten
training-frames-of-model = Como en el modelo
training-device = Dispositivo
training-meanwhile = Mientras tanto se pueden hacer clips. En un mismo dispositivo ambas cosas van más lentas, así que entrena el procesador si no se elige otra cosa.

## Time and memory

training-measure = Medir tiempo y memoria
    .tooltip = Hace unos pasos con estos ajustes y los descarta
training-measuring = Midiendo: se hacen unos pasos y se descartan
training-stop-measuring = Dejar de medir
training-needs = Unos { $time }
training-needs-memory = Unos { $time }, { $memory } de memoria

## A training under way

training-start = Iniciar el entrenamiento
training-run =
    { $updates ->
        [one] Rango { $rank }, 1 paso, en { $device }
       *[other] Rango { $rank }, { $updates } pasos, en { $device }
    }
training-opening-device = un dispositivo que se está abriendo
training-bar = Entrenamiento de { $name }: { $progress }
training-pause = Pausar
    .tooltip = Detener con un checkpoint; puede continuar en cualquier momento
training-finish-now = Terminar ya
    .tooltip = Detener y quedarse con el LoRA tal como está
training-preparing = Preparando el primer paso…
training-update = Paso { $update } de { $updates }
training-update-loss = { $progress } · pérdida { $loss }
training-update-left = { $progress } · quedan unos { $time }
training-stopping = Deteniendo tras este paso…
training-writing = Escribiendo el LoRA…

## Trainings that can go on or have ended

training-paused = { $name } está en pausa en el paso { $update } de { $updates }
training-resume = Reanudar
    .tooltip = Seguir desde su checkpoint
    .name = Reanudar { $name }
training-finish-paused = Terminar ya
    .tooltip = Quedarse con el LoRA tal como está
    .name = Terminar ya { $name }
training-dismiss = Descartar
    .tooltip = Dejar de ofrecerlo; sus archivos se conservan
    .name = Descartar { $name }
training-finished = { $file } está entre los LoRA de los ajustes
training-finished-trigger = Su palabra de activación es «{ $word }»: escribirla en el prompt

## Curve and samples

training-loss-by-update = Pérdida por paso
training-loss = Pérdida
training-curve = Curva de pérdida, { $loss } en el paso { $update }
training-samples = Muestras más recientes, en cada fila un clip de una descripción
    .name = Muestras más recientes

## Messages

training-cannot-make = no se puede crear { $path }: { $error }
training-too-many = hay demasiados LoRA con el nombre { $name }: elegir otro nombre
training-another-window = otra ventana entrena este LoRA
training-no-folder = no hay carpeta para una prueba: { $error }
