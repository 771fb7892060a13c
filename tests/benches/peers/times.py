"""Times `hummingbird bench` and PyTorch on the same names and shapes, in turn; see README.md."""

import argparse
import json
import os
import re
import subprocess
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

import networks

GROUPS = ["stage U-Net call", "stage decode of a frame", "block", "kernel"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the built hummingbird")
    parser.add_argument("--model", default="hummingbird-0.7b", choices=networks.UNETS)
    parser.add_argument("--file", help="a file of that model, for weights in its number format instead of random ones in f32")
    parser.add_argument("--only", action="append", help="cases, as in `hummingbird bench`; several for several")
    parser.add_argument("--rounds", type=int, default=1, help="how often both are timed, one after the other")
    parser.add_argument("--short", action="store_true", help="a clip of few frames instead of all of them")
    parser.add_argument("--ours", default="cpu", help="device of hummingbird")
    parser.add_argument("--peer", default="cpu", choices=["cpu", "cuda"], help="device of PyTorch")
    parser.add_argument("--half", action="store_true", help="PyTorch computes in f16")
    return parser.parse_args()


def best_of(work, wait, short=False):
    """Milliseconds of the fastest run, by the rule of `hummingbird bench`: the first never counts; there are three seconds of
    others, two at least, with `--full`, and 0.4 seconds, one at least, without it."""
    times = []

    def run():
        wait()
        started = time.perf_counter()
        work()
        wait()
        times.append(time.perf_counter() - started)

    run()
    times.clear()
    least, seconds = (1, 0.4) if short else (2, 3)
    while len(times) < least or (sum(times) < seconds and len(times) < 200):
        run()
    return 1e3 * min(times)


class Peer:
    """Makes the work of a case from its name and shape."""

    def __init__(self, model, device, dtype):
        self.layout = networks.UNETS[model]
        self.device, self.dtype = device, dtype

    def noise(self, *shape):
        return torch.randn(*shape, device=self.device).to(self.dtype)

    def images(self, count, height, width, channels):
        return self.noise(count, height, width, channels).permute(0, 3, 1, 2)

    def ready(self, module):
        module = module.to(self.device, self.dtype).eval()
        for parameter in module.parameters():
            if parameter.dim() == 4:
                parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
            elif parameter.dim() == 5:  # The temporal convolutions, which run as 2-D ones.
                parameter.data = parameter.data[..., 0].contiguous(memory_format=torch.channels_last)[..., None]
        return module

    def work(self, name, shape):
        sides = [int(number) for number in re.search(r"\[(.*?)\]", shape)[1].split(",")]
        target = re.search(r" to (\d+)", shape)
        target = int(target[1]) if target else None
        if name == "U-Net call":
            return self.unet(sides)
        if name == "decode of a frame":
            vae, z = self.ready(networks.Vae()), self.images(*sides)
            return lambda: vae(z)
        if name.endswith("block") or name.endswith("transformer"):
            return self.block(name, *sides)
        if name.startswith("linear"):
            x, layer = self.noise(*sides), self.ready(nn.Linear(sides[1], target))

            def geglu():
                value, gate = layer(x).chunk(2, -1)
                return value * F.gelu(gate)

            return geglu if name.startswith("linear and GEGLU") else lambda: layer(x)
        if name == "conv, temporal":
            x, layer = self.images(*sides), self.ready(nn.Conv2d(sides[3], target, (3, 1), padding=(1, 0)))
            return lambda: layer(x)
        if "conv 3x3" in name:
            stride = 2 if "stride 2" in name else 1
            x, layer = self.images(*sides), self.ready(nn.Conv2d(sides[3], target, 3, stride=stride, padding=1))
            upsampled = lambda: layer(F.interpolate(x, scale_factor=2, mode="nearest"))
            return upsampled if "upsample" in name else lambda: layer(x)
        if name.startswith("attention"):
            heads = int(re.search(r"(\d+) heads", shape)[1])
            sequences, queries, width = sides
            split = lambda tokens: self.noise(sequences, tokens, heads, width // heads).transpose(1, 2)
            q, k, v, causal = split(queries), split(target), split(target), name.endswith("text") and queries == target
            return lambda: F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        if name.startswith("group norm"):
            x, norm = self.images(sides[0], sides[1], 1, sides[2]), self.ready(nn.GroupNorm(32, sides[2]))
            return lambda: F.silu(norm(x))
        if name == "layer norm":
            x, norm = self.noise(*sides), self.ready(nn.LayerNorm(sides[2]))
            return lambda: norm(x)
        return None

    def unet(self, shape):
        with torch.device(self.device):
            unet = self.ready(networks.UNet(**self.layout))
        x, text, one = self.noise(*shape), self.noise(1, 77, 1024), torch.ones(1, device=self.device)
        width = self.layout["guidance"]
        guidance = self.noise(1, width) if width else None
        networks.sinusoid = in_type(networks.sinusoid, self.dtype)
        return lambda: unet(x, 999 * one, text, 8 * one, guidance)

    def block(self, name, count, height, width, channels):
        kinds = {
            "residual block": lambda: networks.ResBlock(channels, channels, 1280),
            "spatial transformer": lambda: networks.SpatialTransformer(channels, 1024, 64),
            "temporal transformer": lambda: networks.TemporalTransformer(channels, channels, 64),
            "first transformer": lambda: networks.TemporalTransformer(channels, 512, 64, conv1d=True),
        }
        module = self.ready(kinds[name]())
        x, emb, text = self.images(count, height, width, channels), self.noise(1, 1280), self.noise(1, 77, 1024)
        return lambda: module(x, emb, text)


def in_type(function, dtype):
    return lambda *args: function(*args).to(dtype)


@torch.no_grad()
def main():
    args = arguments()
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    dtype = torch.float16 if args.half else torch.float32
    wait = torch.cuda.synchronize if args.peer == "cuda" else lambda: None
    name = torch.cuda.get_device_name() if args.peer == "cuda" else f"CPU, {torch.get_num_threads()} threads"
    result = {"pytorch": torch.__version__, "peer": f"{name}, {dtype}", "model": args.model, "comparisons": []}
    extent = [] if args.short else ["--full"]
    for turn in range(args.rounds):
        for words in args.only or GROUPS:
            command = [args.program, "bench", "-m", args.file or args.model, "--device", args.ours, "--json", "--quiet", "--only", words]
            report = json.loads(subprocess.run(command + extent, check=True, stdout=subprocess.PIPE).stdout)
            result["ours"] = report["device"]
            result["peak_gflops"] = max(report["peak_gflops"], result.get("peak_gflops", 0))
            for case in report["measurements"]:
                work = Peer(args.model, args.peer, dtype).work(case["name"], case["shape"])
                if work is None:
                    continue
                peer = best_of(work, wait, args.short)
                del work
                ours = case["milliseconds"]
                line = {"round": turn, "kind": case["kind"], "name": case["name"], "shape": case["shape"]}
                line |= {"ours_ms": ours, "peer_ms": peer, "ratio": ours / peer, "gflop": case["gflop"]}
                result["comparisons"].append(line)
                print(f"{case['name']} {case['shape']}: {ours:.2f} ms, PyTorch {peer:.2f} ms, ratio {ours / peer:.2f}", file=sys.stderr)
    json.dump(result, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
