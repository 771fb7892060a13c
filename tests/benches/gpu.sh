#!/usr/bin/env bash
# Times everything on a GPU, from a fresh clone, and keeps all of it in one folder: kernels beside the device's peak, PyTorch
# beside them, Nano and a 0.7B whose weights follow the weight rule from prompt to file.
#
#   tests/benches/gpu.sh [--nano-only] [--device gpu:N] [--program FILE] [--rules FILE] [--tests FILE] [--python FILE] [--out FOLDER]
#
# --nano-only  nothing of full size: also for software drivers
# --program    a built hummingbird, in place of building one
# --rules      a built example write_rule_checkpoint, likewise
# --tests      the built unit tests of the kernels (cargo test --package hummingbird-kernels --lib --no-run): they run first
# --python     a Python with PyTorch for the peer; without CUDA there the peer is left out
#
# With the three built elsewhere a machine needs no compiler: strip and compress them, and let the whole take six minutes. A step
# that fails is written down and the next one begins. The 0.7B needs 9 GB of disk, removed at the end.
set -euo pipefail
cd "$(dirname "$0")/../.."

device=gpu program='' rules='' tests='' python=python3 out="runs/gpu-$(date +%Y%m%d-%H%M%S)" nano_only=false
while (($# > 0)); do
    case "$1" in
        --nano-only) nano_only=true ;;
        --device | --program | --rules | --tests | --python | --out)
            (($# > 1)) || { echo "$1 needs a value" >&2; exit 2; }
            declare "${1#--}=$2"
            shift
            ;;
        *) sed -n '2,/^set/p' "$0" | sed '$d; s/^# \{0,1\}//' >&2; exit 2 ;;
    esac
    shift
done
mkdir -p "$out"
out="$(cd "$out" && pwd)"
printf 'step\tseconds\texit\n' >"$out/steps.tsv"
failed=0

# step NAME COMMAND...: standard output to NAME.json, standard error to NAME.log.
step() {
    local name="$1" started=$SECONDS code=0
    shift
    printf '=== %s\n' "$name" >&2
    "$@" >"$out/$name.json" 2> >(tee "$out/$name.log" >&2) || code=$?
    printf '%s\t%d\t%d\n' "$name" $((SECONDS - started)) "$code" >>"$out/steps.tsv"
    if ((code != 0)); then
        failed=$((failed + 1))
        printf '=== %s ended with %d\n' "$name" "$code" >&2
    fi
}

has_cuda() {
    "$python" -c 'import torch; raise SystemExit(not torch.cuda.is_available())' 2>/dev/null
}

git log -1 --format='%H %cd' >"$out/commit.txt" 2>/dev/null || true
uname -a >"$out/machine.txt"
if [[ -z "$program" ]]; then
    cargo build --release --locked
    program=target/release/hummingbird
fi
prompt='a red balloon rising over the ocean'

step devices "$program" devices --measure --json
step nano_kernels "$program" bench --full --device "$device" --json
step nano_kernels_of_burn "$program" bench --full --device "$device" --unfused --json
# Twice: the second time what the first compiled is there.
for turn in 1 2; do
    step "nano_clip_$turn" "$program" generate "$prompt" --device "$device" --seed 7 --json --force -o "$out/nano.mp4"
done

if [[ -n "$tests" ]]; then
    # Where data are looked for: in the crate's folder.
    in_kernels() { (cd engine/kernels && HUMMINGBIRD_REQUIRE_GPU=1 "$@"); }
    step kernel_tests in_kernels "$(realpath "$tests")"
fi

if ! $nano_only; then
    weights="$out/07b_rule.safetensors"
    if [[ -n "$rules" ]]; then
        step rule_weights "$rules" hummingbird-0.7b "$weights"
    else
        step rule_weights cargo run --release --locked --package hummingbird-tests --example write_rule_checkpoint -- \
            hummingbird-0.7b "$weights"
    fi
    for precision in f16 q8; do
        step "full_convert_$precision" "$program" models convert "$weights" --precision "$precision" --json \
            -o "$out/07b_$precision.safetensors"
    done
    rm -f "$weights"
    f16="$out/07b_f16.safetensors" q8="$out/07b_q8.safetensors"
    step full_stages_f16 "$program" bench -m "$f16" --full --device "$device" --only stage --json
    step full_stages_q8 "$program" bench -m "$q8" --full --device "$device" --only stage --json
    for precision in f16 q8; do
        for reuse in off light; do
            step "full_clip_${precision}_$reuse" "$program" generate "$prompt" -m "$out/07b_$precision.safetensors" \
                --device "$device" --seed 7 --reuse "$reuse" --json --force -o "$out/full_${precision}_$reuse.mp4"
        done
    done
    if has_cuda; then
        times=("$python" tests/benches/peers/times.py --program "$program" --ours "$device" --peer cuda)
        step peer_f16 "${times[@]}" --half --file "$f16" --only 'stage' --only 'kernel'
        step peer_f32 "${times[@]}" --only 'U-Net call [' --only 'decode of a frame'
    else
        echo "no PyTorch with CUDA under $python: the peer is left out" | tee "$out/peer.txt" >&2
        step full_kernels "$program" bench -m "$f16" --full --device "$device" --only kernel --json
    fi
    step full_blocks_of_burn "$program" bench -m hummingbird-0.7b --full --device "$device" --only block --unfused --json
    rm -f "$f16" "$q8"
fi

printf '=== everything is in %s; %d steps failed\n' "$out" "$failed" >&2
exit $((failed > 0))
