"""How far tiles differ from the whole picture at once, in grey levels: a Markdown table.

    python -m benchmarks.seams photo.jpg [another.png ...] [--sigma 25] [--pixels 1048576]

Each photograph gets Gaussian noise and goes through the network twice, in float32: tile by
tile, as `helper.denoise` does it, and in one piece. `--pixels` makes small pictures many tiles.
"""

import argparse
from pathlib import Path

import numpy as np

import helper
import photo
from model.inference import tiles
from model.synthesis import noise


def main() -> None:
    """Prints a row a picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures", nargs="+", type=Path)
    parser.add_argument("--sigma", type=float, default=25)
    parser.add_argument("--pixels", type=int, default=tiles.PIXELS, help="of a tile at most")
    args = parser.parse_args()
    print("| picture | size | tiles | greatest difference | mean difference |")
    print("|---|---|---|---|---|")
    for path in args.pictures:
        pixels = photo.read(path.read_bytes(), path.name).pixels
        clean = pixels.astype("float32") / np.float32(np.iinfo(pixels.dtype).max)
        noisy = noise.add(clean, "gaussian", args.sigma)
        h, w = noisy.shape[:2]
        apart = 255 * np.abs(run(noisy, args.pixels) - run(noisy, (h + 32) * (w + 32)))
        down, across = tiles.plan((h, w), args.pixels)
        count = len(down.starts) * len(across.starts)
        print(f"| {path.name} | {w} x {h} | {count} | {apart.max():.3f} | {apart.mean():.5f} |")


def run(noisy: np.ndarray, pixels: int) -> np.ndarray:
    """The network's own output in float32, neither clipped nor rounded, tile by tile."""
    clean, model = np.empty_like(noisy), helper.load_model(helper.WEIGHTS)

    def read(rows: slice, columns: slice) -> np.ndarray:
        return noisy[rows, columns]

    def predict(tile: np.ndarray) -> np.ndarray:
        return np.asarray(model(tile[None], training=False), "float32")[0]

    def write(rows: slice, values: np.ndarray) -> None:
        clean[rows] = values

    for _ in tiles.stitch(noisy.shape[:2], read, predict, write, pixels):
        pass
    return clean


if __name__ == "__main__":
    main()
