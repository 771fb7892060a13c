#!/bin/bash
# The shards of a plan with GNU parallel, on this machine or (with --sshloginfile) on several:
#   hummingbird data plan filtered.parquet --shards 100 -o plan.parquet
#   parallel_work.sh plan.parquet OUT 100 export [options of parallel]
# --retries asks again for a shard whose process failed; started once more, only what is missing is made.
set -euo pipefail
plan=$1 out=$2 shards=$3 steps=${4:-export}
shift $(($# < 4 ? $# : 4))
seq 0 $((shards - 1)) | parallel --will-cite --retries 3 "$@" \
    "${HUMMINGBIRD:-hummingbird}" data work --plan "$plan" --shard '{}' --out "$out" --steps "$steps" --quiet
