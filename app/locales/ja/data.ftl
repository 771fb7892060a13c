# The data page, in Japanese.

## The page

data-title = データ
data-count = { $count } 個のクリップのうち { $kept } 個を採用
data-count-broken = { $count } 個は読めません
data-opening = 開いています…
data-recent = 最近
data-undo = 元に戻す
    .tooltip = 最後の判断または説明文を取り消します
data-about = クリップから学習用データを作ります。フォルダー、またはコマンドが書き出したマニフェストを選ぶか、ここにドロップしてください。クリップは検索中に順に表示されます。
data-about-kept = クリップが変更されたり削除されたりすることはありません。判断はプログラムのデータフォルダーにあるマニフェストに保存されます。
data-looking = クリップを探しています…
data-no-clips = ここにクリップは見つかりませんでした
data-progress = { $stage }、{ $count } 個中 { $done } 個
data-working-percent = { $stage }、{ $percent }%
data-stop = 停止
data-stopping = 停止しています…
data-stopped = 停止しました。済んだ分は残り、同じボタンで続けられます
data-which = 表示するクリップ
data-sort = クリップの並び順
data-ascending = 昇順
data-descending = 降順
data-turn = 並び順を逆にします
data-search = 説明文と名前を検索
data-search-hint = 検索
data-list-all = すべて
data-list-kept = 採用
data-list-dropped = 除外
data-list-broken = 読めないもの
data-list-offered = 新しい説明文
data-sort-name = ファイル名
data-sort-caption = 説明文
data-sort-reasons = 理由

## A clip

data-clip = { $name }：{ $caption }、{ $state }
data-seconds = { $secs } 秒
data-kept = 採用
data-dropped = 除外
data-kept-by-hand = 手動で採用
data-dropped-by-hand = 手動で除外
data-keep = 採用する
data-drop = 除外する
data-undecided = しきい値に任せる
data-no-caption = 説明文なし
data-caption-of-clip = クリップ内のプロンプトです
data-caption-of = { $name } の説明文
data-picture-of = { $name } の画像
data-original = 元の説明文
data-offered = 新しい説明文
data-offer-waits = 新しい説明文があります
data-offers = { $count } 件の新しい説明文
data-accept = 採用
data-refuse = 却下
data-keys = 矢印で移動、Space で採用・除外、Enter で説明文を編集、A で新しい説明文を採用、D で却下、Ctrl+Z で取り消し、Ctrl+Y でやり直し
data-file-gone = ファイルがなくなりました

## The side

data-tab-clip = クリップ
data-tab-limits = しきい値
data-tab-steps = 手順
data-tab-export = 書き出し

## Columns

data-column-frames = フレーム数
data-column-fps = フレームレート
data-column-seconds = 秒数
data-column-width = 幅
data-column-height = 高さ
data-column-aesthetic = 美的品質
data-column-technical = 技術的品質
data-column-overall = 総合品質
data-column-smoothness = なめらかさ
data-column-motion-px = 動き (ピクセル)
data-column-motion-rel = 動き
data-column-zoom = ズーム
data-column-dolly = ドリーズーム
data-column-jerk = ぶれ

## Reasons

data-reason-static = 動きがない
data-reason-dolly-zoom = ドリーズームがある
data-reason-shake = 手ぶれがある
data-reason-error = 読み込めない
data-reason-by-hand = 手動で除外
data-reason-duplicate = 同じ内容のクリップがある
data-reason-near-duplicate = そっくりなクリップがある
data-reason-sieve = 最初の品質確認で低評価
data-reason-below = { $column }が { $value } 未満
data-reason-above = { $column }が { $value } 超
data-reason-not-best = { $column }が上位 { $percent }% に入らない
data-reason-unknown = { $column }が不明
data-reason-count = { $reason } ({ $count })
data-reason-list = この理由のクリップだけを表示します
data-reason-drops = この理由でクリップを除外するかどうか
    .name = 除外する：{ $reason }
data-reasons = 除外の理由
data-nothing-dropped = 除外はありません

## Limits

data-least = 以上
    .name = { $column }、以上
data-most = 以下
    .name = { $column }、以下
data-best = 上位
    .tooltip = この項目で上位のこの割合だけを採用します
    .name = { $column }、上位の割合
data-histogram = { $column }：{ $least } から { $most }
data-keep-unknown = 不明なものは採用
    .tooltip = 値のないクリップは、その項目のしきい値を通します
data-no-limits = すべてのしきい値を解除

## Steps

data-stage-scan = クリップを確認中
data-stage-motion = 動きを測定中
data-stage-score = 品質を採点中
data-stage-smoothness = なめらかさを測定中
data-stage-sample = 説明文を 10 件問い合わせ中
data-stage-caption = 説明文を書き直し中
data-stage-export = クリップを書き出し中
data-stage-page = ページを書き出し中
data-scan-title = クリップ
data-scan-on = 検索を続ける
    .text = フォルダーの検索は途中です
data-scan-again = もう一度探す
    .text = 追加・変更・削除されたクリップを見つけます。ほかの情報は残ります
data-motion-title = 動き
data-motion = 動きを測定
data-motion-about = 静止、手ぶれ、ドリーズームのあるクリップを見つけます。モデルは不要です
data-cost-frames = 残り { $count } 個のクリップ、{ $frames } フレーム
data-score-title = 品質
data-score = 品質を採点
data-score-about = 軽いネットワークがすべてのクリップを、大きいネットワークがそれを通ったクリップを採点します
data-score-sieve = 最初に { $name }：軽く、すべてのクリップが対象
data-score-judge = 次に { $name }：計算量は約 6 倍
data-sieve-share = 通す割合 (上位)
    .tooltip = 残りは理由を付けて除外されます。その理由はしきい値の側で無視できます
data-score-looks = { $name } で { $count } 個のクリップ
data-score-both = { $first }、次に { $second }
data-work-cost = { $what }：{ $device } で { $tflop } TFLOP
data-network-found = { $name }：モデルフォルダーの { $file }
data-network-chosen = { $name }：選択したファイル { $file }
data-network-missing = { $name } はモデルフォルダーにありません。モデルのページか { $command } で入手するか、ファイルを選んでください
data-network-searching = モデルフォルダーで { $name } を探しています…
data-network-reading = ファイルを読み込み中…
data-network-is = このファイルの中身は { $name } です
data-choose-network = ファイルを選択…
    .name = { $name } のファイルを選択…
data-network-back = モデルフォルダーのものを使う
    .name = モデルフォルダーにある { $name } のファイルを使う
data-smoothness-title = なめらかさ
data-smoothness = なめらかさを測定
data-smoothness-about = AMT-S が 1 枚おきのフレームを前後から予測します。計算量が多いため、残ったクリップだけを調べます
data-captions-title = 説明文
data-captions-about = 言語モデルが説明文を平易な文に書き直します。それぞれ提案として示され、元の説明文も残ります。
data-captions-see = モデルは画像を見られる
    .tooltip = 説明文と一緒にクリップのフレームを送ります。説明文のないクリップにも説明文が付きます
data-captions-frames = クリップごとのフレーム数
    .tooltip = 多いほど詳しくなり、トークンも増えます
data-captions-parallel = 同時に問い合わせる数
    .tooltip = サーバーに同時に送る質問の数
data-captions-cost = { $count } 件の説明文を問い合わせます
data-captions-cost-tokens = { $count } 件の説明文を問い合わせます。約 { $tokens } トークン
data-captions-try = 10 件試す
data-captions-hide = 隠す
data-captions = すべて書き直す

## Export

data-export-about = { $count } 個のクリップを採用
data-train-title = 学習用
data-train-about = 学習で読み込める、クリップと説明文のフォルダー
data-train = 学習用データを書き出す…
data-train-on = これで学習…
data-shards-title = WebDataset
data-shards-about = 1000 クリップごとの tar ファイルと表
data-shards = シャードを書き出す…
data-files-title = ファイル
data-write-page = ページを書き出す…
data-write-manifest = マニフェストを書き出す…
data-kept-at = 判断は随時 { $path } に保存されます
data-show-folder = フォルダーを表示
data-written = { $count } 個のクリップを書き出しました：{ $path }
data-written-without = { $count } 個のクリップは除かれました。最初：{ $first }

## Dialogs

data-manifests = マニフェスト
data-open-folder = クリップのフォルダーを開く
    .text = その中と下位フォルダーのクリップを一覧にします
data-open-manifest = マニフェストを開く
    .text = クリップごとに 1 行の .parquet、.csv、.jsonl。ファイル自体は変更しません
data-open-network = { $name } を開く
    .text = 公開されている { $name } の重み
data-open-train = 学習用データのフォルダー
    .text = 空のフォルダー、または以前に書き出したフォルダー
data-open-shards = シャードのフォルダー
    .text = 完成済みのシャードはそのまま残ります
data-save-page = ページを書き出す
    .text = ヒストグラムと、採用・除外したクリップの画像を載せた HTML ファイル
data-save-manifest = マニフェストを書き出す
    .text = コマンドで読み込める .parquet、.csv、.jsonl

## Why something cannot be done

data-not-opened = { $path } を開けません：{ $reason }
data-not-saved = マニフェストを保存できませんでした：{ $reason }
data-why-not-shown = データページが表示されていません
data-why-no-clip = 読めるクリップが選ばれていません
data-why-no-offer = 待っている新しい説明文はありません
data-why-no-undo = 取り消せる操作はありません
data-why-no-redo = やり直せる操作はありません
data-why-nothing-open = 先にフォルダーかマニフェストを開いてください
data-why-busy = 実行中の処理を待つか、停止してください
data-why-no-network = 先に { $name } を入手するか、ファイルを選んでください
data-why-no-score-network = 先に DOVER か DOVER-Mobile を入手するか、ファイルを選んでください
data-why-no-look = 先に採点するネットワークを選んでください
data-why-network-unknown = ネットワークのファイルが使えないか、まだ読み込まれていません
data-why-all-done = すべてのクリップが完了しています
data-why-no-captions = 説明文はすべて問い合わせ済みか、採用されたものがありません
data-why-nothing-kept = 採用されたクリップがありません
