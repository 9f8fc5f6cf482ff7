"""Many finished pictures as one ZIP file, written with the settings as they are now."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import helper
import photo
from ui import work
from ui.child import ChildError
from ui.jobs import Job, sentence
from ui.picture import Picture
from ui.process import Died, Interrupted
from ui.results import Settings, Written

Item = tuple[Picture, Settings]


@dataclass(frozen=True)
class Archive:
    """A ZIP file, and why some pictures are not in it: (name, sentence)."""

    data: bytes = field(repr=False)
    missing: tuple[tuple[str, str], ...] = ()


def archive(items: Sequence[Item]) -> Job:
    """A job whose result is an `Archive`; its progress counts pictures.

    Nothing goes through the network again, except for a picture whose result had to be dropped
    because memory was short. A picture that cannot be written is left out.
    """
    owner, worker = items[0][0].owner, items[0][0].worker
    return worker.submit(Job(owner, lambda job: _archive(job, items), urgent=True))


def zipped(files: Iterable[Written]) -> bytes:
    """Names that are met twice are numbered. Pictures are compressed already, so only stored.

    notes.txt says what was left out or changed in which picture, if anything was.
    """
    sink, taken = io.BytesIO(), []  # type: io.BytesIO, list[str]
    notes: list[str] = []
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as file:
        for written in files:
            taken.append(written.name)
            name = photo.unique_names(taken)[-1]
            file.writestr(name, written.data)
            notes += [f"{name}: {note}\n" for note in written.notes]
        if notes:
            file.writestr("notes.txt", "".join(notes))
    return sink.getvalue()


def _archive(job: Job, items: Sequence[Item]) -> Archive:
    missing: list[tuple[str, str]] = []
    return Archive(zipped(_written(job, items, missing)), tuple(missing))


def _written(job: Job, items: Sequence[Item], missing: list[tuple[str, str]]) -> Iterator[Written]:
    for done, (picture, settings) in enumerate(items, 1):
        try:
            kept = picture.kept(job)
            yield job.call(work.write, picture.load(), picture.name, kept, settings)
        except (photo.PhotoError, MemoryError, Died, ChildError) as error:
            if isinstance(error, Interrupted):
                raise  # the job is tried once more
            missing.append((picture.name, sentence(error)))
        job.report(done, len(items))
        if job.cancelled():
            raise helper.Cancelled
