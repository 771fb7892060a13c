# デバイスのページ

action-show-devices = デバイス…
    .tooltip = クリップを計算するものを確認し、測定し、別のものを選びます

devices-title = デバイス
devices-picked = 自動では { $name } を使います：{ $why }
devices-why-failed = { $name } を開けないため、{ $other } で計算します
devices-computer-memory = このコンピューターのメモリは { $size } です
devices-looking = デバイスを調べています…
devices-look-again = もう一度調べる
devices-copy-report = レポートをコピー
devices-copy-report-hint = ここにある内容を、不具合報告用のテキストとしてコピーします（個人のパスは含みません）
devices-automatic = 自動で選ぶ
devices-automatic-chosen = デバイスは自動で選ばれています
devices-close = 閉じる

devices-in-use = 使用中
devices-best = 自動で選択
devices-does-not-open = 開けません

devices-kind = 種類
devices-kind-card = グラフィックカード
devices-kind-chip = コンピューターのメモリを共有するグラフィックチップ
devices-kind-virtual = 仮想マシンのグラフィック
devices-kind-other = グラフィック
devices-kind-software = プロセッサで計算するドライバー
devices-kind-cpu = プロセッサ
devices-interface = インターフェース
devices-driver = ドライバー
devices-memory = 現在の空きメモリ
devices-memory-free = { $all } 中 { $free }
devices-largest-buffer = 最大バッファー · バインディング
devices-halves = 16 ビットの数値
devices-subgroups = サブグループ
devices-matrices = 協調行列
# Threads of a graphics card that go in step.
devices-lanes = { $lanes } レーン
devices-share = グラフィックデバイスの使用時間
devices-share-hint = 全部より少なくすると、残りはデスクトップやほかのプログラムに回り、クリップには時間がかかります。作成中のクリップにも効きます。プロセッサは常に最大限に使われます。
devices-share-of = { $percent }%
devices-battery = バッテリー駆動中は待つ
devices-battery-hint = クリップは1ステップの後、学習は1回の更新の後に止まり、電源につなぐと自動で再開します
devices-kernels = カーネルの速度
devices-tried = 選ばれたカーネル
devices-tried-taken = { $work }: { $kernel }、{ $speed }
devices-tried-share = { $work }: { $kernel }、{ $speed }、最大性能の { $percent }%
devices-tried-wrong = { $work }: { $kernel } は結果が誤っているため使いません
devices-yes = はい
devices-no = いいえ

devices-measured-speed = 測定した速度
devices-never-measured = まだ測定していません
devices-with-matrices = 協調行列で { $speed }
# A step of a model: one pass through its network.
devices-step = { $model } の 1 ステップ { $milliseconds } ms
devices-unsteady = ほかのものがデバイスを使用していました
devices-clips = 作ったクリップ
devices-clip-time = { $model }：1 ステップ { $step } 秒、そのほか { $rest } 秒（1 ステップ { $megapixels } メガピクセル）

devices-use = これを使う
devices-chosen = クリップはこれで計算されます
devices-measure = 今すぐ測定
devices-starting = デバイスを開いています…
devices-measuring = { $total } 件中 { $done } 件を測定：{ $case }
devices-stopping = 停止しています…
devices-stop = 測定を停止
devices-measured = { $name } を測定しました
devices-stopped = { $name } の測定を停止しました
devices-not-measured = { $name } を測定できませんでした：{ $error }
devices-busy-measuring = デバイスを測定中です
devices-busy-clip = クリップを作成中です
devices-busy-training = 学習中です

# A file that says where the clips of unfinished grids are.
devices-grids-damaged = グリッドのファイルが壊れています（{ $damage }）：読める部分を使います。{ $aside }
