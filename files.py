"""One picture file in, one picture file out, with its outcome: for the terminal and for Ray.

A result is written beside its place and then renamed, so it is there whole or not at all. No
result replaces an input, nor another result of the same run.
"""

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import helper
import photo
from model.whole import written_whole

if TYPE_CHECKING:
    import keras

# What a bad file or a full disk may raise.
_EXPECTED = (photo.PhotoError, OSError, MemoryError)
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """A file to denoise; `folder` is where it was below the folder that was named."""

    source: Path
    folder: Path


@dataclass(frozen=True)
class Outcome:
    """What became of a file: where it was written, or a sentence that says why not.

    notes: What the person should know of the result: sentences.
    """

    done: bool
    text: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Options:
    """What to do with every file.

    output: A folder, or the file to write if `one_file`.
    one_file: There is one input, and `output` names its result.
    strength: In [0, 1]; see `helper.denoise`, as for `mode`.
    format: A name of `photo.WRITABLE`; None for the input's own, or the one `output` names.
    quality: 1 to 100, of formats with loss; None for the format's usual one.
    network: Weights of a training run, or "first" or "second"; None for the second, the released.
    colour: In [0, 1], the strength for colour noise alone; None follows `strength`.
    """

    output: Path
    one_file: bool = False
    strength: float = 1.0
    mode: str = "full"
    format: str | None = None
    quality: int | None = None
    network: Path | str | None = None
    colour: float | None = None

    def load_model(self) -> "keras.Model | None":
        """The network; None for the released one. Raises ValueError."""
        if self.network in (None, "second"):  # which `helper` keeps ready, in the fastest precision
            return None
        return helper.load_model(self.network)


class Targets:
    """Where results go.

    Args:
        options: What to do with every file.
        inputs: The identities of all inputs, none of which may be overwritten; see `identity`.
    """

    def __init__(self, options: Options, inputs: Iterable[tuple[int, int]] = ()) -> None:
        self._options, self._inputs, self._taken = options, set(inputs), set[str]()

    def choose(self, job: Job, picture: photo.Photo) -> Path:
        """The place of a job's result, which no later job gets.

        Raises:
            photo.PhotoError: It is an input's.
        """
        target = self._options.output
        if not self._options.one_file:
            format = self._options.format or photo.default_format(picture)
            target = self._unused(target / job.folder / photo.output_name(job.source.name, format))
        self._taken.add(photo.folded(str(target)))
        if target.exists() and identity(target) in self._inputs:
            raise photo.PhotoError("The output would overwrite an input; choose another -o.")
        return target

    def _unused(self, target: Path) -> Path:
        unused, number = target, 1
        while photo.folded(str(unused)) in self._taken:
            number += 1
            unused = target.with_name(f"{target.stem} ({number}){target.suffix}")
        return unused


def attempt(denoise: Callable[[], tuple[Path, list[str]]], source: Path) -> Outcome:
    """What became of `denoise_file`; what may be wrong with a file or a disk becomes a sentence.

    Args:
        denoise: Calls it.
        source: The file, for the log.
    """
    try:
        target, notes = denoise()
    except _EXPECTED as error:
        return Outcome(False, _sentence(error))
    except Exception as error:  # for instance a GPU short of memory: the other files may fit
        logger.exception("%r could not be denoised", str(source))
        return Outcome(False, f"Something went wrong ({type(error).__name__}: {error}).")
    return Outcome(True, str(target), tuple(notes))


def denoise_file(
    job: Job,
    options: Options,
    targets: Targets,
    model: "keras.Model | None" = None,
    progress: Callable[[int, int], None] | None = None,
    since: int | None = None,
) -> tuple[Path, list[str]]:
    """Denoises one file; returns where it was written, whole or not at all, and the notes on it.

    Args:
        job: The file.
        options: What to do with it.
        targets: Says where the result goes.
        model: `options.load_model()`.
        progress: Called with (tiles done, tiles in all) after each tile.
        since: A result that was written at this time (in ns) or later is not written again.

    Raises:
        photo.PhotoError: The picture cannot be read or written.
        OSError: The disk refuses.
    """
    limits = photo.Limits()
    limits.check_bytes(job.source.stat().st_size)
    picture = photo.read(job.source.read_bytes(), job.source.name, limits)
    target = targets.choose(job, picture)
    format = options.format or (target.suffix if options.one_file else None)
    notes = photo.remarks(picture, format)
    if since is not None and target.exists() and target.stat().st_mtime_ns >= since:
        return target, notes
    clean = helper.denoise(
        photo.to_display(picture, picture.pixels),
        strength=options.strength,
        colour=options.colour,
        mode=options.mode,
        progress=progress,
        model=model,
    )
    picture.pixels = photo.from_display(picture, clean)
    data = photo.write(picture, format, options.quality)
    with written_whole(target) as beside:
        beside.write_bytes(data)
    return target, notes


def identity(path: Path) -> tuple[int, int]:
    """The same for two names of one file."""
    status = path.stat()
    return status.st_dev, status.st_ino


def identities(paths: Iterable[Path]) -> set[tuple[int, int]]:
    """Of those that are there and may be asked; what is wrong with the others is said later."""
    found = set()
    for path in paths:
        with suppress(OSError):
            found.add(identity(path))
    return found


def _sentence(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "There is not enough memory for this picture; make it smaller."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'The file'}: {error.strerror}."
    return str(error)
