"""Measures the denoiser beside classical filters: PSNR, SSIM, colour shift and blotches.

    python -m evaluation --data kodak/                         noise is added to clean pictures
    python -m evaluation --data cc15/gt --pairs cc15/noisy     pictures that are really noisy
    python -m evaluation --data kodak/ --strong --out results/ --sheet results/
    python -m evaluation --data kodak/ --ours-only --limit 8 --weights runs/latest/best.npz

A case is KIND:AMOUNT of `model.synthesis.noise`, 8-bit unless `:unclipped` follows, or `clean`;
`:grey` makes the picture black-and-white first.
The same picture gets the same noise in every run. Results are clipped and rounded to 8 bits before
they are measured; the unclipped noisy input is measured as it is.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import photo
from evaluation import classical, command
from evaluation.cases import DEFAULT_CASES, Case
from evaluation.measure import measure, save_sheets, say
from evaluation.methods import METHODS, NETWORKS, STRONG, USUAL, Method, network
from evaluation.pictures import EvaluationError, evenly, find_files, read_subject
from evaluation.report import Row, Score, markdown, save_csv

SHEET_ROWS = 8


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code: 2 where nothing could be measured."""
    args = arguments(argv)
    try:
        for folder in filter(None, (args.out, args.sheet)):  # before the long work
            folder.mkdir(parents=True, exist_ok=True)
        scores = evaluate(args)
    except EvaluationError as error:
        say(str(error))
        return 2
    except OSError as error:
        say(f"{error.filename or args.data}: {error.strerror or error}.")
        return 2
    count = len({score.picture for score in scores})
    pictures = "1 picture" if count == 1 else f"{count} pictures"
    table = markdown(scores, f"{args.data.resolve().name}, {pictures}")
    print(table)
    if args.out:
        (args.out / "evaluation.md").write_text(table, encoding="utf-8")
        save_csv(scores, args.out / "evaluation.csv")
    return 0


def evaluate(args: argparse.Namespace) -> list[Score]:
    """Measures every picture the command line asks for; a bad one is named and skipped."""
    files = evenly(find_files(args.data), args.limit)
    if args.pairs:
        find_files(args.pairs)
    cases = [Case("pairs")] if args.pairs else args.cases or list(map(Case.parse, DEFAULT_CASES))
    methods = choose_methods(args)
    shown = set(evenly(files, SHEET_ROWS)) if args.sheet else set()

    def measure_file(path: Path) -> tuple[list[Score], list[Row]] | None:
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
        results = [result for result in pool.map(measure_file, files) if result]
    if not results:
        raise EvaluationError(f"None of the pictures in {args.data} could be measured; see above.")
    scores = [score for of_one, _ in results for score in of_one]
    if not scores:
        raise EvaluationError(
            "None of the methods is made for these cases; see --methods, --cases."
        )
    if args.sheet:
        save_sheets(args.sheet, cases, [rows for _, rows in results if rows])
    return scores


def choose_methods(args: argparse.Namespace) -> dict[str, Method]:
    """The columns that the command line asks for, in their order."""
    names = ("noisy", "ours") if args.ours_only else USUAL + (STRONG if args.strong else ())
    names = tuple(args.methods or names)
    if "bm3d" in names and not classical.has_bm3d():
        say("BM3D is left out: the package bm3d is not installed (pip install bm3d).")
        names = tuple(name for name in names if name != "bm3d")
    return {name: METHODS.get(name) or _network(name, args) for name in names}


def _network(name: str, args: argparse.Namespace) -> Method:
    if name == "first":
        return network(NETWORKS["first"], "first")
    if name == "best":
        source = "first" if args.model == "first" else args.weights
        return network(NETWORKS["best"], source, "best")
    return command.network_of(args)


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = command.parser("evaluation", __doc__)
    add = parser.add_argument
    add("--data", type=Path, required=True, help="folder of clean pictures, searched throughout")
    add("--pairs", type=Path, metavar="DIR", help="noisy pictures of the same names")
    add("--cases", type=Case.parse, nargs="+", metavar="CASE", help="instead of the usual eleven")
    add("--strong", action="store_true", help=f"also {', '.join(METHODS[n].title for n in STRONG)}")
    add("--ours-only", action="store_true", help="no classical filters: quick")
    add("--methods", nargs="+", choices=[*NETWORKS, *METHODS], help="exactly these columns")
    command.add_network(parser)
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


if __name__ == "__main__":
    sys.exit(main())
