# Titles of the menus, in Japanese; the letter opens one together with Alt.

menu-file = ファイル(F)
    .letter = F
menu-create = 作成(C)
    .letter = C
menu-queue = キュー(Q)
    .letter = Q
menu-clip = クリップ(P)
    .letter = P
menu-playback = 再生(B)
    .letter = B
menu-library = ライブラリ(L)
    .letter = L
menu-view = 表示(V)
    .letter = V
menu-help = ヘルプ(H)
    .letter = H

# The choice of the language in the View menu.

language-system = システム

# Units

unit-bytes = バイト

# View menu

language-title = 言語
view-scale = 倍率
theme-system = システム
theme-light = ライト
theme-dark = ダーク
theme-high-contrast = ハイコントラスト
view-smooth-pixels = なめらか表示
view-sharp-pixels = くっきり表示

# Durations. They also stand inside sentences.

unit-duration-seconds = { $seconds } 秒
unit-duration-minutes = { $minutes } 分 { $seconds } 秒
unit-duration-hours = { $hours } 時間 { $minutes } 分

# At the right end of the menu bar: the model, downloads and trainings under way. As short as can be.

window-model-opening = モデルを準備中…
window-model-none = モデルなし
# $name is the name of the demo model.
window-model-demo = { $name } · デモモデル
# Tooltip of the model's name, in three lines; $pixels is the longest side of a picture.
window-model-card =
    ライセンス：{ $licence }
    SHA-256：{ $hash }
    最大 { $frames } フレーム、1 辺最大 { $pixels } ピクセル
window-downloading = { $title } を受信中
window-downloading-percent = { $title } を受信中（{ $percent }%）
# $name is the name of a LoRA.
window-training = { $name } を学習中
window-training-percent = { $name } を学習中（{ $percent }%）

# Files are being dragged over the window.

window-drop-hint = ドロップすると、クリップなら設定を読み込み、モデルなら開き、LoRA なら追加します

# Buttons of messages. As short as can be: they stand beside the message.

window-close = 閉じる
window-dismiss = このメッセージを閉じる
window-open-as-model = モデルとして開く
window-turn-lora-off = オフにする
    .tooltip = この LoRA なしでクリップを作ります
    .name = { $file } をオフにする
window-decode-again = 再デコード
window-copy-path = パスをコピー
window-open-page = ページを開く
window-show-in-folder = フォルダーを表示
    .tooltip = ファイルのあるフォルダーを開きます

# Number fields

# Name of a slider for screen readers; $name is that of the setting.
window-slider = { $name }のスライダー
# How long the clip is.
window-seconds-long = 長さ { $seconds } 秒
window-width-height = 幅と高さ（ピクセル）
# A list of sizes.
window-sizes = サイズ
    .tooltip = モデルが対応しているサイズ
window-size-of-model = { $width } × { $height }（モデルの既定）
# In place of a number: one that is drawn for each clip.
window-random = ランダム

# The command palette, in which a command is found by its words

palette-field = したいことを入力
    .name = コマンドパレット
palette-none = この言葉に合うコマンドはありません
palette-keys = 上下キーで選択、Enter で実行、Escape で閉じる

# The page of keyboard shortcuts

shortcuts-title = ショートカットキー
shortcuts-search = コマンドを検索
shortcuts-reset-all = すべて戻す
    .tooltip = すべてのコマンドを既定のキーに戻します
# The keys that were pressed are those of another command: take them from it, or leave them there. "{ $keys }" is "Ctrl+G".
shortcuts-belongs = { $keys } は「{ $command }」のキーです
shortcuts-take = ここで使う
    .name = { $keys } を{ $command }に使う
shortcuts-keep = 変えない
    .name = { $keys } を{ $command }のままにする
# Two ways to press the same command.
shortcuts-or = { $first } または { $second }
shortcuts-press = 新しいキーを押す
shortcuts-none = キーなし
shortcuts-reset = 戻す
    .name = { $command }のショートカットを戻す
shortcuts-change = 変更
    .tooltip = 割り当てるキーを押します
    .name = { $command }のショートカットを変更

# Titles of the system's file dialogs; ".files" names the kind of file in its list of kinds.

window-dialog-export = クリップの書き出し
window-dialog-model = モデルを開く
    .files = モデル
window-dialog-lora = LoRA を追加
window-dialog-training = クリップと画像のフォルダー
window-dialog-queue = キューを読み込む
    .files = キュー
window-dialog-clip = クリップから設定を読み込む
    .files = 書き出したクリップ

# Messages. Each begins a line or stands after a colon.

window-second = Hummingbird の別のウィンドウが開いていて応答しません：これは 2 つ目のウィンドウです
window-painter = { $failed } ではウィンドウを描画できません（{ $reason }）。{ $name } で描画します
window-painter-before = 以前の起動時に失敗しました
window-settings-not-saved = 設定を保存できませんでした：{ $reason }
window-settings-not-kept = 設定は保存されません：{ $reason }
# $damage is what is wrong; $aside one of the two texts that follow.
window-settings-damaged = 設定ファイルが壊れています（{ $damage }）：読み取れる部分を使います。{ $aside }
window-shortcuts-damaged = ショートカットのファイルが壊れています（{ $damage }）：読み取れる部分を使います。{ $aside }
window-old-file = 元のファイルは { $path } として残してあります
window-old-file-stays = 元のファイルを別の名前で残せませんでした（{ $problem }）
window-defaults-used = 既定値を使います：{ $reason }
window-no-threads = システムがこれ以上スレッドを開始できません：ほかのプログラムを閉じてください
window-no-threads-because = システムがこれ以上スレッドを開始できません：ほかのプログラムを閉じてください（{ $error }）
window-internal-error = 内部エラーです。報告してください：{ $detail }
# In place of the detail of an internal error.
window-no-reason = 理由は示されていません
window-library-stopped = ライブラリのスレッドが停止しました
window-library-defaults = ライブラリの既定値を使います：{ $reason }
window-clip-elsewhere = 完成したクリップは { $path } にあります：{ $reason }
window-clip-not-listed = クリップを保管しましたが、一覧に加えられませんでした：{ $reason }
window-export-stopped = 停止しました：{ $clips } 個のうち { $written } 個のクリップを書き込みました
window-export-failed = { $name } を保存できませんでした：{ $error }
window-export-no-clip = クリップがありませんでした
