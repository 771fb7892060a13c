# Actions that help with the prompt.

action-enhance = Enhance
    .tooltip = Let a language model on your server write the prompt out
action-edit-styles = Styles…
    .tooltip = Put words with a name around the prompt, and edit them
action-show-prompts = Prompt history…
    .tooltip = Find a prompt that you used before
action-earlier-prompt = Earlier prompt
    .tooltip = Show the prompt that was used before this one
action-later-prompt = Later prompt
    .tooltip = Show the prompt that was used after this one, and at last what you typed
action-undo-prompt = Undo prompt
    .tooltip = Bring back the prompt before the last enhanced or chosen one
action-set-server = Prompt server…
    .tooltip = Set the server with the language model that enhances prompts

# Why they cannot be done

prompting-why-no-server = no server is set for it
prompting-why-running = the server is being asked
prompting-why-empty = the prompt is empty
prompting-why-no-undo = no prompt was replaced
prompting-why-no-history = no prompt was used yet
prompting-why-no-later = this is what you typed
prompting-why-no-negative = this sampler uses no negative prompt

# Enhance below the prompt

prompting-set-up = Enhance…
prompting-history-short = History…
prompting-undo = Undo
prompting-asking = Asking { $server }, { $elapsed }
prompting-stop-asking = Stop asking the server
prompting-again = Try again
prompting-again-enhance = Enhance again
prompting-server-short = Server…
prompting-change-server = Change the prompt server
prompting-dismiss = Dismiss
prompting-dismiss-enhance = Dismiss the message of Enhance
prompting-offer = Suggested by { $model }
prompting-offer-text = Suggested prompt: { $text }
prompting-lost = The suggestion lacks { $pieces }
prompting-changed = You changed the prompt since it was sent. Accepting replaces what you typed.
prompting-accept = Accept
    .tooltip = Use this prompt. It can be undone.
prompting-refuse = Refuse
    .tooltip = Keep your prompt
prompting-given = The model is given: { $prompt }
prompting-given-negative = With the negative prompt: { $negative }

# The dialog of the server

prompting-server = Prompt server
prompting-server-about = Enhance sends the prompt to this server and to no other. Any program that speaks the protocol of OpenAI will do, such as Ollama, llama.cpp or LM Studio on this computer. Without an address Enhance is off.
prompting-address = Address
prompting-model = Model
prompting-model-hint = First of the server
prompting-key = Key
prompting-key-none = None
prompting-key-in-variable = In a variable
prompting-key-in-file = In a file
prompting-key-here = Typed here
prompting-key-variable = Variable
prompting-key-file = File
prompting-key-typed = Key itself
prompting-key-readable = It is kept as readable text in your settings
prompting-try = Try it
    .tooltip = Ask the server which models it has
prompting-trying = Waiting for the server…
prompting-answers = { $count ->
        [one] The server has one model; asked is { $model }
       *[other] The server has { $count } models; asked is { $model }
    }
prompting-use-model = Use the model { $name }
prompting-save = Save
prompting-server-damaged = the settings of the prompt server are damaged ({ $damage }): what can be read is used
prompting-not-kept = what you did with prompts is not kept: { $problem }

# Prompts that were used

prompting-history = Prompt history
prompting-search = Search prompts
prompting-none-found = No prompt has these words
prompting-more-found = { $count } more have these words
prompting-history-keys = Up and Down choose, Enter takes the prompt, Escape closes
prompting-undo-delete = Undo delete
prompting-clear = Clear history
    .tooltip = Delete all prompts but the favourites. It can be undone.
prompting-history-cleared = the prompts were deleted; favourites stay
prompting-delete-prompt = Delete the prompt { $prompt }
prompting-favourite = Favourite
prompting-pin = Make { $prompt } a favourite
prompting-unpin = Make { $prompt } no favourite
prompting-not = Not: { $negative }

# Styles

prompting-styles = Styles
prompting-styles-about = A style puts words around the prompt: {"{prompt}"} stands for what you type. Several can be on at once.
prompting-no-styles = There is no style
prompting-style-use = Use the style { $name }
prompting-style-show = Edit the style { $name }
prompting-style-off = Switch the style { $name } off
prompting-style-name = Name
prompting-style-prompt = Words around the prompt
prompting-style-prompt-hint = film still of {"{prompt}"}, warm light
prompting-style-negative = Negative words
prompting-style-no-name = Give the style a name
prompting-style-taken = Another style has this name
prompting-new-style = New style
prompting-style-new = New style
prompting-style-duplicate = Duplicate
prompting-style-delete = Delete style
prompting-style-undo = Undo
prompting-style-import = Import…
prompting-style-export = Export…
prompting-style-shipped = Add built-in styles
prompting-import-styles = Import styles
    .text = A list of styles that was exported here (.json), or the styles.csv of Stable Diffusion web UI
prompting-export-styles = Export styles
prompting-styles-added = { $count ->
        [0] all of these styles are here already
        [one] one style was added
       *[other] { $count } styles were added
    }
prompting-styles-written = the styles were saved: { $path }
prompting-styles-damaged = the file of styles is damaged ({ $damage }): what can be read is used; { $aside }
prompting-prompts-damaged = the file of prompts is damaged ({ $damage }): what can be read is used; { $aside }
