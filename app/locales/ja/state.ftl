# Names and short descriptions that stand at several places of the window, in Japanese.

## Parts of the window that failed: "The menu bar cannot be shown because of an internal error"

state-part-menu = メニューバー
state-part-controls = 設定
state-part-history = 履歴
# Below the clip, with the buttons that play it.
state-part-transport = プレーヤー
state-part-stage = クリップ
state-part-library = ライブラリ
state-part-data = データページ
state-part-dialog = このダイアログ

## Panels beside the clip, inside a sentence: "Hide the settings panel"


## Pages of a narrow window, on buttons in one row: short

state-page-create = 作成
state-page-clip = 再生
state-page-history = 履歴

## Kinds of words that the demo model knows, before a row of them: short

state-words-colour = 色
state-words-subject = 被写体
state-words-motion = 動き
state-words-scene = 場面

## Presets of exports: choices of format and options

state-preset-mp4 = MP4 そのまま
state-preset-chat = チャット用、8 MB 未満
# Its picture is a square.
state-preset-square = 正方形
state-preset-upright = 縦長 9:16
state-preset-gif = ループ GIF
state-preset-smallest = 最小のファイル
state-preset-lossless = 劣化なし

## What two clips that are compared were made from: headings of rows

state-fact-model = モデル
state-fact-model-file = モデルファイル
state-fact-decoder = 画像のデコーダー
state-fact-tiny-decoder = 軽量デコーダー
state-fact-device = デバイス

## Clips

# Behind other words about a clip; $name is the name of the decoder.
state-tiny-decoder = 軽量デコーダー（{ $name }）
# How far a clip is that stands still.
state-at-step = ステップ { $step }/{ $steps }

## Below the settings

# $time is for example 3 分 20 秒.
state-time-need = 所要時間：約 { $time }
state-time-unknown = 時間は最初のクリップの後でわかります
# $held and $mapped are amounts as 1.5 GiB.
state-memory-need = 必要なメモリ：約 { $held }
# Weights are the numbers of the model; mapped ones are read from their file as they are needed.
state-memory-need-mapped = 必要なメモリ：約 { $held }、マップする重み { $mapped }

## What a number can be, in small print below its field

state-range = { $least }～{ $most }
# $own is what the model was made for, $usual what is taken where nothing is typed.
state-range-own = { $least }～{ $most }、モデル本来の値は { $own }
state-range-usual = { $least }～{ $most }、通常は { $usual }
state-range-multiples = { $least }～{ $most } の { $step } の倍数
state-range-seed = 64 ビットの整数

## What is wrong with a setting, or beyond what the model was made for, below its field

state-no-seed = 「{ $text }」はシードではありません：0～{ $most } の整数を入力してください
state-no-number = 「{ $text }」は数値ではありません：4.5 のように入力するか、空にして既定値を使ってください
state-no-whole-number = 「{ $text }」は整数ではありません：数字を入力するか、空にして既定値を使ってください
state-beyond-frames = モデルは { $frames } フレーム用に作られています：長いクリップは破綻することがあります
state-beyond-size = モデルは { $width } × { $height } 用に作られています：大きいクリップでは同じものが 2 つ映ることがあります
state-beyond-sampler = モデルは { $sampler } サンプラー用に作られています
state-beyond-steps = モデルは { $steps } ステップ用に作られています：大きく増やしてもほとんど変わりません
state-beyond-guidance = モデルはガイダンス { $guidance } 用に作られています：大きく超えると色がどぎつくなります
# $model is the model with its kind: the model "T2V-Turbo".
state-lora-unfit = { $name } は{ $model }に合いません：強さを 0 にするか、削除するか、対象のモデルを開いてください
# $clip is the name of a file, $names are those of LoRAs, with commas.
state-loras-wanted = { $count ->
   *[other] { $clip } は LoRA { $names } を使って作られました：同じクリップを得るには、そのファイルをウィンドウにドロップしてください
}

## What is wrong with a batch: many clips at once, of several prompts, several seeds, or a grid of two settings

state-batch-seeds = 「{ $text }」はシードの数ではありません：1 以上の整数を入力してください
state-batch-too-many = { $most } クリップを超えています：複数のバッチに分けてください
state-batch-many-prompts = { $most } プロンプトを超えています：選択肢を減らしてください
# $setting is the name of a setting.
state-batch-no-values = 「{ $setting }」の値をコンマで区切って入力してください
state-batch-many-values = 「{ $setting }」の値が { $count } 個ありますが、グリッドでは { $most } 個までです
# "on" and "off" are typed in English.
state-batch-no-flag = 「{ $text }」は「{ $setting }」の値ではありません：on または off と入力してください
# $names are names as they are typed, in English.
state-batch-no-choice = 「{ $text }」は「{ $setting }」の値ではありません：次のいずれかを入力してください：{ $names }
