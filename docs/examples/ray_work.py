"""Makes the shards of a plan on a Ray cluster: Ray hands out numbers and tries again, hummingbird does the work.

    python ray_work.py plan.parquet OUT --shards 100 --steps export [--hummingbird PATH] [--address auto]

The plan, the clips and OUT must be where every worker finds them: a shared disk, or s3://bucket/key. A worker that dies costs
nothing: its shard is made by another one, and a shard that is finished is not made again.
"""

import argparse
import ctypes
import json
import signal
import subprocess
import sys
import time

import ray


def die_with_worker():
    """On Linux the program ends with the worker that started it, so that nobody works on a shard that is handed out again."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


# Ray itself runs the task again when its worker is gone; a process that ends with an error is tried again below.
@ray.remote(num_cpus=1, max_retries=4)
def work(command, shard):
    command = command + ["--shard", str(shard)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, preexec_fn=die_with_worker)
    lines = done.stdout.strip().splitlines()
    line = json.loads(lines[-1]) if lines else {"shard": shard, "status": f"ended with {done.returncode}"}
    return shard, done.returncode, line


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("plan")
    parser.add_argument("out")
    parser.add_argument("--shards", type=int, required=True, help="as in `hummingbird data plan`")
    parser.add_argument("--steps", default="export")
    parser.add_argument("--hummingbird", default="hummingbird")
    parser.add_argument("--address", help="of the cluster; without it Ray starts one on this machine")
    parser.add_argument("--cpus", type=int, help="workers of the cluster that is started here")
    parser.add_argument("--attempts", type=int, default=3, help="attempts at a shard whose process ends with an error")
    args = parser.parse_args()
    ray.init(address=args.address, num_cpus=None if args.address else args.cpus, log_to_driver=False)
    command = [args.hummingbird, "data", "work", "--plan", args.plan, "--out", args.out, "--steps", args.steps, "--quiet"]
    waiting = {work.remote(command, shard): 1 for shard in range(args.shards)}
    failed = []
    while waiting:
        [ready], _ = ray.wait(list(waiting), num_returns=1)
        attempt = waiting.pop(ready)
        shard, code, line = ray.get(ready)
        print(json.dumps(line), flush=True)
        if line.get("status") == "busy":
            time.sleep(1)
            waiting[work.remote(command, shard)] = attempt
        elif code != 0 and attempt < args.attempts:
            waiting[work.remote(command, shard)] = attempt + 1
        elif code != 0:
            failed.append(shard)
    if failed:
        sys.exit(f"these shards failed: {sorted(failed)}")


if __name__ == "__main__":
    main()
