# The settings on the left, LoRAs, and the dialogs that make many clips of them, in Japanese.

## The list of settings

settings-title = 設定
# A small button beside the heading.
settings-reset = 初期化
# The heading that folds the rarer settings away.
settings-advanced = 詳細
# "モデル" is the page of models in the File menu.
settings-no-model = モデルが開かれていません。「モデル」で選ぶか、デモモデルを使ってください。
settings-opening-model = モデルを開くと設定が表示されます
# What the setting "サイズ" does.
settings-size =
    .tooltip = 幅と高さ（ピクセル）
# A choice that the model makes by itself; $choice is its name ("オフ", "DDIM").
settings-model-default = { $choice }（モデルの既定）
# A choice of the setting "キャッシュ".
settings-reuse = { $interval } ステップごと、深さ { $depth }
# The label of a row: short. What computes: a graphics card or the processor.
settings-device = デバイス
    .tooltip = クリップを計算する場所
settings-device-automatic = 自動
settings-device-cpu = CPU
settings-device-best-gpu = 最良の GPU
settings-device-gpu = GPU { $index }

## Around the button Generate

# $problem is what is wrong with a setting.
settings-fix-first = 要修正：{ $problem }
settings-stop-editing = 編集をやめる
    .tooltip = キューのクリップをそのままにします
# "生成" is the name of the button below.
settings-replaces = 「生成」でキューの「{ $clip }」を置き換えます
# Explains an estimate of time and memory.
settings-needs = 時間はこのデバイスで作ったクリップに基づき、メモリは最大時の量です
# In place of the button Cancel, while a clip is being stopped: short.
settings-stopping = 停止中…

## LoRAs

settings-lora = LoRA { $name }
settings-lora-incompatible = 合わない LoRA { $name }
# After the file of a LoRA, on a line of its own.
settings-lora-unfit = 合いません：{ $reason }
settings-lora-remove = { $name } を削除
settings-lora-trigger = トリガーワード「{ $word }」
    .tooltip = この LoRA が学習したものを使うには、プロンプトにこれを書きます
# Names of a slider and of the number beside it.
settings-lora-strength = { $name } の強さ
    .number = { $name } の強さ（数値）
    .tooltip = 1 は学習時のまま、0 はオフ

## A batch: many clips of one form

settings-batch-title = バッチを追加
settings-batch-others = ほかの設定はすべてフォームのとおりです
settings-batch-prompts = プロンプト（1 行に 1 つ）
settings-batch-every = {"{a|b}"} の選択肢のすべての組み合わせ
    .tooltip = オフの場合、各クリップはシードに応じて 1 つを使います
settings-batch-seeds = シード数
    .tooltip = フォームのシードから始めて、各プロンプトでいくつクリップを作るか
settings-batch-rows = グリッドの行
    .values = グリッドの行の値
settings-batch-columns = グリッドの列
    .values = グリッドの列の値
# No setting changes from row to row.
settings-batch-none = なし
settings-batch-values = 値はコンマで区切ります
# In an empty field of texts.
settings-batch-texts = 1 行に 1 つ
# In an empty field of numbers.
settings-batch-numbers = 数値をコンマで区切る
settings-batch-clips = { $count } 個のクリップ
settings-batch-joined = { $count } 個のクリップ。完成すると、見出し付きの 1 つのクリップに結合されます
settings-batch-add = キューに追加
settings-batch-cancel = キャンセル

## When the queue is done

settings-when-done-title = キュー完了後の動作
settings-when-done-nothing = 何もしない
settings-when-done-sleep = コンピューターをスリープ
settings-when-done-command = コマンドを実行
# The label of the field where a command of the system is typed.
settings-when-done-line = コマンド
settings-when-done-close = 閉じる

## Saving the queue

settings-save-queue-title = キューを保存
# "hummingbird queue run" is typed on a command line.
settings-save-queue-text = このファイルは再び読み込むことも、ウィンドウなしで実行することもできます：hummingbird queue run
