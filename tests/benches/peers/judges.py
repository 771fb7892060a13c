"""How long each network that looks at clips takes at its published size in PyTorch, as `../judges.rs` takes them: the same names,
weights and shapes, the best of two runs after one that does not count.

`python judges.py [--threads N] [NAME..]`; with `--check` it times nothing, but checks that they are the published networks: names and
shapes of their tensors, and results against ../../data/golden. See README.md."""

import argparse
import ctypes
import hashlib
import os
import time

import torch
import torch.nn.functional as F

import judges_dover
import judges_motion
import judges_towers
from networks import by_rule, compare, golden, uniform

HEIGHT, WIDTH = 320, 512
RUNS = 2

CLIP_B_32 = dict(width=768, heads=12, layers=12, embed=512, patch=32)
CLIP_L_14 = dict(width=1024, heads=16, layers=24, embed=768, patch=14)

# A name, the work in GFLOP (2 for a multiply-add), what builds the network, and what gives its inputs.
BENCHES = [
    ("DOVER-Mobile, a clip", 105, judges_dover.dover_mobile, lambda network: views()),
    ("DOVER, a clip", 672, judges_dover.dover, lambda network: views()),
    ("AMT-S, a middle frame", 36, judges_motion.Amt, lambda network: [frame / 255 for frame in frames()]),
    ("RAFT, a pair", 390, judges_motion.Raft, lambda network: frames()),
    ("DINO ViT-B/16, a frame", 56, judges_towers.Dino, lambda network: [values(1, 3, 224, 358)]),
    ("CLIP ViT-B/32, a frame", 8.8, lambda: judges_towers.Clip(**CLIP_B_32), lambda network: [values(1, 3, 224, 224)]),
    ("CLIP ViT-L/14, a frame", 162, lambda: judges_towers.Clip(**CLIP_L_14), lambda network: [values(1, 3, 224, 224)]),
    ("MUSIQ, a frame", 27, judges_towers.Musiq, lambda network: network.patches(byte_frame(0))),
    ("ViCLIP, 8 frames", 1653, judges_towers.ViClip, lambda network: [values(1, 8, 3, 224, 224)]),
    ("UMT ViT-L/16, 16 frames", 2866, judges_towers.Umt, lambda network: [values(1, 16, 3, 224, 224)]),
]

# Of the published files (of CLIP's and ViCLIP's the tensors of these towers): tensors, their values, and the start of the SHA-256 of
# their names and shapes.
PUBLISHED = {
    "DOVER-Mobile, a clip": (288, 10_674_546, "5a0bcdee1b5be4ee"),
    "DOVER, a clip": (369, 56_218_302, "f40fef9686f39308"),
    "AMT-S, a middle frame": (213, 2_990_543, "7f09541af1b23dad"),
    "RAFT, a pair": (162, 5_261_312, "a4c5da74aac85e74"),
    "DINO ViT-B/16, a frame": (150, 85_798_656, "6aa9620c554afb4f"),
    "CLIP ViT-B/32, a frame": (152, 87_849_216, "ed3ed7380f7e67a8"),
    "CLIP ViT-L/14, a frame": (296, 303_966_208, "f0f4bcd786b865d8"),
    "MUSIQ, a frame": (248, 27_125_825, "c71a0567b8f6bfe7"),
    "ViCLIP, 8 frames": (297, 303_974_400, "a2332d7cf9be7dad"),
    "UMT ViT-L/16, 16 frames": (319, 306_695_568, "02b2b748ff73a737"),
}


def keep_memory():
    """Large blocks stay with the program: glibc would give each back and get it zeroed anew, which takes DOVER half as long again.
    PyTorch's guide to performance advises another allocator against it, and our program has one."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt:
        most_mappings, trim_threshold = -4, -1
        mallopt(most_mappings, 0)
        mallopt(trim_threshold, 2**31 - 1)


def byte_frame(number):
    """A frame of waves that move, in bytes `[HEIGHT, WIDTH, 3]`."""
    y, x, colour = torch.arange(HEIGHT)[:, None, None], torch.arange(WIDTH)[:, None], torch.arange(3)
    return (127 + 120 * ((x + 2 * number) / 17 + y / 11 + colour).sin()).to(torch.uint8)


def frames():
    """Two of them, with values to 255."""
    return [byte_frame(number).permute(2, 0, 1)[None].float() for number in (0, 1)]


def views():
    """DOVER's views of a clip of 96 frames, in bytes. Here they are a part of the waves: what they show does not change the time."""
    clip = torch.stack([byte_frame(number)[:224, :224] for number in range(96)])
    return clip, clip[::3].contiguous()


def values(*shape):
    """Numbers between -1 and 1."""
    return (torch.arange(torch.Size(shape).numel()) * 0.37).sin().view(shape)


def tensors_of(network):
    """Those of a published file."""
    return {name: tensor for name, tensor in network.state_dict().items() if not name.endswith("num_batches_tracked")}


def filled(build):
    """The network with the weights of the goldens."""
    with torch.device("meta"):
        network = build()
    network = network.to_empty(device="cpu").eval()
    # A tensor may have two names. The last one counts, as where a file is read.
    for name, tensor in tensors_of(network).items():
        tensor.copy_(by_rule(name, tensor.shape))
    return network


def measure(name, gflop, build, inputs):
    network = filled(build)
    given = inputs(network)
    best = float("inf")
    for run in range(RUNS + 1):
        started = time.perf_counter()
        network(*given)
        if run > 0:
            best = min(best, time.perf_counter() - started)
    print(f"{name:<26} {best:8.3f} s {gflop / best:8.1f} GFLOP/s", flush=True)


def check_published():
    for name, _, build, _ in BENCHES:
        with torch.device("meta"):
            tensors = tensors_of(build())
        lines = sorted(f"{key} {list(tensor.shape)}" for key, tensor in tensors.items())
        count = sum(tensor.numel() for tensor in tensors.values())
        found = len(lines), count, hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
        print(f"{name}: {found[0]} tensors, {count} values")
        assert found == PUBLISHED[name], f"not the {PUBLISHED[name]} of the published network"


def rolled(tensors, shift):
    """A frame of a golden, in bytes `[1, 3, height, width]`."""
    return tensors["tile"].roll(shift.tolist(), (0, 1)).permute(2, 0, 1)[None]


def check_dover():
    tensors, strides = golden("data/vqa_tiny")
    swin = lambda: judges_dover.Swin(16, (2, 2, 2, 2), (1, 2, 4, 8), (4, 7, 7))
    whole = lambda: judges_dover.dover(swin, (16, 32, 64, 128), (2, 2, 3, 2), runs=2, hidden=16)
    mobile = lambda: judges_dover.dover_mobile((8, 16, 32, 64), (2, 2, 3, 2), runs=2, hidden=8)
    views = [tensors[view].permute(1, 2, 3, 0).contiguous() for view in ("fragments_u8", "aesthetic_view_u8")]
    for prefix, build in (("", whole), ("mobile.", mobile)):
        technical, aesthetic = filled(build)(*views)
        for view, (features, score) in (("technical", technical), ("aesthetic", aesthetic)):
            first = lambda x: x.permute(0, 4, 1, 2, 3)
            compare(f"{prefix}{view}_map", first(score), f"{prefix}{view}_map", tensors, strides)
            if not prefix:
                # The golden has those of the first run.
                compare(f"{view}_features", first(features[:1]), f"{view}_features", tensors, strides)
        raw = torch.stack([aesthetic[1].mean(), technical[1].mean()])
        compare(f"{prefix}raw", raw, f"{prefix}raw", tensors, strides, 2e-6)


def check_motion():
    tensors, strides = golden("data/motion_flow_full")
    first, last = (rolled(tensors, shift).float() for shift in (0 * tensors["shift"], tensors["shift"]))
    low, up = filled(judges_motion.Raft)(first, last, 4)
    compare("RAFT, low", low, "flow_low", tensors, strides, 5e-5)
    compare("RAFT, up", up, "flow_up", tensors, strides, 1e-4)

    tensors, strides = golden("data/motion_vfi_full")
    amt = filled(judges_motion.Amt)
    seen = [rolled(tensors, shift) / 255 for shift in tensors["shifts"][::2]]
    expected = tensors["middle_u8"].permute(0, 3, 1, 2)
    for index, (first, last) in enumerate(zip(seen, seen[1:])):
        middle, (flows, feature) = amt(first, last)
        if index == 0:
            to_first, to_last = flows.chunk(2, 1)
            compare("AMT-S, flow to the first", to_first, "detail.flow0_4", tensors, strides, 5e-5)
            compare("AMT-S, flow to the last", to_last, "detail.flow1_4", tensors, strides, 5e-5)
            compare("AMT-S, feature", feature, "detail.feature_3", tensors, strides, 1e-4)
            compare("AMT-S, before clamping", middle, "detail.before_clamp_0", tensors, strides, 2e-4)
        height, width = expected.shape[2:]
        top, left = ((-length % 16) // 2 for length in (height, width))
        middle = middle[..., top : top + height, left : left + width].clamp(0, 1) * 255
        apart = (middle.to(torch.uint8)[0].int() - expected[index].int()).abs()
        print(f"AMT-S, middle {index}: {(apart > 0).sum().item()} of {apart.numel()} bytes differ, by {apart.max().item()} at most")
        assert apart.max() <= 1 and (apart > 0).sum() <= apart.numel() / 1000, "AMT-S is another network"


def check_towers():
    tensors, strides = golden("data/eval_towers_tiny")
    first = {key: tensors[key][:1] for key in ("dino_features", "clip_features")}
    dino = filled(lambda: judges_towers.Dino(width=48, depth=3, heads=3, picture=64))
    compare("DINO", dino(tensors["dino_input_0"]), "dino_features", first, strides)
    sizes = dict(width=64, heads=1, layers=3, embed=32, picture=64, patch=16)
    clip = filled(lambda: judges_towers.Clip(**sizes))
    compare("CLIP", clip(tensors["clip_input_0"]), "clip_features", first, strides)

    tensors, strides = golden("data/eval_viclip_tiny")
    seen = torch.cat([rolled(tensors, tensors["shifts"][index]) for index in tensors["indices"]]).float()
    # The shorter side of 48 becomes 64, in bytes; then the middle is cut.
    seen = F.interpolate(seen, (64, 96), mode="bicubic").clamp(0, 255).round()[..., 16:80] / 255
    mean, std = torch.tensor([0.48145466, 0.4578275, 0.40821073]), torch.tensor([0.26862954, 0.26130258, 0.27577711])
    seen = (seen - mean[:, None, None]) / std[:, None, None]
    compare("ViCLIP, its first frame", seen[:1], "input_0", tensors, strides)
    viclip = filled(lambda: judges_towers.ViClip(**sizes | dict(heads=2, layers=2, embed=48)))
    compare("ViCLIP", viclip(seen[None]), "video_features", tensors, strides)

    tensors, strides = golden("data/eval_umt_tiny")
    shape = (1, 3, 16, 224, 224)
    clip = 2 * torch.from_numpy(uniform("umt.input.a", torch.Size(shape).numel())).view(shape)
    umt = filled(lambda: judges_towers.Umt(width=32, depth=2, heads=2, classes=10))
    compare("UMT", umt(clip.transpose(1, 2)), "logits", tensors, strides)

    tensors, strides = golden("data/eval_musiq_tiny")
    musiq = filled(lambda: judges_towers.Musiq(hidden=48, mlp=96, heads=3, layers=2, longer_sides=(64, 96)))
    patches, positions, scales = musiq.patches(tensors["picture"])
    # The reference fills scales up with patches that it masks.
    seen = tensors["positions"][:, 2] > 0
    places = {"patch_means": tensors["patch_means"][seen], "positions": tensors["positions"][seen, :2]}
    compare("MUSIQ, means of its patches", patches.mean((1, 2, 3)), "patch_means", places, strides)
    compare("MUSIQ, positions and scales", torch.stack([positions, scales], 1).float(), "positions", places, strides)
    compare("MUSIQ", musiq(patches, positions, scales), "score", tensors, strides)


@torch.inference_mode()
def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of names of networks; none for all")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--check", action="store_true", help="check the networks instead")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    keep_memory()
    if args.check:
        check_published()
        check_dover()
        check_motion()
        check_towers()
        return
    for bench in BENCHES:
        if not args.names or any(name.lower() in bench[0].lower() for name in args.names):
            measure(*bench)


if __name__ == "__main__":
    main()
