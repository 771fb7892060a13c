# The prompt, what is said below it, and the words of the demo model, which reads English.

prompt-hint = Was der Clip zeigen soll, auf Englisch, zum Beispiel: a red balloon rising over the ocean
prompt-unknown = Darauf wurde das Modell nicht trainiert: { $words }
prompt-negative-ignored = Der Turbo-Sampler beachtet den negativen Prompt nicht; mit DDIM wirkt er
prompt-words = Wörter, die das Demomodell kennt
prompt-words-note = Das Demomodell zeichnet ein Motiv in einer Farbe, mit einer Bewegung, in einer Szene. Ein Klick auf Wörter baut den Prompt. Die großen Modelle verstehen freien Text.
prompt-tokens = { $tokens } von { $most } Token
prompt-tokens-wildcards = { $tokens } von { $most } Token, bevor Platzhalter gewählt sind
prompt-tokens-cut = { $tokens } von { $most } Token: Durchgestrichenes wird abgeschnitten
prompt-tokens-many = Mehr als { $most } Token: das Ende wird abgeschnitten
