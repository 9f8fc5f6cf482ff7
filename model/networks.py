"""Describes a network as weight files and training runs record it, and rebuilds it from that.

`second` (model/shuffle_unet.py) is the released one, `first` (model/unet.py) the first version's.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from model import shuffle_unet, unet

NAMES = {"pixel_shuffle_unet": "first", "shuffle_unet": "second"}  # a Keras model's name -> ours


@dataclass(frozen=True)
class Tiling:
    """What a network needs of the tiles that it is given; all in pixels.

    multiple_of: both sides of a tile, and where it starts in the picture. overlap: what
    neighbouring tiles share. ramp: the middle part of the overlap, where one fades into the next.
    margin: how far the picture's own borders are mirrored outwards.
    """

    multiple_of: int
    overlap: int
    ramp: int
    margin: int


@dataclass(frozen=True)
class Network:
    """What has to be known to build a network.

    name: "first" or "second". residual: the first network's form, see `build_unet`. widths, down,
    up: the second network's, see `build_shuffle_unet`.
    """

    name: str = "second"
    residual: bool = True
    widths: tuple[int, ...] = shuffle_unet.WIDTHS
    down: tuple[int, ...] = shuffle_unet.DOWN
    up: tuple[int, ...] = shuffle_unet.UP

    def build(self, dropout: float = 0.0) -> keras.Model:
        """Fresh weights. dropout: of the first network, in training."""
        if self.name == "first":
            return unet.build_unet(dropout=dropout, residual=self.residual)
        return shuffle_unet.build_shuffle_unet(self.widths, self.down, self.up)

    @property
    def tiling(self) -> Tiling:
        """How a large picture is cut for it (measured: `python -m benchmarks.seams`)."""
        if self.name == "first":
            return Tiling(unet.MULTIPLE_OF, overlap=96, ramp=32, margin=32)
        return Tiling(2 ** len(self.widths), overlap=128, ramp=16, margin=16)

    def arrays(self) -> dict[str, Any]:
        """What a weight file keeps of it."""
        if self.name == "first":
            return {"network": self.name, "residual": self.residual}
        return {"network": self.name, "widths": self.widths, "down": self.down, "up": self.up}

    @staticmethod
    def read(arrays: Mapping[str, np.ndarray]) -> "Network":
        """From the arrays of a weight file; the first version's files name no network.

        Raises:
            KeyError: They are no weight file's.
            ValueError: They name a network that this version does not know.
        """
        if "network" not in arrays or str(arrays["network"]) == "first":
            return Network("first", residual=bool(arrays["residual"]))
        if str(arrays["network"]) != "second":
            raise ValueError(f"unknown network {arrays['network']}")
        widths, down, up = (tuple(map(int, arrays[k])) for k in ("widths", "down", "up"))
        return Network("second", widths=widths, down=down, up=up)

    @staticmethod
    def of(net: keras.Model) -> "Network":
        """The description of a model that `build` made; any other is treated as the first is."""
        if NAMES.get(net.name, "first") == "first":
            return Network("first", residual=any(x.name == "residual" for x in net.layers))
        blocks: dict[tuple[str, int], int] = {}
        widths: dict[int, int] = {}
        for layer in net.layers:
            if found := re.fullmatch(r"(down|up)(\d+)_block\d+_conv1", layer.name):
                place = found[1], int(found[2])
                blocks[place] = blocks.get(place, 0) + 1
            if found := re.fullmatch(r"down(\d+)_conv|(first)", layer.name):
                widths[int(found[1] or 0)] = layer.filters
        levels = range(len(widths))
        return Network(
            "second",
            widths=tuple(widths[i] for i in levels),
            down=tuple(blocks.get(("down", i), 0) for i in levels),
            up=tuple(blocks.get(("up", i), 0) for i in levels[:-1]),
        )
