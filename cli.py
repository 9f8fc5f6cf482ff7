"""The denoiser from a terminal: files and folders in, files out. Run it as `python helper.py`."""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import helper
import photo

if TYPE_CHECKING:
    import keras

_BAR = 24  # characters
_EXAMPLES = """examples:
  python helper.py noisy.jpg -o clean.jpg
  python helper.py photos/ more/*.png -o denoised/ --strength 80
  python helper.py photos/ -o denoised/ --ray                    # many processes
  python helper.py photos/ -o denoised/ --ray 10.0.0.1:6379      # a running cluster
"""
# What a bad file or a full disk may raise.
_EXPECTED = (photo.PhotoError, ValueError, OSError, MemoryError)
Outcome = tuple[bool, str]  # done or not; where it was written, or why not


@dataclass(frozen=True)
class Job:
    """A file to denoise; `folder` is where it stood below the folder that was named."""

    source: Path
    folder: Path


def main(argv: Sequence[str] | None = None) -> int:
    """Denoises what the command line names; returns 0, 1 if any file failed, 2 for a wrong call."""
    args = command_line().parse_args(argv)
    jobs, failures = _find(args.inputs, args.output)
    for failure in failures:
        print(failure, file=sys.stderr)
    if not jobs and not failures:
        print("No picture was found to denoise.", file=sys.stderr)
        return 2
    try:
        model = helper.load_model(args.weights) if args.weights else None
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    sources = {identity(job.source) for job in jobs}
    if args.ray:
        import cli_ray

        return cli_ray.run(jobs, args, len(failures), sources)
    return tell(_outcomes(jobs, args, model, sources), len(jobs), len(failures))


def tell(outcomes: Iterable[tuple[Job, Outcome]], total: int, failed: int) -> int:
    """Says what became of each file, as soon as it is known; returns the exit code.

    Args:
        outcomes: Each file and what became of it.
        total: How many files there are to come.
        failed: How many inputs were refused before.
    """
    done, all_inputs = 0, total + failed
    try:
        for done, (job, (good, text)) in enumerate(outcomes, 1):
            label = _label(done, total, job)
            if good:
                _line(f"{label} -> {_printable(text)}")
            else:
                failed += 1
                _line("")
                print(f"{label}: {text}", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"\nStopped; {done} of {total} were done.", file=sys.stderr)
        return 130
    if failed:
        print(f"{failed} of {all_inputs} could not be denoised.", file=sys.stderr)
    return 1 if failed else 0


def _label(number: int, total: int, job: Job) -> str:
    return f"[{number}/{total}] {_printable(str(job.source))}"


def _outcomes(
    jobs: list[Job],
    args: argparse.Namespace,
    model: "keras.Model | None",
    sources: set[tuple[int, int]],
) -> Iterator[tuple[Job, Outcome]]:
    """One file after the other."""
    taken: set[Path] = set()
    for number, job in enumerate(jobs, 1):
        label = _label(number, len(jobs), job)
        yield job, attempt(job, args, model, label, taken, sources)


def _find(inputs: list[Path], output: Path) -> tuple[list[Job], list[str]]:
    """The files to denoise, and a sentence for each input that cannot be taken."""
    jobs, failures = [], []
    out = output.resolve()
    for path in inputs:
        if path.is_dir() and path.resolve() == out:
            failures.append(f"{path}: is where the results would go; choose another -o.")
        elif path.is_dir():
            found = sorted(p for p in path.rglob("*") if p.suffix.lower() in photo.EXTENSIONS)
            # Results of an earlier run are not noisy pictures.
            if path.resolve() in out.parents:
                found = [p for p in found if out not in p.resolve().parents]
            jobs += [Job(p, p.parent.relative_to(path)) for p in found if p.is_file()]
        elif path.is_file():
            jobs.append(Job(path, Path()))
        else:
            failures.append(f"{path}: there is no such file or folder.")
    return jobs, failures


def attempt(job: Job, *args: Any, **more: Any) -> Outcome:
    """What becomes of a file; takes the arguments of `denoise_file`."""
    try:
        return True, str(denoise_file(job, *args, **more))
    except _EXPECTED as error:
        return False, _sentence(error)


def denoise_file(
    job: Job,
    args: argparse.Namespace,
    model: "keras.Model | None",
    label: str,
    taken: set[Path],
    sources: set[tuple[int, int]],
    since: int | None = None,
) -> Path:
    """Denoises one file and returns where it was written, whole or not at all.

    Args:
        job: The file.
        args: The command line.
        model: Of `--weights`; None for the released one.
        label: Stands before the progress bar.
        taken: The results so far, which are not overwritten; this one is added.
        sources: The identities of all inputs, which are not overwritten either.
        since: A result that was written at this time (in ns) or later is not written again.

    Raises:
        photo.PhotoError: The picture cannot be read or written.
        OSError: The disk refuses.
    """
    limits = photo.Limits()
    limits.check_bytes(job.source.stat().st_size)
    picture = photo.read(job.source.read_bytes(), job.source.name, limits)
    target = _target(job, args, picture, taken)
    if target.exists() and identity(target) in sources:
        raise photo.PhotoError("The output would overwrite an input; choose another -o.")
    if since is not None and target.exists() and target.stat().st_mtime_ns >= since:
        return target

    def progress(done: int, total: int) -> None:
        filled = _BAR * done // total
        _line(f"{label} {'#' * filled}{'.' * (_BAR - filled)} {done}/{total}", end="")

    picture.pixels = helper.denoise(
        picture.pixels,
        strength=args.strength / 100,
        mode=args.mode,
        progress=progress if sys.stdout.isatty() else None,
        model=model,
    )
    data = photo.write(picture, _format(args, target), args.quality)
    target.parent.mkdir(parents=True, exist_ok=True)
    half_written = target.with_name(f".{target.name}.part")
    half_written.write_bytes(data)
    os.replace(half_written, target)
    return target


def _target(job: Job, args: argparse.Namespace, picture: photo.Photo, taken: set[Path]) -> Path:
    """The output itself if it names a picture, else a file of the input's name in that folder."""
    if _names_a_file(args):
        target = args.output
    else:
        format = args.format or photo.default_format(picture)
        name = photo.output_name(job.source.name, format)
        target = args.output / job.folder / name
        number = 1
        while target in taken:
            number += 1
            target = target.with_name(f"{Path(name).stem} ({number}){Path(name).suffix}")
    taken.add(target)
    return target


def identity(path: Path) -> tuple[int, int]:
    """The same for two names of one file."""
    status = path.stat()
    return status.st_dev, status.st_ino


def _names_a_file(args: argparse.Namespace) -> bool:
    one = len(args.inputs) == 1 and args.inputs[0].is_file()
    return one and not args.output.is_dir() and args.output.suffix.lower() in photo.EXTENSIONS


def _format(args: argparse.Namespace, target: Path) -> str | None:
    return args.format or (target.suffix if _names_a_file(args) else None)


def _sentence(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "There is not enough memory for this picture; make it smaller."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}."
    return str(error)


def _printable(text: str) -> str:
    """A stranger's file name, without what could steer the terminal."""
    return "".join(c if c.isprintable() else "?" for c in text)


def _line(text: str, end: str = "\n") -> None:
    """Replaces the progress bar's line on a terminal; elsewhere prints finished lines only."""
    if sys.stdout.isatty():
        print(f"\r\033[K{text}", end=end if text else "", flush=True)
    elif text:
        print(text, flush=True)


def _percent(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError("a number from 0 to 100 is needed")
    return value


def command_line() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python helper.py",
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
        help="a folder, or a file for a single file",
    )
    parser.add_argument("--strength", type=_percent, default=100.0, help="0 to 100 percent (100)")
    parser.add_argument(
        "--mode",
        choices=["full", "fit"],
        default="full",
        help="full resolution, or quick at 512 x 512",
    )
    parser.add_argument(
        "--format",
        choices=[*photo.WRITABLE, *map(str.lower, photo.WRITABLE)],
        metavar="FORMAT",
        help=f"{', '.join(photo.WRITABLE)}; the input's own by default",
    )
    parser.add_argument(
        "--quality", type=int, choices=range(1, 101), metavar="1-100", help="of JPEG, WebP and AVIF"
    )
    parser.add_argument("--weights", type=Path, help="weights of a training run of yours")
    parser.add_argument(
        "--ray",
        nargs="?",
        const="local",
        metavar="ADDRESS",
        help="many processes, by Ray (pip install ray), on this machine or on a running cluster",
    )
    parser.add_argument(
        "--cpus-per-worker",
        type=int,
        choices=range(1, 257),
        default=2,
        metavar="N",
        help="processors for each process of --ray (2)",
    )
    return parser
