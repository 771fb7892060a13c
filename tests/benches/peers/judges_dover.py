"""DOVER and DOVER-Mobile in PyTorch, written from their description. Parameters have the names of the published files; `judges.py`
times them and checks them. Feature maps are `[runs, frames, height, width, channels]` throughout."""

import functools

import torch
import torch.nn.functional as F
from torch import nn

from judges_towers import Mlp
from networks import flat

STAGES = 4


def convolved(convolution, x):
    """PyTorch names channels first and sees by the order in memory that they are last, so that nothing moves here. Where each
    channel is convolved by itself, this order is up to ten times as fast as the other."""
    return convolution(x.permute(0, 4, 1, 2, 3)).permute(0, 2, 3, 4, 1)


class Head(nn.Module):
    def __init__(self, channels, hidden):
        super().__init__()
        self.fc_hid, self.fc_last = nn.Conv3d(channels, hidden, 1), nn.Conv3d(hidden, 1, 1)

    def forward(self, x):
        return flat(self.fc_last, F.gelu(flat(self.fc_hid, x)))


class ResponseNorm(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.gamma, self.beta = (nn.Parameter(torch.zeros(1, 1, 1, channels)) for _ in range(2))

    def forward(self, x):
        # The reference uses the code of pictures, so that lengths are over time and height.
        lengths = x.square().sum((1, 2), keepdim=True).sqrt_()
        share = lengths / (lengths.mean(-1, keepdim=True) + 1e-6)
        # In place here and below: new memory is what takes longest.
        return x.mul_(self.gamma * share + 1).add_(self.beta)


class ConvNextBlock(nn.Module):
    def __init__(self, channels, frames, second):
        super().__init__()
        self.dwconv = nn.Conv3d(channels, channels, (frames, 7, 7), padding=(frames // 2, 3, 3), groups=channels)
        self.norm = nn.LayerNorm(channels, eps=1e-6)
        self.pwconv1, self.pwconv2 = nn.Linear(channels, 4 * channels), nn.Linear(4 * channels, channels)
        if second:
            self.grn = ResponseNorm(4 * channels)
        else:
            self.gamma = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        y = F.gelu(self.pwconv1(self.norm(convolved(self.dwconv, x))))
        if hasattr(self, "grn"):
            return self.pwconv2(self.grn(y)).add_(x)
        return self.pwconv2(y).mul_(self.gamma).add_(x)


class ConvNext(nn.Module):
    def __init__(self, dims, depths, second=False):
        super().__init__()
        norm = lambda channels: nn.LayerNorm(channels, eps=1e-6)
        halving = lambda inputs, outputs: nn.Sequential(norm(inputs), nn.Conv3d(inputs, outputs, (1, 2, 2), (1, 2, 2)))
        self.downsample_layers = nn.ModuleList([nn.Sequential(nn.Conv3d(3, dims[0], (2, 4, 4), (2, 4, 4)), norm(dims[0]))])
        self.downsample_layers.extend(halving(*dims[stage - 1 : stage + 1]) for stage in range(1, STAGES))
        # The middle one of each three blocks of a stage looks at the frames before and after.
        frames = lambda block: (1, 3, 1)[block % 3]
        stage = lambda width, depth: nn.Sequential(*(ConvNextBlock(width, frames(block), second) for block in range(depth)))
        self.stages = nn.ModuleList(map(stage, dims, depths))
        self.norm = norm(dims[-1])
        if second:
            # It is in the published file; nothing uses it.
            self.head = nn.Linear(dims[-1], 1000)

    def forward(self, x):
        convolution, norm = self.downsample_layers[0]
        x = self.stages[0](norm(convolved(convolution, x)))
        for (norm, convolution), stage in zip(self.downsample_layers[1:], self.stages[1:]):
            x = stage(convolved(convolution, norm(x)))
        return self.norm(x)


def in_windows(x, window):
    """`[runs, frames, height, width, c] -> [runs, windows, positions, c]`"""
    grid = [length // side for length, side in zip(x.shape[1:4], window)]
    x = x.reshape(x.shape[0], *(length for pair in zip(grid, window) for length in pair), x.shape[-1])
    return x.permute(0, 1, 3, 5, 2, 4, 6, 7).flatten(4, 6).flatten(1, 3)


def out_of_windows(x, window, size):
    grid = [length // side for length, side in zip(size, window)]
    x = x.reshape(x.shape[0], *grid, *window, x.shape[-1]).permute(0, 1, 4, 2, 5, 3, 6, 7)
    return x.reshape(x.shape[0], *size, x.shape[-1])


@functools.lru_cache
def layout(size, full, is_shifted):
    """How a map is cut into windows of `full` sides: the size with what is added at the ends, a window, by how much the map is rolled,
    rows of the tables of biases for pairs of positions, and two numbers for each pair of each window: how many fragments lie
    between them, and what is added to the scores of pairs that only the rolling made neighbours."""
    window = tuple(min(pair) for pair in zip(size, full))
    shift = tuple(side // 2 if is_shifted and length > side else 0 for length, side in zip(size, full))
    padded = tuple(-(length // -side) * side for length, side in zip(size, window))
    places = torch.stack(torch.meshgrid(*(torch.arange(side) for side in full), indexing="ij"), -1).flatten(0, 2)
    # A smaller window takes the first positions of the full one, as the reference does.
    places = places[: window[0] * window[1] * window[2]]
    apart = places[:, None] - places[None] + torch.tensor(full) - 1
    rows = (apart[..., 0] * (2 * full[1] - 1) + apart[..., 1]) * (2 * full[2] - 1) + apart[..., 2]

    fragments, regions = torch.zeros(1, *padded, 2), torch.zeros(1, *padded, 1)
    for axis in range(3):
        length, along = padded[axis], [padded[axis] if other == axis else 1 for other in range(3)]
        if axis > 0:
            cells = F.interpolate(torch.arange(window[axis]).float()[None, None], length, mode="nearest")[0, 0]
            fragments[..., axis - 1] += cells.roll(-shift[axis]).view(along)
        if shift[axis]:
            left = length - torch.arange(length)
            region = (left <= window[axis]).float() + (left <= shift[axis])
            regions[..., 0] += 3**axis * region.view(along)

    def between(x):
        x = in_windows(x, window)[0]
        return (x[:, :, None] - x[:, None]).abs_().sum(-1)

    mask = torch.where(between(regions) == 0, 0.0, -100.0) if any(shift) else None
    return padded, window, shift, rows, between(fragments), mask


class WindowAttention(nn.Module):
    def __init__(self, width, heads, window, has_fragments):
        super().__init__()
        self.heads, self.window = heads, window
        table = lambda: nn.Parameter(torch.zeros((2 * window[0] - 1) * (2 * window[1] - 1) * (2 * window[2] - 1), heads))
        self.relative_position_bias_table = table()
        if has_fragments:
            self.fragment_position_bias_table = table()
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def biases(self, rows, fragments, mask):
        """`[windows or 1, heads, positions, positions]`"""
        pick = lambda table: table[rows.flatten()].T.reshape(1, self.heads, *rows.shape)
        biases = pick(self.relative_position_bias_table)
        if not hasattr(self, "fragment_position_bias_table"):
            return biases if mask is None else biases + mask[:, None]
        # The number of fragments between is taken as it is, not as 0 or 1.
        biases = torch.lerp(pick(self.fragment_position_bias_table), biases, fragments[:, None])
        return biases if mask is None else biases.add_(mask[:, None])

    def forward(self, x, is_shifted):
        size = x.shape[1:4]
        padded, window, shift, *of_pairs = layout(tuple(size), self.window, is_shifted)
        x = F.pad(x, (0, 0, *(part for axis in (2, 1, 0) for part in (0, padded[axis] - size[axis]))))
        x = x.roll([-step for step in shift], (1, 2, 3)) if any(shift) else x
        # [runs, 3, windows, heads, positions, width of a head]
        qkv = self.qkv(in_windows(x, window)).unflatten(-1, (3, self.heads, -1)).permute(0, 3, 1, 4, 2, 5)
        biases = self.biases(*of_pairs)
        # All runs have the same biases: one after the other, they need not be repeated.
        y = torch.stack([F.scaled_dot_product_attention(*run, attn_mask=biases) for run in qkv])
        x = out_of_windows(self.proj(y.transpose(2, 3).flatten(3)), window, padded)
        x = x.roll(shift, (1, 2, 3)) if any(shift) else x
        return x[:, : size[0], : size[1], : size[2]]


class SwinBlock(nn.Module):
    def __init__(self, width, heads, window, has_fragments, is_shifted):
        super().__init__()
        self.is_shifted = is_shifted
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn, self.mlp = WindowAttention(width, heads, window, has_fragments), Mlp(width, 4 * width)

    def forward(self, x):
        x = self.attn(self.norm1(x), self.is_shifted).add_(x)
        return self.mlp(self.norm2(x)).add_(x)


class Merging(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.reduction, self.norm = nn.Linear(4 * width, 2 * width, bias=False), nn.LayerNorm(4 * width)

    def forward(self, x):
        x = F.pad(x, (0, 0, 0, x.shape[3] % 2, 0, x.shape[2] % 2))
        parts = [x[:, :, row::2, column::2] for column in (0, 1) for row in (0, 1)]
        return self.reduction(self.norm(torch.cat(parts, -1)))


class Swin(nn.Module):
    def __init__(self, width=96, depths=(2, 2, 6, 2), heads=(3, 6, 12, 24), window=(8, 7, 7)):
        super().__init__()
        self.patch_embed = nn.Module()
        self.patch_embed.proj, self.patch_embed.norm = nn.Conv3d(3, width, (2, 4, 4), (2, 4, 4)), nn.LayerNorm(width)
        self.layers = nn.ModuleList()
        for index, (depth, count) in enumerate(zip(depths, heads)):
            is_last = index + 1 == STAGES
            layer, channels = nn.Module(), width << index
            block = lambda place: SwinBlock(channels, count, window, not is_last, place % 2 == 1)
            layer.blocks = nn.Sequential(*(block(place) for place in range(depth)))
            layer.downsample = nn.Identity() if is_last else Merging(channels)
            self.layers.append(layer)
        self.norm = nn.LayerNorm(width << STAGES - 1)

    def forward(self, x):
        x = self.patch_embed.norm(convolved(self.patch_embed.proj, x))
        for layer in self.layers:
            x = layer.downsample(layer.blocks(x))
        return self.norm(x)


class Dover(nn.Module):
    """Two networks, each of a view of the clip in bytes; the technical view is `runs` runs of frames behind each other."""

    def __init__(self, technical, aesthetic, channels, hidden, runs=3):
        super().__init__()
        self.runs = runs
        self.technical_backbone, self.aesthetic_backbone = technical, aesthetic
        self.technical_head, self.aesthetic_head = Head(channels, hidden), Head(channels, hidden)

    def forward(self, technical, aesthetic):
        """Both views `[frames, height, width, 3] -> (features, map)` of each."""
        mean, std = torch.tensor([123.675, 116.28, 103.53]), torch.tensor([58.395, 57.12, 57.375])
        normed = lambda view: view.float().sub_(mean).div_(std)
        features = self.technical_backbone(normed(technical).unflatten(0, (self.runs, -1)))
        others = self.aesthetic_backbone(normed(aesthetic)[None])
        return (features, self.technical_head(features)), (others, self.aesthetic_head(others))


def dover(swin=Swin, dims=(96, 192, 384, 768), depths=(3, 3, 9, 3), runs=3, hidden=64):
    return Dover(swin(), ConvNext(dims, depths), dims[-1], hidden, runs)


def dover_mobile(dims=(48, 96, 192, 384), depths=(2, 2, 6, 2), runs=3, hidden=32):
    return Dover(ConvNext(dims, depths, second=True), ConvNext(dims, depths, second=True), dims[-1], hidden, runs)
