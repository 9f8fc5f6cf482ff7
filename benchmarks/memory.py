"""Peak memory of denoising, by picture size: a Markdown table.

    python -m benchmarks.memory [MEGAPIXELS ...]

Each size runs in a process of its own, from a JPEG's bytes to a JPEG's bytes.
"""

import resource
import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
SIZES = ("1", "12", "48", "100")


def main(sizes: list[str]) -> None:
    """Runs one child a size and prints what it says."""
    print("| megapixels | picture in memory | peak memory | above the start | tiles |")
    print("|---|---|---|---|---|")
    for size in sizes or SIZES:
        code = f"from benchmarks.memory import measure; measure({float(size)})"
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def measure(megapixels: float) -> None:
    """Prints the row of one size: a generated noisy picture, three to two."""
    import helper
    import photo

    height = round((megapixels * 1e6 / 1.5) ** 0.5)
    rng = np.random.default_rng(0)
    tile = rng.normal(128, 10, (256, 256, 3)).astype("uint8")
    pixels = np.tile(tile, (-(-height // 256), -(-height * 3 // 512), 1))
    data = photo.write(
        photo.Photo(np.ascontiguousarray(pixels[:height, : height * 3 // 2])), "JPEG"
    )
    del pixels
    helper.denoise(tile)  # the network is loaded: what any picture costs
    start = peak()
    tiles: list[int] = []
    picture = photo.read(data)
    picture.pixels = helper.denoise(picture.pixels, progress=lambda done, total: tiles.append(done))
    photo.write(picture, "JPEG")
    array = picture.pixels.nbytes / 1e9
    print(
        f"| {megapixels:g} | {array:.2f} GB | {peak():.2f} GB | {peak() - start:.2f} GB "
        f"| {len(tiles)} |",
        flush=True,
    )


def peak() -> float:
    """The most memory that this process has held, in gigabytes."""
    unit = 1 if sys.platform == "darwin" else 1024  # Linux counts in kilobytes, macOS in bytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


if __name__ == "__main__":
    main(sys.argv[1:])
