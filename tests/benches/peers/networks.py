"""The U-Net and the autoencoder's decoder in PyTorch, written from their description as a peer to be timed: the same parameters
under the same names as in the checkpoints, and the layouts that PyTorch is fastest with on a CPU (channels last, fused attention,
the text's keys and values once a clip).

`python networks.py` checks that they are the same networks: parameter counts, and results against ../../data/golden."""

import json
import math
import pathlib
import struct

import numpy
import torch
import torch.nn.functional as F
from torch import nn

UNETS = {
    "hummingbird-0.7b": dict(blocks=1, middle=False, guidance=256),
    "hummingbird-0.9b": dict(blocks=1, middle=True, guidance=256),
    "videocrafter2": dict(blocks=2, middle=True, guidance=None),
}
GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "data/golden"


def norm_silu(channels, eps=1e-5, groups=32):
    return nn.GroupNorm(groups, channels, eps=eps), nn.SiLU()


def merge_frames(x, batch):
    """[b*t, c, h, w] as [b, c, t, h*w]; nothing moves where x is channels last."""
    images, channels, height, width = x.shape
    x = x.permute(0, 2, 3, 1).reshape(batch, images // batch, height * width, channels)
    return x.permute(0, 3, 1, 2)


def split_frames(x, like):
    images, channels, height, width = like.shape
    return x.permute(0, 2, 3, 1).reshape(images, height, width, x.shape[1]).permute(0, 3, 1, 2)


def temporal(layer, x):
    """A convolution over three frames as a 2-D one."""
    return F.conv2d(x, layer.weight.squeeze(-1), layer.bias, padding=(1, 0))


def flat(layer, x):
    """A linear layer, or a convolution of size 1 as one."""
    return F.linear(x, layer.weight.flatten(1), layer.bias)


class TemporalConv(nn.Module):
    """Four times norm, SiLU, convolution over three frames; the convolutions run as 2-D ones over frames and pixels."""

    def __init__(self, channels):
        super().__init__()
        for index in range(1, 5):
            dropout = [] if index == 1 else [nn.Identity()]
            conv = nn.Conv3d(channels, channels, (3, 1, 1), padding=(1, 0, 0))
            setattr(self, f"conv{index}", nn.Sequential(*norm_silu(channels), *dropout, conv))

    def forward(self, x, batch):
        h = merge_frames(x, batch)
        for part in (self.conv1, self.conv2, self.conv3, self.conv4):
            h = part[1](part[0](h))
            h = temporal(part[-1], h)
        return x + split_frames(h, x)


class ResBlock(nn.Module):
    def __init__(self, inputs, outputs, embedding):
        super().__init__()
        self.in_layers = nn.Sequential(*norm_silu(inputs), nn.Conv2d(inputs, outputs, 3, padding=1))
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(embedding, outputs))
        self.out_layers = nn.Sequential(*norm_silu(outputs), nn.Identity(), nn.Conv2d(outputs, outputs, 3, padding=1))
        self.skip_connection = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)
        self.temopral_conv = TemporalConv(outputs)

    def forward(self, x, emb, text):
        batch = emb.shape[0]
        h = self.in_layers(x)
        h = h + self.emb_layers(emb).repeat_interleave(x.shape[0] // batch, 0)[:, :, None, None]
        return self.temopral_conv(self.skip_connection(x) + self.out_layers(h), batch)


class Attention(nn.Module):
    def __init__(self, inner, context, head):
        super().__init__()
        self.head = head
        self.to_q = nn.Linear(inner, inner, bias=False)
        self.to_k = nn.Linear(context, inner, bias=False)
        self.to_v = nn.Linear(context, inner, bias=False)
        self.to_out = nn.Sequential(nn.Linear(inner, inner), nn.Identity())

    def forward(self, x, context):
        split = lambda y: y.unflatten(-1, (-1, self.head)).transpose(1, 2)
        y = F.scaled_dot_product_attention(split(self.to_q(x)), split(self.to_k(context)), split(self.to_v(context)))
        return self.to_out(y.transpose(1, 2).flatten(2))


class Geglu(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.proj = nn.Linear(channels, 8 * channels)

    def forward(self, x):
        value, gate = self.proj(x).chunk(2, -1)
        return value * F.gelu(gate)


class FeedForward(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.net = nn.Sequential(Geglu(channels), nn.Identity(), nn.Linear(4 * channels, channels))

    def forward(self, x):
        return self.net(x)


class TransformerBlock(nn.Module):
    def __init__(self, inner, context, head):
        super().__init__()
        self.attn1 = Attention(inner, inner, head)
        self.ff = FeedForward(inner)
        self.attn2 = Attention(inner, context, head)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(inner) for _ in range(3))

    def forward(self, x, text=None):
        normed = self.norm1(x)
        x = x + self.attn1(normed, normed)
        normed = self.norm2(x)
        if text is None:
            x = x + self.attn2(normed, normed)
        else:
            # All frames of a clip ask the same text.
            queries = normed.reshape(text.shape[0], -1, normed.shape[-1])
            x = x + self.attn2(queries, text).reshape(x.shape)
        return x + self.ff(self.norm3(x))


class SpatialTransformer(nn.Module):
    def __init__(self, channels, context, head):
        super().__init__()
        self.norm = nn.GroupNorm(32, channels, eps=1e-6)
        self.proj_in = nn.Linear(channels, channels)
        self.transformer_blocks = nn.ModuleList([TransformerBlock(channels, context, head)])
        self.proj_out = nn.Linear(channels, channels)

    def forward(self, x, emb, text):
        tokens = self.norm(x).permute(0, 2, 3, 1).flatten(1, 2)
        tokens = self.proj_out(self.transformer_blocks[0](self.proj_in(tokens), text))
        return x + tokens.unflatten(1, x.shape[2:]).permute(0, 3, 1, 2)


class TemporalTransformer(nn.Module):
    def __init__(self, channels, inner, head, conv1d=False):
        super().__init__()
        self.norm = nn.GroupNorm(32, channels, eps=1e-6)
        # The first one's projections are convolutions of size 1: the same product.
        linear = (lambda a, b: nn.Conv1d(a, b, 1)) if conv1d else nn.Linear
        self.proj_in = linear(channels, inner)
        self.transformer_blocks = nn.ModuleList([TransformerBlock(inner, inner, head)])
        self.proj_out = linear(inner, channels)

    def forward(self, x, emb, text):
        batch = emb.shape[0]
        h = self.norm(merge_frames(x, batch))
        # [b, c, t, n] -> [b*n, t, c]: attend over time.
        tokens = h.permute(0, 3, 2, 1).reshape(-1, h.shape[2], h.shape[1])
        tokens = flat(self.proj_out, self.transformer_blocks[0](flat(self.proj_in, tokens)))
        tokens = tokens.reshape(batch, -1, h.shape[2], x.shape[1]).permute(0, 3, 2, 1)
        return x + split_frames(tokens, x)


class Downsample(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.op = nn.Conv2d(channels, channels, 3, stride=2, padding=1)

    def forward(self, x, emb, text):
        return self.op(x)


class Upsample(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x, emb=None, text=None):
        return self.conv(F.interpolate(x, scale_factor=2, mode="nearest"))


class First(nn.Conv2d):
    def forward(self, x, emb, text):
        return super().forward(x)


def sinusoid(t, width):
    frequencies = torch.exp(-math.log(10000) * torch.arange(width // 2, dtype=torch.float32, device=t.device) / (width // 2))
    return torch.cat([torch.cos(t[:, None] * frequencies), torch.sin(t[:, None] * frequencies)], -1)


class UNet(nn.Module):
    def __init__(self, blocks, middle, guidance, base=320, head=64, context=1024, mult=(1, 2, 4, 4), attention=(1, 2, 4)):
        super().__init__()
        self.base = base
        mlp = lambda: nn.Sequential(nn.Linear(base, 4 * base), nn.SiLU(), nn.Linear(4 * base, 4 * base))
        self.time_embed, self.fps_embedding = mlp(), mlp()
        if guidance:
            self.time_cond_proj = nn.Linear(guidance, base, bias=False)

        def level_block(level, inputs, outputs):
            parts = [ResBlock(inputs, outputs, 4 * base)]
            if 1 << level in attention:
                parts += [SpatialTransformer(outputs, context, head), TemporalTransformer(outputs, outputs, head)]
            return parts

        self.input_blocks = nn.ModuleList([nn.ModuleList([First(4, base, 3, padding=1)])])
        self.init_attn = nn.ModuleList([TemporalTransformer(base, 8 * head, head, conv1d=True)])
        skips, channels = [base], base
        for level, factor in enumerate(mult):
            for _ in range(blocks):
                self.input_blocks.append(nn.ModuleList(level_block(level, channels, factor * base)))
                channels = factor * base
                skips.append(channels)
            if level + 1 < len(mult):
                self.input_blocks.append(nn.ModuleList([Downsample(channels)]))
                skips.append(channels)
        if middle:
            res = lambda: ResBlock(channels, channels, 4 * base)
            spatial = SpatialTransformer(channels, context, head)
            self.middle_block = nn.ModuleList([res(), spatial, TemporalTransformer(channels, channels, head), res()])
        self.output_blocks = nn.ModuleList()
        for level in reversed(range(len(mult))):
            for index in range(blocks + 1):
                parts = level_block(level, channels + skips.pop(), mult[level] * base)
                channels = mult[level] * base
                if level > 0 and index == blocks:
                    parts.append(Upsample(channels))
                self.output_blocks.append(nn.ModuleList(parts))
        self.out = nn.Sequential(*norm_silu(base), nn.Conv2d(base, 4, 3, padding=1))

    def forward(self, x, timesteps, text, fps, guidance=None):
        batch, _, frames, _, _ = x.shape
        embedding = sinusoid(timesteps, self.base)
        if guidance is not None and hasattr(self, "time_cond_proj"):
            embedding = embedding + self.time_cond_proj(guidance)
        emb = self.time_embed(embedding) + self.fps_embedding(sinusoid(fps, self.base))
        h = x.transpose(1, 2).flatten(0, 1).contiguous(memory_format=torch.channels_last)
        skips = []
        for index, block in enumerate(self.input_blocks):
            for part in block:
                h = part(h, emb, text)
            if index == 0:
                h = self.init_attn[0](h, emb, text)
            skips.append(h)
        for part in getattr(self, "middle_block", []):
            h = part(h, emb, text)
        for block in self.output_blocks:
            h = torch.cat([h, skips.pop()], 1)
            for part in block:
                h = part(h, emb, text)
        return self.out(h).unflatten(0, (batch, frames)).transpose(1, 2)


class ResnetBlock(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(32, inputs, eps=1e-6), nn.GroupNorm(32, outputs, eps=1e-6)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        if inputs != outputs:
            self.nin_shortcut = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x):
        h = self.conv2(F.silu(self.norm2(self.conv1(F.silu(self.norm1(x))))))
        return h + (self.nin_shortcut(x) if hasattr(self, "nin_shortcut") else x)


class AttnBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm = nn.GroupNorm(32, channels, eps=1e-6)
        self.q, self.k, self.v, self.proj_out = (nn.Conv2d(channels, channels, 1) for _ in range(4))

    def forward(self, x):
        h = self.norm(x)
        tokens = lambda layer: layer(h).permute(0, 2, 3, 1).flatten(1, 2)[:, None]
        h = F.scaled_dot_product_attention(tokens(self.q), tokens(self.k), tokens(self.v))[:, 0]
        return x + self.proj_out(h.unflatten(1, x.shape[2:]).permute(0, 3, 1, 2))


class Decoder(nn.Module):
    def __init__(self, base=128, mult=(1, 2, 4, 4), blocks=2):
        super().__init__()
        channels = base * mult[-1]
        self.conv_in = nn.Conv2d(4, channels, 3, padding=1)
        self.mid = nn.Module()
        self.mid.block_1, self.mid.attn_1 = ResnetBlock(channels, channels), AttnBlock(channels)
        self.mid.block_2 = ResnetBlock(channels, channels)
        levels = []
        for level in reversed(range(len(mult))):
            up = nn.Module()
            up.block = nn.ModuleList()
            for _ in range(blocks + 1):
                up.block.append(ResnetBlock(channels, base * mult[level]))
                channels = base * mult[level]
            if level > 0:
                up.upsample = Upsample(channels)
            levels.insert(0, up)
        self.up = nn.ModuleList(levels)
        self.norm_out = nn.GroupNorm(32, channels, eps=1e-6)
        self.conv_out = nn.Conv2d(channels, 3, 3, padding=1)

    def forward(self, z):
        h = self.mid.block_2(self.mid.attn_1(self.mid.block_1(self.conv_in(z))))
        for up in reversed(self.up):
            for block in up.block:
                h = block(h)
            if hasattr(up, "upsample"):
                h = up.upsample(h)
        return self.conv_out(F.silu(self.norm_out(h)))


class Vae(nn.Module):
    """The half of the autoencoder that makes pictures."""

    def __init__(self, base=128):
        super().__init__()
        self.post_quant_conv = nn.Conv2d(4, 4, 1)
        self.decoder = Decoder(base)

    def forward(self, z):
        return self.decoder(self.post_quant_conv(z.contiguous(memory_format=torch.channels_last)))


def uniform(name, count):
    """Numbers in -1..1 that follow from a name; see ../../src/rule.rs."""
    state = 0xCBF29CE484222325
    for byte in name.encode():
        state = (state ^ byte) * 0x100000001B3 % (1 << 64)
    z = numpy.uint64(state) + numpy.arange(1, count + 1, dtype=numpy.uint64) * numpy.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> numpy.uint64(31))) >> numpy.uint64(40)).astype(numpy.float32) / numpy.float32(1 << 23) - 1


def by_rule(name, shape):
    """The values of a tensor of the goldens' networks."""
    u = uniform(name, math.prod(shape))
    if name.endswith(("token_embedding.weight", "positional_embedding")) or (len(shape) == 1 and name.endswith("bias")):
        values = numpy.float32(0.02) * u
    elif len(shape) > 1:
        values = u * numpy.float32(math.sqrt(3 / math.prod(shape[1:])))
    else:
        values = numpy.float32(0.1) * u + 1
    return torch.from_numpy(values).view(shape)


def fill_by_rule(network, prefix):
    """The weights of the goldens."""
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            parameter.copy_(by_rule(f"{prefix}.{name}", parameter.shape))


def golden(name):
    """The tensors of a golden case; of large ones it keeps every n-th value."""
    content = (GOLDEN / f"{name}.safetensors").read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8 : 8 + length])
    sampled = json.loads(header.pop("__metadata__", {}).get("sampled", "{}"))
    types = {"F32": numpy.float32, "I64": numpy.int64, "U8": numpy.uint8}
    tensors = {}
    for key, entry in header.items():
        start, end = (8 + length + place for place in entry["data_offsets"])
        values = numpy.frombuffer(content[start:end], types[entry["dtype"]]).reshape(entry["shape"])
        tensors[key] = torch.from_numpy(values.copy())
    return tensors, {key: entry["stride"] for key, entry in sampled.items()}


def compare(name, result, key, tensors, strides, most=2e-5):
    expected = tensors[key].flatten()
    error = (result.flatten()[:: strides.get(key, 1)] - expected).abs().max().item()
    print(f"{name}: largest error {error:.1e}, values up to {expected.abs().max():.1f}")
    assert error < most, f"{name} is another network"


@torch.no_grad()
def check():
    tiny = dict(base=32, head=16, context=64)
    for name, layout in [("unet_07b", "hummingbird-0.7b"), ("unet_07b_b2", "hummingbird-0.7b"), ("unet_09b", "hummingbird-0.9b"), ("unet_vc2", "videocrafter2")]:
        tensors, strides = golden(name)
        unet = UNet(**UNETS[layout], **tiny).eval()
        fill_by_rule(unet, "model.diffusion_model")
        timesteps, fps = tensors["timesteps"].float(), tensors["fps"].float()
        out = unet(tensors["x"], timesteps, tensors["context"], fps.expand(len(timesteps)), tensors.get("w_embedding"))
        compare(name, out, "out", tensors, strides)
    tensors, strides = golden("vae_decode_5f")
    vae = Vae(base=32).eval()
    fill_by_rule(vae, "first_stage_model")
    frames = vae(tensors["z"][0].transpose(0, 1) / 0.18215)
    compare("vae_decode_5f", frames.transpose(0, 1)[None], "decoded", tensors, strides)
    counts = {"hummingbird-0.7b": 772_091_780, "hummingbird-0.9b": 945_209_220, "videocrafter2": 1_413_284_420}
    with torch.device("meta"):
        for layout, count in counts.items():
            counted = sum(parameter.numel() for parameter in UNet(**UNETS[layout]).parameters())
            print(f"{layout}: {counted} parameters")
            assert counted == count, f"not the {count} of the published network"
        assert sum(parameter.numel() for parameter in Vae().parameters()) == 49_490_179 + 20


if __name__ == "__main__":
    check()
