# The model manager, in Japanese.

models-title = モデル
models-intro = デモモデルの Nano が知っているのは数十の言葉です。本格的なモデルは自由な文章を理解します。権利者のライセンスのもとでここからダウンロードするか、モデルファイルをウィンドウにドロップしてください。
models-reading = モデルフォルダーを読み取っています…
models-open-folder = モデルフォルダーを開く
models-close = 閉じる
models-back = 戻る
models-cancel = キャンセル
models-judges = 評価モデル
models-judges-about = 評価や学習データの選別のためにクリップを見るモデルです。クリップは作りません
models-not-listed = このモデルはもう一覧にありません
models-nano-about = デモモデル：小さく、どのコンピューターでも速く、数十の言葉を知っています

## What a model is and where it is

models-in-use = 使用中
models-built-in = 付属
models-not-downloaded = 未ダウンロード
models-percent-downloaded = { $percent }% ダウンロード済み
models-bytes-downloaded = { $size } ダウンロード済み
models-downloaded = ダウンロード済み
models-verified = ダウンロード済み、検証済み
models-differs = 公開されたものと違います：削除してダウンロードし直してください
models-own-file = 自分のファイル
models-own-model = 自分のファイル：モデル
models-own-lora = 自分のファイル：LoRA
# $kind is what a file is, such as "SD 1.x チェックポイント".
models-own-foreign = 自分のファイル：{ $kind }（このプログラム用ではありません）
models-on-disk = ディスク上 { $size }
models-about-on-disk = ディスク上 約 { $size }
models-memory-for-weights = 重みに約 { $memory } のメモリ
models-licence = ライセンス

## Buttons of a model

models-download = 入手…
    .tooltip = ライセンスを読んでからダウンロードします
    .name = { $model } を入手
models-resume = 再開
    .tooltip = 止まったところからダウンロードを続けます
    .name = { $model } を再開
models-discard = 破棄…
    .tooltip = これまでにダウンロードした分を削除します
    .name = { $model } を破棄
models-use = 使う
    .tooltip = このモデルでクリップを作ります
    .name = { $model } を使う
models-add = 追加
    .tooltip = 設定の LoRA に追加します
    .name = { $model } を追加
models-already-in-list = すでにリストにあります
models-verify = 検証
    .tooltip = ファイル全体を読み取り、公開されたものと比べます
    .name = { $model } を検証
models-remove = 削除
    .tooltip = モデルフォルダーから削除します。ウィンドウを閉じるまでは元に戻せます。
    .name = { $model } を削除
models-stop = キャンセル
    .tooltip = 停止し、ダウンロードした分は残します
    .name = { $model } をキャンセル
models-stopping = 停止中…

## Work on a model

models-moving = ファイルを移動中
models-verifying = 検証中…
models-verifying-bytes = { $done } を検証
models-verifying-of = { $total } のうち { $done } を検証
models-downloading = ダウンロード中…
models-downloading-bytes = { $done } をダウンロード
models-downloading-of = { $total } のうち { $done } をダウンロード
models-rate = { $size }/秒
models-time-left = 残り { $time }
models-waiting = { $reason }：{ $time } 後にもう一度試します

## Before a download

models-download-title = { $model } をダウンロードしますか？
models-size = サイズ
    .about = 約 { $size }
    .unknown = 不明
models-from = 入手先
models-to = 保存先
models-licence-of-weights = 重みはその権利者のもので、ライセンスは { $licence } です。先にお読みください。
models-accept = ライセンスに同意してダウンロード
models-discard-title = { $model } のダウンロードを破棄しますか？
models-discard-about = これまでにダウンロードした { $size } が削除されます
models-discard-confirm = 破棄
models-discard-keep = 残す

## Messages about models

models-got = { $model } をダウンロードしました
models-checked = { $model }：{ $found }
models-checked-release = 公開されたものと一致します
models-checked-nothing = 読み取れますが、比べるハッシュがありません
models-checked-unchanged = ダウンロードしたときから変わっていません
models-part-deleted = { $model } の途中までのダウンロードを削除しました
models-removed = { $model } を削除しました。ディスクの空きは Hummingbird を閉じたときに増えます。
models-restored = { $model } を元に戻しました
models-stopped = { $model }：停止しました。ダウンロードした分は残っています。
models-failed = { $model }：{ $reason }
models-dropped-model = { $file } は LoRA ではなく完全なモデルです：モデルとして開いてください
models-dropped-previews = { $file } はモデルではなく、プレビューと高速デコード用の軽量デコーダー（TAESD）です：モデルフォルダーに入れてください
models-dropped-foreign = { $file } は { $kind }です：このプログラム用ではありません
models-dropped-unknown = { $file } は、このバージョンが知っているテキストから動画を作るモデルでも LoRA でもありません
models-not-opened = { $place } を開けませんでした：{ $reason }
models-nothing-opens = このシステムには { $place } を開くものがありませんでした：自分で開いてください

## Other folders, what fits, and models in parts

models-searching = フォルダーを検索しています…
models-add-folder = フォルダー追加…
    .tooltip = 別のフォルダーでもモデルを検索します。その中身は変更しません。
models-add-folder-title = モデルのフォルダーを追加
models-add-folder-about = 自分のフォルダー、または ComfyUI、StabilityMatrix、Stable Diffusion web UI のフォルダーを指定します。ファイルは今の場所のまま使い、変更しません。
models-folder-not-kept = { $folder } を追加できません：名前が普通の文字ではないか、リストがいっぱいです
models-offer = { $folder } に { $program } のモデルが見つかりました
models-offer-use = 使う
    .tooltip = このプログラムで使えるものを一覧に加えます。ファイルは今の場所に残り、変更されません。
    .name = { $program } のモデルを使う
models-offer-refuse = 後で
    .name = { $program } のモデルを使わない
models-folder-remove = リストから削除
    .tooltip = このフォルダーを検索しなくなります。ファイルはそのまま残ります。
    .name = フォルダー { $folder } をリストから削除
models-folder-holds = { $models ->
        [0] このプログラム用のファイルはありません
       *[other] このプログラム用のファイル { $models } 個
    }{ $others ->
        [0] { "" }
       *[other] 、ほかのプログラム用 { $others } 個
    }
models-folder-loras = LoRA（{ $count }）
models-folder-gone = 今はありません：リストに残り、戻ったときに再び検索します
models-folder-unreadable = 読み取れません：{ $reason }
models-folder-cut = このフォルダーには検索しきれないほどのファイルがあります：この中の、モデルが入っているフォルダーを追加してください
models-kind-model = モデル
models-kind-lora = LoRA
models-kind-previews = プレビューと高速デコード用の軽量デコーダー
models-judged-memory = メモリ { $memory } からの判断
models-judged-beside-card = コンピューターのメモリ { $memory } からの判断、グラフィックカードのメモリは不明
models-fits = ここで使えます（{ $judged }）
models-fits-tightly = ここで使えますが、余裕はほとんどありません（{ $judged }）
models-too-large = このコンピューターには大きすぎます（{ $judged }）：f16 または q8 に変換するか、より小さいモデルを使ってください
models-disk-tight = ディスクがほぼいっぱいになります：空きは { $free } です
models-disk-full = ディスクの空きが足りません：空きは { $free } です
models-clip-takes = これまでのクリップによると、ここではクリップに約 { $time } かかります
models-complete = 補完…
    .tooltip = テキストエンコーダーとオートエンコーダーのファイルを指定します
    .name = { $model } を補完
models-complete-title = { $model } を補完
models-complete-about = U-Net にはテキストエンコーダーとオートエンコーダーが必要です。モデルに足りないものそれぞれにファイルを選んでください。選んだ内容はこのモデル用に記憶されます。
models-complete-confirm = モデルを開く
models-complete-cancel = キャンセル
models-text-encoder = テキストエンコーダー
models-autoencoder = オートエンコーダー
models-part-own = モデル自身のもの
models-part-choose = 選択
    .name = ファイルを選択：{ $part }
models-unet-without-both = テキストエンコーダーとオートエンコーダーのない U-Net
models-unet-without-text = テキストエンコーダーのない U-Net とオートエンコーダー
models-unet-without-vae = オートエンコーダーのない U-Net とテキストエンコーダー
models-alone-both = テキストエンコーダーとオートエンコーダー（U-Net の補完用）
models-alone-text = テキストエンコーダー（U-Net の補完用）
models-alone-vae = オートエンコーダー（U-Net の補完用）
models-part-dropped = { $file } はモデルの一部だけです：足りないもののファイルを指定してください
models-list-damaged = モデルのフォルダーのリストが壊れています（{ $damage }）：読める部分を使います。{ $aside }
