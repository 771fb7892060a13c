# Messages above the clip, and what dialogs say of what was typed in them, in Japanese. No full stop after a single sentence.
#
# $name is the name of a file, a model or a clip, $path that of a file with its folders, $prompt the beginning of a prompt, and
# $reason and $error a sentence that says why.

## Making clips

notices-not-started = 開始できませんでした：{ $reason }
# The first words of the prompt stand for the clip.
notices-clip-finished = 「{ $prompt }」が完成し、履歴に入りました
notices-clip-cancelled = 「{ $prompt }」をキャンセルしました
notices-clip-failed = 「{ $prompt }」は失敗しました：{ $error }
notices-jobs-of-previous-model = 前のモデルのクリップは、そのモデルを再び開くまでキューに残ります
# At the start of the window, after it did not close as it should.
notices-started-safely = 安全に起動しました：モデルは開かれておらず、クリップはプロセッサで計算します。「ファイル」の「モデル」でモデルを選んでください

## The clipboard

notices-copied = コピーしました
notices-newer-version = バージョン { $version } が公開されています（現在は { $current }）
notices-newest-version = 最新のバージョン { $current } です
notices-frame-copied = フレームをクリップボードに入れました

## The queue

notices-job-removed = 「{ $title }」をキューから削除しました
notices-jobs-removed = { $count } 個のクリップをキューから削除しました
notices-job-changed = キューの「{ $title }」を変更しました
notices-queue-paused = キューを一時停止しました
notices-waits-for-power = バッテリー駆動中です。キューは電源を待っています
notices-training-waits-for-power = バッテリー駆動中です。学習は電源を待っています
# Also told by the system when the window is not in front.
notices-queue-done = { $count ->
   *[other] { $count } 個のクリップが完成しました
}
notices-queue-done-failed = { $count ->
   *[other] { $count } 個のクリップが完成し、{ $failed } 個が失敗しました
}
notices-computer-sleeps = キューが完了しました：30 秒後にコンピューターがスリープします
notices-unfinished = { $count ->
   *[other] 前回の未完成のクリップが { $count } 個あります：キューは一時停止中です
}
# $place is state-at-step.
notices-unfinished-at = { $count ->
   *[other] 前回の未完成のクリップが { $count } 個あります（最初のものは{ $place }）：キューは一時停止中です
}
notices-queue-file-damaged = キューのファイルが壊れていたため使いませんでした：{ $path } として残してあります
notices-begun-with-demo = このクリップはデモモデルで始めたものです：先にそのモデルを開いてから再開してください
notices-begun-with = このクリップは { $model } で始めたものです：先にそのモデルを開いてから再開してください
notices-batch-queued = { $count ->
   *[other] { $count } 個のクリップをキューに入れました
}
# The queue was saved to a file.
notices-queue-saved = { $count ->
   *[other] キューの { $count } 個のクリップを保存しました：{ $path }
}
notices-queue-loaded = { $count ->
   *[other] { $name } の { $count } 個のクリップをキューに入れました
}
# A job is a clip that a queue file asks for; $number counts them.
notices-job-not-queued = ジョブ { $number } をキューに入れられませんでした：{ $reason }
notices-jobs-wait-for-models = { $count ->
   *[other] { $count } 個のクリップがモデルを待っています：それぞれのモデルを開くと作られます
}

## Grids: one clip of several, in rows and columns

notices-grid-complete = グリッドのクリップがすべて完成しました：結合しています
notices-grid-joined = グリッドが 1 つのクリップとして履歴に入りました
notices-grid-not-joined = グリッドを結合できませんでした：{ $error }

## Before the window closes

notices-closing-jobs = { $count ->
   *[other] { $count } 個の未完成のクリップがキューに残ります：次に起動したときに続けられます
}
notices-closing-step = 「{ $prompt }」はステップ { $step }/{ $steps } の後から続きます
notices-closing-exports = { $count ->
   *[other] 先に { $count } 件の書き出しを終えます
}

## Exports and paths that are typed

notices-saved = 保存しました：{ $path }
notices-saved-several = 保存しました：{ $path }、ほか { $more } 個のファイル
notices-export-cancelled = 書き出しをキャンセルしました。ファイルは残っていません
notices-clip-not-saved = クリップを保存できませんでした：{ $error }
notices-no-file-dialog = このシステムではファイルダイアログを開けませんでした。ここにパスを入力してください
# "参照", "書き出し" and "保存" are buttons of the dialogs.
notices-type-export-path = クリップの保存先を入力するか、「参照」を押してください
notices-export-path-is-folder = { $path } はフォルダーです：ファイル名を付け加えました。そこに保存するには、もう一度「書き出し」を押してください
notices-type-open-path = ファイルのパスを入力するか、「参照」を押してください
notices-open-path-is-folder = { $path } はフォルダーです：その中のファイルのパスを入力してください
notices-type-file = ファイルのパスを入力してください
notices-file-exists = その名前のファイルがあります：置き換えるには、もう一度「保存」を押してください
notices-type-folder = クリップの保存先を入力してください
notices-list-empty = リストにクリップがありません
notices-no-folder = これはフォルダーではありません：存在するフォルダーを選んでください
notices-is-folder = これはフォルダーです：ファイル名を付け加えてください
# A preset is a choice of export options under a name.
notices-most-presets = 登録できるプリセットは { $most } 個までです：先に 1 つ削除してください
notices-clips-not-listed = まだ一覧にないクリップが { $count } 個あります：先にライブラリを最後までスクロールしてください

## Files that were opened or dropped on the window

notices-clips-dropped = { $count } 個のクリップがドロップされました：設定は最初のクリップ { $name } のものです
notices-file-unknown = { $name } はクリップでもモデルでもありません：クリップまたは画像（MP4、WebM、GIF、WebP、PNG）、モデルファイル（.safetensors、.pt、.pth、.ckpt、.bin）、キュー（.json）、クリップのフォルダーのいずれかをドロップしてください
notices-model-open = { $name } を開きました

## Settings that a clip carries

notices-no-settings = { $name } には、このプログラムで読み取れる設定がありません：Hummingbird で書き出したクリップと、Stable Diffusion web UI、ComfyUI、WanGP の画像やクリップには設定が入っています
notices-settings-loaded = { $name } の設定を読み込みました
# $setting is the name of a setting, in English in small letters.
notices-unknown-value = { $name } は { $setting }「{ $value }」で作られましたが、このバージョンは対応していません。同じシードでも違うクリップになります
# $sha256 is the beginning of the checksum of the model's file.
notices-made-by-other-model = { $name } はモデル「{ $model }」（{ $sha256 }…）で作られました：使用中のモデルでは違うクリップになります
# A clip or picture of another program, $program; $model is notices-foreign-other-model or notices-foreign-model.
notices-foreign-loaded = { $name }（{ $program }）のプロンプト、シード、設定を参考として読み込みました：{ $model }で作られたものなので、クリップは違うものになります
# $left_out is a list, with commas, of notices-foreign-seed, notices-foreign-steps and sizes as 512x320.
notices-foreign-loaded-partly = { $name }（{ $program }）のプロンプト、シード、設定を参考として読み込みました：{ $model }で作られたものなので、クリップは違うものになります。このモデルで使えないもの：{ $left_out }
# Before "で作られた".
notices-foreign-other-model = 別のモデル
notices-foreign-model = モデル「{ $model }」
# After "このモデルで使えないもの：".
notices-foreign-seed = シード { $seed }
notices-foreign-steps = { $steps } ステップ

## LoRAs

notices-lora-there = { $name } はすでに LoRA のリストにあります
notices-lora-added = { $name } を設定の LoRA に加えました。次のクリップから適用されます
# $clip is the name of the clip that was made with this LoRA.
notices-lora-added-as-in = { $name } を、{ $clip } と同じ強さ { $strength } で加えました
notices-lora-removed = { $name } をリストから削除しました
# $model is the model with its kind: the model "T2V-Turbo".
notices-lora-unfit = LoRA { $name } は{ $model }に合いません：{ $reason }

## The library

notices-library-failed = ライブラリを使えません：{ $reason }
notices-index-damaged = ライブラリの索引が壊れていたため、クリップから作り直しています。元の索引は { $path } です
notices-library-scan = ライブラリのフォルダーで新しいファイルを探しています
notices-clip-not-shown = { $name } を表示できません：{ $reason }
notices-clip-not-kept = 完成したクリップをファイルとして保管できませんでした。書き出してください：{ $reason }
notices-clip-deleted = クリップを削除しました
notices-clips-removed = { $count ->
   *[other] { $count } 個のクリップをゴミ箱に移しました
}
notices-clips-back = { $count ->
   *[other] { $count } 個のクリップを元に戻しました
}
notices-favourite = お気に入りに加えました
notices-no-favourite = お気に入りから外しました
notices-nothing-queued = 何もキューに入れられませんでした：{ $reason }
notices-no-variation-queued = バリエーションをキューに入れられませんでした：{ $reason }
notices-variations-queued = シード { $seed } のバリエーション { $count } 個をキューに入れました
# Decoding turns what the model made (a latent, which was kept) into pictures; there is a full decoder, and there are tiny ones.
notices-decoding-again = { $name } を再デコードしています：前回もフルデコーダーで作られたので、違いが出るとすればデバイスによるものだけです
notices-decoding-in-full = { $name } を再デコードしています：軽量デコーダー { $tiny } の代わりにフルデコーダーを使います

## Training

# A run is a training that was begun.
notices-run-dismissed = 学習 { $name } は今後表示されません。ファイルは { $folder } に残ります
notices-closes-after-training = 学習が終わるとウィンドウが閉じます
notices-closes-after-checkpoint = 学習のチェックポイントを書き終えるとウィンドウが閉じます
notices-caption-not-saved = キャプションを保存できませんでした：{ $reason }
notices-training-interrupted = { $name } の学習は中断されました。続けることができます
notices-trainings-interrupted = { $name } ほか { $more } 件の学習は中断されました。続けることができます
notices-training-paused = { $name } の学習を一時停止しました
notices-training-stopped = { $name } の学習が停止しました：{ $error }
notices-lora-trained = LoRA { $name } の学習が終わりました：使うにはプロンプトに「{ $word }」と書いてください

## Shortcuts

# $keys is for example Ctrl+E; $reason is one of reasons-key-….
notices-keys-refused = { $keys } は使えません：{ $reason }
