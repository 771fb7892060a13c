# What the engine says in Spanish: errors, warnings and settings by their codes.

action-create = crear
action-create-in-folder = crear un archivo en la carpeta
action-find = encontrar
action-lock = bloquear
action-look-for-name = buscar un archivo con ese nombre
action-look-for-room = comprobar el espacio libre en
action-make-folder = crear la carpeta
action-open = abrir
action-open-file = abrir el archivo
action-open-folder = abrir la carpeta
action-read = leer
action-read-file = leer el archivo
action-remove = eliminar
action-rename = cambiar el nombre de
action-rename-finished = cambiar el nombre del archivo terminado
action-replace = reemplazar
action-restore = restaurar
action-write = escribir
action-write-file = escribir el archivo
adapter-config-too-long = ese archivo es demasiado largo para serlo
adapter-config-unreadable = ese archivo no se puede leer: { $detail }
address-fault-query = contiene una consulta o un fragmento
address-fault-scheme = { $scheme }: no es ni https ni http
advice-convert-model = solo los pesos ya ocupan más: convertir el modelo y sus LoRA a { $format } con `hummingbird models convert` o usar un modelo más pequeño
advice-convert-to-mapped = solo los pesos ya ocupan más: convertir el modelo y sus LoRA a { $format } con `hummingbird models convert` (la CPU asigna esos pesos en memoria desde el archivo) o usar un modelo más pequeño
advice-fewer-frames =
    { $frames ->
        [one] elegir un solo fotograma o un tamaño menor
       *[other] elegir { $frames } fotogramas como máximo o un tamaño menor
    }
advice-get-model-again = el peso «{ $weight }» de { $path } contiene valores que no son números: volver a obtener el archivo
advice-smaller-model = solo los pesos ya ocupan más: usar un modelo más pequeño o permitir más memoria
advice-smaller-size = elegir un tamaño menor
advice-weaken = usar menos guía, LoRA más débiles o el modelo en un formato numérico más amplio
caption-frames = { $frames } fotogramas de un clip son más que los { $most } que se envían: elegir menos
caption-journal = no se pueden anotar respuestas en { $path }: { $source }; liberar espacio allí o escribir en otra carpeta
caption-parallel = no se pueden hacer { $questions } preguntas a la vez: elegir de 1 a { $most }
caption-side = no se envían fotogramas de { $side } píxeles: elegir de { $least } a { $most }
caption-thread = el sistema no inicia ningún hilo ({ $detail }): cerrar otros programas o hacer menos preguntas a la vez
catalogue-fault-control-character = un texto contiene un carácter de control
catalogue-fault-id = un id se compone de letras, cifras, «-», «_» y «.»
catalogue-fault-lacks = la entrada es nueva y le falta «{ $field }»
catalogue-fault-licence-url = la dirección de la licencia no empieza ni por https:// ni por http://
catalogue-fault-name = «{ $name }» no puede ser el nombre de un archivo de modelo ({ $fault }): elegir un nombre de archivo sencillo
catalogue-fault-no-file = no se indica ningún archivo
catalogue-fault-path = «{ $path }» no es una ruta dentro de un repositorio
catalogue-fault-repository = el repositorio «{ $repository }» no tiene la forma «owner/name»
catalogue-fault-revision = la revisión «{ $revision }» no es ni un commit ni una rama ni una etiqueta
catalogue-fault-schema = el valor es { $found } y este programa conoce hasta { $known }
catalogue-fault-sha256 = el sha256 de «{ $path }» no son 64 cifras hexadecimales en minúsculas
catalogue-fault-size = el tamaño de «{ $path }» no es posible
catalogue-fault-two-models = dos modelos se guardarían con ese nombre
catalogue-fault-url = «{ $url }» no es la dirección de un archivo: empieza por https:// o http:// y no lleva nombre ni contraseña
chosen-asked-for = se pidió expresamente
chosen-best =
    { $devices ->
        [one] es el único dispositivo
       *[other] es el mejor de { $devices } dispositivos
    }
chosen-next-best = { $failed } no se abre
chosen-no-driver = no hay controlador de GPU
chosen-none-large-enough = ninguna GPU es lo bastante grande
chosen-only-software = el único controlador de GPU, { $name }, calcula en el procesador y es más lento
clip-fault-box-too-large = una caja es mayor que la que la contiene
clip-fault-ends-early = el archivo termina demasiado pronto
clip-fault-gif-block = ningún bloque GIF empieza por { $byte }
clip-fault-settings = no se pueden leer sus ajustes: { $detail }
clip-fault-too-many-parts = tiene más partes que cualquier clip
clip-views-ended = el clip termina tras el fotograma { $found }: se anunciaron { $expected }
clip-views-frame = el fotograma { $frame } tiene { $found } bytes: se esperaban { $expected }
clip-views-indices = el número de fotogramas de las vistas es { $found }: hacen falta { $expected }
clip-views-offsets = el número de desplazamientos de fragmentos es { $found }: hacen falta { $expected }
clip-views-outside = un fragmento de { $side } píxeles en la fila { $row } y la columna { $column } no está dentro de un fotograma de { $width }x{ $height }
clip-views-size =
    { $frames ->
        [one] no se puede puntuar un clip de { $width }x{ $height } píxeles con un solo fotograma: necesita al menos un fotograma y lados de 1 a { $most } píxeles
       *[other] no se puede puntuar un clip de { $width }x{ $height } píxeles con { $frames } fotogramas: necesita al menos un fotograma y lados de 1 a { $most } píxeles
    }
clip-damaged = { $path } no es un clip de tensores que se pueda leer ({ $detail }): volver a obtenerlo u omitirlo
clip-no-frames = { $path } no contiene fotogramas de un clip: necesita frames como u8 [t, h, w, 3], con un máximo de 3 600 000 fotogramas de 8192 píxeles por lado
clip-no-stretch =
    { $frames ->
        [one] { $path } tiene un solo fotograma, pero su fila empieza en el fotograma { $start_frame }: volver a escanearlo y cortarlo
       *[other] { $path } tiene { $frames } fotogramas, pero su fila empieza en el fotograma { $start_frame }: volver a escanearlo y cortarlo
    }
clip-of-object = { $detail }
clip-read = no se puede leer el clip { $path }: { $source }
config-attention-resolutions = attn_resolutions debe estar vacío: aquí no se conoce otro autoencoder
config-missing = falta { $name }
config-no-file = la etapa necesita un archivo que no se indicó: { $option }
config-no-names = { $name } es { $value }: debe ser una lista de nombres
config-no-number = { $name } es { $value }: debe ser un número { $range }
config-no-whole-number = { $name } es { $value }: debe ser un número entero
config-no-whole-numbers = { $name } es { $value }: debe ser una lista de números enteros
config-not-trained = { $list } nombra «{ $name }», que no es un parámetro que se entrene
config-not-two = { $name } es { $value }: debe ser una lista de dos números
config-parameterization = la parametrización «{ $found }» no se conoce: eps o v
config-too-long = el archivo ocupa { $length_bytes }: los de configuración ocupan como máximo { $most_bytes }
config-u-net-option = la opción de la U-Net { $name } debe ser { $required }: aquí no se conoce otra red
config-unknown-key = { $section } tiene la clave desconocida «{ $name }»: se conocen { $known }
config-unreadable = { $detail }
cut-journal = no se puede guardar en { $path } lo encontrado hasta ahora: { $source }
cut-options = no se pueden encontrar cortes con el umbral { $threshold } y la longitud mínima { $min_frames } (en fotogramas): el umbral debe ser mayor que 0 y como máximo 255, y la longitud al menos 1
dataset-note-duplicate = omitido: { $path } tiene el mismo contenido que { $first }
dataset-note-missing = la tabla { $table } nombra «{ $name }», que no existe
dataset-note-named-twice = la tabla { $table } nombra «{ $name }» más de una vez: cuenta la primera descripción
dataset-note-no-caption = omitido: { $path } no tiene descripción: escribirla en un archivo de texto con su mismo nombre al lado
dataset-note-too-short =
    { $frames ->
        [one] omitido: { $path } tiene un solo fotograma y hacen falta { $needed }
       *[other] omitido: { $path } tiene { $frames } fotogramas y hacen falta { $needed }
    }
dataset-note-unreadable = omitido: { $problem }
dataset-empty = { $path } no contiene clips ni imágenes: poner en ella archivos MP4, MOV, WebM, MKV, GIF, WebP, PNG o JPEG
dataset-no-captions = ningún clip de { $path } tiene descripción: escribir lo que muestra CLIP.mp4 en CLIP.txt al lado, o en captions.csv con las columnas file_name y text, o indicar una palabra de activación, que sirve entonces de descripción
dataset-nothing-left =
    { $left_out ->
        [one] el único clip de { $path } no se puede usar; el aviso anterior explica por qué
       *[other] no se puede usar ninguno de los { $left_out } clips de { $path }; los avisos anteriores explican por qué
    }
dataset-read = no se puede leer { $path }: { $source }
dataset-table = la tabla { $path } no se puede usar: { $fault }
dataset-too-many = { $path } contiene más de { $max } archivos: elegir una carpeta más interior
device-drawback-computes-on-processor = calcula en el procesador, más lento que el dispositivo CPU
device-drawback-small-buffers = sus búferes son demasiado pequeños
device-failure-gone = ya no está
device-failure-no-gpu-support = esta compilación no admite GPU
device-failure-out-of-memory = sin memoria
device-device-failed = el dispositivo «{ $device }» falló ({ $detail }): intentarlo de nuevo o elegir otro dispositivo (`--device cpu` funciona siempre)
device-no-such-device = no existe el dispositivo «{ $asked }»; `hummingbird devices` enumera: { $available }
device-not-a-device = «{ $text }» no es un dispositivo: escribir auto, cpu, gpu o gpu:N
dover-alignment = aligned es { $aligned }: debe dividir clip_len, que es { $clip_len }
dover-division = { $name } es { $value }: debe dividir el número de canales, que es { $width }
dover-lacks = el archivo no es DOVER: le falta el tensor «{ $name }»
dover-narrow = una vista de { $side } píxeles es demasiado pequeña: hacen falta { $least }
dover-shape = el tensor «{ $name }» tiene la forma [{ $shape }]: no es de DOVER
dover-size = { $name } es { $value }: debe estar entre 1 y { $most }
dover-window = una ventana de { $positions } posiciones es demasiado grande: se admiten { $most } como máximo
encoder-fault-frame = fotograma { $frame }: { $detail }
encoder-fault-no-parameter-sets = no dio conjuntos de parámetros
encoder-fault-no-plain-picture = fotograma { $frame }: no dio una imagen simple
encoder-fault-nothing = no dio nada para el fotograma { $frame }
encoder-fault-other-version = su biblioteca tiene otra versión
encoder-fault-too-large = el clip supera los 4 GiB
engine-buffer-too-small = este clip necesita un búfer de { $need_bytes } y los de «{ $device }» admiten { $limit_bytes }: { $advice }
engine-bug = error interno, se ruega comunicarlo: { $detail }
engine-engine-stopped = el motor se ha detenido: reiniciar la aplicación
engine-inputs = las entradas de { $path } no se pueden usar: { $detail }
engine-memory-too-small = este clip necesita unos { $need_bytes } de memoria y se permiten { $limit_bytes }: { $advice }
engine-not-finite = hay valores no finitos (NaN o infinito) en { $what }: { $advice }
engine-out-of-memory = «{ $device }» se quedó sin memoria: elegir menos fotogramas o un tamaño menor, cerrar otros programas o usar `--device cpu`
engine-queue-full =
    { $waiting ->
        [one] ya hay un trabajo en espera: dejar que termine o cancelarlo
       *[other] ya hay { $waiting } trabajos en espera: dejar que termine uno o cancelarlo
    }
eval-measure = la medida es errónea: acierta { $measure } en una proporción de { $share } de los clips recién renderizados y hace falta al menos { $least }; es un defecto del renderizador o de la medida, no del modelo: se ruega comunicarlo
eval-prompts =
    { $prompts ->
        [one] no se puede evaluar un prompt: elegir de 1 a { $most }, el número de combinaciones reservadas
       *[other] no se pueden evaluar { $prompts } prompts: elegir de 1 a { $most }, el número de combinaciones reservadas
    }
export-note-gif-slowed = un GIF muestra como máximo 50 fotogramas por segundo: este va más lento que { $fps }
export-note-older-frames-follow = quedaron fotogramas de un clip anterior más largo, a partir de { $path }
export-note-padded-to-even = el vídeo necesita medidas pares: se repitió el borde hasta { $width }x{ $height }
export-note-rate-matched = el clip { $clip } tiene { $fps } fotogramas por segundo: se repitieron u omitieron fotogramas para llegar a { $reel_fps }
export-note-scaled-to-fit = el clip { $clip } mide { $width }x{ $height } y se escaló para caber en { $reel_width }x{ $reel_height }
export-cancelled = se canceló la exportación
export-cannot-fit = el archivo más pequeño de este clip en formato { $format } tiene { $smallest } bytes, más de { $limit }: recortarlo o elegir otro formato
export-colours = un GIF no puede tener { $colours } colores: elegir de { $least } a { $most }
export-crop = la parte que se quiere recortar no cabe en fotogramas de { $width }x{ $height }: elegir otra
export-damaged = el archivo está dañado ({ $detail }): usar otra copia: { $path }
export-disk-full = el disco está lleno: liberar espacio o elegir otro disco y volver a exportar: { $path }
export-encoder = el codificador de { $format } falló ({ $detail }): elegir otro formato: { $path }
export-exists = ya existe un archivo con ese nombre: elegir otro nombre o permitir que se reemplace: { $path }
export-folder-missing = la carpeta no existe: crearla o elegir otra: { $folder }
export-fps = no se pueden escribir { $fps } fotogramas por segundo: elegir de 1 a { $max }
export-io = no se puede { $action } ({ $source }): comprobar el disco y el nombre o elegir otra carpeta: { $path }
export-is-folder = es una carpeta: añadir un nombre de archivo: { $path }
export-name-foreign = Windows no puede escribir un archivo con ese nombre: elegir otro: { $path }
export-name-too-long = el sistema de archivos no admite un nombre de esa longitud o clase: elegir uno más corto y sencillo: { $path }
export-no-frames = el clip no tiene fotogramas que escribir: generar uno antes
export-no-permission = no hay permiso para escribir aquí: elegir una carpeta propia o cambiar sus permisos: { $path }
export-not-a-clip = no es un clip: los ajustes se pueden leer de archivos .mp4, .gif, .webp, .webm, .apng o .png: { $path }
export-not-a-folder = es un archivo, no una carpeta, y no se puede guardar nada dentro: elegir otra carpeta: { $folder }
export-plays = un clip no puede reproducirse { $plays } veces: elegir de 1 a { $max }
export-quality = la calidad { $crf } no es posible: elegir de 0 (la mejor) a 51 (el archivo más pequeño)
export-scale = no se puede escalar a { $width }x{ $height }: elegir lados de 1 a { $max } píxeles, y menos si el clip es largo
export-size = { $format } no admite fotogramas de { $width }x{ $height } (lados desde { $smallest }, hasta { $largest_long }x{ $largest_short } píxeles): elegir otro formato, .png admite cualquier tamaño
export-trim = los fotogramas { $first } a { $last } no están en este clip: tiene los fotogramas 1 a { $frames }
export-unknown-ending = elegir un nombre que termine en .mp4, .gif, .webp, .webm, .apng o .png, no { $path }
fault-archive-end = el final del archivo comprimido se contradice
fault-archive-end-missing = falta el final del archivo comprimido: volver a copiarlo o descargarlo
fault-archive-split = el archivo comprimido está repartido en varios archivos
fault-archive-unreadable = el archivo comprimido no se puede leer: { $detail }
fault-big-endian = sus números son big-endian: volver a guardarlo en una máquina little-endian
fault-empty-dict = no contiene tensores donde se buscan; no tiene primeras claves
fault-empty-module = contiene un módulo sin tensores
fault-ends-early = termina demasiado pronto: volver a copiarlo o descargarlo
fault-header-breaks-off = su cabecera se interrumpe: volver a copiarlo o descargarlo
fault-header-too-long = su cabecera es demasiado larga
fault-header-unreadable = su cabecera no se puede leer: { $detail }
fault-list-of-others = contiene una lista de algo que no son tensores
fault-member-compressed = su parte { $member } está comprimida, cosa que PyTorch nunca hace: volver a empaquetarla sin compresión
fault-member-encrypted = su parte { $member } está cifrada
fault-member-sizes = su parte { $member } tiene dos tamaños
fault-member-too-long = su parte { $member } ocupa { $size_bytes }, más de los { $most_bytes } que se leen
fault-member-unreadable = su parte { $member } no se puede leer: { $detail }
fault-named-storage = su bloque de almacenamiento { $key } { $fault }
fault-no-byte-order = no indica cómo están escritos sus números
fault-no-magic = no empieza por el número mágico de PyTorch
fault-no-module = contiene un objeto de { $class }, que no es un módulo de PyTorch
fault-no-pickle = es un archivo zip, pero no de PyTorch: no tiene data.pkl
fault-no-tensors = no contiene tensores
fault-no-tensors-under = no contiene tensores donde se buscan; sus primeras claves son { $keys }
fault-not-py-torch = no es un checkpoint de PyTorch
fault-number-format = el tensor { $name } tiene el formato numérico { $format }
fault-old-version = es de una versión desconocida del formato antiguo de PyTorch
fault-opcode = su pickle tiene el código de operación desconocido { $opcode } en el byte { $at }
fault-other-length = es más largo o más corto de lo que dice su cabecera: volver a copiarlo o descargarlo
fault-pickle = su pickle { $fault } (antes del byte { $position })
fault-protocol = está escrito en el protocolo pickle { $version }, y el más nuevo conocido es el 5
fault-several-pickles = es un archivo zip con varios data.pkl
fault-single-tensor = contiene un solo tensor, no un modelo
fault-storage = un bloque de almacenamiento { $fault }
fault-storage-kind = un bloque de almacenamiento es del tipo { $kind }
fault-storage-list = su lista de bloques de almacenamiento no es una lista de nombres
fault-tensor = tensor { $name }: { $fault }
fault-tensor-kind = el tensor { $name } es del tipo { $kind }
fault-tensor-name-no-text = el nombre de un tensor no es texto
fault-tensor-name-too-long = el nombre de un tensor es demasiado largo: { $start }...
fault-too-many-classes = nombra demasiadas clases
fault-too-many-members = el archivo comprimido tiene { $members } partes, más de las { $most } que se leen
fault-too-many-modules = sus módulos se contienen unos a otros demasiadas veces o a demasiada profundidad
fault-too-many-references = sus objetos se refieren unos a otros demasiadas veces
fault-too-many-tensors = contiene más de { $most } tensores, o nombres demasiado largos
fault-torch-script = es un programa de TorchScript: guardar su `state_dict()` con `torch.save` y abrir ese archivo
fault-two-tensors = contiene dos tensores { $names }
file-changed = { $path } se modificó o se cortó mientras se usaba, por lo que no se puede confiar en el resultado: volver a abrirlo
file-damaged = el archivo de modelo { $path } está dañado ({ $detail }): volver a obtenerlo
file-foreign = { $path } no es un modelo que se pueda usar ({ $detail })
file-not-finite = «{ $name }» contiene valores que no son números (NaN o infinito) con { $path }: volver a obtener ese archivo
file-number-format = «{ $name }» de { $path } tiene el formato numérico { $format }, que no se admite: guardar el modelo en f16 o f32
file-open = no se puede abrir el archivo de modelo { $path }: { $source }
file-tensor-missing = al archivo de modelo { $path } le falta el tensor «{ $name }»: no concuerda con su propia descripción
file-tensor-shape = el tensor «{ $name }» de { $path } tiene la forma [{ $found }] y hace falta [{ $expected }]
filter-column = un manifiesto no tiene la columna de números «{ $name }»; tiene: { $known }
filter-limit = el límite «{ $text }» no se puede usar ({ $detail }): escribir uno como vqa_overall=40
folders-no-folders = este sistema no indica ninguna carpeta para los datos del usuario: definir HOME (o HUMMINGBIRD_HOME) y volver a iniciar
foreign-model-animate-diff = un módulo de movimiento de AnimateDiff
foreign-model-clip-text = un codificador de texto CLIP en la forma de transformers
foreign-model-clip-vision = un codificador de imágenes CLIP
foreign-model-cog-video-x = un modelo CogVideoX
foreign-model-control-net = un ControlNet
foreign-model-diffusers-unet = una U-Net de Stable Diffusion en la forma de diffusers
foreign-model-embedding = un embedding (inversión textual)
foreign-model-flux = un modelo Flux
foreign-model-hunyuan = un modelo HunyuanVideo
foreign-model-language-model = un modelo de lenguaje
foreign-model-ltx = un modelo de vídeo LTX
foreign-model-mochi = un modelo Mochi
foreign-model-sd1 = un checkpoint de SD 1.x
foreign-model-sd2 = un checkpoint de SD 2.x
foreign-model-sd3 = un checkpoint de SD 3
foreign-model-sdxl = un checkpoint de SDXL
foreign-model-svd = un checkpoint de Stable Video Diffusion
foreign-model-t5 = un codificador de texto T5
foreign-model-upscaler = un modelo de ampliación del tipo ESRGAN
foreign-model-wan = un modelo de vídeo Wan
format-apng = PNG animado
format-gif = GIF
format-mp4 = Vídeo MP4
format-png-frames = Fotogramas PNG numerados
format-web-m = Vídeo WebM (AV1)
format-web-p = WebP animado
frames-crop = el recorte empieza en la fila { $top } y la columna { $left }: los fotogramas reducidos tienen sitio para { $most_top } y { $most_left }
frames-elongated = los fotogramas de { $width }x{ $height } píxeles no se pueden evaluar: un lado debe ser como máximo { $most } veces más largo que el otro y ninguno puede estar vacío
frames-narrow = los fotogramas de { $width }x{ $height } píxeles son demasiado estrechos: con { $side } píxeles no quedaría nada de un lado
frames-sizes = dos fotogramas tienen tamaños distintos: { $width }x{ $height } y { $other_width }x{ $other_height } píxeles; ambos deben tener el mismo
frames-small = los fotogramas de { $width }x{ $height } píxeles son demasiado pequeños para esta red: ampliarlos hasta que ambos lados tengan al menos { $least }
grid-empty = no está ninguno de sus clips
grid-too-large =
    { $frames ->
        [one] una cuadrícula de { $width }x{ $height } píxeles con un fotograma es demasiado grande: hacerla con menos clips o más pequeños
       *[other] una cuadrícula de { $width }x{ $height } píxeles con { $frames } fotogramas es demasiado grande: hacerla con menos clips o más pequeños
    }
implausible-attention-levels = los niveles con atención de su U-Net no pueden ser correctos
implausible-default-size = su tamaño predeterminado no puede ser correcto
implausible-embeddings = los embeddings de guía y movimiento no pueden ser correctos
implausible-fps = sus fotogramas por segundo no pueden ser correctos
implausible-frames = su número de fotogramas no puede ser correcto
implausible-guidance = su guía no puede ser correcta
implausible-latent-channels = los canales latentes de la U-Net y del autoencoder no pueden ser correctos
implausible-name = su nombre o su licencia no pueden ser correctos
implausible-noise-schedule = su programa de ruido o su escala latente no pueden ser correctos
implausible-preview-map = la tabla de sus vistas previas no puede ser correcta
implausible-remarks = las notas sobre su origen no pueden ser correctas
implausible-residual-blocks = su número de bloques residuales no puede ser correcto
implausible-size-multiple = el múltiplo de sus tamaños no puede ser correcto
implausible-sizes = sus tamaños no pueden ser correctos
implausible-steps = su número de pasos no puede ser correcto
implausible-text-blocks = el número de bloques de su codificador de texto no puede ser correcto
implausible-text-heads = las cabezas de su codificador de texto no pueden ser correctas
implausible-text-widths = la anchura de su codificador de texto y la del texto en su U-Net no pueden ser correctas
implausible-token-table = la tabla de tokens de su codificador de texto no puede ser correcta
implausible-u-net-heads = las cabezas de su U-Net no pueden ser correctas
implausible-u-net-latent-channels = los canales latentes de su U-Net no pueden ser correctos
implausible-u-net-levels = los niveles de su U-Net no pueden ser correctos
implausible-u-net-norms = las normas de grupo de su U-Net no pueden ser correctas
implausible-u-net-text-width = la anchura del texto en su U-Net no puede ser correcta
implausible-u-net-width = la anchura de su U-Net no puede ser correcta
implausible-vae-latent-channels = los canales latentes de su autoencoder no pueden ser correctos
implausible-vae-levels = los niveles de su autoencoder no pueden ser correctos
implausible-vae-norms = las normas de grupo de su autoencoder no pueden ser correctas
implausible-vae-patch = los cuadrados de píxeles de su autoencoder no pueden ser correctos
implausible-vae-width = la anchura de su autoencoder no puede ser correcta
implausible-vocabulary = su vocabulario no puede ser correcto
inputs-count = el tensor «{ $name }» tiene { $count } números para un lote de { $batch }
inputs-dimensions = el tensor «{ $name }» tiene la forma [{ $shape }]: hacen falta { $needed } dimensiones
inputs-empty = el tensor «{ $name }» está vacío
inputs-frame-index = el tensor «frame_index» nombra el fotograma { $index }: hay { $frames }, contados desde 0
inputs-lacks = falta el tensor «{ $name }»; hay { $names }
inputs-no-autoencoder = el tensor «latents» necesita el autoencoder: añadir --vae
inputs-no-step-noise = falta el tensor «{ $name }», que este paso añade
inputs-no-timesteps = falta el tensor «timesteps»
inputs-no-tokens = el tensor «attention_mask» tiene una fila que no deja ningún token
inputs-no-uncond = falta el tensor «uncond», que la guía necesita (con --guidance 1 no hace falta)
inputs-not-below = el tensor «{ $name }» contiene { $value }: hacen falta números enteros desde 0 y menores que { $limit }
inputs-row-length = el tensor «tokens» tiene filas de { $length }: hacen falta { $needed } ids
inputs-row-too-long = el tensor «tokens» tiene filas de { $length }: se admiten como máximo { $most } ids
inputs-shape = el tensor «{ $name }» tiene la forma [{ $shape }]: hace falta [{ $wanted }]
inputs-sides = el tensor «{ $name }» mide { $height } de alto y { $width } de ancho: ambos deben ser múltiplos de { $multiple }
inputs-token-id = el id de token { $id } no está en la tabla de { $limit } tokens
job-cancelled = cancelado
kept-io = no se puede { $action } { $path }: { $source }
kept-newer = { $path } lo escribió una versión más nueva de este programa (esquema { $found }, esta conoce hasta { $known }): actualizar el programa o mover el archivo a otro lugar
kept-too-large = el archivo es demasiado grande ({ $bytes })
latent-lacks = no es un latente guardado, le falta «{ $key }»
latent-other-model = este latente se muestreó con otro modelo: abrir antes ese modelo
layout-latents-of-model = los latentes de este modelo
layout-nearest = { $name }, la estructura conocida más próxima (coinciden { $found } de { $all } tensores)
layout-own-sizes = sus propios tamaños
library-gone = este clip ya no está en la biblioteca
library-index = el índice de la biblioteca no se puede usar ({ $detail }): { $path }
library-newer = { $path } lo escribió una versión más nueva de este programa (esquema { $found }, esta conoce hasta { $known }): actualizar el programa
library-not-removed = { $path } no se pudo mover a la papelera ({ $detail }): eliminarlo a mano
library-not-restored = { $path } no se pudo recuperar ({ $detail }): buscarlo en la papelera del sistema
library-not-unicode = el nombre de { $path } no está en Unicode: elegir otra carpeta para los clips
limit-no-value = no tiene = entre la columna y el valor
limit-number = su valor no es un número
limit-share = una proporción es mayor que 0 y como máximo 1
lora-adapter-config = su intensidad figura en adapter_config.json, a su lado, y { $reason }
lora-alpha-no-number = su lora_alpha no es un número
lora-alpha-pattern = «{ $layer }» de su alpha_pattern es una expresión regular, que aquí no se lee
lora-alpha-pattern-no-number = un valor de su alpha_pattern no es un número
lora-changed-twice = cambia «{ $weight }» dos veces, con dos nombres: volver a obtener el archivo
lora-factor = la capa «{ $layer }» tiene el factor { $scale }: volver a obtener el archivo
lora-metadata = su lora_adapter_metadata: { $detail }
lora-metadata-no-object = su lora_adapter_metadata no es un objeto
lora-no-changes = no contiene cambios de rango bajo: elegir un archivo LoRA
lora-not-finite = su tensor «{ $name }» contiene valores que no son números (NaN o infinito): volver a obtener el archivo
lora-one-factor = la capa «{ $layer }» solo tiene uno de sus dos factores: volver a obtener el archivo
lora-other-count = cambia { $changed } capas según su orden y este modelo tiene { $layers }: elegir el LoRA hecho para este modelo
lora-other-method = usa un método distinto de LoRA ({ $method }): solo se puede aplicar LoRA simple
lora-several-adapters = contiene varios adaptadores ({ $names }): guardar cada uno en su propio archivo
lora-shape = sus tensores [{ $up }] y [{ $down }] no encajan en el peso «{ $weight }» de forma [{ $shape }]: elegir el LoRA hecho para este modelo
lora-two-changes = tiene dos cambios de la capa «{ $layer }»: volver a obtener el archivo
lora-unknown-layers =
    { $count ->
        [one] una de sus capas no está en este modelo («{ $first }»): elegir el LoRA hecho para este modelo
       *[other] { $count } de sus capas no están en este modelo (la primera: «{ $first }»): elegir el LoRA hecho para este modelo
    }
manifest-form = { $path } no indica qué formato tiene: elegir un nombre que termine en .parquet, .csv o .jsonl
manifest-locked = otro trabajo está usando { $path }: esperar a que termine o escribir en otro archivo
manifest-no-path = { $path } no tiene ninguna columna que nombre clips: su primera línea necesita la columna path (o videoid y page_dir)
manifest-parquet = { $path } no es un archivo Parquet que se pueda leer ({ $detail }): volver a crearlo
manifest-read = no se puede leer el manifiesto { $path }: { $source }
manifest-row = la fila { $row } de { $path } no se puede leer ({ $detail }): corregir la fila o quitarla
manifest-too-many-rows = { $path } tiene más de { $max } filas: dividirlo
manifest-write = no se puede escribir el manifiesto { $path }: { $source }
mistaken-json = un mensaje JSON ({ $begin })
mistaken-lfs-pointer = solo el puntero de Git LFS
mistaken-packed = algo empaquetado con { $packing }
mistaken-text = un texto ({ $begin })
mistaken-xml = un documento XML ({ $begin })
model-config = la configuración { $path } no se puede usar: { $detail }
model-layout-unfit = { $path } no se ajusta a { $layout }: { $details }
model-lora-unfit = el LoRA { $path } no se puede usar: { $detail }
model-value = «{ $name }» contiene { $value }, que no cabe en { $format }: { $advice }
model-wrong-length = error interno, se ruega comunicarlo: los valores de «{ $name }» no son tantos como dice su forma
name-fault-dot-or-space = empieza o termina por un punto o un espacio
name-fault-invisible-character = contiene un carácter invisible
name-fault-length = está vacío o es demasiado largo
name-fault-own-notes = este programa guarda sus propias notas con nombres así
name-fault-path-character = contiene un carácter propio de las rutas
name-fault-windows-device = en Windows es un dispositivo
network-autoencoder = autoencoder
network-text-encoder = codificador de texto
network-u-net = U-Net
not-finite-frames = los fotogramas decodificados
not-finite-latent = el latente tras el paso { $step }
number-format-f16 = un número de 16 bits
number-format-q8 = un bloque de números de 8 bits
number-format-weights = un archivo de pesos
number-range-count = mayor que 0, sin decimales
number-range-finite = finito
number-range-not-negative = no menor que 0
number-range-positive = mayor que 0
number-range-positive-share = mayor que 0 y no mayor que 1
number-range-share = de 0 a 1, sin llegar a 1
number-range-timesteps = de 1 a 1000, sin decimales
object-address-bucket = ningún bucket tiene ese nombre
object-address-key = ningún objeto tiene esa clave
object-address-scheme = no empieza por s3://
object-fault-list = su lista no se puede leer
object-fault-no-length = no indica la longitud del objeto
object-fault-no-tag = no da ninguna etiqueta para una parte
object-fault-no-upload = no dice nada de la subida por partes
object-fault-range = envía un intervalo distinto del que se pidió
object-address = «{ $text }» no es la dirección de un objeto ({ $detail }): escribir una como s3://bucket/folder/clip.mp4
object-changed = { $address } cambia mientras se lee: esperar a que termine lo que lo escribe e intentarlo de nuevo
object-io = no se puede { $action } { $path }: { $source }
object-missing = { $address } no existe: comprobar que el nombre es correcto
object-nonsense = el almacén no responde para { $address } como lo hace S3 ({ $detail }): comprobar que AWS_ENDPOINT_URL es correcto
object-refused = el almacén rechaza { $address } (estado { $status }, { $detail }): comprobar que AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY y AWS_REGION son correctos y tienen permiso para esto
object-settings = no se puede acceder a los objetos ({ $detail }): corregir las variables de entorno AWS_*
object-status = el almacén respondió con el estado { $status } para { $address } ({ $detail }): intentarlo más tarde o comprobar que AWS_ENDPOINT_URL y AWS_REGION son correctos
object-too-large = { $address } ocupa { $bytes }, más de { $most_bytes }: comprobar que el nombre es correcto
object-unreachable = no se puede acceder al almacén de { $address } ({ $detail }): comprobar que AWS_ENDPOINT_URL es correcto y la red funciona
pickle-fault-appends-to-no-list = añade algo a lo que no es una lista
pickle-fault-breaks-off = se interrumpe
pickle-fault-class-no-text = nombra una clase con algo que no es texto
pickle-fault-class-too-long = nombra una clase con un nombre demasiado largo
pickle-fault-empty-stack = toma un valor de una pila vacía
pickle-fault-endless-line = tiene una línea sin final
pickle-fault-entry-without-value = tiene una entrada de diccionario sin valor
pickle-fault-line-no-number = tiene una línea que no es un número
pickle-fault-no-class = crea un objeto sin clase
pickle-fault-not-open = cierra lo que no abrió
pickle-fault-not-stored = recupera un valor que no guardó
pickle-fault-sets-in-no-dict = fija una entrada de lo que no es un diccionario
pickle-fault-stack-too-high = tiene demasiados valores en la pila
pickle-fault-text-without-quotes = tiene un texto sin comillas
pickle-fault-too-deep = anida a demasiada profundidad
pickle-fault-too-long = es demasiado largo
pickle-fault-too-many-items = tiene demasiados elementos en sus listas
pickle-fault-too-many-remembered = recuerda demasiados valores
pickle-fault-too-many-values = tiene demasiados valores
place-entry = entrada «{ $id }»
place-field = «{ $name }»
place-file = archivo «{ $name }»
place-line = línea { $line }
program-comfy-ui = ComfyUI
program-wan-gp = WanGP
program-web-ui = Stable Diffusion web UI
prune-more-blocks = el alumno tiene { $student } bloques residuales por nivel y el maestro { $teacher }: no debe tener más
prune-no-fps = el alumno tiene la frecuencia de fotogramas como condición y el maestro no
prune-no-middle-block = el alumno tiene un bloque central y el maestro no
prune-size = { $size } del alumno es { $student } y el del maestro { $teacher }: solo pueden diferir en los bloques
queue-file-cell = la posición del trabajo { $number } de { $path } en su cuadrícula no tiene sentido
queue-file-damaged = { $path } no es un archivo de cola o está dañado ({ $detail })
queue-file-empty = { $path } no contiene trabajos
queue-file-outside = el trabajo { $number } de { $path } quiere escribir en { $output }: indicar un archivo dentro de la carpeta de los clips, sin ..
queue-file-same-output = los trabajos { $first } y { $second } de { $path } escriben ambos en { $output }: elegir dos nombres
queue-file-too-many = { $path } contiene { $jobs } trabajos y se admiten como máximo { $most }: dividirlo en varios archivos
recipe-key-empty = una parte de su clave está vacía
recipe-key-no-sign = le falta `=`
recipe-key-no-table = `{ $part }` no tiene claves propias
recipe-file = { $path } no es una receta: { $detail }; --print-recipe muestra una
recipe-missing = la receta no indica { $key }: definirlo en el archivo de la receta o con --set { $key }=...
recipe-no-bf16 = run.mixed_precision = "bf16" es para la CPU en procesadores que multiplican bf16 (AVX-512 BF16): aquí ponerlo en "no"
recipe-override = --set «{ $text }»: { $detail }; --print-recipe muestra todas las claves
recipe-read = no se puede leer la receta { $path }: { $source }
recipe-value = { $key } de la receta no puede ser { $value }; --print-recipe indica qué valores admite
request-ddim-steps =
    { $steps ->
        [one] DDIM no puede usar un solo paso (sus pasos temporales saldrían de la tabla de ruido): elegir { $nearest }
       *[other] DDIM no puede usar { $steps } pasos (sus pasos temporales saldrían de la tabla de ruido): elegir { $nearest }
    }
release-address = { $text } no es una dirección a la que preguntar por versiones ({ $detail }): escribir una que empiece por https://
release-no-release = en { $url } no hay ninguna versión (estado { $status })
release-not-a-release = lo que envió { $url } no describe ninguna versión ({ $detail }): quizá responde otra cosa en su lugar
release-status = { $url } respondió con el estado { $status }: intentarlo más tarde
release-unreachable = no se pudo preguntar a { $url } por la versión más nueva ({ $detail }): comprobar si la red funciona e intentarlo de nuevo
request-empty-prompt = el prompt está vacío: escribir lo que debe mostrar el clip, por ejemplo «a red balloon rising over the ocean»
request-lora-strength = la intensidad { $strength } de { $path } no es posible: elegir de -{ $max } a { $max }
request-no-tiny-decoder = no hay decodificador pequeño para este modelo: elegir el decodificador completo o, si es uno de los modelos publicados, obtener TAESD (`hummingbird models get taesd` o la página de modelos)
request-out-of-range =
    { $setting ->
        [steps] no se pueden muestrear { $value } pasos: elegir de { $least } a { $most }
        [guidance] la guía { $value } no es posible: elegir de { $least } a { $most }
        [frames] no se pueden hacer { $value } fotogramas: elegir de { $least } a { $most }
        [fps] no se pueden escribir { $value } fotogramas por segundo: elegir de { $least } a { $most }
        [eta] el valor { $value } de eta no es posible: elegir de { $least } (sin ruido nuevo en un paso) a { $most }
        [guidance_rescale] el valor { $value } del reescalado de guía no es posible: elegir de { $least } (desactivado) a { $most }
       *[other] el valor { $value } de { $setting } no es posible: elegir de { $least } a { $most }
    }
request-prompt-weight = el peso { $weight } de «{ $words }» es demasiado grande: elegir de 0 a { $max } o escribir \( y \) donde se quieran paréntesis
request-size = { $width }x{ $height } no encaja en la red (múltiplos de { $multiple }, como máximo { $max }): el tamaño más próximo que encaja es { $nearest_width }x{ $nearest_height }
reward-kind =
    { $what ->
        [pictures] { $kind } no puntúa imágenes: elegir la etapa de ese evaluador u otro evaluador
        [clips] { $kind } no puntúa clips: elegir la etapa de ese evaluador u otro evaluador
       *[other] { $kind } no lo puntúa ({ $what }): elegir la etapa de ese evaluador u otro evaluador
    }
reward-lacks = falta { $name }
reward-number = { $name } es { $value }: debe ser un número distinto de 0
scan-folder = { $path } no se puede escanear: { $source }
scan-too-many = las carpetas contienen más de { $max } archivos: escanear partes de ellas en manifiestos propios
score-share = la red rápida no puede dejar pasar una proporción de { $share } de los clips: elegir una mayor que 0 y como máximo 1
scorer-deviation = std tiene el valor { $value }: debe ser mayor que 0
scorer-division = { $name } es { $value }: debe dividir { $of }, que es { $width }
scorer-fusion-layer = fusion_layer es { $fusion_layer }: solo hay { $layers } capas
scorer-patch = los parches de { $patch } píxeles no encajan en imágenes de { $side }
scorer-pooling = mean_pooling es false: solo se pueden ejecutar redes que promedian sus tokens
scorer-ratio = { $name } es { $value }: debe ser mayor que 0 y como máximo { $most }
scorer-size = { $name } es { $value }: debe estar entre 1 y { $most }
settings-not-a-reuse = «{ $text }» no es una reutilización: escribir off, light, strong o INTERVAL:DEPTH con un intervalo de 2 a { $max } y una profundidad de 1 a { $max }, por ejemplo 3:2
storage-fault-listed-twice = figura dos veces en la lista
storage-fault-longer-than-file = es más largo que el archivo: volver a copiarlo o descargarlo
storage-fault-no-class = no tiene clase
storage-fault-no-name = no tiene nombre
storage-fault-no-plain-name = no tiene un nombre simple
storage-fault-no-size = no tiene tamaño
storage-fault-not-described = figura en la lista, pero no se describe en ninguna parte
storage-fault-other-size = tiene un tamaño distinto del indicado
storage-fault-outside = queda fuera del archivo
storage-fault-piece-of-nothing = es una parte de nada
storage-fault-too-few-values = se describe con demasiado pocos valores
storage-fault-two-ways = se describe de dos maneras
store-settings-bucket = el bucket «{ $bucket }» no tiene dirección en este servidor
store-settings-endpoint = { $variable } no es la dirección de un servidor, como https://minio.example.org:9000
store-settings-half-key = { $set } está definida y { $missing } no
store-settings-not-text = { $variable } no es texto
store-bad-file = error en { $path }, { $place } ({ $detail }): corregirlo o eliminar el archivo para usar lo que viene integrado
store-busy = «{ $file }» ya se está descargando: esperar a esa descarga o detenerla antes
store-changing = { $path } cambia mientras se lee: esperar a que termine lo que lo escribe e intentarlo de nuevo
store-damaged-index = { $path } está dañado ({ $detail }): se usa lo que se puede leer y el archivo se conserva con otro nombre antes de escribir uno nuevo
store-disk-full = { $folder } tiene { $free_bytes } libres y hacen falta { $needed_bytes }: liberar espacio y empezar de nuevo; lo que ha llegado se conserva
store-endpoint = «{ $text }» no es una dirección de la que obtener modelos ({ $detail }): escribir una como https://huggingface.co
store-gone = { $url } no existe (estado { $status }): puede haberse movido o faltar en un servidor réplica; consultar la página del repositorio y corregir catalogue.json o el endpoint
store-io = no se puede { $action } { $path }: { $source }
store-licence-not-accepted = estos pesos tienen la licencia { $licence } ({ $url }): leerla y, si se acepta, obtenerlos con --accept-licence
store-no-resume = { $url } no envió el archivo completo tras varios intentos ({ $attempts }; { $detail }) y el servidor no da ninguna marca con la que continuar una descarga: no se conservó nada; intentarlo de nuevo cuando la red vaya mejor o con otro endpoint
store-not-a-model = { $url } envió { $what } en lugar del modelo: no se conservó nada; consultar la página del repositorio en un navegador y corregir catalogue.json o el endpoint
store-not-here = la carpeta de modelos no tiene «{ $name }»: `hummingbird models list` muestra lo que hay
store-protocol = { $url } no responde como un servidor de archivos ({ $detail }): probar otro endpoint
store-refused = { $url } no está abierto a todos (estado { $status }): obtener el archivo de su página en un navegador y ponerlo en la carpeta de modelos
store-status = { $url } respondió con el estado { $status }: probar más tarde o con otro endpoint
store-stuck = { $url } no dio nada más tras varios intentos ({ $attempts }; { $detail }): comprobar si la red funciona; lo que ha llegado se conserva y la misma descarga continúa
store-taken = vuelve a haber un archivo «{ $name }»: eliminarlo antes de recuperar el anterior
store-unknown-model = no existe el modelo «{ $id }»; hay: { $known }
store-unreachable = no se puede acceder a { $url } ({ $detail }): comprobar si falta un proxy o un certificado en este sistema
store-unsafe-name = «{ $name }» no puede ser el nombre de un archivo de modelo ({ $detail }): elegir un nombre de archivo sencillo
store-web-page = { $url } envió una página web en lugar del archivo: quizá la red pida iniciar sesión (abrirla en un navegador) o el endpoint sea incorrecto
store-wrong-download = «{ $file }» llegó dañado o cambiado (SHA-256 { $found }, lo correcto es { $expected }) y se eliminó: volver a obtenerlo; si se repite, probar otro endpoint
store-wrong-file = «{ $file }» no es el archivo publicado (SHA-256 { $found }, lo correcto es { $expected }): eliminarlo y volver a obtenerlo
store-wrong-size = «{ $file }» debería ocupar { $expected_bytes } y ocupa { $found_bytes }: el servidor tiene otro archivo; probar otro endpoint
table-fault-line = línea { $line }: { $detail }
table-fault-no-column = no tiene la columna «{ $column }» en su primera línea
tensor-fault-beyond-storage = se sale de su bloque de almacenamiento
tensor-fault-more-bytes = tiene más bytes de los que su forma necesita
tensor-fault-no-number-format = no tiene formato numérico
tensor-fault-no-offset = no tiene un desplazamiento válido
tensor-fault-no-shape = no tiene una forma válida
tensor-fault-no-storage = no tiene bloque de almacenamiento
tensor-fault-no-strides = no tiene pasos válidos entre elementos
tensor-fault-number-format = tiene el formato numérico { $format }
tensor-fault-order = sus elementos no están en orden
tensor-fault-overflows = su tamaño se desborda
tensor-fault-storage-missing = falta su bloque de almacenamiento { $key }
tensor-fault-storage-too-large = su bloque de almacenamiento es mayor de lo que cabe en el archivo
tensor-fault-strides = su forma y los pasos entre sus elementos no concuerdan
tensor-fault-too-few-values = se describe con demasiado pocos valores
tensor-misshapen = «{ $name }» es [{ $found }], no [{ $needed }]
tensors-misshapen =
    { $count ->
        [one] un tensor tiene otra forma ({ $first })
       *[other] { $count } tensores tienen otra forma (los primeros: { $first })
    }
tensors-missing =
    { $count ->
        [one] falta un tensor ({ $first })
       *[other] faltan { $count } tensores (los primeros: { $first })
    }
tensors-unexpected =
    { $count ->
        [one] sobra un tensor ({ $first })
       *[other] sobran { $count } tensores (los primeros: { $first })
    }
training-checkpoint-damaged = el entrenamiento no puede empezar: { $path } está dañado ({ $detail }): eliminar su carpeta para empezar de nuevo
training-device-lost = el entrenamiento se detuvo tras el paso { $step }: el dispositivo { $device } ya no responde ({ $detail }); el checkpoint más reciente, si lo había, sigue en { $folder }: recuperar el dispositivo o quitarlo de --device y volver a ejecutar la misma orden
training-first-device-lent = --device empieza por un dispositivo de esta máquina: guarda los pesos y prepara los lotes
training-no-lib-torch = no existe el dispositivo «tch»; `hummingbird devices` enumera: { $available } (tch necesita una compilación con `--features tch`)
training-no-remote = esta compilación no presta dispositivos ni usa los prestados: necesita `--features remote`
training-not-a-place = «{ $text }» no es un dispositivo: escribir auto, cpu, gpu, gpu:N, tch o remote:ADDRESS:PORT, con la dirección en números; si son varios, separados por comas
training-not-a-train-device = «{ $text }» no es un dispositivo: escribir auto, cpu, gpu, gpu:N o tch
training-not-an-address = «{ $text }» no es la dirección de un dispositivo: escribir ADDRESS:PORT con la dirección en números, por ejemplo 127.0.0.1:7077
training-not-finite = el entrenamiento se detuvo en el paso { $step }: su pérdida o un peso no es finito; el último checkpoint bueno, si lo había, sigue en { $folder }: probar una tasa de aprendizaje menor o un clip_norm más pequeño
training-not-lent = no se puede prestar ningún dispositivo en { $address }: { $detail }
training-one-device = esta receta entrena en un solo dispositivo: indicar uno en --device
training-other-budget = a la ejecución en { $folder } se le dieron { $secs } segundos: continuar sin límite de tiempo o con el mismo, o elegir otra carpeta
training-other-origin = la ejecución en { $folder } empezó como { $was } y esta receta empieza como { $now }: elegir otra run.folder o eliminar esa
training-other-scorer = { $path } puntúa lo otro: los evaluadores de imágenes corresponden a image.file y los de clips a video.file
training-parameterizations = { $student } y { $teacher } no son compatibles: uno predice ruido y el otro velocidad
training-prune = no se puede recortar un alumno así de { $path }: { $detail }
training-remote-unreachable = el dispositivo remote:{ $address } no se puede usar ({ $detail }): iniciar `hummingbird train serve` donde está
training-scorer = no se puede crear un evaluador así: { $detail }
training-vocabulary = el vocabulario { $path } no se puede usar: { $detail }
transfer-fault-broke-off = la conexión se cortó
transfer-fault-coded = envía el archivo codificado como { $coding }
transfer-fault-empty-answer = la respuesta estaba vacía
transfer-fault-empty-file = el archivo estaba vacío
transfer-fault-no-connection = no se pudo establecer la conexión
transfer-fault-no-host = no se encontró el servidor
transfer-fault-no-length = no indica la longitud del archivo
transfer-fault-no-page = «{ $page }» no es la dirección de una página
transfer-fault-no-such-part = el servidor no tiene esa parte: se empieza de nuevo
transfer-fault-no-thread = sin hilo de ejecución: { $detail }
transfer-fault-no-version = «{ $tag }» no es una versión
transfer-fault-other-part = la parte del servidor no continúa lo que ya hay: se empieza de nuevo
transfer-fault-proxy = el proxy «{ $proxy }»: { $detail }
transfer-fault-proxy-login = el proxy pide iniciar sesión
transfer-fault-server-trouble = el servidor tiene problemas (estado { $status })
transfer-fault-stalled = no llegó nada durante { $stall_secs } s
transfer-fault-thread-gone = el hilo de descarga ya no existe
transfer-fault-too-long = es más largo que todo lo que cabía esperar
transfer-fault-too-many-requests = el servidor tiene demasiadas peticiones (estado 429)
transfer-fault-two-answers = llegaron dos respuestas
transfer-fault-unasked-part = envía una parte cuando se pidió el archivo entero
unfit-description = su descripción: { $detail }
unfit-empty = está vacío
unfit-folder = es una carpeta
unfit-folder-without-weights = es una carpeta de diffusers sin pesos en «unet», «text_encoder» y «vae»
unfit-foreign = es { $kind }: no sirve para este programa
unfit-format-version = su versión de formato es { $found } y este programa lee la { $known }
unfit-gguf = es un archivo GGUF
unfit-index = el índice de sus archivos: { $detail }
unfit-latent-channels = decodifica { $found } canales latentes, no { $needed }
unfit-lfs-pointer = es un puntero de Git LFS, no el archivo en sí: obtener el archivo con `git lfs pull`
unfit-lora =
    { $layers ->
        [one] es un LoRA que cambia una capa: elegir el modelo que cambia y añadirlo con --lora
       *[other] es un LoRA que cambia { $layers } capas: elegir el modelo que cambia y añadirlo con --lora
    }
unfit-no-known-tensor =
    { $count ->
        [one] su único tensor no pertenece a ninguna red conocida aquí ({ $first }); un modelo completo tiene «model.diffusion_model.input_blocks.0.0.weight»
       *[other] ninguno de sus { $count } tensores pertenece a una red conocida aquí (los primeros: { $first }); un modelo completo tiene «model.diffusion_model.input_blocks.0.0.weight»
    }
unfit-no-networks = no contiene ninguna de las redes de un modelo
unfit-no-tensors = no contiene tensores, así que ninguna red conocida aquí; un modelo completo tiene «model.diffusion_model.input_blocks.0.0.weight»
unfit-no-tiny-decoder = no es un decodificador pequeño: sus capas no son las del decodificador de TAESD
unfit-not-that-part = no contiene { $network }: elegir un archivo que lo contenga
unfit-part = contiene solo: { $present }; completar lo que falta ({ $missing }) con un modelo completo: `hummingbird models convert FILE --base MODEL -o NEW.safetensors`
unfit-picture = es una imagen o un vídeo
unfit-scales = las escalas de «{ $name }» no concuerdan con su tensor
unfit-sizes-missing = tiene { $count } tensores de { $network } (los primeros: { $first }), pero no los que revelan sus tamaños (el primero que falta: «{ $missing }»); la estructura conocida más próxima es { $nearest }
unfit-sizes-unclear = tiene { $count } tensores de { $network } (los primeros: { $first }), pero no los que revelan sus tamaños; la estructura conocida más próxima es { $nearest }
unfit-tiny-autoencoder = es un autoencoder pequeño (TAESD), para vistas previas y decodificación rápida: no es un modelo
unfit-two-tensors = tiene dos tensores «{ $name }»
unfit-unknown-form = no empieza como ninguna forma conocida de checkpoint
unfit-upsampling = produce { $made } píxeles por lado de un latente, no { $needed }
unfit-web-page = es una página web: la descarga salió mal
value-advice-get-again = volver a obtener el archivo del que procede
value-advice-use-f32 = usar 32 bits
vbench-clip-short =
    { $frames ->
        [one] tiene un solo fotograma y hacen falta { $least }
       *[other] tiene { $frames } fotogramas y hacen falta { $least }
    }
vbench-entry-broke-off = los fotogramas se interrumpen
vbench-entry-no-frames-detected = las detecciones no tienen fotogramas de este clip
vbench-entry-no-network = no hay ninguna red para esto
vbench-entry-not-detected = las detecciones no contienen este clip
vbench-entry-nothing-asked = la suite no dice qué se pide
vbench-not-a-dimension = «{ $name }» no es una dimensión de VBench: elegir entre { $known }
vbench-taken = { $path } es un archivo de otro modelo, prompt o semilla: elegir otra carpeta
vbench-fault-box = el fotograma { $frame } de «{ $clip }» tiene una caja que no lo es
vbench-fault-json = no es el JSON que se espera aquí ({ $detail })
vbench-fault-labels =
    { $labels ->
        [one] tiene una sola etiqueta de acción y se esperan 400, una por línea con su número tras un tabulador
       *[other] tiene { $labels } etiquetas de acciones y se esperan 400, una por línea con su número tras un tabulador
    }
vbench-fault-large = ocupa { $bytes } y se leen como máximo { $most_bytes }
vbench-fault-no-prompt = no contiene ningún prompt
vbench-fault-no-report = no es un informe ni de VBench ni de `eval nano`
vbench-fault-no-results = no contiene resultados de VBench
vbench-fault-not-text = no está en UTF-8
vbench-fault-prompt = el prompt { $number } no se puede usar: está vacío, supera los { $most_bytes } o tiene caracteres de control
vbench-fault-prompts = contiene más de { $most } prompts
vbench-fault-zip = no es un archivo zip que se pueda leer ({ $detail })
vbench-file = { $path } no se puede usar: { $fault }
vbench-no-clips = ningún clip de { $folder } lleva el nombre de un prompt de la suite (por ejemplo, «{ $example }»): elegir otra carpeta o --custom
vbench-no-detections = { $dimension } se puntúa a partir de un archivo de detecciones: indicar uno con --detections o dejar fuera la dimensión con --dimensions
vbench-no-dimensions = no queda ninguna dimensión que evaluar: poner los archivos de las redes en la carpeta de --models o elegir con --dimensions
vbench-no-model = { $dimension } necesita { $file } en { $folder }: obtenerlo con `hummingbird models get { $model }` o dejar fuera la dimensión con --dimensions
vbench-not-custom = { $dimension } necesita lo que una suite dice de sus prompts: no se puede evaluar con --custom
vbench-nothing-in-common = { $first } y { $second } no tienen nada en común que se pueda comparar
vbench-prompt-name = ningún archivo puede llevar el nombre del prompt «{ $prompt }»: los prompts de una suite no tienen barras y caben en un nombre junto con su número
ffmpeg-fault-not-started = ffmpeg no arranca: { $detail }
ffmpeg-fault-said = { $detail }
ffmpeg-fault-stalled = no dio ningún fotograma durante { $secs } s y se detuvo
video-fault-cut-off = termina antes de su último fotograma
video-fault-frame = el fotograma { $frame } no se puede decodificar: { $detail }
video-fault-index = su parte «{ $part }» se contradice
video-fault-no-frame = no tiene ningún fotograma
video-fault-no-index = falta la lista de sus fotogramas, como en una grabación que no se terminó
video-fault-panicked = un decodificador falló en el fotograma { $frame }
video-fault-size-changes = el fotograma { $frame } tiene un tamaño distinto del primero
video-lack-chroma = sus planos de color no son 4:2:0
video-lack-codec = su códec es «{ $codec }»; se leen H.264, HEVC, VP9 y AV1
video-lack-depth = tiene { $bits } bits por color; se leen 8
video-lack-encrypted = está cifrado
video-lack-interlaced = está entrelazado
video-lack-matrix = sus colores están guardados con la matriz { $code } de ITU-T H.273; se leen las de BT.601, BT.709 y BT.2020
video-lack-no-pictures = no tiene imágenes
video-lack-other = { $detail }
video-limit-frames = más de { $max } fotogramas
video-limit-index = su parte «{ $part }» ocupa { $bytes }; se leen como máximo { $max_bytes }
video-limit-memory = sus fotogramas ocupan juntos { $bytes }; se admiten como máximo { $max_bytes }
video-limit-size = fotogramas de { $width }x{ $height }; se leen hasta 8192 por lado y { $max_pixels } píxeles
video-damaged = el clip { $path } está dañado ({ $fault }): volver a obtenerlo u omitirlo
video-not-a-clip = { $path } no es un clip que se pueda leer: se leen MP4, MOV, WebM, MKV, GIF, WebP, PNG, JPEG y carpetas de imágenes numeradas
video-read = no se puede leer el clip { $path }: { $source }
video-too-large = el clip { $path } es demasiado grande ({ $limit }): reducirlo o cortarlo en partes
video-unsupported = el clip { $path } no se puede decodificar ({ $lack }): convertirlo, por ejemplo con `ffmpeg -i IN -c:v libx264 -vf yadif=deint=interlaced -pix_fmt yuv420p OUT.mp4`
video-needs-ffmpeg = aquí no hay decodificador para el clip { $path } ({ $lack }): instalar ffmpeg, que entonces lo lee (si no está en la ruta de búsqueda, nombrarlo en { $variable }), o convertir el clip con `ffmpeg -i IN -c:v libx264 -vf yadif=deint=interlaced -pix_fmt yuv420p OUT.mp4`
video-ffmpeg = aquí no hay decodificador para el clip { $path } ({ $lack }) y ffmpeg no puede leerlo ({ $fault }): obtenerlo de nuevo o dejarlo fuera
video-cancelled = el clip { $path } no se leyó: cancelado
vocabulary-lacks = al vocabulario { $path } le falta el token «{ $token }»: no es de BERT
vocabulary-unreadable = no se puede leer el vocabulario { $path }: { $source }
warning-decoded-in-tiles = se agotó la memoria: cada fotograma se decodifica en { $tiles } teselas
warning-computed-exactly = { $device } no dio números con factores de 16 bits: continúa con 32 bits, que es más lento
warning-device-reopened = { $device } falló ({ $detail }); se volvió a abrir y el clip continúa tras el paso { $kept_steps }
warning-eta-ignored = eta no tiene efecto: el sampler Turbo añade el ruido del siguiente paso temporal, ni más ni menos
warning-fewer-frames-at-once =
    { $frames ->
        [one] se agotó la memoria: se decodifica un fotograma cada vez
       *[other] se agotó la memoria: se decodifican { $frames } fotogramas cada vez
    }
warning-guidance-rescale-ignored = el reescalado de guía no tiene efecto: el sampler Turbo no combina dos predicciones
warning-latent-not-kept = no se pudo guardar el latente ({ $reason }); no se ofrece volver a decodificar
warning-little-memory = este clip ocupa unos { $need_bytes } de memoria y hay { $spare_bytes } libres: otros programas pueden ir más lentos
warning-lora-parts-ignored = { $first } del LoRA { $lora } no tiene efecto: este modelo no tiene esa capa o no es un cambio conocido aquí
warning-model-file-written = se escribió en { $path } mientras se usaba: si cambiaron sus pesos, el clip es de ambas versiones
warning-precision-ignored = La precisión { $precision } no tiene efecto: { $device } no la multiplica, así que todo se calculó de forma exacta
warning-negative-ignored = el prompt negativo no tiene efecto: el sampler Turbo no hace una segunda predicción, incondicional
warning-prompt-truncated = el prompt tiene { $text_tokens } tokens y el modelo lee 75: solo se usó esta parte: «{ $kept_text }»
warning-seed-shortened = la mitad superior de la semilla no tiene efecto: el generador de PyTorch usa 32 bits de una semilla, así que { $same_seed } da el mismo clip
warning-steps-changed = { $asked } pasos no dividen por igual la tabla de ruido: se ejecutaron { $ran }
warning-tiny-decoder-unusable = el decodificador pequeño no se puede usar: { $reason }
warning-unknown-words = el modelo de demostración no conoce: { $words }; va a adivinar
wildcard-empty-list = la lista { $path } está vacía: poner una opción en cada línea
wildcard-endless = los comodines de este prompt no terminan: comprobar si __{ $name }__ se nombra a sí mismo
wildcard-no-list = no hay lista para __{ $name }__: poner una opción en cada línea de { $path } o escribirlo sin los guiones bajos
wildcard-unreadable = la lista { $path } no se puede leer ({ $detail }): guardarla como texto sin formato en UTF-8
work-busy = otro proceso trabaja en el shard { $shard } de { $path }: dejar que termine o detenerlo e intentarlo de nuevo
work-io = no se puede { $action } { $path }: { $source }
work-no-plan = { $path } no tiene la columna shard: crear el plan con `hummingbird data plan`
work-no-room = el disco de { $path } está lleno: liberar espacio o elegir otra carpeta; lo que está terminado se conserva
work-no-shard = el plan no tiene el shard { $shard }: elegir de 0 a { $last }
work-nothing-kept = no se conserva ningún clip: relajar los límites de `hummingbird data filter`
work-occupied = { $path } contiene otros archivos, que el entrenamiento también leería: elegir una carpeta nueva
work-other-work = { $path } se hizo con otro plan o con otros pasos: elegir otra carpeta o eliminar el shard que hay allí
work-shards = no se pueden hacer { $shards } shards: elegir de 1 a { $most }
work-stage = { $detail }
work-unanswered = { $captions } descripciones no tienen respuesta: volver a hacer el shard, y solo se preguntará por ellas
write-disk-full = { $path } necesita { $needed_bytes } y allí hay { $free_bytes } libres: liberar espacio o elegir otra carpeta
write-io = no se puede { $action } { $path }: { $source }

## Settings

setting-prompt = Prompt
    .help = Lo que debe mostrar el clip
setting-steps = Pasos
    .help = Más pasos son más lentos y a menudo mejores
setting-guidance = Guía
    .help = Con qué fidelidad sigue el clip el prompt; demasiada da colores estridentes
setting-seed = Semilla
    .help = La misma semilla con los mismos ajustes da el mismo clip
setting-frames = Fotogramas
    .help = Duración del clip en fotogramas
setting-width = Tamaño
    .help = Ancho en píxeles
setting-height = Alto
    .help = Alto en píxeles
setting-fps = Fotogr./s
    .help = Fotogramas por segundo, para la reproducción y las exportaciones
setting-sampler = Sampler
    .help = Cómo se convierte el ruido en un clip
setting-sampler-turbo = Turbo (pocos pasos)
setting-sampler-ddim = DDIM
setting-decoder = Decodificador
    .help = Lo que convierte el latente muestreado en fotogramas. El decodificador pequeño (TAESD) tarda una fracción del tiempo y se acerca al completo, que puede volver a decodificar el clip más tarde.
setting-decoder-full = Completo
setting-decoder-light = Pequeño (TAESD)
setting-negative = Prompt negativo
    .help = Lo que el clip no debe mostrar
setting-eta = Eta
    .help = Ruido nuevo en cada paso de DDIM: 0 es determinista, 1 es como en DDPM; Turbo lo ignora
setting-guidance-rescale = Reescalado
    .help = Quita contraste que añade la guía, contra los colores estridentes con guía alta: 0 es desactivado, 1 es todo; Turbo lo ignora
setting-noise = Ruido
    .help = Qué generador de números aleatorios hace el ruido; el de PyTorch da el ruido de la implementación de referencia en una CPU
setting-noise-hummingbird = Hummingbird
setting-noise-torch-cpu = PyTorch (CPU)
setting-reuse = Caché
    .help = Caché de características (DeepCache): la mayoría de los pasos reutilizan características profundas de la U-Net de un paso anterior. Más rápido, y da un clip ligeramente distinto.
setting-reuse-off = Desactivada
setting-reuse-light = Ligera (uno de cada dos pasos)
setting-reuse-strong = Fuerte (dos de cada tres pasos)
setting-merge-tokens = Tokens
    .help = La atención a resolución completa usa claves y valores agrupados de 2x2: algo más rápido, sobre todo en clips grandes, con detalles ligeramente distintos
setting-merge-tokens-words = Fusionar tokens
setting-precision = Precisión
    .help = A qué redondea el procesador los factores cuando calcula el clip: más rápido, con un clip ligeramente distinto; las GPU no lo usan
setting-precision-exact = Exacta (f32)
setting-precision-bf16 = bf16
setting-precision-int8 = int8

# Modelos de lenguaje en un servidor, y lo que hacen de un prompt

answer-fault-coded = está codificada como { $coding }
answer-fault-filtered = un filtro del servidor la retuvo
answer-fault-no-choices = no tiene opciones
answer-fault-no-text = su primera opción no tiene texto
answer-fault-not-json = no es JSON
answer-fault-not-text = no está en UTF-8
answer-fault-says = dice: { $said }
answer-fault-web-page = llegó una página web
answer-unfit-breaks-off = se corta en mitad de una frase
answer-unfit-declined = el modelo se niega a responder
answer-unfit-empty = está vacía
answer-unfit-list = es una lista
answer-unfit-long = tiene { $tokens } tokens y el modelo lee { $most_tokens }
answer-unfit-no-letters = no está hecha de letras
answer-unfit-not-english = no está en inglés
answer-unfit-talk = se dirige a quien preguntó, además del texto o en lugar de él
answer-unfit-wildcard = tiene un comodín que el prompt no tiene: { $wildcard }
chat-address = «{ $text }» no es la dirección de un servidor ({ $detail }): escribir una como http://127.0.0.1:11434
chat-busy = { $server } tiene demasiadas peticiones (estado 429): esperar { $wait_secs } s e intentarlo de nuevo
chat-cut-off = la respuesta se cortó tras { $most_tokens } tokens: intentarlo de nuevo o elegir un modelo que diga menos
chat-key = no se puede usar la clave del servidor ({ $detail }): corregir dónde está o quitarla
chat-no-model = { $server } no tiene el modelo «{ $model }»; tiene: { $known }
chat-no-models = { $server } no nombra ningún modelo: cargar uno allí o escribir su nombre
chat-no-server = no hay ningún servidor configurado: dar la dirección de uno que hable el protocolo de OpenAI, como http://127.0.0.1:11434
chat-nonsense = { $server } no responde como un servidor compatible con OpenAI ({ $detail }): comprobar que la dirección es correcta
chat-refused = { $server } rechaza la petición (estado { $status }): comprobar si pide una clave y si la clave es correcta
chat-status = { $server } respondió con el estado { $status } ({ $detail }): comprobar que la dirección es correcta y el servidor funciona
chat-too-large = { $server } envió más de { $most_bytes }: comprobar que la dirección es correcta
chat-too-slow = { $server } no respondió en { $limit_secs } s: elegir allí un modelo más pequeño o dar más tiempo
chat-unreachable = no se puede llegar a { $server } ({ $detail }): comprobar que el servidor está en marcha y la dirección es correcta
connection-fault-broke-off = la conexión se cortó
connection-fault-no-connection = no se pudo establecer la conexión
connection-fault-no-host = no se encontró el servidor
connection-fault-redirect = lleva a una dirección que no se puede seguir
connection-fault-redirects = lleva de una dirección a otra sin fin
connection-fault-thread-gone = el hilo de la conexión ha desaparecido
enhance-empty-prompt = el prompt está vacío: escribir al menos lo que debe mostrar el clip
enhance-long-prompt = el prompt es demasiado largo para mejorarlo ({ $bytes }): acortarlo
enhance-unfit = la respuesta no se usa ({ $detail }): intentarlo de nuevo o elegir otro modelo
key-source-character = tiene un carácter que ninguna clave tiene, como un salto de línea o un espacio
key-source-empty = está vacía
key-source-file = no se puede leer el archivo { $path }: { $detail }
key-source-large-file = el archivo { $path } es demasiado grande para una clave
key-source-no-variable = el entorno no tiene la variable { $variable }
server-address-length = es demasiado larga
server-address-login = tiene un nombre o una contraseña; la clave tiene su propio lugar
server-address-query = tiene una consulta o un fragmento
server-address-scheme = no empieza por https:// ni por http://
styles-empty = { $path } no tiene estilos
styles-read = no se pueden leer los estilos de { $path }: { $source }
styles-too-large = { $path } es demasiado grande para una lista de estilos
styles-unknown = no hay ningún estilo «{ $name }»; hay: { $known }
styles-unreadable = { $path } no es una lista de estilos ({ $detail }): elegir una guardada aquí o el styles.csv de AUTOMATIC1111
styles-write = no se pueden escribir los estilos en { $path }: { $source }
