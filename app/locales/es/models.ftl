# The model manager, in Spanish. "Nano" is the demo model; names of programs, files and licences stay as they are.

models-title = Modelos
models-intro = Nano, el modelo de demostración, conoce unas decenas de palabras. Los modelos completos entienden texto libre: descargar uno aquí, con la licencia de su propietario, o soltar un archivo de modelo en la ventana.
models-reading = Leyendo la carpeta de modelos…
models-open-folder = Ver carpeta de modelos
models-close = Cerrar
models-back = Atrás
models-cancel = Cancelar
models-judges = Evaluadores
models-judges-about = Miran clips, para evaluaciones y para elegir datos de entrenamiento; no crean ninguno
models-not-listed = Este modelo ya no está en la lista
models-nano-about = El modelo de demostración: pequeño, rápido en cualquier ordenador, conoce unas decenas de palabras

## What a model is and where it is

models-in-use = En uso
models-built-in = Incluido
models-not-downloaded = Sin descargar
models-percent-downloaded = { $percent } % descargado
models-bytes-downloaded = { $size } descargados
models-downloaded = Descargado
models-verified = Descargado, verificado
models-differs = Difiere del original; eliminarlo y volver a descargarlo
models-own-file = Archivo propio
models-own-model = Archivo propio: un modelo
models-own-lora = Archivo propio: un LoRA
# $kind is what a file is, such as "an SD 1.x checkpoint".
models-own-foreign = Archivo propio: { $kind }, no es para este programa
models-on-disk = { $size } en disco
models-about-on-disk = Unos { $size } en disco
models-memory-for-weights = unos { $memory } de memoria para los pesos
models-licence = licencia

## Buttons of a model

models-download = Descargar…
    .tooltip = Leer la licencia y después descargar
    .name = Descargar { $model }
models-resume = Reanudar
    .tooltip = Seguir con la descarga donde se detuvo
    .name = Reanudar { $model }
models-discard = Descartar…
    .tooltip = Eliminar lo descargado hasta ahora
    .name = Descartar { $model }
models-use = Usar
    .tooltip = Hacer clips con este modelo
    .name = Usar { $model }
models-add = Añadir
    .tooltip = Añadirlo a los LoRA de los ajustes
    .name = Añadir { $model }
models-already-in-list = ya está en la lista
models-verify = Verificar
    .tooltip = Leer el archivo entero y compararlo con el original
    .name = Verificar { $model }
models-remove = Eliminar
    .tooltip = Eliminarlo de la carpeta de modelos; se puede deshacer hasta que se cierre la ventana
    .name = Eliminar { $model }
models-stop = Cancelar
    .tooltip = Detener y conservar lo descargado
    .name = Cancelar { $model }
models-stopping = Deteniendo…

## Work on a model

models-moving = Moviendo archivos
models-verifying = Verificando…
models-verifying-bytes = Verificando { $done }
models-verifying-of = Verificando { $done } de { $total }
models-downloading = Descargando…
models-downloading-bytes = Descargando { $done }
models-downloading-of = Descargando { $done } de { $total }
models-rate = { $size }/s
models-time-left = quedan { $time }
models-waiting = { $reason }; nuevo intento en { $time }

## Before a download

models-download-title = ¿Descargar { $model }?
models-size = Tamaño
    .about = Unos { $size }
    .unknown = Desconocido
models-from = Origen
models-to = Destino
models-licence-of-weights = Los pesos pertenecen a sus propietarios y tienen la licencia { $licence }. Conviene leerla antes.
models-accept = Aceptar la licencia y descargar
models-discard-title = ¿Descartar la descarga de { $model }?
models-discard-about = Hasta ahora se han descargado { $size }, que se eliminarían
models-discard-confirm = Descartar
models-discard-keep = Conservar

## Messages about models

models-got = { $model } se descargó
models-checked = { $model }: { $found }
models-checked-release = coincide con el original
models-checked-nothing = se puede leer, pero no hay ningún hash con el que compararlo
models-checked-unchanged = no ha cambiado desde que se descargó
models-part-deleted = la descarga parcial de { $model } se eliminó
models-removed = { $model } se eliminó; su espacio en disco se libera al cerrar Hummingbird
models-restored = { $model } se recuperó
models-stopped = { $model }: detenido; lo descargado se conserva
models-failed = { $model }: { $reason }
models-dropped-model = { $file } es un modelo completo, no un LoRA: abrirlo como modelo
models-dropped-previews = { $file } es un decodificador pequeño (TAESD) para vistas previas y decodificación rápida, no un modelo: ponerlo en la carpeta de modelos
models-dropped-foreign = { $file } es { $kind }: no es para este programa
models-dropped-unknown = { $file } no es ni un modelo de texto a vídeo ni un LoRA que esta versión conozca
models-not-opened = { $place } no se pudo abrir: { $reason }
models-nothing-opens = nada en este sistema abrió { $place }: abrirlo a mano

## Other folders, what fits, and models in parts

models-searching = Buscando en las carpetas…
models-add-folder = Añadir carpeta…
    .tooltip = Buscar modelos también en otra carpeta; no se cambia nada en ella
models-add-folder-title = Añadir una carpeta con modelos
models-add-folder-about = Una carpeta propia o la de ComfyUI, StabilityMatrix o Stable Diffusion web UI. Sus archivos se usan donde están y nunca se cambian.
models-folder-not-kept = { $folder } no se puede añadir: su nombre no es texto simple o la lista está llena
models-offer = Hay modelos de { $program } en { $folder }
models-offer-use = Usarlos
    .tooltip = Mostrar los que este programa puede usar; se quedan donde están y nunca se cambian
    .name = Usar los modelos de { $program }
models-offer-refuse = Ahora no
    .name = Ahora no usar los modelos de { $program }
models-folder-remove = Quitar de la lista
    .tooltip = Dejar de buscar en esta carpeta; sus archivos se quedan como están
    .name = Quitar de la lista la carpeta { $folder }
models-folder-holds = { $models ->
        [0] Nada para este programa
        [one] Un archivo para este programa
       *[other] { $models } archivos para este programa
    }{ $others ->
        [0] { "" }
        [one] , uno para otros programas
       *[other] , { $others } para otros programas
    }
models-folder-loras = LoRA ({ $count })
models-folder-gone = Ahora no está: sigue en la lista y se vuelve a buscar en ella cuando regrese
models-folder-unreadable = No se puede leer: { $reason }
models-folder-cut = En esta carpeta hay más de lo que se busca: añadir la carpeta de dentro que tiene los modelos
models-kind-model = Un modelo
models-kind-lora = Un LoRA
models-kind-previews = Un decodificador pequeño, para vistas previas y decodificación rápida
models-judged-memory = según { $memory } de memoria
models-judged-beside-card = según { $memory } de memoria del ordenador; la de la tarjeta gráfica no se conoce
models-fits = Cabe aquí ({ $judged })
models-fits-tightly = Cabe aquí por poco ({ $judged })
models-too-large = Demasiado grande para este ordenador ({ $judged }): convertirlo a f16 o q8 o usar un modelo más pequeño
models-disk-tight = El disco quedaría casi lleno: hay { $free } libres
models-disk-full = No hay sitio suficiente en el disco: hay { $free } libres
models-clip-takes = Un clip tarda aquí unos { $time }, según los clips que se hicieron
models-complete = Completar…
    .tooltip = Indicar los archivos de su codificador de texto y su autoencoder
    .name = Completar { $model }
models-complete-title = Completar { $model }
models-complete-about = Una U-Net necesita un codificador de texto y un autoencoder. Elegir un archivo para cada uno que le falte al modelo; la elección se recuerda para este modelo.
models-complete-confirm = Abrir el modelo
models-complete-cancel = Cancelar
models-text-encoder = Codificador de texto
models-autoencoder = Autoencoder
models-part-own = El del modelo
models-part-choose = Elegir
    .name = Elegir el archivo: { $part }
models-unet-without-both = Una U-Net sin codificador de texto ni autoencoder
models-unet-without-text = Una U-Net y un autoencoder sin codificador de texto
models-unet-without-vae = Una U-Net y un codificador de texto sin autoencoder
models-alone-both = Un codificador de texto y un autoencoder, para completar una U-Net
models-alone-text = Un codificador de texto, para completar una U-Net
models-alone-vae = Un autoencoder, para completar una U-Net
models-part-dropped = { $file } tiene solo una parte de un modelo: indicar archivos para lo que le falta
models-list-damaged = la lista de carpetas con modelos está dañada ({ $damage }): se usa lo que se puede leer; { $aside }
