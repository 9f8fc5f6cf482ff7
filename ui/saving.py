"""Files on their way to the visitor: written by the child first, then fetched by the browser.

Streamlit's own download button makes a new address at each run of the page, so a click that meets
a run finds nothing; here a click is a message, and the address comes once the file is there.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import streamlit as st

import photo
from ui import words
from ui.archive import Archive
from ui.jobs import LOST, Job
from ui.parts import address
from ui.picture import LATE, WRITE_S, Picture, written
from ui.results import Encoded, Settings, Written
from ui.store import LIMIT
from ui.worker import GRACE_S, Worker, visitor

logger = logging.getLogger(__name__)
STATE = st.session_state
SORRY = "Something went wrong, and the file could not be written. Please try again."
FULL = (
    "The ZIP file is full. Download these one by one, or remove the photos that you already have "
    "and try again."
)
SHORT_S = 1.0  # a file that is written so soon comes with the same run of the page
LOOK_S = 0.5  # how often it is looked whether a tab is back
ZIP_LIMIT = LIMIT // 2  # bytes
Item = tuple[Picture, Settings]


@dataclass(frozen=True)
class Missing:
    """What was not written. key: of the picture, if it is one. name: what it is called."""

    key: str
    name: str
    why: str


class Stopped(Exception):
    """The visitor wants the file no longer."""


class Lost(Exception):
    """The tab that wants the file is closed, and not only for a moment."""


@dataclass
class Saving:
    """What is being written. Threads that outlive a run of the page change it.

    done, total: pictures of a ZIP file; total is 0 for a single picture. job: writes the picture
    that is being written. stop: set to end the writing. ready: the last file, its number and name,
    until it was fetched. number: of the last file.
    """

    busy: bool = False
    owner: str = ""  # the tab that wants it
    done: int = 0
    total: int = 0
    job: Job | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    number: int = 0
    ready: tuple[int, str, Encoded] | None = None
    missing: list[Missing] = field(default_factory=list)


def current() -> Saving:
    saving: Saving = STATE.setdefault("saving", Saving())
    return saving


def progress() -> tuple[str, float] | None:
    """What is being written, and the share of it that is done; None where nothing is."""
    now = current()
    if not now.busy:
        return None
    total = now.total  # another thread may end it
    if not total:
        return "Writing the file", 0.0
    return f"Writing the files: {now.done} of {total}", now.done / total


def forget() -> None:
    """A new start; numbers go on, as the browser fetches no number twice."""
    stop()
    STATE["saving"] = Saving(number=current().number)


def one(picture: Picture, settings: Settings) -> None:
    """Have one picture written."""
    kind = settings.format or (picture.opened.default_format if picture.opened else "PNG")
    failed = Missing(picture.key, picture.name, SORRY)

    def write(saving: Saving) -> tuple[str, Encoded]:
        try:
            file = _written(picture, settings, saving, keep=True, seconds=WRITE_S)
        except photo.PhotoError as error:
            saving.missing = [replace(failed, why=str(error))]
            raise
        return file.name, Encoded(file.data, photo.FORMATS[kind].mime)

    _begin(failed, write)


def many(items: Sequence[Item]) -> None:
    """Have all of these written into one ZIP file."""

    def write(saving: Saving) -> tuple[str, Encoded]:
        return "denoised.zip", Encoded(pack(items, saving), "application/zip")

    _begin(Missing("", "denoised.zip", SORRY), write, len(items))


def stop() -> None:
    """Give up the file that is being written."""
    saving = current()
    saving.stop.set()
    if job := saving.job:
        job.cancel()


def pack(items: Sequence[Item], saving: Saving, limit: int = ZIP_LIMIT) -> bytes:
    """A ZIP file of all that can be written; `saving` gets the progress, and what is missing.

    Each picture is a job of its own, so that other visitors' work comes in between. Those whose
    results memory was too short for come last: they are denoised again.

    Raises:
        Stopped: `stop` was called.
        Lost: The tab is closed.
        PhotoError: Nothing could be written.
    """
    packed, full = Archive(limit), False
    saving.missing = []
    inside = left = 0
    for picture, settings in sorted(items, key=lambda item: item[0].result is None):
        if full:
            left += 1
            continue
        try:
            fits = packed.add(_written(picture, settings, saving))
            # One that is too large by itself does not keep out the others.
            inside, left, full = inside + fits, left + (not fits), not fits and inside > 0
        except photo.PhotoError as error:
            saving.missing.append(Missing(picture.key, picture.name, str(error)))
        saving.done += 1
    if left:
        saving.missing.append(Missing("", words.photos(left), FULL))
    if not inside:
        raise photo.PhotoError("No picture could be written.")
    return packed.close()


def _written(
    picture: Picture,
    settings: Settings,
    saving: Saving,
    keep: bool = False,
    seconds: float | None = None,
) -> Written:
    """Written by a job that can be cancelled, and begins again if the tab was away for a while.

    keep, seconds: As for `Picture.writing` and `ui.picture.written`.

    Raises:
        Stopped: `stop` was called.
        Lost: The tab is closed.
        PhotoError: As `ui.picture.written` raises it.
    """
    while True:
        _look_for_the_tab(picture.worker, saving)
        saving.job = job = picture.writing(settings, keep)
        job.owner = saving.owner  # another tab may have adopted the picture
        if saving.stop.is_set():  # before there was a job to cancel
            job.cancel()
        try:
            return written(job, seconds)
        except photo.PhotoError:
            if saving.stop.is_set():
                raise Stopped from None
            if not job.dropped:
                raise
        finally:
            saving.job = None  # with its result, which is large


def _look_for_the_tab(worker: Worker, saving: Saving) -> None:
    """Wait for it while its connection may be back soon. Raises Lost, or Stopped meanwhile."""
    end = time.monotonic() + GRACE_S
    while not worker.is_open(saving.owner):
        if time.monotonic() > end:
            raise Lost
        if saving.stop.wait(LOOK_S):
            raise Stopped


def ready() -> dict[str, str | int] | None:
    """Where the browser finds the last file."""
    saving = current()
    if saving.ready is None:
        return None
    number, name, file = saving.ready
    return {"number": number, "name": name, "address": address(file, "saved")}


def fetched() -> None:
    """The browser has it: its memory can go, unless the next file is there already."""
    saving = current()
    if (STATE.get("ways-out") or {}).get("fetched") == saving.number:
        saving.ready = None
        address(Encoded(b"", "text/plain"), "saved")  # in place of the file


def _begin(failed: Missing, write: Callable[[Saving], tuple[str, Encoded]], total: int = 0) -> None:
    """failed: what to tell of a failure. total: how many pictures a ZIP file is to hold."""
    saving = current()
    if saving.busy:
        return
    saving.busy, saving.done, saving.total, saving.missing = True, 0, total, []
    saving.owner = visitor()
    saving.stop.clear()

    def run() -> None:
        try:
            name, file = write(saving)
            if saving.stop.is_set():
                raise Stopped
            saving.number += 1
            saving.ready = saving.number, name, file
        except (photo.PhotoError, Stopped):
            pass  # in `missing`, or as the visitor wished
        except Lost:
            saving.missing = [replace(failed, why=LOST)]
        except Exception:
            logger.exception("a file could not be written")
            saving.missing = [failed]
        finally:
            saving.total, saving.busy = 0, False

    thread = threading.Thread(target=run, daemon=True, name="saving")
    try:
        thread.start()
    except RuntimeError:  # the server has no more threads
        saving.missing = [replace(failed, why=LATE)]
        saving.total, saving.busy = 0, False
    else:
        thread.join(SHORT_S)
