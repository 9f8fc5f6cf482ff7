"""What is measured: the network and the filters beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluation import classical
from evaluation.pictures import EvaluationError

ADDITIVE = ("gaussian", "poisson", "speckle", "camera", "jpeg", "mixed", "clean", "pairs")


@dataclass(frozen=True)
class Method:
    """One column of the tables; `run(noisy, truth)` gives the clean picture."""

    title: str
    run: Callable[[np.ndarray, np.ndarray], np.ndarray]
    kinds: tuple[str, ...] = (*ADDITIVE, "salt_and_pepper")


def blind(run: classical.Filter) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """A filter that never sees the truth, as a method's `run`."""
    return lambda noisy, truth: run(noisy)


METHODS = {
    "noisy": Method("noisy input", blind(lambda noisy: noisy)),
    "median3": Method("median 3 x 3", blind(classical.median)),
    "best_median": Method("best median (3 to 9)", classical.best_median),
    "adaptive_median": Method("adaptive median", blind(classical.adaptive_median)),
    "nlm": Method("non-local means", blind(classical.nonlocal_means)),
    "repair": Method(
        "detect-and-repair", blind(classical.detect_and_repair), kinds=("salt_and_pepper",)
    ),
    "tv": Method("total variation", blind(classical.total_variation), kinds=ADDITIVE),
    "bm3d": Method("BM3D", blind(classical.bm3d), kinds=ADDITIVE),
}
NETWORKS = {"ours": "ours", "best": "ours, best", "first": "first network"}  # name -> title
USUAL = ("noisy", "ours", "median3", "best_median", "adaptive_median", "nlm")
STRONG = ("repair", "tv", "bm3d")


def network(title: str, source: Path | str | None = None, mode: str = "full") -> Method:
    """A network as a method.

    Args:
        title: What its column is called.
        source: "first" or "second", a weight file of a training run, or None for the released one.
        mode: See `helper.denoise`.

    Raises:
        EvaluationError: The weight file is missing or none of this project's.
    """
    import helper

    try:
        model = helper.load_model(source)
    except ValueError as error:
        raise EvaluationError(str(error)) from error
    if source is None:  # `helper` keeps the released network ready, in the fastest precision
        model = None
    return Method(title, blind(lambda noisy: helper.denoise(noisy, mode=mode, model=model)))
