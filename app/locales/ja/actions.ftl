# Names and tooltips of actions, in Japanese: menus, buttons, the command palette and the page of shortcuts are made of them.

## File

action-export = 書き出し…
    .tooltip = このクリップを動画または画像のファイルとして保存します
action-export-as = 書き出し形式…
    .tooltip = 形式とオプションを選んで、クリップを保存します
action-export-all = 一括書き出し…
    .tooltip = 選択したクリップ、または履歴のすべてをフォルダーに保存します
action-join-clips = クリップを結合…
    .tooltip = 選択したクリップ、または履歴のすべてを順につないで 1 つのファイルにします
action-use-demo-model = デモモデルを使う
    .tooltip = Hummingbird に付属する小さいモデルに戻ります
action-show-models = モデル…
    .tooltip = モデルのダウンロード、検証、使用、削除をします
action-show-training = LoRA を学習…
    .tooltip = 自分のクリップや画像から、画風や被写体をモデルに学習させます
action-show-data = データ
    .tooltip = 自分のクリップから学習用データを作ります。選別、説明文、採点、書き出し
action-open-model = モデルを開く…
    .tooltip = モデルファイル（.safetensors、.pt、.ckpt）を選びます
action-open-clip = クリップから設定を読み込む…
    .tooltip = 書き出したクリップに入っているプロンプト、シード、設定を読み込みます
action-quit = 終了
    .tooltip = ウィンドウを閉じます

## Create

action-generate = 生成
    .tooltip = プロンプトからクリップを作ります。ほかのクリップを作成中の場合はキューに入れます。
action-cancel-all = すべてキャンセル
    .tooltip = 作成中のクリップを止めて、キューを空にします
action-cancel = キャンセル
    .tooltip = 作成中のクリップを止めます
action-focus-prompt = プロンプトを編集
    .tooltip = カーソルをプロンプトに移します
action-focus-negative = ネガティブプロンプトを編集
    .tooltip = カーソルをネガティブプロンプトに移します
action-surprise = おまかせ
    .tooltip = デモモデルが知っている言葉でプロンプトをランダムに書きます
action-toggle-seed-lock = シードを固定
    .tooltip = ランダムなシードの代わりに、すべてのクリップで同じシードを使います
action-roll-seed = ランダムシード
    .tooltip = ランダムなシードを選んで固定します
action-add-lora = LoRA を追加…
    .tooltip = モデルに適用する LoRA ファイルを選びます
action-undo-remove = 削除を元に戻す
    .tooltip = 最後に削除したモデルまたは LoRA を元に戻します
action-undo-caption = キャプションを元に戻す
    .tooltip = 学習ページで最後に変更したキャプションを元に戻します
action-reset-controls = 設定をリセット
    .tooltip = プロンプトを残して、モデルの既定値に戻します

## Queue

action-pause-queue = キューを一時停止
    .tooltip = 最後に終わったステップの後で止め（結果は残ります）、メモリを解放します
action-resume-queue = キューを再開
    .tooltip = キューの一時停止したクリップを、それぞれ最後に終わったステップの後から続けます
action-stop-after = このクリップの後で一時停止
    .tooltip = 作成中のクリップを仕上げてからキューを一時停止します。もう一度選ぶと取り消します。
action-skip-job = クリップを後回し
    .tooltip = 作成中のクリップを、終わったステップを残したままほかのクリップの後ろに移します
action-retry-failed = 失敗分を再試行
    .tooltip = 失敗したすべてのクリップを、それぞれ最後に終わったステップの後から続けるようにキューに入れ直します
action-edit-job = クリップを編集
    .tooltip = キューで選択したクリップの設定をフォームに入れます。その後「生成」を押すと置き換わります。
action-duplicate-job = クリップを複製
    .tooltip = キューで選択したクリップをもう 1 つキューに入れます
action-move-job-up = 上へ
    .tooltip = キューで選択したクリップを、1 つ上のクリップより先に作ります
action-move-job-down = 下へ
    .tooltip = キューで選択したクリップを、1 つ下のクリップより後に作ります
action-remove-job = キューから削除
    .tooltip = 選択したクリップをキューから取り除きます
action-undo-queue = キューからの削除を元に戻す
    .tooltip = 最後にキューから削除したものを元に戻します
action-add-batch = バッチを追加…
    .tooltip = 多数のクリップをキューに入れます：複数のプロンプト、複数のシード、または 2 つの設定のグリッド
action-join-grid = 今すぐグリッドを結合
    .tooltip = 一部のクリップが足りなくても、グリッドを 1 つのクリップにします
action-save-queue = キューを保存…
    .tooltip = 待機中のクリップを、ウィンドウなしで実行できるファイルに書き込みます
action-load-queue = キューを読み込む…
    .tooltip = 以前に保存したファイルのクリップをキューに入れます
action-when-done = キュー完了後の動作…
    .tooltip = 最後のクリップの後でコンピューターをスリープさせるか、コマンドを実行するかを選びます

## Play

action-play-pause = 再生/一時停止
    .tooltip = 再生を始めるか、一時停止します
action-previous-frame = 前のフレーム
    .tooltip = 1 フレーム戻ります
action-next-frame = 次のフレーム
    .tooltip = 1 フレーム進みます
action-first-frame = 最初のフレーム
    .tooltip = 最初のフレームに移ります
action-last-frame = 最後のフレーム
    .tooltip = 最後のフレームに移ります
action-play-backwards = 逆再生
    .tooltip = 先頭に向かって再生します。もう一度押すと速くなります。
action-play-forwards = 順再生
    .tooltip = 末尾に向かって再生します。もう一度押すと速くなります。
action-slower = 遅く
    .tooltip = 半分の速さで再生します
action-faster = 速く
    .tooltip = 2 倍の速さで再生します
action-normal-speed = 標準の速さ
    .tooltip = クリップ本来の速さで再生します
action-set-in = ここから
    .tooltip = 表示中のフレームから再生し、書き出します
action-set-out = ここまで
    .tooltip = 表示中のフレームまでを再生し、書き出します
action-clear-range = クリップ全体
    .tooltip = 再びすべてのフレームを再生し、書き出します
action-toggle-loop = ループ
    .tooltip = クリップを繰り返し再生します
action-toggle-ping-pong = 往復再生
    .tooltip = クリップを順方向に再生してから逆方向に再生します
action-zoom-in = 拡大
    .tooltip = クリップの一部を大きく表示します。ドラッグで動かせます。
action-zoom-out = 縮小
    .tooltip = クリップのより広い範囲を表示します
action-zoom-fit = 全体表示
    .tooltip = クリップ全体を、収まる最大の大きさで表示します
action-only-clip = クリップのみ
    .tooltip = クリップを画面いっぱいに表示するか、パネルを再び表示します

## Clip

action-show-live = ライブプレビューを表示
    .tooltip = 作成中のクリップのプレビューを表示します
action-previous-result = 新しいクリップ
    .tooltip = 履歴で 1 つ上のクリップを表示します
action-next-result = 古いクリップ
    .tooltip = 履歴で 1 つ下のクリップを表示します
action-reuse-settings = 設定を再利用
    .tooltip = このクリップのプロンプト、シード、設定をフォームにコピーします
action-decode-again = 再デコード
    .tooltip = 保存した潜在表現を、サンプリングせずにフルデコーダーでデコードし直します
action-delete-result = クリップを削除
    .tooltip = このクリップをゴミ箱に移します
action-undo-delete = クリップを復元
    .tooltip = 最後に削除したクリップを元に戻します
action-copy-frame = フレームをコピー
    .tooltip = 表示中のフレームを画像としてクリップボードに入れます

## Library

action-show-library = ライブラリ
    .tooltip = これまでに完成したすべてのクリップを表示するか、プレーヤーに戻ります
action-search-library = ライブラリを検索
    .tooltip = プロンプトや設定の言葉でクリップを探します
action-select-all = すべてのクリップを選択
    .tooltip = ライブラリの一覧にあるすべてのクリップを選択します
action-open-kept = クリップを開く
    .tooltip = ライブラリで選択したクリップをプレーヤーに表示します
action-toggle-favourite = お気に入り
    .tooltip = クリップにお気に入りの印を付けるか、外します
action-compare-clips = 2 つのクリップを比較
    .tooltip = 選択した 2 つのクリップを同期させ、違いとともに表示します。もう一度選ぶと一覧に戻ります。
action-one-more = もう 1 つ
    .tooltip = このクリップと同じ設定、新しいシードでクリップを作ります
action-throw-again = 捨てて作り直す
    .tooltip = このクリップをゴミ箱に移し、代わりに新しいシードで作ります
action-other-prompt = 同じシードで別のプロンプト
    .tooltip = 設定をコピーしてシードを固定し、カーソルをプロンプトに移します
action-variations = バリエーション
    .tooltip = このクリップに似たクリップを、前後のシードで 4 つ作ります
action-show-in-folder = フォルダーを表示
    .tooltip = クリップのファイルがあるフォルダーを開きます
action-rescan-library = 新しいファイルを探す
    .tooltip = ほかのプログラムがライブラリのファイルに加えた変更を反映します
action-data-folder = クリップを開く…
    .tooltip = フォルダーのクリップをデータページに表示します
action-data-manifest = マニフェストを開く…
    .tooltip = 表 (.parquet、.csv、.jsonl) のクリップをデータページに表示します
action-data-redo = やり直す
    .tooltip = データページで最後に取り消した操作をやり直します
action-data-mark = クリップを採用・除外
    .tooltip = データページのクリップの採用と除外を切り替えます。Space も同じです
action-data-edit = 説明文を編集
    .tooltip = データページのクリップの説明文を入力します。行で Enter を押しても同じです
action-data-accept = 説明文を採用
    .tooltip = データページのクリップの新しい説明文を使います
action-data-refuse = 説明文を却下
    .tooltip = データページのクリップの説明文をそのままにします
action-data-accept-all = 説明文をすべて採用
    .tooltip = データページの新しい説明文をすべて使います
action-data-refuse-all = 説明文をすべて却下
    .tooltip = データページの説明文をすべてそのままにします

## View

action-toggle-controls = 設定パネル
    .tooltip = プロンプトと設定のパネルを表示するか、隠します
action-toggle-history = 履歴パネル
    .tooltip = キューと履歴のパネルを表示するか、隠します
action-toggle-advanced = 詳細設定
    .tooltip = 詳しい人向けの設定（Eta、ノイズ、キャッシュ、トークン）を表示するか、隠します
action-toggle-full-screen = フルスクリーン
    .tooltip = ウィンドウを画面いっぱいに広げるか、元に戻します
action-scale-up = 大きく
    .tooltip = ウィンドウ内のすべてを大きくします
action-scale-down = 小さく
    .tooltip = ウィンドウ内のすべてを小さくします
action-reset-scale = 倍率をリセット
    .tooltip = 倍率を 100 パーセントに戻します
action-cycle-theme = テーマを切り替え
    .tooltip = ライト、ダーク、ハイコントラスト、システムのテーマを切り替えます
action-toggle-reduced-motion = 動きを減らす
    .tooltip = サムネイルを静止させ、パネルを動きなしで切り替えます
action-toggle-scaling = くっきり/なめらか表示
    .tooltip = 小さいクリップを拡大するときの画素を、くっきりまたはなめらかにします
action-dismiss-notices = すべてのメッセージを閉じる
    .tooltip = プレビューの上のメッセージをすべて閉じます

## Help

action-command-palette = コマンドパレット…
    .tooltip = 言葉でコマンドを探して実行します
action-show-first-steps = はじめに…
    .tooltip = どのデバイスで計算するかを確認し、最初のクリップを作り、本格的なモデルを探します
action-edit-shortcuts = ショートカットキー…
    .tooltip = すべてのコマンドのキーを確認し、変更します
action-ask-for-newer-version = 新しいバージョンを確認
    .tooltip = 新しいバージョンがあるかをプロジェクトのページに問い合わせます。ほかには何も送信せず、自動で問い合わせることもありません
action-help = ヘルプとショートカット
    .tooltip = 始め方とすべてのショートカットキーを表示します
