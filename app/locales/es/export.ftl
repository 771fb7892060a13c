# The dialogs that export one clip or several, in Spanish.

export-title = Exportar clip
export-save-as = Guardar como
export-confirm = Exportar
export-cancel = Cancelar
export-replace = Reemplazar el archivo si ya existe
export-embed = Guardar en el archivo el prompt, la semilla y los ajustes
    .tooltip = Soltar el archivo en la ventana para volver a cargarlos

## Options: labels of rows are short

export-other = Otro
export-format = Formato
export-loss = Pérdida
    .tooltip = 0 es lo mejor y lo más grande, 51 el archivo más pequeño
export-dither = Tramado GIF
export-dither-none = Ninguno (archivo mínimo, bandas visibles)
export-dither-ordered = Ordenado (un patrón que no se mueve)
export-dither-diffusion = Difusión (el más fino, archivo mayor)
export-colours = Colores GIF
export-crop = Recorte
export-crop-whole = Imagen entera
export-crop-square = Cuadrado 1:1
export-crop-wide = Ancho 16:9
export-crop-upright = Vertical 9:16
export-crop-portrait = Retrato 4:5
export-crop-cinema = Cine 21:9
export-scale = Tamaño
export-scale-original = Tal cual
export-scale-half = Mitad
export-scale-double = Doble
export-scale-four = Cuádruple
export-scale-longest = Lado mayor { $side }
export-order = Sentido
export-order-forward = Hacia delante
export-order-ping-pong = Hacia delante y hacia atrás (ping-pong)
export-plays = Repetir
export-plays-ever = Sin fin
export-plays-once = Una vez
export-plays-times =
    { $count ->
        [one] {" "}vez
       *[other] {" "}veces
    }
export-limit = Archivo máximo
    .tooltip = La calidad y el tamaño se reducen hasta que el archivo cabe
export-preset = Preajuste
export-preset-choose = Elegir…
export-keep = Guardar…
    .tooltip = Guardar estas opciones con un nombre o quitar un preajuste guardado
export-keep-name = Nombre
export-keep-options = Guardar estas opciones
export-keep-remove = Quitar { $name }
export-trim-hint = I y O fijan en el reproductor el primer y el último fotograma
export-trim = Solo los fotogramas { $first } a { $last }

## What the file will be

export-picture = Imagen del archivo
export-measuring = Midiendo…
export-about = Unos { $size }
export-sample =
    { $count ->
        [one] { $width } × { $height } · 1 fotograma · { $secs } s
       *[other] { $width } × { $height } · { $count } fotogramas · { $secs } s
    }
export-sample-loss = pérdida { $loss }
export-sample-colours = { $count } colores

## Several clips

export-join-title = Unir clips
export-join-text = Los clips se suceden en este orden. El tamaño y la frecuencia de fotogramas son los del primero: los demás se escalan para caber.
export-join-confirm = Unir
export-all-title = Exportar todo
export-all-text = Cada clip se convierte en un archivo propio en la carpeta, con su nombre
export-all-confirm = Exportar todo
export-folder = Carpeta
export-count =
    { $count ->
        [one] 1 clip
       *[other] { $count } clips
    }
export-move-up = Subir
    .name = Subir el clip { $number }
export-move-down = Bajar
    .name = Bajar el clip { $number }
export-leave-out = Omitir el clip { $number }
