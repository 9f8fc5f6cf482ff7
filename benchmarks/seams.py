"""How far tiles differ from the whole picture at once, in grey levels: a Markdown table.

    python -m benchmarks.seams photo.jpg [another.png ...] [--sigma 25] [--pixels 1048576]
    python -m benchmarks.seams photo.jpg --pixels 65536 --overlap 16 32 48 64 96

Each photograph gets Gaussian noise and goes through the network twice, in float32: tile by
tile, as `helper.denoise` does it, and in one piece. `--pixels` makes small pictures many tiles.
"""

import argparse
from collections.abc import Iterator, Sequence
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
    parser.add_argument("--overlap", type=int, nargs="+", help="instead of the network's own")
    parser.add_argument("--weights", type=Path, default=helper.WEIGHTS)
    args = parser.parse_args()
    model = helper.load_model(args.weights)
    tiling = Network.of(model).tiling
    tilings = [_with_overlap(tiling, overlap) for overlap in args.overlap or [tiling.overlap]]
    print("| picture | size | overlap | tiles | greatest difference | mean difference |")
    print("|---|---|---|---|---|---|")
    for path in args.pictures:
        noisy = noise.add(
            to_float(photo.read(path.read_bytes(), path.name).pixels), "gaussian", args.sigma
        )
        for line in rows(model, noisy, tilings, args.pixels):
            print(f"| {path.name} | {line} |", flush=True)


def _with_overlap(tiling: Tiling, overlap: int) -> Tiling:
    """The same with another overlap, the ramp in proportion."""
    return replace(tiling, overlap=overlap, ramp=tiling.ramp * overlap // tiling.overlap)


def rows(
    model: keras.Model, noisy: np.ndarray, tilings: Sequence[Tiling], pixels: int
) -> Iterator[str]:
    """Measures one picture, H x W x 3 float32; a row a tiling."""
    h, w = noisy.shape[:2]
    margin, around = tilings[0].margin, 2 * tilings[0].margin + tilings[0].multiple_of
    # In one piece; as one tile, so that no overlap counts.
    whole = run(model, noisy, tilings[0], (h + around) * (w + around))
    for tiling in tilings:
        apart = 255 * np.abs(run(model, noisy, tiling, pixels) - whole)
        down, across = tiles.plan((h + 2 * margin, w + 2 * margin), tiling, pixels)
        count = len(down.starts) * len(across.starts)
        yield f"{w} x {h} | {tiling.overlap} | {count} | {apart.max():.3f} | {apart.mean():.5f}"


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
