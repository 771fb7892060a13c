"""Optimiser steps of Nano's U-Net in PyTorch, as `../training.rs` takes them; see README.md."""

import argparse
import copy
import time

import torch

import networks

CLIPS, FRAMES, HEIGHT, WIDTH, CONTEXT = 8, 8, 8, 12, 64


def nano():
    """Nano's U-Net has groups of an eighth of the channels."""
    norm = torch.nn.GroupNorm
    torch.nn.GroupNorm = lambda groups, channels, **more: norm(8, channels, **more)
    try:
        return networks.UNet(1, False, None, base=48, head=16, context=CONTEXT, mult=(1, 2, 2))
    finally:
        torch.nn.GroupNorm = norm


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    wait = torch.cuda.synchronize if args.device == "cuda" else lambda: None
    torch.manual_seed(1)
    net = nano().to(args.device)
    average = copy.deepcopy(net)
    optimizer = torch.optim.AdamW(net.parameters(), 1e-4, weight_decay=0.01)
    noise = lambda *shape: torch.randn(*shape, device=args.device)
    x, target = noise(CLIPS, 4, FRAMES, HEIGHT, WIDTH), noise(CLIPS, 4, FRAMES, HEIGHT, WIDTH)
    text, ones = noise(CLIPS, 77, CONTEXT), torch.ones(CLIPS, device=args.device)
    print(f"{sum(p.numel() for p in net.parameters())} parameters, {torch.get_num_threads()} threads")
    best = float("inf")
    for step in range(args.steps + 1):
        started = time.perf_counter()
        loss = ((net(x, 500 * ones, text, 8 * ones) - target) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        # As there: each tensor's gradient alone.
        for parameter in net.parameters():
            if parameter.grad is not None:
                torch.nn.utils.clip_grad_norm_(parameter, 1.0)
        optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(list(average.parameters()), list(net.parameters()), 0.001)
        wait()
        secs = time.perf_counter() - started
        if step > 0:
            best = min(best, secs)
        print(f"step {step}: {secs:.3f} s, loss {loss.item():.4f}", flush=True)
    print(f"{best:.3f} s at best, {CLIPS * FRAMES / best:.1f} latent frames a second")


if __name__ == "__main__":
    main()
