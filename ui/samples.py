"""Sample pictures: three clean ones and the same made noisy, and one noisy from a camera.

`python -m ui.samples` makes the noisy pictures and the thumbnails again. Credits:
ui/samples/CREDITS.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

import photo
from model.depth import to_float, to_uint8

FOLDER = Path(__file__).parent / "samples"
THUMBNAIL = 320  # pixels


@dataclass(frozen=True)
class Sample:
    """`noise`: a kind of `synthesis.noise.add` and its amount; None if noisy as it is."""

    key: str
    title: str
    file: str
    alt: str
    noise: tuple[str, float] | None = None


SAMPLES = (
    Sample(
        "face",
        "Salt and pepper",
        "face.webp",
        "A smiling young woman under heavy salt-and-pepper noise",
        ("salt_and_pepper", 0.2),
    ),
    Sample("dog", "Grain", "dog.webp", "A golden retriever with grain", ("gaussian", 30)),
    Sample("night", "Night shot", "night.webp", "A tower at night, noisy", ("camera", 22)),
    Sample("camera", "Real camera, ISO 6400", "camera.jpg", "Close-up of a cat's eye, noisy"),
)


def file(sample: Sample) -> bytes:
    """The file of the clean picture, or of one that is noisy as it is."""
    return (FOLDER / sample.file).read_bytes()


def noisy(sample: Sample) -> tuple[str, bytes]:
    """A name and a file with the noisy picture, as a visitor would upload it."""
    if sample.noise is None:
        return f"sample-{sample.file}", file(sample)
    return f"sample-{sample.key}.webp", (FOLDER / f"{sample.key}-noisy.webp").read_bytes()


def _clean(sample: Sample) -> np.ndarray:
    """The clean picture, H x W x 3 uint8."""
    return photo.read(file(sample), sample.file).pixels


def add_noise(pixels: np.ndarray, kind: str, amount: float) -> np.ndarray:
    """uint8 in, uint8 out, by the code that training uses."""
    from model.synthesis import noise  # brings Keras with it, which only the child may do

    return to_uint8(noise.add(to_float(pixels), kind, amount, clip=True))


def thumbnail(sample: Sample) -> bytes:
    return (FOLDER / f"{sample.key}-thumbnail.webp").read_bytes()


def _make_noisy() -> None:
    """Lossless WebP: a PNG file of this noise is a tenth larger."""
    for sample in SAMPLES:
        if sample.noise:
            dirty = add_noise(_clean(sample), *sample.noise)
            file = photo.write(photo.Photo(pixels=dirty, format="WEBP", lossless=True))
            (FOLDER / f"{sample.key}-noisy.webp").write_bytes(file)


def _draw_thumbnails() -> None:
    """Noise is added after shrinking: at a quarter of the size nothing of it would be left."""
    import cv2

    for sample in SAMPLES:
        pixels = _clean(sample)
        if sample.noise:
            small = cv2.resize(pixels, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA)
            small = add_noise(small, *sample.noise)
        else:
            middle = (len(pixels) - THUMBNAIL) // 2
            small = pixels[middle:, middle:][:THUMBNAIL, :THUMBNAIL]
        file = photo.write(photo.Photo(pixels=np.ascontiguousarray(small)), "WEBP", quality=72)
        (FOLDER / f"{sample.key}-thumbnail.webp").write_bytes(file)


if __name__ == "__main__":
    _make_noisy()
    _draw_thumbnails()
