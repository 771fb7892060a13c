# What helps with the prompt, in Spanish.

action-enhance = Mejorar
    .tooltip = Dejar que un modelo de lenguaje de su servidor redacte el prompt
action-edit-styles = Estilos…
    .tooltip = Poner palabras con un nombre alrededor del prompt y editarlas
action-show-prompts = Historial de prompts…
    .tooltip = Encontrar un prompt usado antes
action-earlier-prompt = Prompt anterior
    .tooltip = Mostrar el prompt que se usó antes de este
action-later-prompt = Prompt posterior
    .tooltip = Mostrar el prompt que se usó después de este y, al final, lo escrito
action-undo-prompt = Recuperar el prompt
    .tooltip = Recuperar el prompt anterior al último mejorado o elegido
action-set-server = Servidor de prompts…
    .tooltip = Configurar el servidor con el modelo de lenguaje que mejora los prompts

prompting-why-no-server = no hay ningún servidor configurado para ello
prompting-why-running = se está preguntando al servidor
prompting-why-empty = el prompt está vacío
prompting-why-no-undo = no se sustituyó ningún prompt
prompting-why-no-history = todavía no se usó ningún prompt
prompting-why-no-later = esto es lo que escribió
prompting-why-no-negative = este muestreador no usa un prompt negativo

prompting-set-up = Mejorar…
prompting-history-short = Historial…
prompting-undo = Deshacer
prompting-asking = Preguntando a { $server }, { $elapsed }
prompting-stop-asking = Dejar de preguntar al servidor
prompting-again = Otra vez
prompting-again-enhance = Mejorar otra vez
prompting-server-short = Servidor…
prompting-change-server = Cambiar el servidor de prompts
prompting-dismiss = Descartar
prompting-dismiss-enhance = Descartar el mensaje de Mejorar
prompting-offer = Propuesta de { $model }
prompting-offer-text = Prompt propuesto: { $text }
prompting-lost = En la propuesta falta { $pieces }
prompting-changed = El prompt cambió desde que se envió. Al aceptar se sustituye lo que escribió.
prompting-accept = Aceptar
    .tooltip = Usar este prompt. Se puede deshacer.
prompting-refuse = Rechazar
    .tooltip = Conservar su prompt
prompting-given = El modelo recibe: { $prompt }
prompting-given-negative = Con el prompt negativo: { $negative }

prompting-server = Servidor de prompts
prompting-server-about = Mejorar envía el prompt a este servidor y a ningún otro. Sirve cualquier programa con el protocolo de OpenAI, como Ollama, llama.cpp o LM Studio en este equipo. Sin dirección, Mejorar está desactivado.
prompting-address = Dirección
prompting-model = Modelo
prompting-model-hint = El primero del servidor
prompting-key = Clave
prompting-key-none = Ninguna
prompting-key-in-variable = En una variable
prompting-key-in-file = En un archivo
prompting-key-here = Escrita aquí
prompting-key-variable = Variable
prompting-key-file = Archivo
prompting-key-typed = Clave misma
prompting-key-readable = Se guarda como texto legible en su configuración
prompting-try = Probar
    .tooltip = Preguntar al servidor qué modelos tiene
prompting-trying = Esperando al servidor…
prompting-answers = { $count ->
        [one] El servidor tiene un modelo; se pregunta a { $model }
       *[other] El servidor tiene { $count } modelos; se pregunta a { $model }
    }
prompting-use-model = Usar el modelo { $name }
prompting-save = Guardar
prompting-server-damaged = la configuración del servidor de prompts está dañada ({ $damage }): se usa lo que se puede leer
prompting-not-kept = no se guardó lo que hizo con los prompts: { $problem }

prompting-history = Historial de prompts
prompting-search = Buscar prompts
prompting-none-found = Ningún prompt tiene estas palabras
prompting-more-found = { $count } más tienen estas palabras
prompting-history-keys = Arriba y Abajo eligen, Intro toma el prompt, Escape cierra
prompting-undo-delete = Deshacer el borrado
prompting-clear = Vaciar el historial
    .tooltip = Borrar todos los prompts salvo los favoritos. Se puede deshacer.
prompting-history-cleared = se borraron los prompts; los favoritos se conservan
prompting-delete-prompt = Borrar el prompt { $prompt }
prompting-favourite = Favorito
prompting-pin = Marcar { $prompt } como favorito
prompting-unpin = Quitar { $prompt } de los favoritos
prompting-not = No: { $negative }

prompting-styles = Estilos
prompting-styles-about = Un estilo pone palabras alrededor del prompt: {"{prompt}"} representa lo que usted escribe. Puede haber varios activos a la vez.
prompting-no-styles = No hay ningún estilo
prompting-style-use = Usar el estilo { $name }
prompting-style-show = Editar el estilo { $name }
prompting-style-off = Desactivar el estilo { $name }
prompting-style-name = Nombre
prompting-style-prompt = Palabras alrededor del prompt
prompting-style-prompt-hint = film still of {"{prompt}"}, warm light
prompting-style-negative = Palabras negativas
prompting-style-no-name = Dar un nombre al estilo
prompting-style-taken = Otro estilo tiene este nombre
prompting-new-style = Estilo nuevo
prompting-style-new = Estilo nuevo
prompting-style-duplicate = Duplicar
prompting-style-delete = Borrar el estilo
prompting-style-undo = Deshacer
prompting-style-import = Importar…
prompting-style-export = Exportar…
prompting-style-shipped = Añadir los incluidos
prompting-import-styles = Importar estilos
    .text = Una lista de estilos exportada aquí (.json) o el styles.csv de Stable Diffusion web UI
prompting-export-styles = Exportar estilos
prompting-styles-added = { $count ->
        [0] todos estos estilos ya están aquí
        [one] se añadió un estilo
       *[other] se añadieron { $count } estilos
    }
prompting-styles-written = los estilos se guardaron: { $path }
prompting-styles-damaged = el archivo de estilos está dañado ({ $damage }): se usa lo que se puede leer; { $aside }
prompting-prompts-damaged = el archivo de prompts está dañado ({ $damage }): se usa lo que se puede leer; { $aside }
