# What stands in front of the window, the first steps, and the panels as such, in Japanese.

## Buttons and fields of dialogs

dialogs-close = 閉じる
dialogs-cancel = キャンセル
dialogs-open = 開く
dialogs-keep-working = 作業を続ける
dialogs-file = ファイル
dialogs-browse = 参照…
    .tooltip = システムのファイルダイアログで選びます
dialogs-key-confirm = Ctrl+Enter
dialogs-key-cancel = Escape

## Help

dialogs-help-title = ヘルプとショートカット
dialogs-help-text = クリップに映したいものを入力して「生成」を押します。最初のステップからプレビューが動きます。完成したクリップはすぐに保管され、ライブラリに並びます。ウィンドウにファイルをドロップすると、書き出したクリップなら設定を読み込み、モデルなら開き、LoRA なら追加します。
dialogs-help-numbers = 数値欄では上下キーで数値を変えられます。空欄はモデルの既定値を意味します。
dialogs-help-menus = F10 でメニューを開きます。Alt と下線付きの文字でそのメニューを開き、矢印キーで中を移動します。
# Two shortcuts of one command: "Space or K".
dialogs-keys = { $all } または { $keys }

## Closing the window

dialogs-quit-title = Hummingbird を閉じますか？
dialogs-quit-unsaved = まだ書き出していない { $count } 個のクリップが失われます
dialogs-quit-confirm = それでも閉じる
dialogs-quit-training = { $name } の学習中です：チェックポイントは残り、次に起動したときに続けられます
dialogs-quit-after-training = 学習が終わったら閉じる
dialogs-quit-after-training-text = 学習が終わるとウィンドウが閉じます。今閉じても、失われるのは最大 1 分間の分です。
dialogs-quit-stop-training = 学習を止めて閉じる
dialogs-closing = 終了中…

## Starting after windows that ended by themselves

dialogs-safe-title = 安全に起動しますか？
dialogs-safe-text = 直前の 2 回、ウィンドウが閉じられずに終了しました。安全な起動では、モデルを開かずにプロセッサで計算します。
dialogs-safe-kept = どちらの場合も、クリップ、キュー、フォームの入力内容は残ります
dialogs-safe-usual = 通常どおり起動
dialogs-safe-confirm = 安全に起動

## Another model while clips are being made

dialogs-switch-title = 今モデルを切り替えますか？
dialogs-switch = { $name } を開くと、作成中のクリップが一時停止します
dialogs-switch-demo = デモモデルを開くと、作成中のクリップが一時停止します
dialogs-switch-confirm = 一時停止して切り替え
dialogs-switch-keep = 切り替えない

## Opening files

dialogs-open-model = モデルを開く
    .text = モデルファイル（.safetensors、.pt、.ckpt）を指定します。ウィンドウにドロップすることもできます。
dialogs-open-lora = LoRA を追加
    .text = LoRA ファイルを指定します。ウィンドウにドロップすることもできます。
dialogs-open-training = クリップのフォルダー
    .text = クリップと画像のフォルダーを指定します。学習ページにドロップすることもできます。
dialogs-open-queue = キューを読み込む
    .text = 保存したキュー（.json）を指定します。ウィンドウにドロップすることもできます。
dialogs-open-clip = クリップから設定を読み込む
    .text = このプログラム、Stable Diffusion web UI、ComfyUI、WanGP のクリップまたは画像を指定します。ウィンドウにドロップすることもできます。

## The first steps

dialogs-first-step = ステップ { $number }/3
dialogs-first-device = 計算するデバイス
dialogs-first-demo = 最初のクリップ
dialogs-first-models = 本格的なモデル
dialogs-first-next = 次へ
dialogs-first-back = 戻る
dialogs-first-skip = 省略
dialogs-first-done = 完了
dialogs-first-again = この手順は「ヘルプ」メニューから再び表示できます
dialogs-first-looking = デバイスを探しています…
dialogs-first-on-cpu = プロセッサより速いグラフィックカードが見つかりませんでした。クリップはプロセッサで作ります。デモモデルなら数秒、本格的なモデルでは何分もかかります。
dialogs-first-on-chip = クリップは、プロセッサとメモリを共有するグラフィックチップで作ります
dialogs-first-on-card = クリップはグラフィックカードで作ります
# "デバイス" is the label of that row, as in settings-device.
dialogs-first-other-device = 設定の「デバイス」で別のデバイスを選べます
dialogs-first-processor = プロセッサ：{ $name }
dialogs-first-graphics = グラフィック：{ $name }
dialogs-first-demo-text = Hummingbird にはデモモデルが付属しています。数十の言葉から、簡単なものを数秒で描きます。
dialogs-first-starting = 開始中…
dialogs-first-make = クリップを作る
dialogs-first-make-another = もう 1 つ作る
dialogs-first-made = これだけです：クリップはどれもすぐに保管され、ライブラリに並びます
dialogs-first-picture = 作成中のクリップ
dialogs-first-models-what = 本格的なモデルは自由な文章を理解し、説明したとおりに描きます。それぞれの権利者のライセンスのもとで、無料でダウンロードできます。
dialogs-first-models-need = 最も小さいモデルは約 2.4 GB です。6 GB 以上のグラフィックカードを推奨します。プロセッサではクリップに何分もかかります。
dialogs-first-models-page = モデルのページでは、ダウンロードの前にそれぞれに必要なものを確認できます

## In place of a clip

dialogs-invitation = ここにクリップが表示されます
dialogs-invitation-write = 1 · 映したいものを書きます：被写体、動作、場所
dialogs-invitation-generate = 2 · 「生成」または { $keys } を押します
dialogs-invitation-watch = 3 · できていく様子を見ます。クリップは自動で保管されます。「書き出し」で MP4 や GIF にできます。
dialogs-invitation-example = この例を使う
dialogs-invitation-palette = { $keys } ですべてのコマンドを探せます
dialogs-invitation-history = 完成したクリップは履歴にあります

## In place of a part of the window that failed; $part is its name, as a sentence begins

dialogs-broken = 内部エラーのため、{ $part }を表示できません。ほかの部分は引き続き使えます。
dialogs-broken-away = 表示せずに続ける
    .name = 表示せずに続ける：{ $part }
dialogs-broken-again = 再試行
    .name = 再試行：{ $part }
dialogs-broken-copy = 報告をコピー
    .name = 報告をコピー：{ $part }

## Pages and panels

dialogs-panel-controls =
    .hide = 設定パネルを隠す
    .show = 設定パネルを表示
    .width = 設定パネルの幅
dialogs-panel-history =
    .hide = 履歴パネルを隠す
    .show = 履歴パネルを表示
    .width = 履歴パネルの幅
