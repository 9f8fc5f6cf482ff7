"""Synthetic photographs: shading, soft and hard edges, texture and letters, made from a seed."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

AMOUNTS = {  # kind of noise -> a usual amount of it
    "gaussian": 25,
    "salt_and_pepper": 0.2,
    "poisson": 30,
    "speckle": 0.2,
    "camera": 15,
    "jpeg": 50,
    "mixed": 8,
}


def photograph(height: int, width: int, seed: int = 0) -> np.ndarray:
    """H x W x 3 float32 in [0.05, 0.95], with the falling spectrum of real photographs.

    Clouds of every size in three channels that vary together, discs and bars of plain colour over
    them, and a faint fine texture.
    """
    random = np.random.default_rng(seed)
    grey = _clouds(height, width, random)[..., None]
    colour = np.stack([_clouds(height, width, random) for _ in range(3)], axis=-1)
    picture = 0.5 + 0.16 * grey + 0.05 * colour
    for _ in range(12):
        _shape(picture, random)
    picture += 0.02 * cv2.GaussianBlur(random.normal(size=(height, width)), (0, 0), 1.2)[..., None]
    return np.clip(picture, 0.05, 0.95).astype("float32")


def _clouds(height: int, width: int, random: np.random.Generator) -> np.ndarray:
    """Unit-variance noise, smooth as a sky is: its amplitude falls with frequency ** 1.6."""
    spectrum = np.fft.rfft2(random.normal(size=(height, width)))
    down, across = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)
    frequency = np.maximum(np.hypot(down, across), 1 / max(height, width))
    clouds = np.fft.irfft2(spectrum / frequency**1.6, s=(height, width))
    return (clouds - clouds.mean()) / max(clouds.std(), 1e-9)


def _shape(picture: np.ndarray, random: np.random.Generator) -> None:
    """Draws a filled, anti-aliased ellipse or rectangle into the picture, half transparent."""
    height, width = picture.shape[:2]
    colour = random.uniform(0.1, 0.9, 3).tolist()
    centre = (int(random.integers(width)), int(random.integers(height)))
    size = (max(width // int(random.integers(6, 20)), 1), max(height // 12, 1))
    drawn = picture.copy()
    if random.random() < 0.5:
        cv2.ellipse(drawn, centre, size, float(random.uniform(0, 180)), 0, 360, colour, -1)
    else:
        cv2.rectangle(drawn, centre, (centre[0] + size[0], centre[1] + size[1]), colour, -1)
    picture[:] = 0.4 * picture + 0.6 * drawn


def eight_bit(picture: np.ndarray) -> np.ndarray:
    """Float in [0, 1] -> uint8."""
    return np.rint(np.clip(picture, 0, 1) * 255).astype("uint8")


def text_page() -> np.ndarray:
    """Black letters on white paper, 300 x 400 x 3 uint8."""
    page = Image.new("RGB", (400, 300), "white")
    font, draw = ImageFont.load_default(14), ImageDraw.Draw(page)
    for line in range(17):
        text = "The quick brown fox jumps over the lazy dog, 0123456789."
        draw.text((8, 6 + 17 * line), text, "black", font)
    return np.asarray(page)


def night_sky() -> np.ndarray:
    """A black sky with 300 white and grey stars, 300 x 400 x 3 uint8."""
    random = np.random.default_rng(5)
    sky = np.zeros((300, 400, 3), "uint8")
    for _ in range(300):
        at = (int(random.integers(400)), int(random.integers(300)))
        cv2.circle(sky, at, int(random.integers(2)), [int(random.integers(90, 256))] * 3, -1)
    return sky


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    """In dB, for values in [0, 1]."""
    error = np.mean((one.astype("float64") - other.astype("float64")) ** 2)
    return float(-10 * np.log10(max(error, 1e-10)))


def save_folder(folder: Path, count: int, height: int = 80, width: int = 96) -> Path:
    """Writes `count` photographs as PNGs, half of them in a folder below; returns the folder."""
    for number in range(count):
        path = folder / ("below" if number % 2 else "") / f"{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(eight_bit(photograph(height, width, seed=number))).save(path)
    return folder
