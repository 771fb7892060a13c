# The history on the right, the library's page, and the comparison of two clips, in Japanese.

## The history

library-history = 履歴
# A small button beside the heading: takes a deletion back.
library-history-undo = 復元
library-history-empty = 完成したクリップがここに並びます
library-history-no-picture = 画像なし
library-history-show = 「{ $prompt }」、シード { $seed } を表示
library-history-delete = 「{ $prompt }」を削除
# Below a picture, short: the clip was exported; it is in the library; it is being put there; it is nowhere yet.
library-history-saved = 書き出し済
library-history-kept = 保管済み
library-history-being-kept = 保管中…
library-history-not-saved = 未保存

## The library's page

library-title = ライブラリ
library-failed = ライブラリを使えません：{ $reason }
library-opening = ライブラリを開いています…
library-count = { $count } 個のクリップ
library-count-listed = { $count } 個中 { $listed } 個のクリップ
library-back = 戻る
library-search = ライブラリを検索
library-search-hint = プロンプトと設定を検索
library-filters = フィルター
library-sort = クリップの並び順
library-sort-newest = 新しい順
library-sort-oldest = 古い順
library-sort-prompt = プロンプト順
library-sort-largest = 大きい順
library-sort-longest = 長い順
# Lists of filters; ".all" stands in one where nothing is chosen.
library-model = モデル
    .all = すべてのモデル
library-size = サイズ
    .all = すべてのサイズ
library-tag = タグ
    .all = すべてのタグ
library-project = プロジェクト
    .all = 全プロジェクト
library-favourites = お気に入り
library-duplicates = 重複
    .tooltip = 設定が同じか、内容が同じクリップ
# Takes all filters away.
library-show-all = すべて表示
library-tile-size = 表示サイズ
library-empty = 完成したクリップはすべてここに並び、ファイルはクリップ用のフォルダーに置かれます
library-none-like-this = 条件に合うクリップはありません
library-clip = クリップ「{ $prompt }」、シード { $seed }
# Below a picture, short: so many clips have the same settings.
library-alike = 同設定 { $count } 個
library-tag-remove = タグ「{ $tag }」を削除

## What is said of the clips that are selected

library-details-clip = 選択したクリップ
library-details-new-tag = 新しいタグ
library-details-add-tag = タグを追加
# The clip belongs to no project.
library-details-no-project = なし
library-details-note = メモ
library-details-picture = { $width } × { $height } ピクセル、{ $frames } フレーム、毎秒 { $fps } フレーム
library-details-model = モデル { $name }
library-details-tiny-decoder = 軽量デコーダー { $name }
library-details-device = { $device } で計算
library-details-duplicates = 設定または内容が同じクリップが { $count } 個あります
library-details-selected = { $count } 個のクリップを選択中
library-details-select-none = 選択を解除
# Ctrl, Shift and Space are keys.
library-details-none = クリップを選択すると、何から作られたかを確認できます。Ctrl や Shift で複数選択できます。キーボードでは Space、または Shift と矢印キーを使います。

## How clips are kept

library-keeping = クリップの保管方法
library-keeping-folder = フォルダー
    .hint = システムのビデオ用フォルダー
# The label of a pattern for names of files.
library-keeping-names = 名前
# The names in braces stay as they are.
library-keeping-filled-in = {"{date}、{time}、{words}、{seed}、{model}、{project}"}、{"{size}"} には値が入ります
# The label of a number of GiB. Latents are what a clip can be decoded from again.
library-keeping-latents = 潜在表現の上限
library-keeping-confirm = 今後この方法で保管

## Two clips beside each other

library-compare = 比較
library-compare-side-by-side = 並べて表示
# One picture over the other, up to a line that can be moved.
library-compare-wipe = ワイプ
library-compare-back = 一覧に戻る
library-compare-play = 再生
library-compare-pause = 停止
library-compare-frame = 両クリップのフレーム
# $side is A or B.
library-compare-clip = クリップ { $side }「{ $prompt }」、シード { $seed }
library-compare-reading = クリップを読み取り中…
library-differences = 違い
library-differences-none = 違いなし：どちらも同じ設定で作られています
library-differences-setting = 設定
