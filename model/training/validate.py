"""How good the network is on held-out crops, by kind of noise, while it trains."""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from model.inference import impulse
from model.synthesis import noise
from model.training.data import Crops, Picture

CASES = {
    "blind": (
        ("gaussian", 25),
        ("salt_and_pepper", 0.2),
        ("camera", 10),
        ("mixed", 8),
        ("none", 0),
    ),
    "white": (("gaussian", 25), ("none", 0)),
    "original": (("salt_and_pepper", 0.2),),
}


class Validation:
    """Fixed crops with fixed noise; calling it with a network gives PSNR in dB.

    Returns a dictionary: `psnr_KIND` for each kind, and `psnr`, their mean.

    Raises:
        DataError: Hardly a picture can be decoded.
    """

    COUNT = 32  # crops

    def __init__(
        self, pictures: Sequence[Picture], side: int, seed: int, mixture: str, whole: bool
    ) -> None:
        batch = 8 if side <= 256 else 2
        crops = Crops(pictures, side, batch, seed=seed, whole=whole, cache_bytes=0)
        count = min(self.COUNT, 4 * len(pictures)) // batch or 1
        self._mixture, self._batches = mixture, [crops.make(number) for number in range(count)]

    def __call__(self, net: keras.Model) -> dict[str, float]:
        decibels: dict[str, list[float]] = {kind: [] for kind, _ in CASES[self._mixture]}
        for number, crops in enumerate(self._batches):
            clean = crops.astype("float32") / 255
            for kind, amount in CASES[self._mixture]:
                decibels[kind] += self._psnr(net, clean, kind, amount, number)
        row = {f"psnr_{kind}": float(np.mean(values)) for kind, values in decibels.items()}
        return {"psnr": float(np.mean(list(row.values()))), **row}

    def _psnr(
        self, net: keras.Model, clean: np.ndarray, kind: str, amount: float, number: int
    ) -> list[float]:
        """As `helper.denoise` would do it, to 8 bits, on each of a batch of crops."""
        noisy = clean
        if kind != "none":
            noisy = np.stack([noise.add(c, kind, amount, seed=number) for c in clean])
        keep = np.zeros_like(noisy)
        if kind == "salt_and_pepper" and self._mixture == "blind":
            repaired, intact = impulse.repair(ops.convert_to_tensor(noisy))
            noisy, keep = ops.convert_to_numpy(repaired), ops.convert_to_numpy(intact)
        output = net.predict_on_batch(noisy)
        output = np.round(np.clip(output + keep * (noisy - output), 0, 1) * 255) / 255
        error = np.mean((output - clean) ** 2, axis=(1, 2, 3))
        return [float(-10 * np.log10(max(e, 1e-6))) for e in error]
