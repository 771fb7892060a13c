# The history on the right, the library's page, and the comparison of two clips, in Spanish.

## The history

library-history = Historial
library-history-undo = Deshacer
library-history-empty = Los clips terminados aparecen aquí
library-history-no-picture = Sin imagen
library-history-show = Mostrar «{ $prompt }», semilla { $seed }
library-history-delete = Eliminar «{ $prompt }»
library-history-saved = Exportado
library-history-kept = Guardado
library-history-being-kept = Guardando…
library-history-not-saved = Sin guardar

## The library's page

library-title = Biblioteca
library-failed = La biblioteca no se puede usar: { $reason }
library-opening = Abriendo la biblioteca…
library-count =
    { $count ->
        [one] 1 clip
       *[other] { $count } clips
    }
library-count-listed =
    { $count ->
        [one] { $listed } de 1 clip
       *[other] { $listed } de { $count } clips
    }
library-back = Volver
library-search = Buscar en la biblioteca
library-search-hint = Buscar en prompts y ajustes
library-filters = Filtros
library-sort = Orden de los clips
library-sort-newest = Más recientes
library-sort-oldest = Más antiguos
library-sort-prompt = Por prompt
library-sort-largest = Más grandes
library-sort-longest = Más largos
library-model = Modelo
    .all = Todos los modelos
library-size = Tamaño
    .all = Todos los tamaños
library-tag = Etiqueta
    .all = Todas las etiquetas
library-project = Proyecto
    .all = Todos los proyectos
library-favourites = Favoritos
library-duplicates = Duplicados
    .tooltip = Clips con los mismos ajustes o con los mismos bytes
library-show-all = Ver todo
library-tile-size = Miniaturas
library-empty = Todo clip terminado aparece aquí, y su archivo, en la carpeta de clips
library-none-like-this = Ningún clip es así
library-clip = Clip «{ $prompt }», semilla { $seed }
library-alike = { $count } iguales
library-tag-remove = Quitar la etiqueta «{ $tag }»

## What is said of the clips that are selected

library-details-clip = Clip seleccionado
library-details-new-tag = Etiqueta nueva
library-details-add-tag = Añadir
library-details-no-project = Ninguno
library-details-note = Nota
library-details-picture =
    { $frames ->
        [one] { $width } × { $height } píxeles, 1 fotograma a { $fps } por segundo
       *[other] { $width } × { $height } píxeles, { $frames } fotogramas a { $fps } por segundo
    }
library-details-model = Modelo { $name }
library-details-tiny-decoder = Decodificador pequeño { $name }
library-details-device = Calculado en { $device }
library-details-duplicates = { $count } clips tienen estos ajustes o estos bytes
library-details-selected =
    { $count ->
        [one] 1 clip está seleccionado
       *[other] { $count } clips están seleccionados
    }
library-details-select-none = No seleccionar
library-details-none = Seleccionar un clip para ver con qué se hizo. Ctrl y Mayús seleccionan varios; con el teclado, Espacio, y Mayús con las flechas.

## How clips are kept

library-keeping = Cómo se guardan los clips
library-keeping-folder = Carpeta
    .hint = La carpeta de vídeos del sistema
library-keeping-names = Nombres
library-keeping-filled-in = {"{date}, {time}, {words}, {seed}, {model}, {project}"} y {"{size}"} se sustituyen por su valor
library-keeping-latents = Latentes hasta
library-keeping-confirm = Guardar así desde ahora

## Two clips beside each other

library-compare = Comparar
library-compare-side-by-side = Lado a lado
library-compare-wipe = Cortinilla
library-compare-back = Volver a la cuadrícula
library-compare-play = Reproducir
library-compare-pause = Pausar
library-compare-frame = Fotograma de ambos clips
library-compare-clip = Clip { $side }, «{ $prompt }», semilla { $seed }
library-compare-reading = Leyendo el clip…
library-differences = Diferencias
library-differences-none = Nada: ambos se hicieron con los mismos ajustes
library-differences-setting = Ajuste
