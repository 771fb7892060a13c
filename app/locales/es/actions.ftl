# Names and tooltips of actions in Spanish.

## File

action-export = Exportar…
    .tooltip = Guardar este clip como archivo de vídeo o de imagen
action-export-as = Exportar como…
    .tooltip = Elegir el formato y las opciones y guardar el clip
action-export-all = Exportar todo…
    .tooltip = Guardar en una carpeta los clips seleccionados o todo el historial
action-join-clips = Unir clips…
    .tooltip = Poner los clips seleccionados o todo el historial uno tras otro en un solo archivo
action-use-demo-model = Usar el modelo demo
    .tooltip = Volver al modelo pequeño que viene con Hummingbird
action-show-models = Modelos…
    .tooltip = Descargar, verificar, usar y eliminar modelos
action-show-training = Entrenar un LoRA…
    .tooltip = Enseñar al modelo un estilo o un sujeto con clips e imágenes propios
action-show-data = Datos
    .tooltip = Preparar un conjunto de entrenamiento con clips propios: elegir, describir, evaluar y exportar
action-open-model = Abrir modelo…
    .tooltip = Elegir un archivo de modelo (.safetensors, .pt, .ckpt)
action-open-clip = Cargar ajustes de un clip…
    .tooltip = Cargar el prompt, la semilla y los ajustes que lleva un clip exportado
action-quit = Salir
    .tooltip = Cerrar la ventana

## Create

action-generate = Generar
    .tooltip = Hacer un clip a partir del prompt o ponerlo en la cola mientras se hace otro
action-cancel-all = Cancelar todos
    .tooltip = Detener el clip en curso y vaciar la cola
action-cancel = Cancelar
    .tooltip = Detener el clip en curso
action-focus-prompt = Editar el prompt
    .tooltip = Llevar el cursor al prompt
action-focus-negative = Editar el prompt negativo
    .tooltip = Llevar el cursor al prompt negativo
action-surprise = Prompt al azar
    .tooltip = Escribir un prompt al azar con palabras que conoce el modelo de demostración
action-toggle-seed-lock = Fijar la semilla
    .tooltip = Usar la misma semilla para todos los clips en vez de una al azar
action-roll-seed = Semilla al azar
    .tooltip = Elegir una semilla al azar y fijarla
action-add-lora = Añadir LoRA…
    .tooltip = Elegir un archivo LoRA para aplicarlo al modelo
action-undo-remove = Deshacer la eliminación
    .tooltip = Recuperar el último modelo o LoRA eliminado
action-undo-caption = Deshacer la descripción
    .tooltip = Recuperar la última descripción que se cambió en la página de entrenamiento
action-reset-controls = Restablecer ajustes
    .tooltip = Volver a los valores predeterminados del modelo y conservar el prompt

## Queue

action-pause-queue = Pausar la cola
    .tooltip = Detenerse tras el último paso terminado, que se conserva, y liberar memoria
action-resume-queue = Continuar la cola
    .tooltip = Seguir con los clips en pausa de la cola, cada uno tras su último paso terminado
action-stop-after = Pausa tras este clip
    .tooltip = Terminar el clip en curso y pausar después la cola, o al final no hacerlo
action-skip-job = Posponer este clip
    .tooltip = Poner el clip en curso detrás de los demás, con los pasos ya hechos
action-retry-failed = Reintentar los fallidos
    .tooltip = Poner otra vez en la cola todos los clips que fallaron, cada uno tras su último paso terminado
action-edit-job = Editar el clip
    .tooltip = Llevar al formulario los ajustes del clip seleccionado de la cola; «Generar» lo reemplaza después
action-duplicate-job = Duplicar el clip
    .tooltip = Poner en la cola por segunda vez el clip seleccionado de la cola
action-move-job-up = Subir
    .tooltip = Hacer el clip seleccionado de la cola antes que el de encima
action-move-job-down = Bajar
    .tooltip = Hacer el clip seleccionado de la cola después que el de debajo
action-remove-job = Quitar de la cola
    .tooltip = Sacar de la cola el clip seleccionado
action-undo-queue = Recuperar lo quitado de la cola
    .tooltip = Recuperar lo último que se quitó de la cola
action-add-batch = Añadir un lote…
    .tooltip = Poner muchos clips en la cola: varios prompts, varias semillas o una cuadrícula de dos ajustes
action-join-grid = Unir ya la cuadrícula
    .tooltip = Hacer un clip de una cuadrícula aunque falten algunos de sus clips
action-save-queue = Guardar la cola…
    .tooltip = Escribir los clips en espera en un archivo que se puede ejecutar sin ventana
action-load-queue = Cargar una cola…
    .tooltip = Poner en la cola los clips de un archivo guardado antes
action-when-done = Al terminar la cola…
    .tooltip = Elegir si tras el último clip el equipo se suspende o se ejecuta un comando

## Play

action-play-pause = Reproducir o pausar
    .tooltip = Iniciar o pausar la reproducción
action-previous-frame = Fotograma anterior
    .tooltip = Retroceder un fotograma
action-next-frame = Fotograma siguiente
    .tooltip = Avanzar un fotograma
action-first-frame = Primer fotograma
    .tooltip = Ir al primer fotograma
action-last-frame = Último fotograma
    .tooltip = Ir al último fotograma
action-play-backwards = Reproducir hacia atrás
    .tooltip = Reproducir hacia el principio; otra vez, más rápido
action-play-forwards = Reproducir hacia delante
    .tooltip = Reproducir hacia el final; otra vez, más rápido
action-slower = Más lento
    .tooltip = Reproducir a la mitad de velocidad
action-faster = Más rápido
    .tooltip = Reproducir al doble de velocidad
action-normal-speed = Velocidad normal
    .tooltip = Reproducir a la velocidad propia del clip
action-set-in = Empezar aquí
    .tooltip = Reproducir y exportar a partir del fotograma que se muestra
action-set-out = Terminar aquí
    .tooltip = Reproducir y exportar hasta el fotograma que se muestra
action-clear-range = Clip entero
    .tooltip = Volver a reproducir y exportar todos los fotogramas
action-toggle-loop = Bucle
    .tooltip = Reproducir el clip una y otra vez
action-toggle-ping-pong = Ping-pong
    .tooltip = Reproducir el clip hacia delante y luego hacia atrás
action-zoom-in = Acercar
    .tooltip = Mostrar más grande una parte del clip; arrastrar para moverla
action-zoom-out = Alejar
    .tooltip = Mostrar más del clip
action-zoom-fit = Ajustar
    .tooltip = Mostrar el clip entero lo más grande que quepa
action-only-clip = Solo el clip
    .tooltip = Llenar la pantalla con el clip o volver a mostrar los paneles

## Clip

action-show-live = Ver la vista previa
    .tooltip = Mostrar la vista previa del clip en curso
action-previous-result = Clip más reciente
    .tooltip = Mostrar el clip de encima en el historial
action-next-result = Clip más antiguo
    .tooltip = Mostrar el clip de debajo en el historial
action-reuse-settings = Reutilizar ajustes
    .tooltip = Copiar al formulario el prompt, la semilla y los ajustes de este clip
action-decode-again = Redecodificar
    .tooltip = Decodificar de nuevo el latente guardado con el decodificador completo, sin muestreo
action-delete-result = Eliminar el clip
    .tooltip = Mover este clip a la papelera
action-undo-delete = Deshacer eliminar
    .tooltip = Recuperar el último clip eliminado
action-copy-frame = Copiar fotograma
    .tooltip = Poner en el portapapeles, como imagen, el fotograma que se muestra

## Library

action-show-library = Biblioteca
    .tooltip = Mostrar todos los clips terminados hasta ahora o volver al reproductor
action-search-library = Buscar en la biblioteca
    .tooltip = Encontrar clips por palabras de sus prompts y ajustes
action-select-all = Seleccionar todo
    .tooltip = Seleccionar todos los clips que la biblioteca muestra ahora
action-open-kept = Abrir el clip
    .tooltip = Mostrar en el reproductor el clip seleccionado de la biblioteca
action-toggle-favourite = Favorito
    .tooltip = Marcar el clip como uno de los mejores o quitar la marca
action-compare-clips = Comparar dos clips
    .tooltip = Mostrar los dos clips seleccionados sincronizados y lo que los distingue, o de nuevo la cuadrícula
action-one-more = Uno más
    .tooltip = Hacer un clip con los ajustes de este y una semilla nueva
action-throw-again = Descartar y repetir
    .tooltip = Mover este clip a la papelera y hacer en su lugar otro con una semilla nueva
action-other-prompt = Misma semilla, otro prompt
    .tooltip = Copiar los ajustes, fijar la semilla y llevar el cursor al prompt
action-variations = Variaciones
    .tooltip = Hacer cuatro clips como este con las semillas vecinas
action-show-in-folder = Ver en la carpeta
    .tooltip = Abrir la carpeta del archivo del clip
action-rescan-library = Buscar archivos nuevos
    .tooltip = Seguir lo que otros programas hicieron con los archivos de la biblioteca
action-data-folder = Abrir clips…
    .tooltip = Mostrar los clips de una carpeta en la página de datos
action-data-manifest = Abrir manifiesto…
    .tooltip = Mostrar los clips de una tabla (.parquet, .csv, .jsonl) en la página de datos
action-data-redo = Rehacer
    .tooltip = Rehacer lo último que se deshizo en la página de datos
action-data-mark = Conservar o descartar clip
    .tooltip = Descartar el clip conservado de la página de datos o conservar el descartado; Espacio hace lo mismo
action-data-edit = Editar descripción
    .tooltip = Escribir la descripción del clip en la página de datos; Intro en su fila hace lo mismo
action-data-accept = Aceptar descripción
    .tooltip = Usar la descripción nueva del clip en la página de datos
action-data-refuse = Rechazar descripción
    .tooltip = Dejar como está la descripción del clip en la página de datos
action-data-accept-all = Aceptar todas las descripciones
    .tooltip = Usar todas las descripciones nuevas de la página de datos
action-data-refuse-all = Rechazar todas las descripciones
    .tooltip = Dejar como están todas las descripciones de la página de datos

## View

action-toggle-controls = Panel de ajustes
    .tooltip = Mostrar u ocultar el panel con el prompt y los ajustes
action-toggle-history = Panel del historial
    .tooltip = Mostrar u ocultar el panel con la cola y el historial
action-toggle-advanced = Ajustes avanzados
    .tooltip = Mostrar u ocultar los ajustes para quien los conoce: eta, ruido, caché, tokens
action-toggle-full-screen = Pantalla completa
    .tooltip = Hacer que la ventana ocupe toda la pantalla o deje de hacerlo
action-scale-up = Más grande
    .tooltip = Agrandar todo en la ventana
action-scale-down = Más pequeño
    .tooltip = Reducir todo en la ventana
action-reset-scale = Escala normal
    .tooltip = Volver a una escala del 100 por ciento
action-cycle-theme = Cambiar de tema
    .tooltip = Cambiar entre los temas claro, oscuro, de alto contraste y del sistema
action-toggle-reduced-motion = Menos movimiento
    .tooltip = Dejar quietas las miniaturas y cambiar los paneles sin deslizarlos
action-toggle-scaling = Píxeles nítidos o suaves
    .tooltip = Ampliar los clips pequeños con píxeles nítidos o suaves
action-dismiss-notices = Cerrar todos los mensajes
    .tooltip = Cerrar todos los mensajes que hay sobre la vista previa

## Help

action-command-palette = Paleta de comandos…
    .tooltip = Encontrar un comando por sus palabras y ejecutarlo
action-show-first-steps = Primeros pasos…
    .tooltip = Ver qué dispositivo calcula, hacer un primer clip y encontrar modelos completos
action-edit-shortcuts = Atajos de teclado…
    .tooltip = Ver las teclas de todos los comandos y cambiarlas
action-ask-for-newer-version = Buscar una versión nueva
    .tooltip = Preguntar a la página del proyecto si hay una versión más nueva; no se envía nada más y nunca se pregunta por sí solo
action-help = Ayuda y atajos
    .tooltip = Mostrar cómo empezar y todos los atajos de teclado
