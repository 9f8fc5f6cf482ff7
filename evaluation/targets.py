"""Measures a network against what it is meant to reach, row by row, in one go.

    python -m evaluation.targets --data val/                           the released network
    python -m evaluation.targets --data val/ --model first             the first one
    python -m evaluation.targets --data val/ --weights runs/hot/best.npz --quick

DIR holds cbsd68/, faces_512/ and real_cc15/ (gt/ and noisy/); a set that is not there is left out.
Noise is 8-bit and clipped unless it says "unclipped"; the same picture gets the same in every run.
"""

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluation import command, metrics
from evaluation.cases import Case
from evaluation.methods import Method
from evaluation.pictures import EvaluationError, Subject, evenly, find_files, naming, read_subject
from evaluation.report import IDENTICAL
from model.depth import to_uint8

QUICK = 4  # with --quick, every fourth picture
GREY, GREY_SIDE = 128, 512


@dataclass(frozen=True)
class Measured:
    """The figures of one result; see `evaluation.metrics`."""

    psnr: float
    shift: float
    blotches: float
    border: tuple[float, float]

    @staticmethod
    def of(result: np.ndarray, truth: np.ndarray) -> "Measured":
        return Measured(
            psnr=min(metrics.psnr(result, truth), IDENTICAL),
            shift=metrics.colour_shift(result, truth),
            blotches=metrics.blotches(result, truth).rgb,
            border=metrics.border_errors(result, truth),
        )


Summary = Callable[[Sequence[Measured]], float]


def mean_psnr(all_of: Sequence[Measured]) -> float:
    return float(np.mean([each.psnr for each in all_of]))


def worst_psnr(all_of: Sequence[Measured]) -> float:
    return min(each.psnr for each in all_of)


def mean_shift(all_of: Sequence[Measured]) -> float:
    return float(np.mean([each.shift for each in all_of]))


def blotches(all_of: Sequence[Measured]) -> float:
    return float(np.mean([each.blotches for each in all_of]))


def border_ratio(all_of: Sequence[Measured]) -> float:
    """RMSE of the outermost pixels of all pictures, by that of the inside of all."""
    outermost, inside = np.mean([each.border for each in all_of], axis=0)
    return math.sqrt(outermost / inside) if inside else math.nan


@dataclass(frozen=True)
class Target:
    """A row of the table.

    data: a set's name, or "grey" for a flat grey picture. case: as `Case.parse` reads it, or
    "pairs". floor, goal: the least that is asked for, and what is hoped for. falls: whether less
    is better.
    """

    title: str
    data: str
    case: str
    summary: Summary
    floor: float
    goal: float | None = None
    falls: bool = False

    def verdict(self, value: float) -> str:
        """How far a figure comes."""
        for name, mark in (("goal", self.goal), ("floor", self.floor)):
            if mark is not None and (value <= mark if self.falls else value >= mark):
                return name
        return f"{value - self.floor:+.2f}"


def _gaussian(sigma: int, floor: float, goal: float) -> Target:
    case = f"gaussian:{sigma}:unclipped"
    return Target(f"Gaussian {sigma}, unclipped: PSNR", "cbsd68", case, mean_psnr, floor, goal)


def _faces(title: str, case: str, floor: float, goal: float) -> Target:
    return Target(f"{title}: PSNR", "faces_512", case, mean_psnr, floor, goal)


TARGETS = (
    _gaussian(15, 33.6, 34.0),
    _gaussian(25, 31.0, 31.4),
    _gaussian(50, 27.8, 28.2),
    _faces("Gaussian 25", "gaussian:25", 33.5, 34.3),
    _faces("Gaussian 50", "gaussian:50", 30.3, 31.2),
    _faces("Poisson 30", "poisson:30", 32.0, 33.0),
    _faces("mixed 8", "mixed:8", 32.5, 33.5),
    _faces("salt-and-pepper 5 %", "salt_and_pepper:0.05", 45.3, 47.0),
    _faces("salt-and-pepper 20 %", "salt_and_pepper:0.2", 41.1, 42.5),
    _faces("salt-and-pepper 50 %", "salt_and_pepper:0.5", 34.4, 36.0),
    Target("as photographed: PSNR", "real_cc15", "pairs", mean_psnr, 36.5, 37.0),
    Target("clean: PSNR", "cbsd68", "clean", mean_psnr, 48.0),
    Target("clean, the worst: PSNR", "cbsd68", "clean", worst_psnr, 42.0, 46.0),
    Target("Gaussian 25: colour shift", "faces_512", "gaussian:25", mean_shift, 0.5, 0.3, True),
    Target("Gaussian 50: colour shift", "faces_512", "gaussian:50", mean_shift, 1.2, 0.3, True),
    Target("Gaussian 25: blotches", "grey", "gaussian:25", blotches, 0.9, 0.5, True),
    Target("Gaussian 50: blotches", "grey", "gaussian:50", blotches, 1.8, 1.0, True),
    *(
        Target(
            f"Gaussian {sigma}: error at the border",
            data,
            f"gaussian:{sigma}",
            border_ratio,
            1.1,
            falls=True,
        )
        for data in ("faces_512", "grey")
        for sigma in (25, 50)
    ),
)
LEGEND = (
    "PSNR in dB; colour shift and blotches (root mean square of the error's 8 x 8 means on flat "
    "grey) in grey levels; error at the border: RMSE of the outermost pixels by that of the "
    "inside. On flat grey a border pixel has half the neighbours to average over, so about 1.4 is "
    "the least that can be reached, whatever the floor says. The last column says which mark is "
    "reached, or how far it is to the floor."
)


def subjects(data: Path, name: str, quick: bool) -> list[Subject]:
    """The pictures of a set; none where it is not there.

    Raises:
        EvaluationError: One of them is damaged, or too small.
    """
    if name == "grey":
        return [Subject("grey", np.full((GREY_SIDE, GREY_SIDE, 3), GREY, np.uint8), None)]
    folder = data / name
    truths, noisy = (folder / "gt", folder / "noisy") if name == "real_cc15" else (folder, None)
    if not truths.is_dir():
        return []
    files = find_files(truths)
    files = evenly(files, -(-len(files) // QUICK)) if quick else files
    return [_subject(path, truths, noisy) for path in files]


def _subject(path: Path, truths: Path, noisy: Path | None) -> Subject:
    with naming(path):
        subject = read_subject(path, truths, noisy)
    if min(subject.truth.shape[:2]) <= 2 * metrics.BORDER_APART:
        raise EvaluationError(f"{path}: it must be larger than {2 * metrics.BORDER_APART} pixels.")
    return subject


def measure(case: str, pictures: Sequence[Subject], ours: Method) -> list[Measured]:
    """One case on all pictures of a set."""
    results = []
    for picture in pictures:
        noisy = picture.noisy
        if noisy is None:
            noisy = Case.parse(case).apply(picture.truth, picture.name)
        result = to_uint8(ours.run(noisy, picture.truth))
        results.append(Measured.of(result, picture.truth))
    return results


def table(data: Path, ours: Method, quick: bool = False) -> str:
    """The whole table, as Markdown."""
    lines = [
        f"| set | case and figure | {ours.title} | floor | goal | reached |",
        "|---|---|---:|---:|---:|---|",
    ]
    for name in dict.fromkeys(target.data for target in TARGETS):
        pictures = subjects(data, name, quick)
        if not pictures:
            print(f"There is no {name} in {data}; its rows are left out.", file=sys.stderr)
            continue
        rows = [target for target in TARGETS if target.data == name]
        done: dict[str, list[Measured]] = {}
        for target in rows:
            if target.case not in done:
                print(f"{name}: {target.case}", file=sys.stderr, flush=True)
                done[target.case] = measure(target.case, pictures, ours)
            lines.append(_row(target, len(pictures), target.summary(done[target.case])))
    return "\n".join(lines)


def _row(target: Target, count: int, value: float) -> str:
    data = f"{target.data} ({count})" if target.data != "grey" else "flat grey"
    goal = "" if target.goal is None else f"{target.goal:g}"
    verdict = target.verdict(value)
    return f"| {data} | {target.title} | **{value:.2f}** | {target.floor:g} | {goal} | {verdict} |"


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code: 2 where nothing could be measured."""
    parser = command.parser("evaluation.targets", __doc__)
    add = parser.add_argument
    add("--data", type=Path, required=True, metavar="DIR", help="folder of the sets")
    command.add_network(parser)
    add("--quick", action="store_true", help="every fourth picture")
    args = parser.parse_args(argv)
    if not args.data.is_dir():
        print(f"There is no folder {args.data}: check --data.", file=sys.stderr)
        return 2
    try:
        print(f"{table(args.data, command.network_of(args), args.quick)}\n\n{LEGEND}")
    except EvaluationError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
