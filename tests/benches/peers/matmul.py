"""GFLOP/s of PyTorch on the shapes of ../matmul.rs; see README.md."""

import os
import time

import torch

LINEAR = [
    (40960, 320, 320),
    (40960, 320, 2560),
    (2560, 1280, 1280),
    (640, 1280, 10240),
    (77, 1024, 4096),
    (3072, 64, 64),
    (3072, 64, 512),
]
CONVOLUTION = [
    (16, 40, 64, 320, 320),
    (16, 20, 32, 640, 640),
    (16, 5, 8, 1280, 1280),
    (1, 320, 512, 128, 128),
    (1, 160, 256, 256, 256),
    (16, 8, 12, 64, 64),
]


def report(name, flop, work):
    best = float("inf")
    for _ in range(8):
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    print(f"| {name} | {flop / best / 1e9:.0f} |")


torch.set_num_threads(len(os.sched_getaffinity(0)))
print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads\n| matmul | f32 |\n|---|---|")
with torch.no_grad():
    for rows, inputs, outputs in LINEAR:
        x, layer = torch.randn(rows, inputs), torch.nn.Linear(inputs, outputs, bias=False)
        report(f"{rows}x{inputs}x{outputs}", 2 * rows * inputs * outputs, lambda: layer(x))
    for images, height, width, inputs, outputs in CONVOLUTION:
        x = torch.randn(images, inputs, height, width)
        layer = torch.nn.Conv2d(inputs, outputs, 3, padding=1)
        flop = 18 * images * height * width * inputs * outputs
        report(f"3x3, {inputs} to {outputs}, [{images}, {height}, {width}]", flop, lambda: layer(x))
