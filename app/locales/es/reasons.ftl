# Why something cannot be done now, in Spanish. They begin with a small letter and have no full stop.

## What actions need

reasons-no-finished-clip-shown = no se muestra ningún clip terminado
reasons-nothing-shown = todavía no se muestra nada
reasons-file-dialog-open = hay un diálogo de archivos abierto
reasons-model-opening = se está abriendo el modelo
reasons-no-model-choose = no hay ningún modelo abierto; elegir uno en Archivo, Modelos
reasons-no-model = no hay ningún modelo abierto
reasons-setting-wrong = antes hay que corregir un ajuste
reasons-no-clip-being-made = no hay ningún clip en curso
reasons-no-clip-selected = no hay ningún clip seleccionado
reasons-several-clips-selected = hay varios clips seleccionados
reasons-no-clip-in-player = no hay ningún clip en el reproductor
reasons-library-not-open = la biblioteca aún no está abierta
reasons-library-failed = la biblioteca no se puede usar; un mensaje explica por qué
reasons-library-not-shown = la biblioteca no se muestra
reasons-no-library-clip = ningún clip de la biblioteca está seleccionado ni se muestra
reasons-select-two = seleccionar antes dos clips de la biblioteca
reasons-latent-gone = el latente de este clip ya no se conserva
reasons-latent-not-saved = el latente de este clip no se pudo guardar
reasons-no-clip-deleted = no se eliminó ningún clip
reasons-demo-model-in-use = el modelo de demostración ya está en uso
reasons-nothing-removed = no se eliminó ningún modelo ni ningún LoRA
reasons-no-word-list = solo el modelo de demostración tiene una lista de palabras
reasons-all-frames-play = se reproducen todos los fotogramas
reasons-whole-clip-shown = se muestra el clip entero
reasons-no-finished-clip = aún no hay ningún clip terminado
reasons-no-preview = aún no hay vista previa
reasons-history-empty = el historial está vacío
reasons-largest-scale = es la escala más grande
reasons-smallest-scale = es la escala más pequeña
reasons-scale-is-100 = la escala es del 100 por ciento
reasons-no-message = no hay ningún mensaje
reasons-asking-for-version = ya se está preguntando
reasons-no-caption-changed = no se cambió ninguna descripción

## The queue

reasons-queue-paused = la cola ya está en pausa
reasons-queue-idle = la cola está vacía y no hay ningún clip en curso
reasons-queue-not-paused = la cola no está en pausa
reasons-queue-empty = la cola está vacía
reasons-no-job-selected = no hay ningún clip de la cola seleccionado
reasons-no-other-waits = no hay otro clip en espera
reasons-none-failed = ningún clip ha fallado
reasons-no-grid = a ninguna cuadrícula le faltan clips
reasons-nothing-removed-from-queue = no se quitó nada de la cola
reasons-first-of-queue = este clip es el primero de la cola
reasons-last-of-queue = este clip es el último de la cola

## Models and training

reasons-model-in-use = este modelo está en uso; usar otro antes
reasons-lora-in-list = este LoRA está en la lista de los ajustes; quitarlo de ahí antes
reasons-training = hay un entrenamiento en curso
reasons-measuring = se están midiendo el tiempo y la memoria
reasons-reading-folder = se está leyendo la carpeta
reasons-no-training-folder = elegir antes una carpeta de clips o imágenes
reasons-no-training-clip = la carpeta no tiene ningún clip que se pueda usar
reasons-no-caption = escribir antes una descripción o una palabra de activación
reasons-no-lora-name = dar un nombre al LoRA
reasons-clip-would-be-measured = hay un clip en curso y también se mediría

## Why keys cannot be a shortcut

reasons-key-escape-tab = Escape y Tab sirven para salir de los campos y recorrer la ventana
reasons-key-f10 = F10 abre los menús
reasons-key-menu = Alt con esta letra abre un menú
