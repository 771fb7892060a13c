#!/bin/bash
# A Slurm array with a task for each shard of a plan:
#   hummingbird data plan filtered.parquet --shards 100 -o plan.parquet
#   sbatch --array=0-99%20 slurm_work.sh plan.parquet OUT export
# A task that was killed, or whose machine went, is simply submitted again (or requeued by Slurm): a finished shard is skipped.
#SBATCH --job-name=hummingbird-data
#SBATCH --cpus-per-task=4
#SBATCH --requeue
#SBATCH --open-mode=append
set -euo pipefail
plan=$1 out=$2 steps=${3:-export}
exec "${HUMMINGBIRD:-hummingbird}" data work --plan "$plan" --shard "$SLURM_ARRAY_TASK_ID" --out "$out" --steps "$steps" --quiet
