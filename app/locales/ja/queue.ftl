# The queue of clips at the right side of the window, in Japanese.

## The heading and the line below it

queue-title = キュー（{ $count }）
# Button beside the heading: brings back what was removed last.
queue-undo = 復元
queue-paused = 一時停止中
# Which clip of how many is being made: "37/50".
queue-summary = { $current }/{ $total }
# $clock is a time of day: "14:20".
queue-summary-at = { $current }/{ $total }、{ $clock } に完了
# $time is a duration: "3 分 20 秒".
queue-summary-in = { $current }/{ $total }、あと { $time } で完了

## A clip of the queue; its states are joined by commas and begin with a capital letter by themselves

queue-being-made = 作成中
# The clip's settings are in the form now.
queue-being-edited = 編集中
# The clip needs another model than the one that is open.
queue-waits-for-model = モデル待ち
queue-of-last-session = 前回の分
# $time is a duration: how long the clip will take.
queue-about = 約 { $time }
queue-waits = 待機中
# Name of the menu of a clip, for screen readers.
queue-actions = 「{ $clip }」の操作
    .tooltip = 編集、複製、移動、削除

## Clips that were stopped or have failed

# Heading.
queue-stopped = 停止（{ $count }）
queue-drop = 停止したクリップから「{ $clip }」を削除
queue-resume = 再開
    .tooltip = 最後に終わったステップの後から続けます
    .name = 「{ $clip }」を再開
queue-try-again = 再試行
    .tooltip = このクリップを最初から作ります
    .name = 「{ $clip }」を再試行
# Button: makes a clip that was stopped before it began.
queue-start = 開始
    .tooltip = このクリップを今作ります
    .name = 「{ $clip }」を開始
queue-start-again = やり直す
    .tooltip = このクリップを最初から作ります
    .name = 「{ $clip }」をやり直す
# How a clip stands; "ステップ 7/20" and a comma may stand before it.
queue-cancelled = キャンセル済み
queue-failed = 失敗：{ $reason }

## Messages

queue-not-kept = 異常終了するとキューが失われます：{ $reason }
queue-not-acted = キュー完了後の動作が行われませんでした：{ $error }
# The end of the message above, about a command of the user's.
queue-command-code = コード { $code } で終了しました
queue-command-signal = シグナルで終了しました
