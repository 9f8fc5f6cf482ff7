"""Measures the denoiser beside classical filters: PSNR, SSIM and colour shift, as tables.

    python -m evaluation --data kodak/                         noise is added to clean pictures
    python -m evaluation --data cc15/gt --pairs cc15/noisy     pictures that are really noisy
    python -m evaluation --data kodak/ --strong --out results/ --sheet results/
    python -m evaluation --data kodak/ --ours-only --limit 8 --weights runs/latest/best.npz

A case is KIND:AMOUNT of `model.synthesis.noise`, 8-bit unless `:unclipped` follows, or `clean`.
The same picture gets the same noise in every run. Results are clipped and rounded to 8 bits before
they are measured; the unclipped noisy input is measured as it is.
"""

import argparse
import re
import sys
import time
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

import photo
from evaluation import classical, metrics
from evaluation.report import Row, Score, contact_sheet, markdown, save_csv
from model.training.data import SUFFIXES

DEFAULT_CASES = (
    "gaussian:15:unclipped",
    "gaussian:25:unclipped",
    "gaussian:50:unclipped",
    "gaussian:25",
    "gaussian:50",
    "salt_and_pepper:0.05",
    "salt_and_pepper:0.2",
    "salt_and_pepper:0.5",
    "poisson:30",
    "mixed:8",
    "clean",
)
ADDITIVE = ("gaussian", "poisson", "speckle", "camera", "jpeg", "mixed", "clean", "pairs")
FIGURES = (metrics.psnr, metrics.ssim, metrics.colour_shift)
SHEET_ROWS = 8

Item = TypeVar("Item")


class EvaluationError(Exception):
    """Nothing can be measured; the message is one sentence for people."""


@dataclass(frozen=True)
class Case:
    """One kind of noise at one strength; kind "pairs" is noise that is already in the pictures."""

    kind: str
    amount: float = 0.0
    clip: bool = True

    @classmethod
    def parse(cls, text: str) -> "Case":
        """From `KIND:AMOUNT[:unclipped]` or `clean`."""
        kind, _, rest = text.partition(":")
        amount, _, how = rest.partition(":")
        if kind == "clean" and not rest:
            return cls("clean")
        from model.synthesis.noise import KINDS

        if kind not in KINDS or how not in ("", "unclipped"):
            raise argparse.ArgumentTypeError(
                f"'{text}' is no case: write KIND:AMOUNT or KIND:AMOUNT:unclipped, "
                f"KIND being one of {', '.join(KINDS)}, or clean"
            )
        try:
            return cls(kind, float(amount), clip=not how)
        except ValueError:
            raise argparse.ArgumentTypeError(f"'{text}' has no number after {kind}:") from None

    @property
    def title(self) -> str:
        """As the tables name it."""
        if self.kind in ("clean", "pairs"):
            return {"clean": "clean", "pairs": "as photographed"}[self.kind]
        name = {"salt_and_pepper": "salt-and-pepper", "jpeg": "JPEG"}.get(self.kind, self.kind)
        if self.kind in ("gaussian", "poisson"):
            name = name.capitalize()
        amount = f"{self.amount:.0%}" if self.kind == "salt_and_pepper" else f"{self.amount:g}"
        return f"{name} {amount.replace('%', ' %')}" + ("" if self.clip else ", unclipped")

    def apply(self, truth: np.ndarray, name: str) -> np.ndarray:
        """Noisy H x W x 3: uint8, or float32 around [0, 1] where the noise is not clipped."""
        if self.kind == "clean":
            return truth
        from model.synthesis import noise

        seed = zlib.crc32(f"{name}/{self.kind}:{self.amount:g}".encode())
        clean = truth.astype(np.float32) / 255
        noisy = noise.add(clean, self.kind, self.amount, seed=seed, clip=self.clip)
        return classical.to_uint8(noisy) if self.clip else noisy


@dataclass(frozen=True)
class Method:
    """One column of the tables; `run(noisy, truth)` gives the clean picture."""

    title: str
    run: Callable[[np.ndarray, np.ndarray], np.ndarray]
    kinds: tuple[str, ...] = (*ADDITIVE, "salt_and_pepper")


@dataclass(frozen=True)
class Subject:
    """A picture to measure on: its truth, uint8, and its own noisy version if it has one."""

    name: str
    truth: np.ndarray
    noisy: np.ndarray | None


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
USUAL = ("noisy", "ours", "median3", "best_median", "adaptive_median", "nlm")
STRONG = ("repair", "tv", "bm3d")


def our_method(weights: Path | None) -> Method:
    """The network: the released weights, or those of a training run."""
    import helper

    try:
        model = helper.load_model(weights)
    except ValueError as error:
        raise EvaluationError(str(error)) from error
    if weights is None:  # `helper` keeps the released network ready
        return Method("ours", blind(helper.denoise))
    return Method("ours", blind(lambda noisy: helper.denoise(noisy, model=model)))


def choose_methods(args: argparse.Namespace) -> dict[str, Method]:
    """The columns that the command line asks for, in their order."""
    names = ("noisy", "ours") if args.ours_only else USUAL + (STRONG if args.strong else ())
    names = tuple(args.methods or names)
    if "bm3d" in names and not classical.has_bm3d():
        say("BM3D is left out: the package bm3d is not installed (pip install bm3d).")
        names = tuple(name for name in names if name != "bm3d")
    return {n: our_method(args.weights) if n == "ours" else METHODS[n] for n in names}


def find_files(folder: Path) -> list[Path]:
    """The picture files below a folder, by name."""
    if not folder.is_dir():
        raise EvaluationError(f"There is no folder {folder}; check the path.")
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    if not files:
        raise EvaluationError(f"There are no pictures in {folder}; give a folder that holds some.")
    return files


def evenly(items: Sequence[Item], limit: int | None) -> list[Item]:
    """At most `limit` items, spread evenly over all."""
    count = min(limit or len(items), len(items))
    return [items[i * len(items) // count] for i in range(count)]


def read_subject(path: Path, data: Path, pairs: Path | None) -> Subject:
    """Reads a picture and, with `pairs`, the file of the same name in that folder.

    Raises:
        photo.PhotoError: A file is damaged, missing, too small, or the two differ in size.
    """
    truth = _read(path)
    if min(truth.shape[:2]) < metrics.SSIM_WINDOW:
        raise photo.PhotoError(f"it is smaller than {metrics.SSIM_WINDOW} pixels")
    noisy = None
    if pairs:
        folder = (pairs / path.relative_to(data)).parent
        partners = [p for p in find_files(folder) if p.stem == path.stem and p.parent == folder]
        if not partners:
            raise photo.PhotoError(f"no picture of that name in {folder}")
        noisy = _read(partners[0])
        if noisy.shape != truth.shape:
            raise photo.PhotoError("the noisy picture and the clean one differ in size")
    return Subject(path.relative_to(data).as_posix(), truth, noisy)


def _read(path: Path) -> np.ndarray:
    pixels = photo.read(path.read_bytes(), path.name).pixels
    if np.issubdtype(pixels.dtype, np.integer):
        return (pixels / np.iinfo(pixels.dtype).max * 255).round().astype(np.uint8)
    return classical.to_uint8(pixels)


def measure(
    subject: Subject, cases: Sequence[Case], methods: dict[str, Method], crop: int
) -> tuple[list[Score], list[Row]]:
    """All methods on all cases of one picture: the scores and, unless `crop` is 0, a row a case
    for the contact sheets, with crops of `crop` pixels a side."""
    scores, rows = [], []
    for case in cases:
        noisy = case.apply(subject.truth, subject.name) if subject.noisy is None else subject.noisy
        results = {}
        for name, method in methods.items():
            if case.kind not in method.kinds:
                continue
            result = method.run(noisy, subject.truth)
            results[name] = result if name == "noisy" else classical.to_uint8(result)
            figures = [figure(results[name], subject.truth) for figure in FIGURES]
            scores.append(Score(case.title, subject.name, method.title, *figures))
        if crop:
            rows.append(_sheet_row(subject, results, methods, crop))
    return scores, rows


def _sheet_row(
    subject: Subject, results: dict[str, np.ndarray], methods: dict[str, Method], side: int
) -> Row:
    """Noisy, ours, the best classical result and the truth: the middle of the picture."""
    top, left = (max(0, (length - side) // 2) for length in subject.truth.shape[:2])
    quality = {name: metrics.psnr(result, subject.truth) for name, result in results.items()}
    rivals = sorted(set(results) - {"noisy", "ours"}, key=quality.__getitem__)
    shown = [name for name in ("noisy", "ours") if name in results] + rivals[-1:]
    pictures = [(f"{methods[n].title}  {quality[n]:.2f} dB", results[n]) for n in shown]
    pictures.append((f"truth: {Path(subject.name).stem}", subject.truth))
    return [
        (label, classical.to_uint8(picture)[top : top + side, left : left + side].copy())
        for label, picture in pictures
    ]


def save_sheets(folder: Path, cases: Sequence[Case], rows: Sequence[Sequence[Row]]) -> None:
    """One PNG a case; `rows` holds, for each picture, a row a case."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, case in enumerate(cases):
        name = "-".join(re.findall(r"[a-z0-9.]+", case.title.lower()))
        contact_sheet([picture[i] for picture in rows]).save(folder / f"{name}.png")


def evaluate(args: argparse.Namespace) -> list[Score]:
    """Measures every picture the command line asks for; a bad one is named and skipped."""
    files = evenly(find_files(args.data), args.limit)
    if args.pairs:
        find_files(args.pairs)
    cases = [Case("pairs")] if args.pairs else args.cases or list(map(Case.parse, DEFAULT_CASES))
    methods = choose_methods(args)
    shown = set(evenly(files, SHEET_ROWS)) if args.sheet else set()

    def one(path: Path) -> tuple[list[Score], list[Row]] | None:
        start = time.monotonic()
        try:
            subject = read_subject(path, args.data, args.pairs)
        except (photo.PhotoError, EvaluationError, OSError) as error:
            say(f"Skipped {path}: {error}")
            return None
        result = measure(subject, cases, methods, args.crop if path in shown else 0)
        say(f"{subject.name}: {time.monotonic() - start:.1f} s")
        return result

    with ThreadPoolExecutor(args.workers) as pool:
        results = [result for result in pool.map(one, files) if result]
    if not results:
        raise EvaluationError(f"None of the pictures in {args.data} could be measured; see above.")
    if args.sheet:
        save_sheets(args.sheet, cases, [rows for _, rows in results if rows])
    return [score for scores, _ in results for score in scores]


def say(text: str) -> None:
    """To the terminal, beside the tables."""
    print(text, file=sys.stderr, flush=True)


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    description, _, examples = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        "python -m evaluation",
        description=description,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--data", type=Path, required=True, help="folder of clean pictures, searched throughout")
    add("--pairs", type=Path, metavar="DIR", help="noisy pictures of the same names")
    add("--cases", type=Case.parse, nargs="+", metavar="CASE", help="instead of the usual eleven")
    add("--strong", action="store_true", help=f"also {', '.join(METHODS[n].title for n in STRONG)}")
    add("--ours-only", action="store_true", help="no classical filters: quick")
    add("--methods", nargs="+", choices=["ours", *METHODS], help="exactly these columns")
    add("--weights", type=Path, metavar="FILE", help="a training run's; else the released ones")
    add("--limit", type=_positive, metavar="N", help="at most N pictures, spread evenly")
    add("--workers", type=_positive, default=1, metavar="N", help="pictures at a time (1)")
    add("--out", type=Path, metavar="DIR", help="write evaluation.md and evaluation.csv there")
    add("--sheet", type=Path, metavar="DIR", help="write contact sheets there, a PNG a case")
    add("--crop", type=_positive, default=224, metavar="PX", help="side of their crops (224)")
    args = parser.parse_args(argv)
    if args.pairs and args.cases:
        parser.error("--cases adds noise to clean pictures; leave it out with --pairs")
    return args


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' must be a whole number above 0")
    return int(text)


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code: 2 where nothing could be measured."""
    args = arguments(argv)
    try:
        scores = evaluate(args)
    except EvaluationError as error:
        say(str(error))
        return 2
    count = len({score.picture for score in scores})
    pictures = "1 picture" if count == 1 else f"{count} pictures"
    table = markdown(scores, f"{args.data.resolve().name}, {pictures}")
    print(table)
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        (args.out / "evaluation.md").write_text(table, encoding="utf-8")
        save_csv(scores, args.out / "evaluation.csv")
    return 0
