"""How far tiles differ from the whole picture at once, in grey levels: a Markdown table.

    python -m benchmarks.seams photo.jpg [another.png ...] [--sigma 25] [--pixels 1048576]

Each photograph gets Gaussian noise and goes through the network twice, in float32: tile by
tile, as `helper.denoise` does it, and in one piece. `--pixels` makes small pictures many tiles.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

import helper
import photo
from model.depth import to_float
from model.inference import tiles
from model.networks import Network, Tiling
from model.synthesis import noise


def main() -> None:
    """Prints a row a picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures", nargs="+", type=Path)
    parser.add_argument("--sigma", type=float, default=25)
    parser.add_argument("--pixels", type=int, default=tiles.PIXELS, help="of a tile at most")
    parser.add_argument("--overlap", type=int, help="instead of the network's own, in pixels")
    parser.add_argument("--weights", type=Path, default=helper.WEIGHTS)
    args = parser.parse_args()
    model = helper.load_model(args.weights)
    tiling = Network.of(model).tiling
    whole = replace(tiling, overlap=0)
    tiling = replace(tiling, overlap=args.overlap or tiling.overlap)
    around = 2 * tiling.margin + tiling.multiple_of
    print("| picture | size | tiles | greatest difference | mean difference |")
    print("|---|---|---|---|---|")
    for path in args.pictures:
        pixels = photo.read(path.read_bytes(), path.name).pixels
        noisy = noise.add(to_float(pixels), "gaussian", args.sigma)
        h, w = noisy.shape[:2]
        cut = run(model, noisy, tiling, args.pixels)
        apart = 255 * np.abs(cut - run(model, noisy, whole, (h + around) * (w + around)))
        size = h + 2 * tiling.margin, w + 2 * tiling.margin
        down, across = tiles.plan(size, tiling, args.pixels)
        count = len(down.starts) * len(across.starts)
        print(f"| {path.name} | {w} x {h} | {count} | {apart.max():.3f} | {apart.mean():.5f} |")


def run(model: keras.Model, noisy: np.ndarray, tiling: Tiling, pixels: int) -> np.ndarray:
    """The network's own output in float32, neither clipped nor rounded, tile by tile."""
    clean = np.empty_like(noisy)

    def read(rows: slice, columns: slice) -> np.ndarray:
        return noisy[rows, columns]

    def predict(tile: np.ndarray) -> np.ndarray:
        return np.asarray(model(tile[None], training=False), "float32")[0]

    def write(rows: slice, values: np.ndarray) -> None:
        clean[rows] = values

    for _ in tiles.stitch(noisy.shape[:2], read, predict, write, tiling, pixels):
        pass
    return clean


if __name__ == "__main__":
    main()
