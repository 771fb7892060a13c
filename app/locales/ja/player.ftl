# The clip in the middle of the window, in Japanese: the picture, how far the clip that is being made is, and the line that describes it.

## The picture

player-picture = クリップ、フレーム { $frame }/{ $frames }
player-waiting = 最初のステップの後に、最初のプレビューが表示されます

## Progress

# What the engine is busy with. Each stands alone or before "：ステップ 7/20".
player-stage-device = デバイスを準備中
player-stage-load = モデルを読み込み中
player-stage-compile = GPU を準備中
player-stage-text = プロンプトを読み取り中
player-stage-denoise = サンプリング中
player-stage-decode = デコード中
# $stage is one of the texts above.
player-stage-step = { $stage }：ステップ { $current }/{ $total }
player-stage-frame = { $stage }：フレーム { $current }/{ $total }
player-stage-part = { $stage }：部分 { $current }/{ $total }
# $progress is one of the texts above; $time is a duration.
player-stage-left = { $progress }、残り約 { $time }
player-preparing = 準備：{ $stage }
player-starting = 開始中…
player-stopping = 停止中…
player-about-to-start = まもなく「{ $clip }」を開始します
# Progress of a clip that is not the one that is shown.
player-progress-of = 「{ $clip }」：{ $progress }
player-cancel-clip = このクリップをキャンセル（Esc）
# Link: shows the clip that is being made.
player-watch = 見る
player-export-stopping = { $file } の書き出しを停止しています
player-export-clips = { $file } に書き出し中：クリップ { $clip }/{ $clips }
player-export-frames = { $file } を書き出し中：フレーム { $frame }/{ $frames }
player-cancel-export = この書き出しをキャンセル

## The controls and the line below the clip

player-frame = フレーム
player-decoded = デコードしたフレーム：{ $done }/{ $total }
player-preview = ステップ { $step } の後のプレビュー
# How a clip was made. $loras and $decoder are empty or begin with " · ".
player-clip = シード { $seed }{ $loras }{ $decoder } · { $steps } ステップ · ガイダンス { $guidance } · { $width } × { $height } · { $frames } フレーム · { $rate } フレーム/秒 · { $device }
# $time is a duration: how long it took.
player-device-time = { $device }、{ $time }
# Follows the line, after " · ".
player-note = 注意：{ $warning }
