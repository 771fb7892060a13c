# Why something cannot be done now, in Japanese: tooltips of buttons and rows of menus that are grey, and warnings. No full stop.

## What actions need

reasons-no-finished-clip-shown = 完成したクリップが表示されていません
reasons-nothing-shown = まだ何も表示されていません
reasons-file-dialog-open = ファイルダイアログが開いています
reasons-model-opening = モデルを開いています
# "ファイル" and "モデル" are the menu and its row: menu-file, action-show-models.
reasons-no-model-choose = モデルが開かれていません。「ファイル」の「モデル」で選んでください
reasons-no-model = モデルが開かれていません
reasons-setting-wrong = 先に設定を直す必要があります
reasons-no-clip-being-made = 作成中のクリップがありません
reasons-no-clip-selected = クリップが選択されていません
reasons-several-clips-selected = 複数のクリップが選択されています
# The player is the part of the window where a clip plays.
reasons-no-clip-in-player = プレーヤーにクリップがありません
reasons-library-not-open = ライブラリがまだ開いていません
reasons-library-failed = ライブラリを使えません。理由はメッセージにあります
reasons-library-not-shown = ライブラリが表示されていません
reasons-no-library-clip = ライブラリのクリップが選択も表示もされていません
reasons-select-two = 先にライブラリのクリップを 2 つ選択してください
# A latent is what the model makes before it is decoded into pictures.
reasons-latent-gone = このクリップの潜在表現はもう残っていません
reasons-latent-not-saved = このクリップの潜在表現を保存できませんでした
reasons-no-clip-deleted = 削除したクリップはありません
reasons-demo-model-in-use = デモモデルを使用中です
reasons-nothing-removed = 削除したモデルも LoRA もありません
reasons-no-word-list = 言葉のリストがあるのはデモモデルだけです
# No first and no last frame were chosen: the clip plays from its beginning to its end.
reasons-all-frames-play = すべてのフレームが再生されます
# Nothing of it is cut off: it cannot be zoomed out of.
reasons-whole-clip-shown = クリップ全体が表示されています
reasons-no-finished-clip = 完成したクリップがまだありません
reasons-no-preview = プレビューがまだありません
reasons-history-empty = 履歴は空です
# The scale is the size of everything in the window.
reasons-largest-scale = これが最大の倍率です
reasons-smallest-scale = これが最小の倍率です
reasons-scale-is-100 = 倍率は 100 パーセントです
# A message of the window, as those of notices.ftl.
reasons-no-message = メッセージはありません
reasons-asking-for-version = すでに問い合わせています
# A caption says what a training clip shows.
reasons-no-caption-changed = 変更したキャプションはありません

## The queue

reasons-queue-paused = キューはすでに一時停止しています
reasons-queue-idle = キューは空で、作成中のクリップもありません
reasons-queue-not-paused = キューは一時停止していません
reasons-queue-empty = キューは空です
reasons-no-job-selected = キューのクリップが選択されていません
reasons-no-other-waits = ほかに待機中のクリップはありません
reasons-none-failed = 失敗したクリップはありません
# A grid is joined of several clips; none is under way.
reasons-no-grid = クリップが足りないグリッドはありません
reasons-nothing-removed-from-queue = キューから削除したものはありません
reasons-first-of-queue = このクリップはキューの先頭です
reasons-last-of-queue = このクリップはキューの末尾です

## Models and training

reasons-model-in-use = このモデルは使用中です。先に別のモデルを使ってください
reasons-lora-in-list = この LoRA は設定のリストにあります。先にリストから削除してください
reasons-training = 学習中です
reasons-measuring = 時間とメモリを測定しています
reasons-reading-folder = フォルダーを読み取っています
reasons-no-training-folder = 先にクリップまたは画像のフォルダーを選んでください
reasons-no-training-clip = フォルダーに使えるクリップがありません
reasons-no-caption = 先にキャプションまたはトリガーワードを書いてください
reasons-no-lora-name = LoRA に名前を付けてください
reasons-clip-would-be-measured = クリップを作成中のため、測定に影響します

## Why keys cannot be a shortcut

reasons-key-escape-tab = Escape と Tab は、入力欄から出たりウィンドウ内を移動したりするためのキーです
reasons-key-f10 = F10 はメニューを開くキーです
reasons-key-menu = Alt とこの文字はメニューを開くキーです
