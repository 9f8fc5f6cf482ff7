"""The denoiser from a terminal: files and folders in, files out.

Run it as `image-denoiser` where the package is installed, else as `python helper.py`.
"""

import io
import os
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING

from cli_arguments import command_line, find, impossible, options_from
from files import Job, Options, Outcome, Targets, attempt, denoise_file, identities

if TYPE_CHECKING:
    import keras

_BAR = 24  # characters


def main(argv: Sequence[str] | None = None) -> int:
    """Denoises what the command line names; returns 0, 1 if any file failed, 2 for a wrong call,
    130 after Ctrl-C.
    """
    try:
        return _main(argv)
    except KeyboardInterrupt:  # before the first file
        print("\nStopped.", file=sys.stderr)
        return 130


def _main(argv: Sequence[str] | None) -> int:
    args = command_line().parse_args(argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a name it cannot write must not end the run
            stream.reconfigure(errors="backslashreplace")
    if why := impossible(args):
        print(_printable(why), file=sys.stderr)
        return 2
    jobs, failures, told = find(args.inputs, args.output)
    for sentence in failures + told:
        print(_printable(sentence), file=sys.stderr)
    if not jobs and not failures:
        print("No pictures found; check the paths.", file=sys.stderr)
        return 2
    options = options_from(args)
    inputs = identities(job.source for job in jobs)
    try:
        model = options.load_model()  # with --ray too: a bad file is refused before Ray starts
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if not args.ray:
        return _report(_one_by_one(jobs, options, inputs, model), len(jobs), len(failures))
    import cli_ray

    try:
        with cli_ray.cluster(args.ray, args.cpus_per_worker) as cluster:
            return _report(cluster.denoise(jobs, options, inputs), len(jobs), len(failures))
    except cli_ray.ClusterError as error:
        print(error, file=sys.stderr)
        return 2


def _report(outcomes: Iterable[tuple[Job, Outcome]], total: int, failed: int) -> int:
    """Says what became of each file, as soon as it is known; returns the exit code.

    Args:
        outcomes: Each file and what became of it.
        total: How many files there are to come.
        failed: How many inputs were refused before.
    """
    done, all_inputs = 0, total + failed
    try:
        for done, (job, outcome) in enumerate(outcomes, 1):
            label = _label(done, total, job)
            if outcome.done:
                notes = f": {_printable(' '.join(outcome.notes))}" if outcome.notes else ""
                _line(f"{label} -> {_printable(outcome.text)}{notes}")
            else:
                failed += 1
                _line("")
                print(f"{label}: {_printable(outcome.text)}", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"\nStopped; {done} of {total} were done.", file=sys.stderr)
        return 130
    if failed:
        print(f"{failed} of {all_inputs} could not be denoised.", file=sys.stderr)
    return 1 if failed else 0


def _label(number: int, total: int, job: Job) -> str:
    return f"[{number}/{total}] {_printable(str(job.source))}"


def _one_by_one(
    jobs: list[Job],
    options: Options,
    inputs: set[tuple[int, int]],
    model: "keras.Model | None",
) -> Iterator[tuple[Job, Outcome]]:
    targets = Targets(options, inputs)
    for number, job in enumerate(jobs, 1):
        progress = _bar(_label(number, len(jobs), job)) if sys.stdout.isatty() else None
        denoise = partial(denoise_file, job, options, targets, model, progress)
        yield job, attempt(denoise, job.source)


def _bar(label: str) -> Callable[[int, int], None]:
    def progress(done: int, total: int) -> None:
        filled = _BAR * done // total
        bar = f" {'#' * filled}{'.' * (_BAR - filled)} {done}/{total}"
        # In one line of the terminal: of two, the next would replace only the last.
        room = shutil.get_terminal_size().columns - len(bar) - 1
        _line(_cut(label, max(room, 0)) + bar, end="")

    return progress


def _cut(text: str, columns: int) -> str:
    """As much of it as fits; Chinese and Japanese letters are two columns wide."""
    wide = (2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
    ends = list(accumulate(wide))  # columns that the text takes up to each letter
    if not text or ends[-1] <= columns:
        return text
    return f"{text[: sum(end < columns for end in ends)]}…" if columns else ""


def _printable(text: str) -> str:
    """An untrusted file name, without what could steer the terminal."""
    return "".join(c if c.isprintable() else "?" for c in text)


def _line(text: str, end: str = "\n") -> None:
    """Replaces the progress bar's line on a terminal; elsewhere prints finished lines only."""
    try:
        if sys.stdout.isatty():
            print(f"\r\033[K{text}", end=end if text else "", flush=True)
        elif text:
            print(text, flush=True)
    except BrokenPipeError:
        # Nobody reads on, as after `| head`: the files are denoised all the same.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
