# What stands in front of the window, the first steps, and the panels as such, in Spanish.

## Buttons and fields of dialogs

dialogs-close = Cerrar
dialogs-cancel = Cancelar
dialogs-open = Abrir
dialogs-keep-working = Seguir trabajando
dialogs-file = Archivo
dialogs-browse = Examinar…
    .tooltip = Elegir con el diálogo de archivos del sistema
dialogs-key-confirm = Ctrl+Enter
dialogs-key-cancel = Escape

## Help

dialogs-help-title = Ayuda y atajos
dialogs-help-text = Escribir lo que debe mostrar el clip y pulsar «Generar». La vista previa se mueve desde el primer paso. Cada clip terminado se guarda enseguida y está en la biblioteca. Se pueden soltar archivos en la ventana: un clip exportado para cargar sus ajustes, un modelo para abrirlo o un LoRA para añadirlo.
dialogs-help-numbers = En los campos numéricos, Arriba y Abajo cambian el número; un campo vacío significa el valor predeterminado del modelo
dialogs-help-menus = F10 abre los menús, Alt con una letra subrayada abre el suyo; las flechas se mueven dentro
dialogs-keys = { $all } o { $keys }

## Closing the window

dialogs-quit-title = ¿Cerrar Hummingbird?
dialogs-quit-unsaved =
    { $count ->
        [one] Se perderá 1 clip que aún no se ha exportado
       *[other] Se perderán { $count } clips que aún no se han exportado
    }
dialogs-quit-confirm = Cerrar igualmente
dialogs-quit-training = El entrenamiento de { $name } está en curso: su checkpoint se conserva y puede continuar en el próximo inicio
dialogs-quit-after-training = Cerrar al acabar el entrenamiento
dialogs-quit-after-training-text = La ventana se cierra cuando acaba el entrenamiento. Si se cierra ahora, se pierde como mucho un minuto.
dialogs-quit-stop-training = Detener y cerrar
dialogs-closing = Cerrando…

## Starting after windows that ended by themselves

dialogs-safe-title = ¿Iniciar en modo seguro?
dialogs-safe-text = Las dos últimas ventanas terminaron sin que se cerraran. El inicio seguro no abre ningún modelo y calcula en el procesador.
dialogs-safe-kept = Los clips, la cola y el texto del formulario se conservan en ambos casos
dialogs-safe-usual = Inicio normal
dialogs-safe-confirm = Inicio seguro

## Another model while clips are being made

dialogs-switch-title = ¿Cambiar ya de modelo?
dialogs-switch = Al abrir { $name } se pausan los clips en curso
dialogs-switch-demo = Al abrir el modelo de demostración se pausan los clips en curso
dialogs-switch-confirm = Pausar clips y cambiar
dialogs-switch-keep = Conservar el modelo

## Opening files

dialogs-open-model = Abrir modelo
    .text = Un archivo de modelo (.safetensors, .pt, .ckpt). También se puede soltar en la ventana.
dialogs-open-lora = Añadir LoRA
    .text = Un archivo LoRA. También se puede soltar en la ventana.
dialogs-open-training = Carpeta de clips
    .text = Una carpeta de clips e imágenes. También se puede soltar en la página de entrenamiento.
dialogs-open-queue = Cargar una cola
    .text = Una cola guardada (.json). También se puede soltar en la ventana.
dialogs-open-clip = Cargar ajustes de un clip
    .text = Un clip o una imagen de este programa, de Stable Diffusion web UI, de ComfyUI o de WanGP. También se puede soltar en la ventana.

## The first steps

dialogs-first-step = Paso { $number } de 3
dialogs-first-device = Qué calcula
dialogs-first-demo = El primer clip
dialogs-first-models = Modelos completos
dialogs-first-next = Siguiente
dialogs-first-back = Atrás
dialogs-first-skip = Omitir
dialogs-first-done = Listo
dialogs-first-again = El menú «Ayuda» vuelve a mostrar estos pasos
dialogs-first-looking = Buscando dispositivos…
dialogs-first-on-cpu = No se encontró ninguna tarjeta gráfica más rápida que el procesador. Los clips se hacen en el procesador: el modelo de demostración tarda segundos y los modelos completos, muchos minutos.
dialogs-first-on-chip = Los clips se hacen en el chip gráfico, que comparte la memoria del procesador
dialogs-first-on-card = Los clips se hacen en la tarjeta gráfica
dialogs-first-other-device = «Dispositivo», en los ajustes, permite elegir otro
dialogs-first-processor = Procesador: { $name }
dialogs-first-graphics = Gráficos: { $name }
dialogs-first-demo-text = Hummingbird incluye un modelo de demostración. Dibuja cosas sencillas con unas decenas de palabras, en segundos.
dialogs-first-starting = iniciando…
dialogs-first-make = Hacer un clip ya
dialogs-first-make-another = Hacer otro
dialogs-first-made = Eso es todo: cada clip se guarda enseguida y está en la biblioteca
dialogs-first-picture = El clip en curso
dialogs-first-models-what = Los modelos completos entienden texto libre y dibujan lo que se describe. Se descargan gratis, con las licencias de sus propietarios.
dialogs-first-models-need = El más pequeño ocupa unos 2,4 GB. Necesita una tarjeta gráfica de 6 GB o más; en un procesador un clip tarda muchos minutos.
dialogs-first-models-page = La página de modelos indica lo que necesita cada uno antes de descargar nada

## In place of a clip

dialogs-invitation = El clip aparece aquí
dialogs-invitation-write = 1 · Escribir lo que muestra: un sujeto, qué hace y dónde
dialogs-invitation-generate = 2 · Pulsar «Generar» o { $keys }
dialogs-invitation-watch = 3 · Ver cómo toma forma. Se guarda solo; «Exportar» da un MP4 o un GIF.
dialogs-invitation-example = Usar este prompt
dialogs-invitation-palette = { $keys } encuentra cualquier comando
dialogs-invitation-history = Los clips terminados están en el historial

## In place of a part of the window that failed; $part is its name, as a sentence begins

dialogs-broken = { $part }: un error interno impide mostrar esta parte. Todo lo demás sigue funcionando.
dialogs-broken-away = Seguir sin esto
    .name = Seguir sin esto: { $part }
dialogs-broken-again = Reintentar
    .name = Reintentar: { $part }
dialogs-broken-copy = Copiar informe
    .name = Copiar informe: { $part }

## Pages and panels

dialogs-panel-controls =
    .hide = Ocultar el panel de ajustes
    .show = Mostrar el panel de ajustes
    .width = Ancho del panel de ajustes
dialogs-panel-history =
    .hide = Ocultar el panel del historial
    .show = Mostrar el panel del historial
    .width = Ancho del panel del historial
