"""resume.npz: where a training run stands, and all that its next step depends on."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from model import weights
from model.recipe import Recipe

SCHEDULE = ("steps", "rate", "warm_up", "cool_down")  # what a resumed run keeps of its recipe


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
    """A file of `save`, read. `arrays` are in the order in which they were given."""

    path: Path
    progress: Progress
    schedule: dict[str, Any]
    arrays: list[np.ndarray]

    def resumed(self, recipe: Recipe, given: dict[str, Any]) -> Recipe:
        """The recipe with the saved schedule, but for what the command line gives anew."""
        kept = {name: value for name, value in self.schedule.items() if name not in given}
        return replace(recipe, **kept)


def save(path: Path, progress: Progress, recipe: Recipe, arrays: Sequence[Any]) -> None:
    """Writes a checkpoint, whole or not at all."""
    numbered = {str(i): np.asarray(array) for i, array in enumerate(arrays)}
    schedule = {name: getattr(recipe, name) for name in SCHEDULE}
    weights.save_arrays(path, {**asdict(progress), **schedule, **numbered})


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
    schedule = {name: saved[name].item() for name in SCHEDULE if name in saved}
    count = sum(name.isdigit() for name in saved)
    return Checkpoint(path, progress, schedule, [saved[str(i)] for i in range(count)])
