# The dialogs that export one clip or several, in Japanese.

export-title = クリップの書き出し
export-save-as = 保存先
export-confirm = 書き出し
export-cancel = キャンセル
export-replace = 既存のファイルを置き換える
export-embed = プロンプト、シード、設定をファイルに保存する
    .tooltip = ファイルをウィンドウにドロップすると、再び読み込めます

## Options: labels of rows are short

export-other = その他
export-format = 形式
# How much the picture may lose by compression.
export-loss = 劣化
    .tooltip = 0 は最高品質で最大、51 は最小のファイル
export-dither = GIF ディザ
export-dither-none = なし（最小のファイル、縞が見える）
export-dither-ordered = 組織的（動かない模様）
export-dither-diffusion = 誤差拡散（最も精細、最大のファイル）
export-colours = GIF の色数
# Which part of the picture is written.
export-crop = 範囲
export-crop-whole = 画面全体
export-crop-square = 正方形 1:1
export-crop-wide = 横長 16:9
export-crop-upright = 縦長 9:16
export-crop-portrait = 縦長 4:5
export-crop-cinema = シネマ 21:9
export-scale = サイズ
export-scale-original = そのまま
export-scale-half = 半分
export-scale-double = 2 倍
export-scale-four = 4 倍
# $side is a number of pixels.
export-scale-longest = 長辺 { $side }
# Of the frames.
export-order = 順序
export-order-forward = 順方向
export-order-ping-pong = 順方向と逆方向（往復）
# How often the clip plays.
export-plays = 再生
export-plays-ever = 繰り返し
export-plays-once = 1 回
# Follows a number in its field: "2 回".
export-plays-times =
    { $count ->
       *[other] {" "}回
    }
export-limit = 上限サイズ
    .tooltip = ファイルが収まるまで、品質とサイズを下げます
export-preset = プリセット
export-preset-choose = 選択…
# A button with a menu: keeps the options as a preset.
export-keep = 登録…
    .tooltip = このオプションを名前を付けて登録するか、登録したものを削除します
export-keep-name = 名前
export-keep-options = このオプションを登録
export-keep-remove = { $name } を削除
# I and O are keys.
export-trim-hint = プレーヤーの I と O で最初と最後のフレームを設定できます
export-trim = フレーム { $first }～{ $last } のみ

## What the file will be

export-picture = ファイルの画像
export-measuring = 測定中…
# $size is "2.0 MiB".
export-about = 約 { $size }
export-sample = { $width } × { $height } · { $count } フレーム · { $secs } 秒
# Both follow the line above, after a dot.
export-sample-loss = 劣化 { $loss }
export-sample-colours = { $count } 色

## Several clips

export-join-title = クリップの結合
export-join-text = クリップをこの順につなぎます。サイズとフレームレートは最初のクリップに合わせ、ほかのクリップは収まるように拡大・縮小します。
export-join-confirm = 結合
export-all-title = 一括書き出し
export-all-text = 各クリップを、それぞれの名前で別々のファイルとしてフォルダーに保存します
export-all-confirm = 一括書き出し
export-folder = フォルダー
export-count = { $count } 個のクリップ
# A small button in the row of a clip, and its name.
export-move-up = 上へ
    .name = クリップ { $number } を上へ
export-move-down = 下へ
    .name = クリップ { $number } を下へ
export-leave-out = クリップ { $number } を除外
