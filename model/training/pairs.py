"""Real noise: pairs of one shot and the mean of many, as crops for training.

Nothing is scaled: how a camera's noise is correlated is what there is to learn.
"""

from pathlib import Path

import cv2
import numpy as np

from model.training.data import SUFFIXES, DataError

SAME_LEVEL = 4.0  # grey levels by which the means of a pair's two sides may differ: light wavers
_ATTEMPTS = 20  # crops tried before a batch takes one that differs more


class Pairs:
    """Crops of real pairs, turned and flipped, never scaled.

    Args:
        folder: Holds `noisy/` and `gt/` with files of the same names.
        side: Crop size in pixels.
        count: Pairs a batch.
        seed: Batch i is a function of the seed and i.

    Raises:
        DataError: A folder is missing, the names differ, or the two sides of a pair do not match.
    """

    def __init__(self, folder: Path, side: int, count: int, seed: int) -> None:
        self.side, self.count, self.seed = side, count, seed
        names = {kind: _names(folder / kind) for kind in ("gt", "noisy")}
        if not names["gt"] or names["gt"].keys() != names["noisy"].keys():
            raise DataError(f"{folder}/gt and {folder}/noisy must hold files of the same names.")
        both = [(names["gt"][stem], names["noisy"][stem]) for stem in sorted(names["gt"])]
        self._pairs = [(_read(truth), _read(noisy)) for truth, noisy in both]
        for (truth, noisy), (path, _) in zip(self._pairs, both, strict=True):
            if truth.shape != noisy.shape or min(truth.shape[:2]) < side:
                raise DataError(f"{path} and its noisy twin differ in size, or are too small.")

    def __call__(self, number: int) -> np.ndarray:
        """The pairs of batch `number`: (2 count, side, side, 3) uint8, first all truths."""
        random = np.random.default_rng([self.seed, 2, number])
        crops = [self._crop(random) for _ in range(self.count)]
        return np.stack([truth for truth, _ in crops] + [noisy for _, noisy in crops])

    def _crop(self, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        for _ in range(_ATTEMPTS):
            pair = self._pairs[random.integers(len(self._pairs))]
            h, w = pair[0].shape[:2]
            top, left = random.integers(h - self.side + 1), random.integers(w - self.side + 1)
            cut = [x[top : top + self.side, left : left + self.side] for x in pair]
            if np.abs(cut[0].mean((0, 1)) - cut[1].mean((0, 1))).max() <= SAME_LEVEL:
                break
        turns, mirrored = int(random.integers(4)), random.random() < 0.5
        turned = [np.rot90(x, turns)[:, :: -1 if mirrored else 1] for x in cut]
        return turned[0], turned[1]


def _names(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}. Give --pairs a folder with gt/ and noisy/.")
    names: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in SUFFIXES or path.name.startswith("._"):  # macOS' clutter
            continue
        if path.stem in names:
            raise DataError(f"{names[path.stem]} and {path.name} share a name; remove one.")
        names[path.stem] = path
    return names


def _read(path: Path) -> np.ndarray:
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if pixels is None:
        raise DataError(f"{path} is damaged, or no picture.")
    return np.ascontiguousarray(pixels[..., ::-1])
