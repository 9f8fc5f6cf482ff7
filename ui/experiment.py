"""One experiment of the playground, as the child does it: noise on, every filter, the scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import helper
import photo
from evaluation import classical, metrics
from evaluation.pictures import middle
from photo.depth import to_depth
from ui.child import Task
from ui.results import Encoded
from ui.samples import add_noise

SIDE = 576  # pixels: an experiment takes a second or two, whatever the picture
CURVE_SIDE = 256
CURVE_STEPS = 6
CLEAN, NOISY, OURS, FIRST = "Clean", "Noisy", "This network", "First network"
FILTERS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "Median 3 × 3": classical.median,
    "Adaptive median": classical.adaptive_median,
    "Non-local means": classical.nonlocal_means,
    "Total variation": classical.total_variation,
}
METHODS = (OURS, FIRST, *FILTERS)


@dataclass(frozen=True)
class Outcome:
    """One method's picture for the browser, its size, and how near it is to the original.

    ssim: None for a picture smaller than the window of SSIM.
    """

    picture: Encoded
    size: tuple[int, int]
    psnr: float
    ssim: float | None


def _clean(task: Task, data: bytes) -> np.ndarray:
    """The middle of a file's picture, in 8 bits."""
    opened = task.memo.get(data, lambda: photo.read(data))
    return to_depth(middle(opened.pixels, SIDE), 8)


def run(task: Task, data: bytes, kind: str, amount: float) -> dict[str, Outcome]:
    """Every method on one noisy picture, and the original; reports each as it is done.

    data: the file of a clean picture.
    """
    clean = _clean(task, data)
    noisy = add_noise(clean, kind, amount)
    outcomes = {CLEAN: _outcome(clean, clean), NOISY: _outcome(noisy, clean)}
    task.report(0, len(METHODS), dict(outcomes))
    task.wait_until_ready()
    for done, (name, method) in enumerate({**_networks(task), **FILTERS}.items(), 1):
        _stop_if_cancelled(task)
        outcomes[name] = _outcome(method(noisy), clean)
        task.report(done, len(METHODS), {name: outcomes[name]})
    return outcomes


def curve(task: Task, data: bytes, kind: str, levels: list[float]) -> dict[str, list[float]]:
    """PSNR of every method at each amount of noise, on the picture's middle."""
    task.wait_until_ready()
    clean = middle(_clean(task, data), CURVE_SIDE)
    methods = {NOISY: lambda image: image, **_networks(task), **FILTERS}
    lines: dict[str, list[float]] = {name: [] for name in methods}
    for done, level in enumerate(levels, 1):
        noisy = add_noise(clean, kind, level)
        for name, method in methods.items():
            _stop_if_cancelled(task)
            lines[name].append(round(metrics.psnr(method(noisy), clean), 2))
        task.report(done, len(levels))
    return lines


def levels_between(least: float, most: float) -> list[float]:
    """The amounts of the curve, evenly spread."""
    return [round(float(level), 2) for level in np.linspace(least, most, CURVE_STEPS)]


def _networks(task: Task) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """The released network and the first one."""
    first = helper.load_model("first")
    return {
        OURS: lambda image: helper.denoise(image, cancelled=task.cancelled),
        FIRST: lambda image: helper.denoise(image, cancelled=task.cancelled, model=first),
    }


def _outcome(pixels: np.ndarray, clean: np.ndarray) -> Outcome:
    png = Encoded(photo.write(photo.Photo(pixels=pixels), "PNG"), "image/png")
    height, width = pixels.shape[:2]
    measured = min(height, width) >= metrics.SSIM_WINDOW
    ssim = metrics.ssim(pixels, clean) if measured else None
    return Outcome(png, (width, height), metrics.psnr(pixels, clean), ssim)


def _stop_if_cancelled(task: Task) -> None:
    if task.cancelled():
        raise helper.Cancelled
