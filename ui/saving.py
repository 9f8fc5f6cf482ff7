"""Files on their way to the visitor: written by the child first, then fetched by the browser.

Streamlit's own download button makes a new address at each run of the page, so a click that meets
a run finds nothing; here a click is a message, and the address comes once the file is there.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import streamlit as st

import photo
from ui.archive import Item, archive
from ui.jobs import Job
from ui.parts import address
from ui.picture import LATE, Picture
from ui.results import Encoded, Settings

logger = logging.getLogger(__name__)
STATE = st.session_state
SORRY = "Something went wrong, and the file could not be written. Please try again."
SHORT_S = 1.0  # a file that is written so soon comes with the same run of the page


@dataclass
class Saving:
    """What is being written. Threads that outlive a run of the page change it.

    packing: the job of a ZIP file, for its progress. ready: the last file, its number and name,
    until it was fetched. number: of the last file. missing: (name, why) of what was not written.
    """

    busy: bool = False
    packing: Job | None = None
    number: int = 0
    ready: tuple[int, str, Encoded] | None = None
    missing: list[tuple[str, str]] = field(default_factory=list)


def current() -> Saving:
    saving: Saving = STATE.setdefault("saving", Saving())
    return saving


def forget() -> None:
    """A new start; numbers go on, as the browser fetches no number twice."""
    STATE["saving"] = Saving(number=current().number)


def one(picture: Picture, settings: Settings) -> None:
    """Have one picture written."""
    kind = settings.format or (picture.opened.default_format if picture.opened else "PNG")

    def write(saving: Saving) -> tuple[str, Encoded]:
        try:
            file = picture.write(settings)
        except photo.PhotoError as error:
            saving.missing = [(picture.name, str(error))]
            raise
        return file.name, Encoded(file.data, photo.FORMATS[kind].mime)

    _begin(picture.name, write)


def many(items: Sequence[Item]) -> None:
    """Have all of these written into one ZIP file."""

    def write(saving: Saving) -> tuple[str, Encoded]:
        saving.packing = job = archive(items)
        job.wait()
        saving.packing = None  # with its result, which is large
        if job.result is None:
            saving.missing = [("denoised.zip", job.error or LATE)]
            raise photo.PhotoError(job.error)
        saving.missing = list(job.result.missing)
        return "denoised.zip", Encoded(job.result.data, "application/zip")

    _begin("denoised.zip", write)


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


def _begin(title: str, write: Callable[[Saving], tuple[str, Encoded]]) -> None:
    """title: what a failure is told of."""
    saving = current()
    if saving.busy:
        return
    saving.busy, saving.packing, saving.missing = True, None, []

    def run() -> None:
        try:
            name, file = write(saving)
            saving.number += 1
            saving.ready = saving.number, name, file
        except photo.PhotoError:
            pass  # in `missing`
        except Exception:
            logger.exception("a file could not be written")
            saving.missing = [(title, SORRY)]
        finally:
            saving.busy = False

    thread = threading.Thread(target=run, daemon=True, name="saving")
    try:
        thread.start()
    except RuntimeError:  # the server has no more threads
        saving.busy, saving.missing = False, [(title, LATE)]
    else:
        thread.join(SHORT_S)
