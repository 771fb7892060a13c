# Names and short descriptions that stand at several places of the window, in Spanish.

## Parts of the window that failed, before a colon

state-part-menu = Barra de menús
state-part-controls = Ajustes
state-part-history = Historial
state-part-transport = Reproductor
state-part-stage = Clip
state-part-library = Biblioteca
state-part-data = Página de datos
state-part-dialog = Este diálogo

## Panels beside the clip, inside a sentence


## Pages of a narrow window, on buttons in one row: short

state-page-create = Crear
state-page-clip = Reproductor
state-page-history = Historial

## Kinds of words that the demo model knows, before a row of them: short

state-words-colour = Color
state-words-subject = Sujeto
state-words-motion = Movimiento
state-words-scene = Escena

## Presets of exports: choices of format and options

state-preset-mp4 = MP4 tal cual
state-preset-chat = Chat, menos de 8 MB
state-preset-square = Cuadrado
state-preset-upright = Vertical 9:16
state-preset-gif = GIF en bucle
state-preset-smallest = Archivo mínimo
state-preset-lossless = Sin pérdida

## What two clips that are compared were made from: headings of rows

state-fact-model = Modelo
state-fact-model-file = Archivo del modelo
state-fact-decoder = Decodificador de las imágenes
state-fact-tiny-decoder = Decodificador pequeño
state-fact-device = Dispositivo

## Clips

state-tiny-decoder = decodificador pequeño ({ $name })
state-at-step = en el paso { $step } de { $steps }

## Below the settings

state-time-need = Tarda unos { $time }
state-time-unknown = El tiempo se sabrá tras el primer clip
state-memory-need = Necesita unos { $held } de memoria
state-memory-need-mapped = Necesita unos { $held } de memoria y { $mapped } de pesos asignados en memoria

## What a number can be, in small print below its field

state-range = { $least } a { $most }
state-range-own = { $least } a { $most }, lo propio del modelo es { $own }
state-range-usual = { $least } a { $most }, lo habitual es { $usual }
state-range-multiples = múltiplos de { $step } de { $least } a { $most }
state-range-seed = número entero de 64 bits

## What is wrong with a setting, or beyond what the model was made for, below its field

state-no-seed = «{ $text }» no es una semilla: escribir un número entero de 0 a { $most }
state-no-number = «{ $text }» no es un número: escribir por ejemplo 4.5, o nada para el valor predeterminado
state-no-whole-number = «{ $text }» no es un número entero: escribir cifras, o nada para el valor predeterminado
state-beyond-frames = el modelo está hecho para { $frames } fotogramas: los clips más largos pueden deshacerse
state-beyond-size = el modelo está hecho para { $width } × { $height }: los clips mayores pueden mostrar las cosas dos veces
state-beyond-sampler = el modelo está hecho para el sampler { $sampler }
state-beyond-steps = el modelo está hecho para { $steps } pasos: muchos más cambian poco
state-beyond-guidance = el modelo está hecho para una guía de { $guidance }: mucha más da colores estridentes
state-lora-unfit = { $name } no sirve para { $model }: poner su intensidad a 0, quitarlo o abrir el modelo para el que se hizo
state-loras-wanted = { $count ->
    [one] { $clip } se hizo con el LoRA { $names }: soltar ese archivo en la ventana para obtener el mismo clip
   *[other] { $clip } se hizo con los LoRA { $names }: soltar esos archivos en la ventana para obtener el mismo clip
}

## What is wrong with a batch: many clips at once, of several prompts, several seeds, or a grid of two settings

state-batch-seeds = «{ $text }» no es una cantidad de semillas: escribir un número entero desde 1
state-batch-too-many = son más de { $most } clips: repartirlos en varios lotes
state-batch-many-prompts = son más de { $most } prompts: quitar algunas opciones
state-batch-no-values = escribir los valores de «{ $setting }» separados por comas
state-batch-many-values = «{ $setting }» tiene { $count } valores y una cuadrícula, como máximo { $most }
state-batch-no-flag = «{ $text }» no es un valor de «{ $setting }»: escribir on u off
state-batch-no-choice = «{ $text }» no es un valor de «{ $setting }»: escribir uno de estos: { $names }
