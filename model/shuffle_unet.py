"""The second network: a U-Net that shuffles both ways, from pixels to channels and back.

It works at half resolution and below, with widths that suit a processor. For a 512 x 512 picture
(and the released widths):

    512 |  3 --.                                            .--> 3 + picture
    256 |  12 -> 64 = B B -------------------------- + = B -> 12
    128 |            96 = B B ------------ + = B B B ^
     64 |                128 = B B B ---- ^          ^ = 1x1 to 4 x the width, depth to space

Nothing is pooled away: going down, space to depth keeps every value and a 1x1 convolution mixes
them; going up is sub-pixel convolution (Shi et al. 2016, https://arxiv.org/abs/1609.05158), and
skips are added. Each block B adds gated features to what it was given: x + conv(a * sigmoid(b)),
a and b the halves of a 3x3 convolution's output (gated linear units, Dauphin et al. 2017,
https://arxiv.org/abs/1612.08083), a kept within bounds. No normalisation; a fresh network is the
identity.
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from model.unet import DepthToSpace

WIDTHS = (64, 96, 128)  # channels at 1/2, 1/4 and 1/8 of the resolution
DOWN = (2, 2, 3)  # blocks on the way down; the last number is the bottom
UP = (1, 3)  # blocks on the way up, from the finest level down to the last but one
GATE_LIMIT = 4.0  # of what a gate lets through
BLOCK_GAIN = 0.2  # a tenth of He's variance: each block starts near the identity


class SpaceToDepth(layers.Layer):
    """N x 2H x 2W x C -> N x H x W x 4C: each 2 x 2 square becomes one pixel. H, W even."""

    def call(self, x: Any) -> Any:
        return keras.ops.space_to_depth(x, 2)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        n, h, w, c = shape
        return n, h and h // 2, w and w // 2, 4 * c  # type: ignore[operator]


class Gate(layers.Layer):
    """N x H x W x 2C -> N x H x W x C: the first half of the channels times sigmoid(the second).

    The first half is kept within `GATE_LIMIT`, which photographs seldom reach: as nothing is
    normalised, a rare pattern could otherwise drive block after block, up to patches of garbage.
    """

    def call(self, x: Any) -> Any:
        a, b = keras.ops.split(x, 2, axis=-1)
        return keras.ops.clip(a, -GATE_LIMIT, GATE_LIMIT) * keras.ops.sigmoid(b)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return *shape[:-1], shape[-1] // 2  # type: ignore[operator]


def build_shuffle_unet(
    widths: Sequence[int] = WIDTHS, down: Sequence[int] = DOWN, up: Sequence[int] = UP
) -> keras.Model:
    """Builds the network with fresh weights.

    Args:
        widths: Channels at each level: 1/2, 1/4, 1/8, ... of the resolution; even numbers.
        down: Blocks at each level on the way down, the bottom included.
        up: Blocks at each level but the bottom on the way up, the finest level first.

    Returns:
        A functional model from (N, H, W, 3) to (N, H, W, 3) float32, nominally in [0, 1] but not
        clipped; H and W are multiples of 2 ** len(widths). At the defaults it has 1.6 million
        parameters and takes 99,000 multiplications a pixel.

    Raises:
        ValueError: The three do not fit together.
    """
    if len(down) != len(widths) or len(up) != len(widths) - 1 or any(w % 2 for w in widths):
        raise ValueError(f"Received: widths={widths}, down={down}, up={up}")
    # Picture in and picture out stay float32 also under a mixed-precision policy.
    image = keras.Input((None, None, 3), dtype="float32", name="noisy")
    x = SpaceToDepth(dtype="float32", name="unshuffle")(image)
    x = conv(x, widths[0], 3, "first", dtype="float32")
    skips = []
    for level, width in enumerate(widths):
        if level:
            skips.append(x)
            x = SpaceToDepth(name=f"down{level}_unshuffle")(x)
            x = conv(x, width, 1, f"down{level}_conv")
        for i in range(down[level]):
            x = block(x, width, f"down{level}_block{i}")
    for level in reversed(range(len(widths) - 1)):
        x = conv(x, 4 * widths[level], 1, f"up{level}_conv")
        x = DepthToSpace(name=f"up{level}_shuffle")(x)
        x = layers.Add(name=f"up{level}_skip")([x, skips[level]])
        for i in range(up[level]):
            x = block(x, widths[level], f"up{level}_block{i}")
    x = conv(x, 12, 3, "last", kernel_initializer="zeros", dtype="float32")
    x = DepthToSpace(dtype="float32", name="shuffle")(x)
    clean = layers.Add(dtype="float32", name="denoised")([image, x])
    return keras.Model(image, clean, name="shuffle_unet")


def block(x: Any, width: int, name: str) -> Any:
    """x + conv(gate(conv(x))): the same shape, `width` channels."""
    near_zero = keras.initializers.VarianceScaling(BLOCK_GAIN)
    y = conv(x, width, 3, f"{name}_conv1")
    y = Gate(name=f"{name}_gate")(y)
    y = conv(y, width, 3, f"{name}_conv2", kernel_initializer=near_zero)
    return layers.Add(name=f"{name}_add")([x, y])


def conv(x: Any, filters: int, size: int, name: str, **options: Any) -> Any:
    """A convolution that keeps height and width, with a bias and no activation."""
    options = {"kernel_initializer": "he_normal", **options}
    return layers.Conv2D(filters, size, padding="same", name=name, **options)(x)
