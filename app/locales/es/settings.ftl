# The settings on the left, LoRAs, and the dialogs that make many clips of them, in Spanish.

## The list of settings

settings-title = Ajustes
settings-reset = Restablecer
settings-advanced = Avanzados
settings-no-model = No hay ningún modelo abierto. Elegir uno en «Modelos» o usar el modelo de demostración.
settings-opening-model = Los ajustes aparecen cuando el modelo esté abierto
settings-size =
    .tooltip = Ancho y alto en píxeles
settings-model-default = { $choice } (del modelo)
settings-reuse = Cada { $interval } pasos, profundidad { $depth }
settings-device = Dispositivo
    .tooltip = Dónde se calcula el clip
settings-device-automatic = Automático
settings-device-cpu = CPU
settings-device-best-gpu = La mejor GPU
settings-device-gpu = GPU { $index }

## Around the button Generate

settings-fix-first = Corregir antes: { $problem }
settings-stop-editing = Dejar de editar
    .tooltip = Dejar el clip en la cola como está
settings-replaces = «Generar» reemplaza «{ $clip }» en la cola
settings-needs = Tiempo según los clips que hizo este dispositivo, memoria en su punto máximo
settings-stopping = Parando…

## LoRAs

settings-lora = LoRA { $name }
settings-lora-incompatible = LoRA incompatible { $name }
settings-lora-unfit = no encaja: { $reason }
settings-lora-remove = Quitar { $name }
settings-lora-trigger = Palabra de activación «{ $word }»
    .tooltip = Escribirla en el prompt para usar lo que aprendió este LoRA
settings-lora-strength = Intensidad de { $name }
    .number = Intensidad de { $name } como número
    .tooltip = 1 es como se entrenó, 0 lo desactiva

## A batch: many clips of one form

settings-batch-title = Añadir un lote
settings-batch-others = Todos los demás ajustes son los del formulario
settings-batch-prompts = Prompts, uno por línea
settings-batch-every = Todas las combinaciones de las opciones de {"{a|b}"}
    .tooltip = Si no, cada clip toma una de ellas según su semilla
settings-batch-seeds = Semillas
    .tooltip = Cuántos clips de cada prompt, a partir de la semilla del formulario
settings-batch-rows = Filas de cuadrícula
    .values = Valores de las filas de la cuadrícula
settings-batch-columns = Columnas de cuadrícula
    .values = Valores de las columnas de la cuadrícula
settings-batch-none = Ninguna
settings-batch-values = Los valores se separan con comas
settings-batch-texts = Uno por línea
settings-batch-numbers = Comas entre números
settings-batch-clips =
    { $count ->
        [one] 1 clip
       *[other] { $count } clips
    }
settings-batch-joined =
    { $count ->
        [one] 1 clip, unido en un clip con rótulos cuando termine
       *[other] { $count } clips, unidos en un clip con rótulos cuando terminen
    }
settings-batch-add = Añadir a la cola
settings-batch-cancel = Cancelar

## When the queue is done

settings-when-done-title = Al terminar la cola
settings-when-done-nothing = Nada más
settings-when-done-sleep = El equipo se suspende
settings-when-done-command = Ejecutar un comando
settings-when-done-line = Comando
settings-when-done-close = Cerrar

## Saving the queue

settings-save-queue-title = Guardar la cola
settings-save-queue-text = El archivo se puede volver a cargar o ejecutar sin ventana: hummingbird queue run
