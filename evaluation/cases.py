"""The noises that pictures are measured with."""

import argparse
import math
import zlib
from dataclasses import dataclass

import numpy as np

from model.depth import LUMA, to_float, to_uint8

DEFAULT_CASES = (
    "gaussian:15:unclipped",
    "gaussian:25:unclipped",
    "gaussian:50:unclipped",
    "gaussian:25",
    "gaussian:50",
    "salt_and_pepper:0.05",
    "salt_and_pepper:0.2",
    "salt_and_pepper:0.5",
    "poisson:30",
    "mixed:8",
    "clean",
)


@dataclass(frozen=True)
class Case:
    """One kind of noise at one strength; kind "pairs" is noise that is already in the pictures.

    grey: the picture is made black-and-white first, and its channels have the same noise.
    """

    kind: str
    amount: float = 0.0
    clip: bool = True
    grey: bool = False

    @classmethod
    def parse(cls, text: str) -> "Case":
        """From `KIND:AMOUNT[:grey][:unclipped]` or `clean`."""
        kind, _, rest = text.partition(":")
        amount, *how = rest.split(":")
        if kind == "clean" and not rest:
            return cls("clean")
        from model.synthesis.noise import KINDS

        if kind not in KINDS or how not in ([], ["grey"], ["unclipped"], ["grey", "unclipped"]):
            raise argparse.ArgumentTypeError(
                f"'{text}' is no case: write KIND:AMOUNT, with :grey or :unclipped behind it, "
                f"KIND being one of {', '.join(KINDS)}, or clean"
            )
        try:
            number = float(amount)
        except ValueError:
            raise argparse.ArgumentTypeError(f"'{text}' has no number after {kind}:") from None
        most = 1.0 if kind == "salt_and_pepper" else math.inf
        if not (0 < number <= most and math.isfinite(number)):
            which = "above 0, and at most 1" if most == 1 else "above 0"
            raise argparse.ArgumentTypeError(f"'{text}': the amount of {kind} must be {which}")
        return cls(kind, number, clip="unclipped" not in how, grey="grey" in how)

    @property
    def title(self) -> str:
        """As the tables name it."""
        if self.kind in ("clean", "pairs"):
            return {"clean": "clean", "pairs": "as photographed"}[self.kind]
        name = {"salt_and_pepper": "salt-and-pepper", "jpeg": "JPEG"}.get(self.kind, self.kind)
        if self.kind in ("gaussian", "poisson"):
            name = name.capitalize()
        amount = f"{self.amount:g}"
        if self.kind == "salt_and_pepper":
            amount = f"{100 * self.amount:g} %"
        grey = ", grey" if self.grey else ""
        return f"{name} {amount}{grey}" + ("" if self.clip else ", unclipped")

    def truth(self, picture: np.ndarray) -> np.ndarray:
        """What the noise is added to, and results are compared with: H x W x 3 uint8."""
        if not self.grey:
            return picture
        luma = np.rint(picture @ LUMA).astype(np.uint8)
        return np.repeat(luma[..., None], 3, axis=2)

    def apply(self, truth: np.ndarray, name: str) -> np.ndarray:
        """Noisy H x W x 3: uint8, or float32 around [0, 1] where the noise is not clipped."""
        if self.kind == "clean":
            return truth
        from model.synthesis import noise

        seed = zlib.crc32(f"{name}/{self.kind}:{self.amount:g}".encode())
        noisy = noise.add(to_float(truth), self.kind, self.amount, seed=seed, clip=self.clip)
        if self.grey:
            noisy = np.repeat(noisy[..., :1], 3, axis=2)
        return to_uint8(noisy) if self.clip else noisy
