"""RAFT and AMT-S in PyTorch, written from their description. Parameters have the names of the published files (RAFT's without its
prefix); `judges.py` times them and checks them. Pictures are `[n, 3, height, width]`, channels last in memory."""

import torch
import torch.nn.functional as F
from torch import nn


def convolution(inputs, outputs, kernel, stride=1):
    """One that keeps the size, or divides it by the stride."""
    height, width = kernel if isinstance(kernel, tuple) else (kernel, kernel)
    layer = nn.Conv2d(inputs, outputs, (height, width), stride, (height // 2, width // 2))
    return layer.to(memory_format=torch.channels_last)


def pair(inputs, inside, outputs, last=3, activation=nn.ReLU):
    return nn.Sequential(convolution(inputs, inside, 3), activation(), convolution(inside, outputs, last))


class InstanceNorm(nn.Module):
    """A group norm of a group for each channel, which in PyTorch is the faster one for channels last."""

    def forward(self, x):
        return F.group_norm(x, x.shape[1])


class ResidualBlock(nn.Module):
    def __init__(self, inputs, outputs, stride, norm, is_narrow):
        super().__init__()
        narrow = outputs // 4
        if is_narrow:
            layers = [convolution(inputs, narrow, 1), convolution(narrow, narrow, 3, stride), convolution(narrow, outputs, 1)]
        else:
            layers = [convolution(inputs, outputs, 3, stride), convolution(outputs, outputs, 3)]
        self.count = len(layers)
        for index, layer in enumerate(layers, 1):
            setattr(self, f"conv{index}", layer)
            setattr(self, f"norm{index}", norm(layer.out_channels))
        if stride > 1:
            # The published file has the shortcut's norm twice.
            last = norm(outputs)
            setattr(self, f"norm{self.count + 1}", last)
            self.downsample = nn.Sequential(convolution(inputs, outputs, 1, stride), last)

    def forward(self, x):
        y = x
        for index in range(1, self.count + 1):
            y = getattr(self, f"norm{index}")(getattr(self, f"conv{index}")(y)).relu_()
        return y.add_(self.downsample(x) if hasattr(self, "downsample") else x).relu_()


class Encoder(nn.Module):
    """Pictures to features at an eighth of their sides."""

    def __init__(self, widths, outputs, norm, is_narrow=False):
        super().__init__()
        self.conv1, self.norm1 = convolution(3, widths[0], 7, 2), norm(widths[0])
        inputs = widths[0]
        for index, width in enumerate(widths):
            first = ResidualBlock(inputs, width, 1 if index == 0 else 2, norm, is_narrow)
            setattr(self, f"layer{index + 1}", nn.Sequential(first, ResidualBlock(width, width, 1, norm, is_narrow)))
            inputs = width
        self.conv2 = convolution(inputs, outputs, 1)

    def forward(self, x):
        x = self.norm1(self.conv1(x)).relu_()
        return self.conv2(self.layer3(self.layer2(self.layer1(x))))


def coordinates(height, width):
    """x and y of each pixel, `[1, 2, height, width]`"""
    y, x = torch.meshgrid(torch.arange(height).float(), torch.arange(width).float(), indexing="ij")
    return torch.stack([x, y])[None]


def sample(pictures, places, padding):
    """Bilinear, at places in pixels: `[n, c, h, w]` and `[n, rows, columns, 2] -> [n, c, rows, columns]`."""
    height, width = pictures.shape[2:]
    scale = torch.tensor([2 / (width - 1), 2 / (height - 1)])
    return F.grid_sample(pictures, places * scale - 1, padding_mode=padding, align_corners=True)


def padded(pictures, multiple):
    """Edges repeated up to multiples, the smaller half above and to the left."""
    missing = [-length % multiple for length in pictures.shape[2:]]
    return F.pad(pictures, [part for length in reversed(missing) for part in (length // 2, length - length // 2)], mode="replicate")


class Correlation:
    """How alike each pixel of one picture is to all of another, on four scales."""

    def __init__(self, one, other, radius, scales=4):
        _, channels, height, width = one.shape
        rows = lambda x: x.permute(0, 2, 3, 1).reshape(height * width, channels)
        scale = (rows(one) @ rows(other).T / channels**0.5).view(height * width, 1, height, width)
        self.scales = [scale]
        for _ in range(scales - 1):
            self.scales.append(F.avg_pool2d(self.scales[-1], 2))
        # The first component, which is added to x, runs along rows of the window.
        steps = torch.arange(-radius, radius + 1).float()
        self.window = torch.stack(torch.meshgrid(steps, steps, indexing="ij"), -1)

    def look_up(self, places):
        """`[1, 2, h, w] -> [1, scales * (2 * radius + 1)^2, h, w]`"""
        height, width = places.shape[2:]
        places = places[0].permute(1, 2, 0).reshape(-1, 1, 1, 2)
        found = [sample(scale, places / 2**index + self.window, "zeros").flatten(1) for index, scale in enumerate(self.scales)]
        # Pixels of a row are channels last already.
        return torch.cat(found, 1).view(1, height, width, -1).permute(0, 3, 1, 2)


class MotionEncoder(nn.Module):
    def __init__(self, looked_up):
        super().__init__()
        self.convc1, self.convc2 = convolution(looked_up, 256, 1), convolution(256, 192, 3)
        self.convf1, self.convf2 = convolution(2, 128, 7), convolution(128, 64, 3)
        self.conv = convolution(256, 126, 3)

    def forward(self, flow, looked_up):
        looked_up = self.convc2(self.convc1(looked_up).relu_()).relu_()
        flows = self.convf2(self.convf1(flow).relu_()).relu_()
        return torch.cat([self.conv(torch.cat([looked_up, flows], 1)).relu_(), flow], 1)


class Gru(nn.Module):
    def __init__(self):
        super().__init__()
        for axis, kernel in ((1, (1, 5)), (2, (5, 1))):
            for gate in "zrq":
                setattr(self, f"conv{gate}{axis}", convolution(384, 128, kernel))

    def forward(self, state, x):
        for z, r, q in ((self.convz1, self.convr1, self.convq1), (self.convz2, self.convr2, self.convq2)):
            both = torch.cat([state, x], 1)
            kept = r(both).sigmoid_().mul_(state)
            state = torch.lerp(state, q(torch.cat([kept, x], 1)).tanh_(), z(both).sigmoid_())
        return state


class FlowHead(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = convolution(128, 256, 3), convolution(256, 2, 3)

    def forward(self, state):
        return self.conv2(self.conv1(state).relu_())


class Raft(nn.Module):
    RADIUS = 4

    def __init__(self):
        super().__init__()
        self.fnet = Encoder((64, 96, 128), 256, lambda channels: InstanceNorm())
        self.cnet = Encoder((64, 96, 128), 256, nn.BatchNorm2d)
        self.update_block = nn.Module()
        self.update_block.encoder = MotionEncoder(4 * (2 * self.RADIUS + 1) ** 2)
        self.update_block.gru, self.update_block.flow_head = Gru(), FlowHead()
        self.update_block.mask = pair(128, 256, 9 * 64, last=1)

    def forward(self, first, last, rounds=20):
        """The flow at an eighth of the sides and at all of them, between frames of values to 255."""
        frames = padded(torch.cat([first, last]) / 255 * 2 - 1, 8).contiguous(memory_format=torch.channels_last)
        correlation = Correlation(*self.fnet(frames).chunk(2), self.RADIUS)
        state, context = self.cnet(frames[:1]).chunk(2, 1)
        state, context = state.tanh(), context.relu()
        start = coordinates(*state.shape[2:])
        flow = torch.zeros_like(start)
        block = self.update_block
        for _ in range(rounds):
            seen = block.encoder(flow, correlation.look_up(start + flow))
            state = block.gru(state, torch.cat([context, seen], 1))
            flow = flow + block.flow_head(state)
        # The reference enlarges the flow of each round; only the last one's is looked at.
        return flow, self.enlarged(flow, 0.25 * block.mask(state))

    @staticmethod
    def enlarged(flow, mask):
        height, width = flow.shape[2:]
        weights = mask.view(9, 8, 8, height, width).softmax(0)
        neighbours = F.unfold(8 * flow, 3, padding=1).view(2, 9, 1, 1, height, width)
        return (weights * neighbours).sum(1).permute(0, 3, 1, 4, 2).reshape(1, 2, 8 * height, 8 * width)


def sloped(inputs, outputs, stride=1):
    return nn.Sequential(convolution(inputs, outputs, 3, stride), nn.PReLU(outputs))


def resized(x, factor):
    return F.interpolate(x, scale_factor=factor, mode="bilinear")


def warped(pictures, flows):
    """What pictures have where flows lead; outside the border counts."""
    return sample(pictures, (coordinates(*flows.shape[2:]) + flows).permute(0, 2, 3, 1), "border")


class Pyramid(nn.Module):
    def __init__(self, channels):
        super().__init__()
        for index, (inputs, outputs) in enumerate(zip((3, *channels), channels), 1):
            setattr(self, f"pyramid{index}", nn.Sequential(sloped(inputs, outputs, 2), sloped(outputs, outputs)))

    def forward(self, x):
        features = []
        for level in (self.pyramid1, self.pyramid2, self.pyramid3, self.pyramid4):
            x = level(x)
            features.append(x)
        return features


class SideBlock(nn.Module):
    """A residual block whose last channels go through convolutions of their own."""

    def __init__(self, channels, side):
        super().__init__()
        self.side = side
        self.conv1, self.conv2, self.conv3, self.conv4 = (sloped(width, width) for width in (channels, side, channels, side))
        self.conv5, self.prelu = convolution(channels, channels, 3), nn.PReLU(channels)

    def forward(self, x):
        y = x
        for whole, side in ((self.conv1, self.conv2), (self.conv3, self.conv4)):
            y = whole(y)
            y[:, -self.side :] = side(y[:, -self.side :])
        return self.prelu(self.conv5(y) + x)


class Decoder(nn.Module):
    def __init__(self, inputs, inside, outputs, side=20):
        super().__init__()
        self.convblock = nn.Sequential(sloped(inputs, inside), SideBlock(inside, side), nn.ConvTranspose2d(inside, outputs, 4, 2, 1))

    def forward(self, *parts):
        return self.convblock(torch.cat(parts, 1))


def leaky(x):
    return F.leaky_relu_(x, 0.1)


class Update(nn.Module):
    """Corrects a feature and both flows, which are of `factor` times the size of what is correlated."""

    def __init__(self, channels, factor, looked_up):
        super().__init__()
        self.factor = factor
        self.convc1 = convolution(looked_up, 64, 1)
        self.convf1, self.convf2, self.conv = convolution(4, 40, 7), convolution(40, 20, 3), convolution(84, 68, 3)
        heads = lambda inputs, outputs: pair(inputs, 76, outputs, activation=lambda: nn.LeakyReLU(0.1, inplace=True))
        self.gru, self.feat_head, self.flow_head = heads(72 + channels, 76), heads(76, channels), heads(76, 4)

    def forward(self, feature, flows, looked_up):
        if self.factor > 1:
            feature = resized(feature, 1 / self.factor)
        moved = leaky(self.convf2(leaky(self.convf1(flows))))
        seen = leaky(self.conv(torch.cat([leaky(self.convc1(looked_up)), moved], 1)))
        state = self.gru(torch.cat([seen, flows, feature], 1))
        feature, flows = self.feat_head(state), self.flow_head(state)
        if self.factor > 1:
            feature, flows = resized(feature, self.factor), self.factor * resized(flows, self.factor)
        return feature, flows


class Amt(nn.Module):
    """AMT-S: the frame in the middle of two."""

    RADIUS, PAIRS = 3, 3

    def __init__(self, channels=(20, 32, 44, 56)):
        super().__init__()
        self.feat_encoder = Encoder((32, 64, 96), 84, lambda width: InstanceNorm(), is_narrow=True)
        self.encoder = Pyramid(channels)
        half, quarter, eighth, sixteenth = channels
        self.decoder4 = Decoder(2 * sixteenth + 1, 2 * sixteenth, eighth + 4)
        self.decoder3 = Decoder(3 * eighth + 4, 3 * eighth, quarter + 4)
        self.decoder2 = Decoder(3 * quarter + 4, 3 * quarter, half + 4)
        self.decoder1 = Decoder(3 * half + 4, 3 * half, 8 * self.PAIRS)
        looked_up = 2 * 4 * (2 * self.RADIUS + 1) ** 2
        self.update4, self.update3, self.update2 = (
            Update(width, factor, looked_up) for width, factor in ((eighth, 1), (quarter, 2), (half, 4))
        )
        self.comb_block = nn.Sequential(*sloped(3 * self.PAIRS, 6 * self.PAIRS), convolution(6 * self.PAIRS, 3, 3))

    def forward(self, first, last):
        """Frames of values to 1; the middle is not clamped, and has the padding of both sides. What the coarsest decoder says after
        its correction comes with it."""
        both = padded(torch.cat([first, last]), 16).contiguous(memory_format=torch.channels_last)
        mean = both.mean()
        both = both - mean
        one, other = self.feat_encoder(both).chunk(2)
        correlations = Correlation(one, other, self.RADIUS), Correlation(other, one, self.RADIUS)
        start = coordinates(*one.shape[2:])
        features = self.encoder(both)
        one, other = features[3].chunk(2)
        flows, feature = self.decoder4(one, other, torch.full_like(one[:, :1], 0.5)).split([4, features[2].shape[1]], 1)
        flows, feature = coarse = self.updated(self.update4, flows, feature, start, correlations)
        for decoder, update, seen in ((self.decoder3, self.update3, features[2]), (self.decoder2, self.update2, features[1])):
            change, feature = self.fetched(decoder, flows, feature, seen).tensor_split([4], 1)
            flows, feature = self.updated(update, change + 2 * resized(flows, 2), feature, start, correlations)
        made = self.fetched(self.decoder1, flows, feature, features[0])
        return self.combined(made, 2 * resized(flows, 2), both, mean), coarse

    @staticmethod
    def fetched(decoder, flows, feature, seen):
        one, other = warped(seen, torch.cat(flows.chunk(2, 1))).chunk(2)
        return decoder(feature, one, other, flows)

    @staticmethod
    def updated(update, flows, feature, start, correlations):
        small = resized(flows, 1 / update.factor) / update.factor if update.factor > 1 else flows
        to_first, to_last = small.chunk(2, 1)
        # Motion is taken for even: the way between the frames is twice that from the middle.
        looked_up = torch.cat([correlations[0].look_up(start + 2 * to_last), correlations[1].look_up(start + 2 * to_first)], 1)
        more_feature, more_flows = update(feature, small, looked_up)
        return flows + more_flows, feature + more_feature

    def combined(self, made, flows, both, mean):
        count = self.PAIRS
        changes, masks, corrections = made.split([4 * count, count, 3 * count], 1)
        size = made.shape[2:]
        # All first flows, then all second ones.
        flows = (changes.unflatten(1, (2, count, 2)) + flows.unflatten(1, (2, 1, 2))).view(2 * count, 2, *size)
        one, other = warped(both.repeat_interleave(count, 0), flows).chunk(2)
        mixed = torch.lerp(other, one, masks.sigmoid().transpose(0, 1)) + mean + corrections.view(count, 3, *size)
        return mixed.mean(0, keepdim=True) + self.comb_block(mixed.reshape(1, 3 * count, *size))
