# The queue of clips at the right side of the window, in Spanish.

## The heading and the line below it

queue-title = Cola ({ $count })
queue-undo = Deshacer
queue-paused = En pausa
queue-summary = { $current } de { $total }
queue-summary-at = { $current } de { $total }, fin a las { $clock }
queue-summary-in = { $current } de { $total }, faltan { $time }

## A clip of the queue; its states are joined by commas and begin with a capital letter by themselves

queue-being-made = En curso
queue-being-edited = en edición
queue-waits-for-model = espera su modelo
queue-of-last-session = de la última sesión
queue-about = unos { $time }
queue-waits = en espera
queue-actions = Acciones para «{ $clip }»
    .tooltip = Editar, duplicar, mover o quitar

## Clips that were stopped or have failed

queue-stopped = Detenidos ({ $count })
queue-drop = Quitar «{ $clip }» de los clips detenidos
queue-resume = Reanudar
    .tooltip = Seguir tras el último paso terminado
    .name = Reanudar «{ $clip }»
queue-try-again = Reintentar
    .tooltip = Hacer este clip desde el principio
    .name = Reintentar «{ $clip }»
queue-start = Iniciar
    .tooltip = Hacer este clip ahora
    .name = Iniciar «{ $clip }»
queue-start-again = Reiniciar
    .tooltip = Hacer este clip desde el principio
    .name = Reiniciar «{ $clip }»
queue-cancelled = cancelado
queue-failed = fallido: { $reason }

## Messages

queue-not-kept = la cola no sobreviviría a un fallo del programa: { $reason }
queue-not-acted = no ocurrió lo que debía ocurrir al terminar la cola: { $error }
queue-command-code = el comando terminó con el código { $code }
queue-command-signal = una señal terminó el comando
