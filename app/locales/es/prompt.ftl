# The prompt, what is said below it, and the words of the demo model, which reads English.

prompt-hint = Lo que debe mostrar el clip, en inglés, por ejemplo: a red balloon rising over the ocean
prompt-unknown = El modelo no se entrenó con: { $words }
prompt-negative-ignored = El muestreador Turbo no usa el prompt negativo; elegir DDIM para usarlo
prompt-words = Palabras que conoce el modelo
prompt-words-note = El modelo de demostración dibuja un sujeto de un color, con un movimiento, en una escena. Los clics en las palabras forman el prompt. Los modelos completos entienden texto libre.
prompt-tokens = { $tokens } de { $most } tokens
prompt-tokens-wildcards = { $tokens } de { $most } tokens, antes de elegir los comodines
prompt-tokens-cut = { $tokens } de { $most } tokens: lo tachado se corta
prompt-tokens-many = Más de { $most } tokens: el final se corta
