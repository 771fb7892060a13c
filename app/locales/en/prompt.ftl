# The prompt, what is said below it, and the words of the demo model, which reads English.

prompt-hint = What the clip should show, for example a red balloon rising over the ocean
prompt-unknown = The model was not trained on: { $words }
prompt-negative-ignored = The Turbo sampler ignores the negative prompt; choose DDIM to use it
prompt-words = Words the demo model knows
prompt-words-note = The demo model draws one subject in one colour, with one motion, in one scene. Click words to build a prompt. Full models understand free text.
prompt-tokens = { $tokens } of { $most } tokens
prompt-tokens-wildcards = { $tokens } of { $most } tokens, before wildcards are chosen
prompt-tokens-cut = { $tokens } of { $most } tokens: what is struck out is cut off
prompt-tokens-many = More than { $most } tokens: the end is cut off
