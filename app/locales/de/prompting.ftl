# What helps with the prompt, in German.

action-enhance = Verbessern
    .tooltip = Ein Sprachmodell auf Ihrem Server den Prompt ausschreiben lassen
action-edit-styles = Stile…
    .tooltip = Wörter mit einem Namen um den Prompt legen und bearbeiten
action-show-prompts = Prompt-Verlauf…
    .tooltip = Einen früher verwendeten Prompt finden
action-earlier-prompt = Früherer Prompt
    .tooltip = Den Prompt zeigen, der vor diesem verwendet wurde
action-later-prompt = Späterer Prompt
    .tooltip = Den Prompt zeigen, der nach diesem verwendet wurde, und zuletzt den getippten
action-undo-prompt = Prompt zurückholen
    .tooltip = Den Prompt vor dem letzten verbesserten oder gewählten zurückholen
action-set-server = Prompt-Server…
    .tooltip = Den Server mit dem Sprachmodell einstellen, das Prompts verbessert

prompting-why-no-server = dafür ist kein Server eingestellt
prompting-why-running = der Server wird gerade gefragt
prompting-why-empty = der Prompt ist leer
prompting-why-no-undo = kein Prompt wurde ersetzt
prompting-why-no-history = noch wurde kein Prompt verwendet
prompting-why-no-later = das ist, was Sie getippt haben
prompting-why-no-negative = dieser Sampler verwendet keinen negativen Prompt

prompting-set-up = Verbessern…
prompting-history-short = Verlauf…
prompting-undo = Rückgängig
prompting-asking = { $server } wird gefragt, { $elapsed }
prompting-stop-asking = Die Frage an den Server abbrechen
prompting-again = Noch einmal
prompting-again-enhance = Noch einmal verbessern
prompting-server-short = Server…
prompting-change-server = Den Prompt-Server ändern
prompting-dismiss = Ausblenden
prompting-dismiss-enhance = Die Meldung zum Verbessern ausblenden
prompting-offer = Vorschlag von { $model }
prompting-offer-text = Vorgeschlagener Prompt: { $text }
prompting-lost = Im Vorschlag fehlt { $pieces }
prompting-changed = Der Prompt wurde geändert, seit er geschickt wurde. Annehmen ersetzt, was Sie getippt haben.
prompting-accept = Annehmen
    .tooltip = Diesen Prompt verwenden. Das lässt sich rückgängig machen.
prompting-refuse = Ablehnen
    .tooltip = Ihren Prompt behalten
prompting-given = Das Modell bekommt: { $prompt }
prompting-given-negative = Mit dem negativen Prompt: { $negative }

prompting-server = Prompt-Server
prompting-server-about = Verbessern schickt den Prompt an diesen Server und an keinen anderen. Jedes Programm mit dem Protokoll von OpenAI eignet sich, etwa Ollama, llama.cpp oder LM Studio auf diesem Rechner. Ohne Adresse ist Verbessern aus.
prompting-address = Adresse
prompting-model = Modell
prompting-model-hint = Das erste des Servers
prompting-key = Schlüssel
prompting-key-none = Keiner
prompting-key-in-variable = In einer Variable
prompting-key-in-file = In einer Datei
prompting-key-here = Hier getippt
prompting-key-variable = Variable
prompting-key-file = Datei
prompting-key-typed = Schlüssel selbst
prompting-key-readable = Er steht lesbar in Ihren Einstellungen
prompting-try = Ausprobieren
    .tooltip = Den Server fragen, welche Modelle er hat
prompting-trying = Warten auf den Server…
prompting-answers = { $count ->
        [one] Der Server hat ein Modell; gefragt wird { $model }
       *[other] Der Server hat { $count } Modelle; gefragt wird { $model }
    }
prompting-use-model = Das Modell { $name } verwenden
prompting-save = Speichern
prompting-server-damaged = die Einstellungen des Prompt-Servers sind beschädigt ({ $damage }): was lesbar ist, wird verwendet
prompting-not-kept = was Sie mit Prompts getan haben, wurde nicht gespeichert: { $problem }

prompting-history = Prompt-Verlauf
prompting-search = Prompts suchen
prompting-none-found = Kein Prompt hat diese Wörter
prompting-more-found = { $count } weitere haben diese Wörter
prompting-history-keys = Auf und Ab wählen, Eingabe nimmt den Prompt, Escape schließt
prompting-undo-delete = Löschen rückgängig
prompting-clear = Verlauf leeren
    .tooltip = Alle Prompts außer den Favoriten löschen. Das lässt sich rückgängig machen.
prompting-history-cleared = die Prompts wurden gelöscht; Favoriten bleiben
prompting-delete-prompt = Den Prompt { $prompt } löschen
prompting-favourite = Favorit
prompting-pin = { $prompt } als Favorit merken
prompting-unpin = { $prompt } nicht mehr als Favorit führen
prompting-not = Nicht: { $negative }

prompting-styles = Stile
prompting-styles-about = Ein Stil legt Wörter um den Prompt: {"{prompt}"} steht für das, was Sie tippen. Mehrere können zugleich an sein.
prompting-no-styles = Es gibt keinen Stil
prompting-style-use = Den Stil { $name } verwenden
prompting-style-show = Den Stil { $name } bearbeiten
prompting-style-off = Den Stil { $name } ausschalten
prompting-style-name = Name
prompting-style-prompt = Wörter um den Prompt
prompting-style-prompt-hint = film still of {"{prompt}"}, warm light
prompting-style-negative = Negative Wörter
prompting-style-no-name = Dem Stil einen Namen geben
prompting-style-taken = Ein anderer Stil hat diesen Namen
prompting-new-style = Neuer Stil
prompting-style-new = Neuer Stil
prompting-style-duplicate = Duplizieren
prompting-style-delete = Stil löschen
prompting-style-undo = Rückgängig
prompting-style-import = Importieren…
prompting-style-export = Exportieren…
prompting-style-shipped = Mitgelieferte hinzufügen
prompting-import-styles = Stile importieren
    .text = Eine hier exportierte Liste von Stilen (.json) oder die styles.csv von Stable Diffusion web UI
prompting-export-styles = Stile exportieren
prompting-styles-added = { $count ->
        [0] alle diese Stile sind schon da
        [one] ein Stil wurde hinzugefügt
       *[other] { $count } Stile wurden hinzugefügt
    }
prompting-styles-written = die Stile wurden gespeichert: { $path }
prompting-styles-damaged = die Datei der Stile ist beschädigt ({ $damage }): was lesbar ist, wird verwendet; { $aside }
prompting-prompts-damaged = die Datei der Prompts ist beschädigt ({ $damage }): was lesbar ist, wird verwendet; { $aside }
