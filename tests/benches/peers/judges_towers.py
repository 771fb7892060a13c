"""Networks that look at frames as tokens, in PyTorch, written from their description: DINO, CLIP's picture tower, ViCLIP's clip
tower, UMT and MUSIQ. Parameters have the names of the published files; `judges.py` times them and checks them."""

import torch
import torch.nn.functional as F
from torch import nn


def patches_of(pictures, convolution):
    """`[n, 3, height, width] -> [n, patches, channels]`; kernels over one frame of a clip are used as those of pictures."""
    kernel = convolution.weight if convolution.weight.dim() == 4 else convolution.weight.squeeze(2)
    return F.conv2d(pictures, kernel, convolution.bias, convolution.stride[-1]).flatten(2).transpose(1, 2)


def patches_of_clips(clips, convolution):
    """`[n, frames, 3, height, width] -> [n, frames, patches, channels]`"""
    return patches_of(clips.flatten(0, 1), convolution).unflatten(0, clips.shape[:2])


def attend(q, k, v, heads):
    split = lambda x: x.unflatten(-1, (heads, -1)).transpose(1, 2)
    return F.scaled_dot_product_attention(split(q), split(k), split(v)).transpose(1, 2).flatten(2)


class Mlp(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(width, hidden), nn.Linear(hidden, width)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class VitAttention(nn.Module):
    """Attention as timm writes it; in UMT keys have no bias."""

    def __init__(self, width, heads, has_key_bias):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=has_key_bias)
        if not has_key_bias:
            self.q_bias, self.v_bias = nn.Parameter(torch.zeros(width)), nn.Parameter(torch.zeros(width))
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        bias = self.qkv.bias
        if bias is None:
            bias = torch.cat([self.q_bias, torch.zeros_like(self.q_bias), self.v_bias])
        return self.proj(attend(*F.linear(x, self.qkv.weight, bias).chunk(3, -1), self.heads))


class VitBlock(nn.Module):
    def __init__(self, width, heads, has_key_bias=True):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.attn, self.mlp = VitAttention(width, heads, has_key_bias), Mlp(width, 4 * width)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Dino(nn.Module):
    def __init__(self, width=768, depth=12, heads=12, picture=224, patch=16):
        super().__init__()
        self.patch, self.side = patch, picture // patch
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, self.side**2 + 1, width))
        self.patch_embed = nn.Module()
        self.patch_embed.proj = nn.Conv2d(3, width, patch, patch)
        self.blocks = nn.Sequential(*(VitBlock(width, heads) for _ in range(depth)))
        self.norm = nn.LayerNorm(width, eps=1e-6)

    def positions(self, rows, columns):
        if rows == columns == self.side:
            return self.pos_embed
        table = self.pos_embed[:, 1:].unflatten(1, (self.side, self.side)).permute(0, 3, 1, 2)
        # The reference adds 0.1 against rounding of the size, which moves every position a little.
        scale = ((rows + 0.1) / self.side, (columns + 0.1) / self.side)
        table = F.interpolate(table, scale_factor=scale, mode="bicubic")
        return torch.cat([self.pos_embed[:, :1], table.flatten(2).transpose(1, 2)], 1)

    def forward(self, pictures):
        patches = patches_of(pictures, self.patch_embed.proj)
        x = torch.cat([self.cls_token.expand(len(patches), -1, -1), patches], 1)
        x = self.blocks(x + self.positions(*(length // self.patch for length in pictures.shape[2:])))
        return self.norm(x[:, 0])


class Umt(nn.Module):
    def __init__(self, width=1024, depth=24, heads=16, classes=400, frames=16, picture=224, patch=16):
        super().__init__()
        self.patch_embed = nn.Module()
        self.patch_embed.proj = nn.Conv3d(3, width, (1, patch, patch), (1, patch, patch))
        self.pos_embed = nn.Parameter(torch.zeros(1, frames * (picture // patch) ** 2, width))
        self.blocks = nn.Sequential(*(VitBlock(width, heads, has_key_bias=False) for _ in range(depth)))
        self.fc_norm, self.head = nn.LayerNorm(width, eps=1e-6), nn.Linear(width, classes)

    def forward(self, clips):
        """`[n, frames, 3, height, width]`"""
        x = self.blocks(patches_of_clips(clips, self.patch_embed.proj).flatten(1, 2) + self.pos_embed)
        return self.head(self.fc_norm(x.mean(1)))


class ClipAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.zeros(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = nn.Linear(width, width)

    def forward(self, x):
        return self.out_proj(attend(*F.linear(x, self.in_proj_weight, self.in_proj_bias).chunk(3, -1), self.heads))


class ClipMlp(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.c_fc, self.c_proj = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        y = self.c_fc(x)
        # CLIP's quick GELU; in place, since it is bound by memory.
        return self.c_proj((1.702 * y).sigmoid_().mul_(y))


class ClipBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn, self.mlp = ClipAttention(width, heads), ClipMlp(width)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class Tower(nn.Module):
    """What the picture tower and the clip tower have in common; `conv1` is theirs."""

    def __init__(self, width, heads, layers, embed, picture, patch):
        super().__init__()
        self.class_embedding = nn.Parameter(torch.zeros(width))
        self.positional_embedding = nn.Parameter(torch.zeros((picture // patch) ** 2 + 1, width))
        self.ln_pre, self.ln_post = nn.LayerNorm(width), nn.LayerNorm(width)
        self.transformer = nn.Module()
        self.transformer.resblocks = nn.Sequential(*(ClipBlock(width, heads) for _ in range(layers)))
        self.proj = nn.Parameter(torch.zeros(width, embed))

    def of_patches(self, patches):
        """`patches` have their positions already."""
        first = (self.class_embedding + self.positional_embedding[0]).expand(len(patches), 1, -1)
        x = self.transformer.resblocks(self.ln_pre(torch.cat([first, patches], 1)))
        return self.ln_post(x[:, 0]) @ self.proj


class ClipVision(Tower):
    def __init__(self, width, heads, layers, embed, picture=224, patch=14):
        super().__init__(width, heads, layers, embed, picture, patch)
        self.conv1 = nn.Conv2d(3, width, patch, patch, bias=False)

    def forward(self, pictures):
        return self.of_patches(patches_of(pictures, self.conv1) + self.positional_embedding[1:])


class ViClipVision(Tower):
    def __init__(self, width, heads, layers, embed, frames, picture=224, patch=14):
        super().__init__(width, heads, layers, embed, picture, patch)
        self.conv1 = nn.Conv3d(3, width, (1, patch, patch), (1, patch, patch), bias=False)
        self.temporal_positional_embedding = nn.Parameter(torch.zeros(1, frames, width))

    def forward(self, clips):
        """`[n, frames, 3, height, width]`"""
        positions = self.positional_embedding[1:] + self.temporal_positional_embedding[:, :, None]
        return self.of_patches((patches_of_clips(clips, self.conv1) + positions).flatten(1, 2))


class Clip(nn.Module):
    """The half of CLIP that sees pictures."""

    def __init__(self, **sizes):
        super().__init__()
        self.visual = ClipVision(**sizes)

    def forward(self, pictures):
        return self.visual(pictures)


class ViClip(nn.Module):
    """The half of ViCLIP that sees clips."""

    def __init__(self, width=1024, heads=16, layers=24, embed=768, frames=8, **sizes):
        super().__init__()
        self.vision_encoder = ViClipVision(width, heads, layers, embed, frames, **sizes)

    def forward(self, clips):
        return self.vision_encoder(clips)


def same(x, kernel, stride):
    """TensorFlow's padding: as many zeros as the last step needs, the smaller half first."""
    missing = [max((-(length // -stride) - 1) * stride + kernel - length, 0) for length in x.shape[2:]]
    return F.pad(x, [part for length in reversed(missing) for part in (length // 2, length - length // 2)])


class Standardised(nn.Conv2d):
    """Weights with mean 0 and deviation 1 for each output."""

    def __init__(self, inputs, outputs, kernel, stride=1):
        super().__init__(inputs, outputs, kernel, stride, bias=False)

    def forward(self, x):
        deviation, mean = torch.std_mean(self.weight, (1, 2, 3), keepdim=True)
        x = same(x, self.kernel_size[0], self.stride[0]) if self.kernel_size[0] > 1 else x
        return F.conv2d(x, (self.weight - mean) / (deviation + 1e-5), stride=self.stride)


class Bottleneck(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv1, self.gn1 = Standardised(inputs, inputs, 1), nn.GroupNorm(32, inputs, eps=1e-4)
        self.conv2, self.gn2 = Standardised(inputs, inputs, 3), nn.GroupNorm(32, inputs, eps=1e-4)
        self.conv3, self.gn3 = Standardised(inputs, outputs, 1), nn.GroupNorm(32, outputs, eps=1e-4)
        self.conv_proj, self.gn_proj = Standardised(inputs, outputs, 1), nn.GroupNorm(32, outputs, eps=1e-4)

    def forward(self, x):
        y = self.gn2(self.conv2(self.gn1(self.conv1(x)).relu_())).relu_()
        return self.gn3(self.conv3(y)).add_(self.gn_proj(self.conv_proj(x))).relu_()


class MusiqAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))

    def forward(self, x):
        return self.out(attend(self.query(x), self.key(x), self.value(x), self.heads))


class MusiqBlock(nn.Module):
    def __init__(self, width, hidden, heads):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.attention, self.mlp = MusiqAttention(width, heads), Mlp(width, hidden)

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Musiq(nn.Module):
    """The transformer sees the patches of one picture and no others: the reference fills the smaller scales up to a fixed number of
    patches and masks what it added, which changes nothing but the time."""

    def __init__(self, hidden=384, mlp=1152, heads=6, layers=14, longer_sides=(224, 384), patch=32, grid=10):
        super().__init__()
        self.longer_sides, self.patch, self.grid = longer_sides, patch, grid
        self.conv_root, self.gn_root = Standardised(3, 64, 7, 2), nn.GroupNorm(32, 64, eps=1e-6)
        self.block1 = Bottleneck(64, 256)
        self.embedding = nn.Linear((patch // 4) ** 2 * 256, hidden)
        encoder = self.transformer_encoder = nn.Module()
        encoder.cls = nn.Parameter(torch.zeros(1, 1, hidden))
        encoder.posembed_input, encoder.scaleembed_input = nn.Module(), nn.Module()
        encoder.posembed_input.position_emb = nn.Parameter(torch.zeros(1, grid**2, hidden))
        encoder.scaleembed_input.scale_emb = nn.Parameter(torch.zeros(len(longer_sides) + 1, hidden))
        encoder.transformer = nn.ModuleDict({f"encoderblock_{index}": MusiqBlock(hidden, mlp, heads) for index in range(layers)})
        encoder.encoder_norm = nn.LayerNorm(hidden, eps=1e-6)
        self.head = nn.Linear(hidden, 1)

    def patches(self, picture):
        """A picture of bytes `[height, width, 3]`, as patches `[count, 3, patch, patch]`, their positions and their scales."""
        picture = (picture.float().permute(2, 0, 1)[None] / 255 - 0.5) * 2
        patches, positions, scales = [], [], []
        for scale, longer in enumerate((*self.longer_sides, max(picture.shape[2:]))):
            ratio = longer / max(picture.shape[2:])
            x = picture
            if ratio != 1:
                x = F.interpolate(x, [round(length * ratio) for length in x.shape[2:]], mode="bicubic")
            x = same(x, self.patch, self.patch)
            patches.append(F.unfold(x, self.patch, stride=self.patch)[0].T.unflatten(1, (3, self.patch, self.patch)))
            # The nearest rows and columns of the table of positions.
            table = torch.arange(self.grid**2).float().view(1, 1, self.grid, self.grid)
            places = F.interpolate(table, [length // self.patch for length in x.shape[2:]], mode="nearest")
            positions.append(places.flatten().long())
            scales.append(torch.full([places.numel()], scale))
        return torch.cat(patches), torch.cat(positions), torch.cat(scales)

    def forward(self, patches, positions, scales):
        x = self.gn_root(self.conv_root(patches.contiguous(memory_format=torch.channels_last))).relu_()
        x = self.block1(F.max_pool2d(same(x, 3, 2), 3, 2))
        encoder = self.transformer_encoder
        x = self.embedding(x.permute(0, 2, 3, 1).flatten(1))
        x = x + encoder.posembed_input.position_emb[0, positions] + encoder.scaleembed_input.scale_emb[scales]
        x = torch.cat([encoder.cls, x[None]], 1)
        for block in encoder.transformer.values():
            x = block(x)
        return self.head(encoder.encoder_norm(x[:, 0]))
