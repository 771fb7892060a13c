# The prompt, what is said below it, and the words of the demo model, which reads English.

prompt-hint = クリップに映すものを英語で入力。例: a red balloon rising over the ocean
prompt-unknown = モデルが学習していない単語: { $words }
prompt-negative-ignored = Turbo サンプラーはネガティブプロンプトを使いません。使うには DDIM を選んでください
prompt-words = デモモデルが知っている単語
prompt-words-note = デモモデルは、1 つの被写体を 1 色で、1 つの動きと 1 つの場面で描きます。単語をクリックするとプロンプトができます。フルモデルは自由な文章を理解します。
prompt-tokens = { $tokens } / { $most } トークン
prompt-tokens-wildcards = { $tokens } / { $most } トークン（ワイルドカードの選択前）
prompt-tokens-cut = { $tokens } / { $most } トークン: 取り消し線の部分は切り捨てられます
prompt-tokens-many = { $most } トークンを超えています: 末尾は切り捨てられます
