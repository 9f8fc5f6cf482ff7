"""resume.npz: where a training run stands, and all that its next step depends on."""

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from model import weights
from model.recipe import Recipe, mistake

SCHEDULE = ("steps", "warm_up", "cool_down")  # of a recipe, what a cool-down has of its own


@dataclass
class Progress:
    """How far a run has come.

    step: Steps taken, including those of the run that it was cooled down from.
    start: The step at which its own schedule began.
    seen: Crops learnt from, including by the weights that it started with.
    fed: The number of the next batch of crops.
    slower: The share of the rate that divergences have left.
    """

    step: int = 0
    start: int = 0
    seen: int = 0
    fed: int = 0
    slower: float = 1.0


@dataclass(frozen=True)
class Checkpoint:
    """A file of `save`, read.

    settings: the run's recipe, its seed, and whether it learns from real pairs too; version 2.2
    saved the schedule and the rate alone. arrays: in the order in which they were given.
    """

    path: Path
    progress: Progress
    settings: dict[str, Any]
    arrays: list[np.ndarray]

    def take_up(self, args: Namespace) -> Namespace:
        """The arguments with the run's own settings, but for what the command line gives anew.

        A rate that is given anew also ends what divergences have left of the one before.

        Raises:
            ValueError: It learnt from real pairs, and would no longer; or what is given anew does
                not fit what it is.
        """
        known = args.pairs or args.given.get("real") == 0
        if self.settings.get("pairs") and not known:
            raise ValueError(
                "This run learns from real pairs too. Give its --pairs again, or --real 0."
            )
        own = set(args.given) | (set() if args.resume else set(SCHEDULE))
        kept = {name: value for name, value in self.settings.items() if name not in own}
        seed = kept.pop("seed", args.seed)
        kept.pop("pairs", None)
        if "rate" in args.given:
            self.progress.slower = 1.0
        recipe = replace(args.settings, **kept)
        if wrong := mistake(recipe, args.given):
            raise ValueError(wrong)
        return Namespace(**{**vars(args), "settings": recipe, "seed": seed})


def save(
    path: Path, progress: Progress, recipe: Recipe, arrays: Sequence[Any], seed: int, pairs: bool
) -> None:
    """Writes a checkpoint, whole or not at all."""
    numbered = {str(i): np.asarray(array) for i, array in enumerate(arrays)}
    settings = {**asdict(recipe), "seed": seed, "pairs": pairs}
    weights.save_arrays(path, {**asdict(progress), **settings, **numbered})


def read(path: Path, batch: int) -> Checkpoint:
    """Reads a checkpoint.

    Args:
        path: A file of `save`, or of version 2.1.
        batch: Crops a step, for version 2.1, which did not count what was seen and fed.

    Raises:
        ValueError: There is no such file, or it is no checkpoint.
    """
    if not path.is_file():
        raise ValueError(f"There is nothing to resume: {path} is missing.")
    saved = weights.load_arrays(path)
    if "step" not in saved:
        raise ValueError(f"{path} is not a checkpoint: give the resume.npz of a run.")
    step, before = int(saved["step"]), int(saved.get("before", 0))
    progress = Progress(step, 0, before + step * batch, before // batch + step)
    for field in fields(Progress):
        if field.name in saved:
            setattr(progress, field.name, saved[field.name].item())
    known = [field.name for field in fields(Recipe)] + ["seed", "pairs"]
    settings = {name: saved[name].item() for name in known if name in saved}
    count = sum(name.isdigit() for name in saved)
    return Checkpoint(path, progress, settings, [saved[str(i)] for i in range(count)])
