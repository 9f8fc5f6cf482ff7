"""The pixel-shuffle U-Net.

A U-Net (Ronneberger et al. 2015, https://arxiv.org/abs/1505.04597) whose decoder up-samples by
sub-pixel convolution (Shi et al. 2016, https://arxiv.org/abs/1609.05158). For a 512 x 512 picture:

    512 |  3 -> 16 16 ------------------------------------------------> 16+16 -> 16 -> 3
    256 |       32 32 --------------------------------------> 32+32 -> 32 32 ^
    128 |          64 64 --------------------------> 64+64 -> 64 64 ^
     64 |             128 128 ----------> 128+128 -> 128 128 ^
     32 |                 256 256 -> 256+256 -> 256 256 ^
     16 |                     512 512 ^                        ^ = convolve, depth to space
"""

from typing import Any

import keras
from keras import layers

LEVELS = 5
MULTIPLE_OF = 2**LEVELS  # both sides of an input must be multiples of this


def conv3x3(x: Any, filters: int, name: str, activation: str | None = "relu") -> Any:
    """A 3x3 convolution; same height and width, `filters` channels."""
    return layers.Conv2D(
        filters,
        3,
        padding="same",
        activation=activation,
        kernel_initializer="he_normal",
        name=name,
    )(x)


def conv_block(x: Any, filters: int, name: str) -> Any:
    """Two 3x3 convolutions with ReLU; same height and width, `filters` channels."""
    return conv3x3(conv3x3(x, filters, f"{name}_conv1"), filters, f"{name}_conv2")


class DepthToSpace(layers.Layer):
    """N x H x W x 4C -> N x 2H x 2W x C: each pixel's 4C values become a 2 x 2 square of C."""

    def call(self, x: Any) -> Any:
        return keras.ops.depth_to_space(x, 2)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        n, h, w, c = shape
        return n, h and 2 * h, w and 2 * w, c // 4  # type: ignore[operator]


def pixel_shuffle(x: Any, filters: int, name: str) -> Any:
    """Sub-pixel convolution: twice the height and width, `filters` channels."""
    x = conv3x3(x, 4 * filters, f"{name}_conv", activation=None)
    return DepthToSpace(name=f"{name}_shuffle")(x)


def build_unet(n_filters: int = 32, dropout: float = 0.1, residual: bool = True) -> keras.Model:
    """Builds the network with fresh weights.

    Args:
        n_filters: Twice the filters at full resolution; every level down doubles them.
        dropout: Rate after each pooling, used in training only; 0 leaves the layers out.
        residual: True adds the last convolution's linear output to the input and starts it at
            zero, so that a fresh network is the identity. False ends in a sigmoid, as the first
            version did.

    Returns:
        A functional model from (N, H, W, 3) to (N, H, W, 3) float32, nominally in [0, 1]; H and W
        are multiples of 32. Residual outputs are not clipped. At the defaults it has 13,361,747
        parameters.
    """
    first = n_filters // 2
    # Picture in and picture out stay float32 also under a mixed-precision policy.
    image = keras.Input((None, None, 3), dtype="float32", name="noisy")
    x, skips = image, []
    for level in range(LEVELS):
        x = conv_block(x, first * 2**level, f"down{level}")
        skips.append(x)
        x = layers.MaxPooling2D(2, name=f"down{level}_pool")(x)
        if dropout:
            x = layers.Dropout(dropout, name=f"down{level}_dropout")(x)
    x = conv_block(x, first * 2**LEVELS, "bottom")
    for level in reversed(range(LEVELS)):
        filters = first * 2**level
        x = pixel_shuffle(x, filters, f"up{level}")
        x = layers.Concatenate(name=f"up{level}_skip")([x, skips[level]])
        if level:
            x = conv_block(x, filters, f"up{level}")
    x = conv3x3(x, first, "up0_conv1")
    return keras.Model(image, _output(x, image, residual), name="pixel_shuffle_unet")


def _output(x: Any, image: Any, residual: bool) -> Any:
    if not residual:
        return layers.Conv2D(3, 1, activation="sigmoid", dtype="float32", name="denoised")(x)
    noise = layers.Conv2D(3, 1, kernel_initializer="zeros", dtype="float32", name="residual")(x)
    return layers.Add(dtype="float32", name="denoised")([image, noise])
