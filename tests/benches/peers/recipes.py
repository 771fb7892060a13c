"""Whole updates of the recipes `distil` and `turbo` at Nano's widths in PyTorch, as `../recipes.rs` takes them; see README.md."""

import argparse
import time
import types

import torch
import torch.nn.functional as F
from torch import nn

import networks

CLIPS, FRAMES, HEIGHT, WIDTH, CONTEXT, RANK, PICTURES = 2, 8, 8, 12, 64, 8, 5
DROPOUT = 0.1


def unet(blocks, middle, guidance):
    """Nano's U-Net has groups of an eighth of the channels."""
    norm = nn.GroupNorm
    nn.GroupNorm = lambda groups, channels, **more: norm(8, channels, **more)
    try:
        return networks.UNet(blocks, middle, guidance, base=48, head=16, context=CONTEXT, mult=(1, 2, 2))
    finally:
        nn.GroupNorm = norm


def with_dropout(net, res_blocks):
    """Dropout before the last three temporal convolutions, and in residual blocks."""
    for module in net.modules():
        if isinstance(module, networks.TemporalConv):
            for part in (module.conv2, module.conv3, module.conv4):
                part[-1].dropped = True
        elif isinstance(module, networks.ResBlock) and res_blocks:
            module.out_layers[2] = nn.Dropout(DROPOUT)
    return net


def temporal(layer, x):
    """The convolutions over frames, with what training does to them."""
    if getattr(layer, "dropped", False) and layer.training:
        x = F.dropout(x, DROPOUT)
    y = F.conv2d(x, layer.weight.squeeze(-1), layer.bias, padding=(1, 0))
    if hasattr(layer, "down"):
        # Branches of temporal convolutions drop nothing, as in the reference.
        y = y + F.conv2d(F.conv2d(x, layer.down, padding=(1, 0)), layer.up[:, :, None, None])
    return y


def flat(layer, x):
    """The projections of temporal transformers."""
    y = F.linear(x, layer.weight.flatten(1), layer.bias)
    if hasattr(layer, "down"):
        y = y + F.dropout(F.linear(F.linear(x, layer.down), layer.up), DROPOUT, layer.training)
    return y


def linear(layer, x):
    y = F.linear(x, layer.weight, layer.bias)
    return y + F.dropout(F.linear(F.linear(x, layer.down), layer.up), DROPOUT, layer.training)


def conv(layer, x, *rest):
    y = layer._conv_forward(x, layer.weight, layer.bias)
    low = F.conv2d(x, layer.down, stride=layer.stride, padding=layer.padding)
    return y + F.dropout(F.conv2d(low, layer.up[:, :, None, None]), DROPOUT, layer.training)


def with_branches(net):
    """LoRA beside every linear layer and convolution; nothing else is trained."""
    net.requires_grad_(False)
    branches = []
    for module in net.modules():
        if not isinstance(module, (nn.Linear, nn.Conv2d, nn.Conv3d)):
            continue
        outputs, inputs, *kernel = module.weight.shape
        rank = min(RANK, inputs, outputs)
        if isinstance(module, nn.Conv3d):
            kernel = kernel[:-1]
        down = torch.randn(rank, inputs, *kernel) / rank
        if len(kernel) == 2:
            down = down.contiguous(memory_format=torch.channels_last)
        module.down, module.up = nn.Parameter(down), nn.Parameter(torch.zeros(outputs, rank))
        branches += [module.down, module.up]
        if isinstance(module, nn.Linear):
            module.forward = types.MethodType(linear, module)
        elif isinstance(module, nn.Conv2d):
            module.forward = types.MethodType(conv, module)
    return branches


def channels_last(net):
    for parameter in net.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return net


class Block(nn.Module):
    def __init__(self, width, head, quick):
        super().__init__()
        self.head, self.quick = head, quick
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.fc, self.proj = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        split = lambda y: y.unflatten(-1, (-1, self.head)).transpose(1, 2)
        q, k, v = self.qkv(self.ln_1(x)).chunk(3, -1)
        x = x + self.out(F.scaled_dot_product_attention(split(q), split(k), split(v)).transpose(1, 2).flatten(2))
        y = self.fc(self.ln_2(x))
        return x + self.proj(y * torch.sigmoid(1.702 * y) if self.quick else F.gelu(y))


class Tower(nn.Module):
    """CLIP's vision tower; `frames` of a clip together."""

    def __init__(self, frames, side=64, patch=8, width=128, head=32, layers=4, out=64, quick=False):
        super().__init__()
        self.frames, self.patch = frames, patch
        self.embed = nn.Linear(3 * patch * patch, width, bias=False)
        tokens = frames * (side // patch) ** 2 + 1
        self.positions, self.first = nn.Parameter(torch.randn(tokens, width)), nn.Parameter(torch.randn(width))
        self.ln_pre, self.ln_post = nn.LayerNorm(width), nn.LayerNorm(width)
        self.blocks = nn.Sequential(*(Block(width, head, quick) for _ in range(layers)))
        self.proj = nn.Linear(width, out, bias=False)

    def forward(self, pictures):
        patches = F.unfold(pictures, self.patch, stride=self.patch).transpose(1, 2)
        patches = self.embed(patches).unflatten(0, (-1, self.frames)).flatten(1, 2)
        x = torch.cat([self.first.expand(patches.shape[0], 1, -1), patches], 1) + self.positions
        return F.normalize(self.proj(self.ln_post(self.blocks(self.ln_pre(x))[:, 0])), dim=-1)


def huber(difference, c=1e-3):
    return ((difference**2 + c * c).sqrt() - c).mean()


def letterboxed(pictures):
    small = F.interpolate(pictures, (43, 64), mode="bicubic", antialias=True)
    return F.pad(small, (0, 0, 10, 11))


def unit(frames):
    return (frames / 2 + 0.5).clamp(0, 1)


def normalised(pictures):
    mean = torch.tensor([0.48, 0.46, 0.41])[:, None, None]
    std = torch.tensor([0.27, 0.26, 0.28])[:, None, None]
    return (pictures - mean) / std


def time_updates(name, parameters, loss_of, clip_norm, updates):
    optimizer = torch.optim.AdamW(parameters, 1e-5, weight_decay=0.01)
    best = float("inf")
    for update in range(updates + 1):
        started = time.perf_counter()
        loss = loss_of()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, clip_norm)
        optimizer.step()
        secs = time.perf_counter() - started
        if update > 0:
            best = min(best, secs)
        print(f"{name}, update {update}: {secs:.3f} s, loss {loss.item():.4f}", flush=True)
    print(f"{name}: {best:.3f} s at best, {1 / best:.3f} updates a second")


def noise(*shape):
    return torch.randn(*shape)


def distil(updates):
    teacher = channels_last(unet(2, True, None)).eval().requires_grad_(False)
    student = with_dropout(channels_last(unet(1, False, None)), True).train()
    x, text, ones = noise(CLIPS, 4, FRAMES, HEIGHT, WIDTH), noise(CLIPS, 77, CONTEXT), torch.ones(CLIPS)
    empty = text[:1].expand(CLIPS, -1, -1)

    def loss():
        with torch.no_grad():
            conditional = teacher(x, 500 * ones, text, 8 * ones)
            unconditional = teacher(x, 500 * ones, empty, 8 * ones)
            target = unconditional + 12 * (conditional - unconditional)
        return ((student(x, 500 * ones, text, 8 * ones) - target) ** 2).mean()

    time_updates("distil", list(student.parameters()), loss, 0.5, updates)


def turbo(updates):
    teacher = channels_last(unet(2, True, None)).eval().requires_grad_(False)
    student = with_dropout(channels_last(unet(1, False, 256)), False).train()
    branches = with_branches(student)
    decoder = channels_last(networks.Vae(base=32)).eval().requires_grad_(False)
    image = Tower(1).eval().requires_grad_(False)
    video = Tower(FRAMES, quick=True).eval().requires_grad_(False)
    x, text, ones = noise(CLIPS, 4, FRAMES, HEIGHT, WIDTH), noise(CLIPS, 77, CONTEXT), torch.ones(CLIPS)
    empty, guidance = text[:1].expand(CLIPS, -1, -1), noise(CLIPS, 256)
    texts = F.normalize(noise(CLIPS, 64), dim=-1)

    def decoded(prediction, frames):
        latents = prediction[:, :, :frames].transpose(1, 2).flatten(0, 1) / 0.18215
        return unit(decoder(latents))

    def loss():
        with torch.no_grad():
            conditional = teacher(x, 519 * ones, text, 8 * ones)
            unconditional = teacher(x, 519 * ones, empty, 16 * ones)
            previous = x + 7.5 * (conditional - unconditional)
            target = previous - 0.5 * student(previous, 499 * ones, text, 8 * ones, guidance)
        prediction = x - 0.5 * student(x, 519 * ones, text, 8 * ones, guidance)
        pictures = image(normalised(letterboxed(decoded(prediction, PICTURES))))
        score = (pictures * texts.repeat_interleave(PICTURES, 0)).sum(-1).mean()
        clips = video(normalised(decoded(prediction, FRAMES)[:, :, :, :64]))
        return 0.75 * huber(prediction - target) - 0.75 * score - 0.5 * (clips * texts).sum(-1).mean()

    time_updates("turbo", branches, loss, 1.0, updates)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", nargs="?", choices=["distil", "turbo"])
    parser.add_argument("--updates", type=int, default=5)
    args = parser.parse_args()
    torch.manual_seed(1)
    networks.temporal, networks.flat = temporal, flat
    print(f"{torch.get_num_threads()} threads")
    if args.which != "turbo":
        distil(args.updates)
    if args.which != "distil":
        turbo(args.updates)


if __name__ == "__main__":
    main()
