"""What the command line asks for, and what is wrong with it before any work."""

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import photo
from files import Job, Options

Number = TypeVar("Number", int, float)
_CLUTTER = ("thumbs.db", "desktop.ini", ".ds_store")
_OTHERS = {
    ".dng": "DNG",
    ".exr": "OpenEXR",
    ".hdr": "Radiance",
    ".ico": "icon",
    ".jxl": "JPEG XL",
    ".pdf": "PDF",
    ".ppm": "PPM",
    ".psd": "Photoshop",
    ".svg": "SVG",
    ".tga": "TGA",
}
_OTHERS |= dict.fromkeys(
    (".3fr", ".arw", ".cr2", ".cr3", ".nef", ".nrw", ".orf", ".pef", ".raf", ".rw2", ".srw"),
    "camera raw",
)
_NO_PHOTOGRAPHS = (".ico", ".pdf", ".svg")
_UNWRITABLE = _OTHERS | {
    extension: kind.label
    for kind in photo.FORMATS.values()
    for extension in kind.extensions
    if not kind.written
}
_EXAMPLES = """examples:
  %(prog)s noisy.jpg -o clean.jpg
  %(prog)s photos/ more/*.png -o denoised/ --strength 80
  %(prog)s photos/ -o denoised/ --ray                    # many processes
  %(prog)s photos/ -o denoised/ --ray 10.0.0.1:6379      # a running cluster
"""


def command_line() -> argparse.ArgumentParser:
    """The parser of the command's arguments."""
    parser = argparse.ArgumentParser(
        prog="image-denoiser" if Path(sys.argv[0]).stem == "image-denoiser" else "python helper.py",
        description="Removes the noise from photographs.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("inputs", nargs="+", type=Path, metavar="IN", help="files or folders")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="OUT",
        help="a folder, or a file if there is only one input file",
    )
    _add_how(parser)
    _add_written(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--model",
        choices=["first", "second"],
        help="the released network (second), or the first version's",
    )
    which.add_argument("--weights", type=Path, help="weights from your training run")
    _add_ray(parser)
    return parser


def _add_how(parser: argparse.ArgumentParser) -> None:
    percent = _number(float, 0, 100)
    parser.add_argument("--strength", type=percent, default=100.0, help="0 to 100 percent (100)")
    parser.add_argument(
        "--colour",
        type=percent,
        help="0 to 100 percent of the colour noise alone; follows --strength by default",
    )
    parser.add_argument(
        "--mode",
        choices=["full", "best", "fit"],
        default="full",
        help="full: at full resolution; best: a little better, four times as slow; fit: quick but "
        "blurred, at 512 x 512",
    )


def _add_written(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format",
        choices=[*photo.WRITABLE, *map(str.lower, photo.WRITABLE)],
        metavar="FORMAT",
        help=f"{', '.join(photo.WRITABLE)}; by default that of OUT, or the input's own "
        "(HEIC becomes JPEG or PNG, GIF becomes PNG)",
    )
    parser.add_argument(
        "--quality",
        type=_number(int, 1, 100),
        metavar="1-100",
        help="quality of JPEG, WebP and AVIF files",
    )


def _add_ray(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--ray",
        nargs="?",
        const="local",
        metavar="ADDRESS",
        help="many processes, with Ray (pip install ray), on this machine or on a running cluster",
    )
    parser.add_argument(
        "--cpus-per-worker",
        type=_number(int, 1, 256),
        default=2,
        metavar="N",
        help="processors for each process of --ray (2)",
    )


def _number(kind: type[Number], low: int, high: int) -> Callable[[str], Number]:
    """Reads a number of this kind within these limits, for argparse."""

    def read(text: str) -> Number:
        with suppress(ValueError):
            if low <= (number := kind(text)) <= high:
                return number
        noun = "whole number" if kind is int else "number"
        raise argparse.ArgumentTypeError(f"a {noun} from {low} to {high} is needed, not {text}")

    return read


def options_from(args: argparse.Namespace) -> Options:
    """What to do with every file."""
    one_file = (
        len(args.inputs) == 1
        and os.path.isfile(args.inputs[0])
        and not args.output.is_dir()
        and args.output.suffix.lower() in photo.EXTENSIONS
    )
    return Options(
        args.output,
        one_file=one_file,
        strength=args.strength / 100,
        mode=args.mode,
        format=args.format,
        quality=args.quality,
        network=args.weights or args.model,
        colour=None if args.colour is None else args.colour / 100,
    )


def find(inputs: list[Path], output: Path) -> tuple[list[Job], list[str], list[str]]:
    """The files to denoise, a sentence for each input that cannot be taken, and what to tell.

    Photographs in a folder of kinds that are not read are no failure, but told.
    """
    jobs: list[Job] = []
    failures: list[str] = []
    told: list[str] = []
    out = _real(output)
    for path in inputs:
        if os.path.isdir(path) and _real(path) == out:
            failures.append(f"{path} is the folder for the results; choose another -o.")
        elif os.path.isdir(path):
            files = _files_below(path, failures)
            found = [p for p in files if p.suffix.lower() in photo.EXTENSIONS]
            told += _skipped(path, files)
            # Results of an earlier run are not noisy pictures.
            if out not in _real(path).parents:
                found = [p for p in found if out not in _real(p).parents]
            jobs += [Job(p, p.parent.relative_to(path)) for p in found]
        elif not os.path.isfile(path):
            failures.append(_absent(path))
        elif not _is_clutter(path):
            jobs.append(Job(path, Path()))
    return _each_once(jobs), failures, told


def _each_once(jobs: list[Job]) -> list[Job]:
    """A file that is named twice, or also lies in a folder that is named, is done once."""
    first: dict[str, Job] = {}
    for job in jobs:
        first.setdefault(os.path.abspath(job.source), job)
    return list(first.values())


def _files_below(folder: Path, failures: list[str]) -> list[Path]:
    """Sorted; folders that are links count. A sentence for what cannot be looked into goes to
    `failures`.
    """

    def refused(error: OSError) -> None:
        failures.append(f"{error.filename}: {error.strerror}.")

    seen, files = {_real(folder)}, []
    for where, folders, names in os.walk(folder, onerror=refused, followlinks=True):
        files += [Path(where, name) for name in names]
        found = {_real(Path(where, name)): name for name in sorted(folders, reverse=True)}
        folders[:] = [name for real, name in found.items() if real not in seen]
        seen |= found.keys()  # links may lead round in a circle, or to the same folder twice
    # Unlike Path's, this isfile raises nothing.
    return [p for p in sorted(files) if not _is_clutter(p) and os.path.isfile(p)]


def _skipped(folder: Path, files: list[Path]) -> list[str]:
    """A sentence on the photographs that are not read; none where there are none."""
    endings = [p.suffix.lower() for p in files]
    found = [_OTHERS[end] for end in endings if end in _OTHERS and end not in _NO_PHOTOGRAPHS]
    kinds = ", ".join(sorted(set(found)))
    if len(found) == 1:
        return [f"1 file of a kind that is not supported ({kinds}) was skipped in {folder}."]
    several = f"{len(found)} files of kinds that are not supported ({kinds}) were skipped"
    return [f"{several} in {folder}."] if found else []


def _absent(path: Path) -> str:
    return f"{path}: there is no such file or folder."


def _real(path: Path) -> Path:
    """Without links; of a circle of links what can be told, where `Path.resolve` would raise."""
    return Path(os.path.realpath(path))


def _is_clutter(path: Path) -> bool:
    """What macOS and Windows leave among pictures, some of it with a picture's extension."""
    return path.name.startswith("._") or path.name.lower() in _CLUTTER


def impossible(args: argparse.Namespace) -> str:
    """Why it cannot be done, before any work; empty where it can."""
    output: Path = args.output
    if len(args.inputs) == 1 and not os.path.exists(args.inputs[0]):
        return _absent(args.inputs[0])
    if os.path.isdir(output):
        return "" if os.access(output, os.W_OK) else f"{output} is not writable; choose another -o."
    suffix = output.suffix.lower()
    one_file = len(args.inputs) == 1 and os.path.isfile(args.inputs[0])
    if why := _misnamed(output, suffix, one_file, args.format):
        return why
    if os.path.exists(output) and not (one_file and suffix in photo.EXTENSIONS):
        return f"{output} is a file, not a folder; choose another -o."
    above = next(p for p in output.absolute().parents if os.path.exists(p))
    if not os.path.isdir(above):
        return f"{above} is a file, not a folder; choose another -o."
    return "" if os.access(above, os.W_OK) else f"{above} is not writable; choose another -o."


def _misnamed(output: Path, suffix: str, one_file: bool, format: str | None) -> str:
    if suffix in _UNWRITABLE:
        choice = ", ".join(photo.WRITABLE)
        return f"{output}: {_UNWRITABLE[suffix]} files cannot be written; choose {choice}."
    if suffix not in photo.EXTENSIONS:
        return ""
    if not one_file:
        return f"{output} names a single picture; for several, give a folder."
    named = photo.format_named(suffix)
    asked = photo.format_named(format) if format else named
    if named is not asked:
        return f"{output}: the name says {named.label}, --format says {asked.label}; change one."
    return ""
