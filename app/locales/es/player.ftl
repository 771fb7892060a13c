# The clip in the middle of the window, in Spanish.

## The picture

player-picture = Clip, fotograma { $frame } de { $frames }
player-waiting = La primera vista previa aparece tras el primer paso

## Progress

player-stage-device = abriendo el dispositivo
player-stage-load = cargando el modelo
player-stage-compile = preparando la GPU
player-stage-text = leyendo el prompt
player-stage-denoise = muestreo
player-stage-decode = decodificación
player-stage-step = { $stage }: paso { $current } de { $total }
player-stage-frame = { $stage }: fotograma { $current } de { $total }
player-stage-part = { $stage }: parte { $current } de { $total }
player-stage-left = { $progress }, quedan unos { $time }
player-preparing = Preparando: { $stage }
player-starting = Iniciando…
player-stopping = Deteniendo…
player-about-to-start = «{ $clip }» está a punto de empezar
player-progress-of = «{ $clip }»: { $progress }
player-cancel-clip = Cancelar este clip (Esc)
player-watch = Ver
player-export-stopping = Deteniendo la exportación de { $file }
player-export-clips = Exportando a { $file }: clip { $clip } de { $clips }
player-export-frames = Exportando { $file }: fotograma { $frame } de { $frames }
player-cancel-export = Cancelar esta exportación

## The controls and the line below the clip

player-frame = Fotograma
player-decoded = Fotogramas decodificados: { $done } de { $total }
player-preview = Vista previa tras el paso { $step }
player-clip =
    Semilla { $seed }{ $loras }{ $decoder } · { $steps ->
        [one] 1 paso
       *[other] { $steps } pasos
    } · guía { $guidance } · { $width } × { $height } · { $frames ->
        [one] 1 fotograma
       *[other] { $frames } fotogramas
    } · { $rate } fotogr./s · { $device }
player-device-time = { $device } en { $time }
player-note = nota: { $warning }
