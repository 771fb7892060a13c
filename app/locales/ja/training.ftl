# The page on which a LoRA is trained, in Japanese. The word LoRA stays as it is.
# 更新 ("update") is one step of the training, キャプション ("caption") the text that says what a clip or picture shows.

training-title = LoRA を学習
# $model is the name of the model that is open.
training-intro = { $model } が、クリップと画像から画風や被写体を学習します。結果はモデルに加える小さいファイルになります。
training-intro-without-model = モデルが、クリップと画像から画風や被写体を学習します。結果はモデルに加える小さいファイルになります。

## The folder of clips and pictures

training-folder = フォルダー
training-browse = 参照…
    .tooltip = クリップと画像のフォルダーを選びます
training-choose = クリップ（MP4、WebM、GIF、WebP、APNG）と画像のフォルダーを選ぶか、ここにドロップしてください
training-reading = フォルダーを読み取り中…
training-count = { $count } 個のクリップと画像
# $without is how many of them have no caption.
training-count-trigger = { $count } 個のクリップと画像、うち { $without } 個はトリガーワードのみ
training-count-left-out = { $count } 個のクリップと画像、うち { $without } 個はキャプションがないため除外
# Heading of a list of files that cannot be used.
training-left-out = { $count } 個を除外
# What a clip is; $size is "96 × 64".
training-clip = { $frames } フレーム、{ $size }
training-first-frame = { $clip } の最初のフレーム
# Shown in an empty field for a caption.
training-caption = 映っているもの
    .name = { $clip } のキャプション

## What a training is made of

training-name = 名前
    .tooltip = LoRA のファイルの名前
training-trigger = トリガーワード
    .tooltip = すべてのキャプションの前に置かれます。プロンプトに書くと、学習したものを呼び出します。
# Rank of the LoRA's matrices: the usual term of the field.
training-rank = ランク
    .tooltip = LoRA に収められる量です。大きいほどメモリを使い、ファイルも大きくなります。
training-updates = 更新回数
    .tooltip = 学習の長さ：1 回の更新で 1 つのクリップを使います
training-frames = フレーム数
    .tooltip = 各クリップのフレーム数です。少ないほど時間もメモリも減ります。これより短いクリップは除外されます。
# In place of a number of frames: as many as clips of the model have.
training-frames-of-model = モデルのクリップと同じ
training-device = デバイス
training-meanwhile = 学習中もクリップを作れます。同じデバイスではどちらも遅くなるため、ほかを選ばない限りプロセッサで学習します。

## Time and memory

training-measure = 時間とメモリを測定
    .tooltip = この設定で数回更新し、結果を捨てます
training-measuring = 測定中：数回更新し、結果を捨てます
training-stop-measuring = 測定をやめる
# $time is a duration: "12 分 3 秒".
training-needs = 約 { $time }
# $memory is an amount: "310.0 MiB".
training-needs-memory = 約 { $time }、メモリ { $memory }

## A training under way

training-start = 学習を開始
training-run = ランク { $rank }、更新 { $updates } 回、{ $device }
# In place of the device's name above, until it is known.
training-opening-device = デバイスを準備中
# Name of the progress bar, for screen readers.
training-bar = { $name } の学習：{ $progress }
training-pause = 一時停止
    .tooltip = チェックポイントを残して一時停止します。いつでも続けられます。
training-finish-now = ここで完了
    .tooltip = 学習を止めて、現在の状態の LoRA を得ます
training-preparing = 最初の更新を準備しています…
training-update = 更新 { $update }/{ $updates }
# $progress is the text above; $loss a number without a unit, how far the model is from the clips.
training-update-loss = { $progress } · 損失 { $loss }
# $progress is one of the texts above; $time a duration.
training-update-left = { $progress } · 残り約 { $time }
training-stopping = この更新の後で停止します…
training-writing = LoRA を書き込み中…

## Trainings that can go on or have ended

training-paused = { $name } は更新 { $update }/{ $updates } で一時停止しています
training-resume = 再開
    .tooltip = チェックポイントから続けます
    .name = { $name } を再開
training-finish-paused = ここで完了
    .tooltip = 現在の状態の LoRA を得ます
    .name = { $name } をここで完了
training-dismiss = 非表示
    .tooltip = 今後表示しません。ファイルは残ります。
    .name = { $name } を非表示
training-finished = { $file } は設定の LoRA に入っています
training-finished-trigger = トリガーワードは「{ $word }」です：プロンプトに書いてください

## Curve and samples

# Title of the curve.
training-loss-by-update = 更新ごとの損失
# Name of the curve's line.
training-loss = 損失
training-curve = 損失の曲線、更新 { $update } で { $loss }
training-samples = 最新のサンプル（各行に 1 つのキャプションのクリップ）
    .name = 最新のサンプル

## Messages

training-cannot-make = { $path } を作成できません：{ $error }
training-too-many = { $name } という名前の LoRA が多すぎます：別の名前を選んでください
training-another-window = 別のウィンドウがこの LoRA を学習しています
training-no-folder = 試行用のフォルダーがありません：{ $error }
