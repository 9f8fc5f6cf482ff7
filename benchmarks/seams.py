"""How far tiles differ from the whole picture at once, in grey levels: a Markdown table.

    python -m benchmarks.seams photo.jpg [another.png ...] [--sigma 25]

Each photograph gets Gaussian noise and goes through the network twice: tile by tile, as
`helper.denoise` does it, and in one piece.
"""

import argparse
from pathlib import Path

import numpy as np

import helper
import photo
from model import noise, tiles


def main() -> None:
    """Prints a row a picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures", nargs="+", type=Path)
    parser.add_argument("--sigma", type=float, default=25)
    args = parser.parse_args()
    print("| picture | size | tiles | greatest difference | mean difference |")
    print("|---|---|---|---|---|")
    for path in args.pictures:
        pixels = photo.read(path.read_bytes(), path.name).pixels
        clean = pixels.astype("float32") / np.float32(np.iinfo(pixels.dtype).max)
        noisy = noise.add(clean, "gaussian", args.sigma)
        apart = 255 * np.abs(run(noisy, tiles.SIDE) - run(noisy, max(noisy.shape) + tiles.SIDE))
        h, w = noisy.shape[:2]
        count = len(tiles.Axis.cut(h).starts) * len(tiles.Axis.cut(w).starts)
        print(f"| {path.name} | {w} x {h} | {count} | {apart.max():.3f} | {apart.mean():.5f} |")


def run(noisy: np.ndarray, side: int) -> np.ndarray:
    """The network's own output, neither clipped nor rounded, in tiles of at most this side."""
    clean, model = np.empty_like(noisy), helper.load_model()

    def read(rows: slice, columns: slice) -> np.ndarray:
        return noisy[rows, columns]

    def predict(tile: np.ndarray) -> np.ndarray:
        return np.asarray(model(tile[None], training=False), "float32")[0]

    def write(rows: slice, values: np.ndarray) -> None:
        clean[rows] = values

    for _ in tiles.stitch(noisy.shape[:2], read, predict, write, side):
        pass
    return clean


if __name__ == "__main__":
    main()
