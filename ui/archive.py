"""Many finished pictures as one ZIP file."""

from __future__ import annotations

import io
import zipfile

import photo
from ui.results import Written


class Archive:
    """A ZIP file that grows in memory. Pictures are compressed already, so only stored.

    Names that are met twice are numbered. notes.txt says what was left out or changed in which
    picture, if anything was.

    Args:
        limit: In bytes; a picture that would make it larger is not taken.
    """

    def __init__(self, limit: int) -> None:
        self._limit, self._sink = limit, io.BytesIO()
        self._zip = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_STORED)
        self._taken: list[str] = []
        self._notes: list[str] = []

    def add(self, written: Written) -> bool:
        """Whether there was room for it."""
        if self._sink.tell() + len(written.data) > self._limit:
            return False
        self._taken.append(written.name)
        name = photo.unique_names(self._taken)[-1]
        self._zip.writestr(name, written.data)
        self._notes += [f"{name}: {note}\n" for note in written.notes]
        return True

    def close(self) -> bytes:
        """The whole file."""
        if self._notes:
            self._zip.writestr("notes.txt", "".join(self._notes))
        self._zip.close()
        return self._sink.getvalue()
