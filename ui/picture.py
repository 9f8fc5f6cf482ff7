"""One picture of a visitor: the file, and what the child has made of it so far.

For the page, in the order in which it needs them (all attributes may be read at any time):

    shown = Picture(key, name, load)     no work yet; `load()` gives the file's bytes
    shown.start()                        a single picture; start(show=False) in a batch
    shown.opened                         size, formats, notes, noisy side; None while being read
    shown.preview                        the whole, made smaller and denoised
    shown.parts                          parts at full resolution, as they are finished
    shown.look_at(rect)                  what the visitor sees now: is denoised before the rest
    shown.job                            stage, percent, time left, error; None before `start`
    shown.ahead                          how many jobs of others come first
    shown.result                         full resolution and strength; None before, or once gone
    shown.noise_removed(settings)        in brightness and in colour, in grey levels
    shown.writing(settings)              a job for the finished file, which `written` waits for
    shown.show()                         have a batch's picture made ready for the viewer
    shown.cancel()
    shown.adopt(owner)                   after a refresh: the work goes on for the new tab

Strength and colour are the browser's to draw; nothing is computed anew when they change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import photo
from ui import work
from ui.jobs import Job, Stage
from ui.results import Encoded, Opened, Part, Rect, Removed, Result, Settings, Written
from ui.worker import Worker, visitor, worker

PREVIEW_FROM = 1_500_000  # pixels from which a preview and a first region are worth their time
SMALL = 2_000_000  # pixels below which a picture is done between the tiles of a larger one
FIRST_LOOK = (960, 800)  # width and height of the region that is denoised first, in the middle
WRITE_S = 300  # the longest that a download waits for its turn and its file
LATE = "The server is too busy to write this file now. Please try again."


@dataclass(eq=False)
class Picture:
    """See the top of this file. key: identifies it on the page. name: as uploaded, untrusted.

    What is large lies in the worker's store, which bounds it for all visitors together; what the
    store had to drop is made again when it is wanted. facts: `opened` without the noisy side.
    """

    key: str
    name: str
    load: Callable[[], bytes] = field(repr=False)
    owner: str = field(default_factory=visitor)
    worker: Worker = field(default_factory=worker, repr=False)
    job: Job | None = None
    facts: Opened | None = field(default=None, repr=False)
    preview: Encoded | None = None
    parts: list[Part] = field(default_factory=list)
    visible: Rect | None = None
    looking: Job | None = None
    after: Encoded | None = field(default=None, repr=False)  # `Result.detail`, which outlives it

    @cached_property
    def digest(self) -> str:
        """The same for the same file, whoever brings it under whatever name."""
        return hashlib.blake2b(self.load(), digest_size=16).hexdigest()

    @property
    def result(self) -> Result | None:
        return self.worker.store.get(self.digest, self.owner)

    @property
    def opened(self) -> Opened | None:
        if self.facts is None:
            return None
        return replace(self.facts, noisy=self.worker.store.get(self._noisy_key, self.owner))

    @property
    def complete(self) -> bool:
        """Whether both sides can be shown in whole."""
        opened, result = self.opened, self.result
        return bool(opened and opened.noisy and result and result.shown)

    @property
    def wanting(self) -> bool:
        """Whether it should be started: not while it works, nor after it failed or was stopped."""
        ready = self.job is None or self.job.stage is Stage.DONE
        return ready and not self.complete

    @property
    def working(self) -> bool:
        return self.job is not None and self.job.active

    @property
    def failed(self) -> bool:
        return self.job is not None and self.job.stage is Stage.FAILED

    @property
    def unseen(self) -> str:
        """Why it could not be made ready for the viewer; "" if it was, or will be."""
        looking = self.looking
        if looking is None or looking.stage is not Stage.FAILED:
            return ""
        made = self.result is not None and not self.working
        return looking.error if made and not self.complete else ""

    def restart_if_dropped(self) -> None:
        """What was stopped because the tab seemed closed may begin again: the tab is back."""
        if self.job is not None and self.job.dropped:
            self.job = None
        if self.looking is not None and self.looking.dropped:
            self.looking = None

    @property
    def done(self) -> bool:
        """Whether it was denoised; if memory was short, its result may be gone since."""
        finished = self.job is not None and self.job.stage is Stage.DONE
        return finished or self.result is not None

    def adopt(self, owner: str) -> None:
        """It belongs to another tab now, after a refresh; work that is under way goes on."""
        self.owner = owner
        for job in (self.job, self.looking):
            if job is not None:
                job.owner = owner

    def cancel(self) -> None:
        """Stop the work, running or waiting."""
        for job in (self.job, self.looking):
            if job is not None:
                job.cancel()

    @property
    def ahead(self) -> int:
        """How many jobs come before its own."""
        return self.worker.place(self.job) if self.job else 0

    def noise_removed(self, settings: Settings) -> Removed | None:
        """What these strengths take away, in grey levels; None before the result is there."""
        if (result := self.result) is None:
            return None
        colour = settings.colour
        share = 1 - (1 - settings.strength) ** 3 if colour is None else colour  # as helper.blend
        full = result.removed
        return Removed(full.brightness * settings.strength, full.colour * share)

    def start(self, show: bool = True) -> None:
        """Hand it to the worker, unless it was done before. show: it is looked at, not one of many.

        Nothing is computed twice: neither what this picture has nor what the store remembers.
        """
        if self.working:
            return
        job = Job(
            self.owner,
            lambda job: self._full(job, show),
            lambda job: self._quick(job, show),
            on_part=self._add,
        )
        self.job = self.worker.submit(job)

    def look_at(self, rect: Rect) -> None:
        """Have this part denoised next, unless it is done, or all of it soon will be."""
        self.visible = rect
        if not self.working or self.facts is None or self.facts.size < PREVIEW_FROM:
            return
        if not self._covered(rect):
            self._soon(self._region)

    def show(self) -> None:
        """Have the whole encoded for the viewer, both sides: what a batch leaves out."""
        if not self._has_noisy() or self._lacks_view():
            self._soon(self._show)

    def writing(self, settings: Settings, keep: bool = True) -> Job:
        """A job that writes the file, at full resolution.

        keep: what has to be denoised again for it is kept, too.
        """

        def step(job: Job) -> Written:
            return job.call(work.write, self.load(), self.name, self._kept(job, keep), settings)

        # What has to be denoised again waits for its turn.
        ready = self.result is not None
        job = Job(self.owner, None, step) if ready else Job(self.owner, step, urgent=True)
        return self.worker.submit(job)

    def _soon(self, step: Callable[[Job], None]) -> None:
        """Between two tiles; one such wish at a time, which sees the latest state when it runs."""
        if self.looking is None or not self.looking.active:
            self.looking = self.worker.submit(Job(self.owner, None, step))

    @property
    def _noisy_key(self) -> str:
        return f"noisy {self.digest}"

    def _has_noisy(self) -> bool:
        return bool((opened := self.opened) and opened.noisy)

    def _lacks_view(self) -> bool:
        result = self.result
        return result is not None and result.shown is None

    # The rest is run by the worker's thread.

    def _kept(self, job: Job, keep: bool) -> bytes:
        """`Result.kept`, computed again if memory was short."""
        result = self.result
        if result is None:
            result = job.call(work.full, self.load(), self.name, False)
            if keep:
                self._keep(result)
        return result.kept

    def _quick(self, job: Job, show: bool) -> None:
        """Open it; of a large one, which will take long, also a preview and the middle."""
        self._open(job, show)
        assert self.facts is not None
        job.small = self.facts.size < SMALL or self.result is not None
        if not show or self.facts.size < PREVIEW_FROM or self.result is not None:
            return
        if self.preview is None:
            self.preview = job.call(work.preview, self.load(), self.name)
        if not self.parts:
            self._region(job)

    def _open(self, job: Job, show: bool) -> None:
        if self.facts is None or (show and not self._has_noisy()):
            opened = job.call(work.open_file, self.load(), self.name, show)
            if noisy := opened.noisy:
                self.worker.store.put(self._noisy_key, noisy, len(noisy.data), self.owner)
            self.facts = replace(opened, noisy=None)

    def _region(self, job: Job) -> None:
        if self.result is None and self.facts is not None:
            rect = self.visible or _middle(self.facts)
            self._add(job.call(work.region, self.load(), self.name, rect))

    def _full(self, job: Job, show: bool) -> None:
        if (result := self.result) is None:
            self._keep(job.call(work.full, self.load(), self.name, show))
        else:
            self.after = result.detail
            if show:
                self._show(job)
        self.parts = []

    def _show(self, job: Job) -> None:
        self._open(job, show=True)
        result = self.result
        if result is not None and result.shown is None:
            shown = job.call(work.show, self.load(), self.name, result.kept)
            self._keep(replace(result, shown=shown))

    def _keep(self, result: Result) -> None:
        self.after = result.detail
        self.worker.store.put(self.digest, result, result.size, self.owner)

    def _add(self, part: Part) -> None:
        self.parts = [*self.parts, part]

    def _covered(self, rect: Rect) -> bool:
        """Whether the parts cover it, judged by a grid of points."""
        steps = [i / 4 for i in range(5)]
        places = [
            (int(rect.left + x * (rect.width - 1)), int(rect.top + y * (rect.height - 1)))
            for x in steps
            for y in steps
        ]
        points = [Rect(left, top, 1, 1) for left, top in places]
        return all(any(part.rect.contains(point) for part in self.parts) for point in points)


def written(job: Job, seconds: float | None = WRITE_S) -> Written:
    """What a job of `Picture.writing` wrote. Waits: for threads that may.

    Args:
        job: The job.
        seconds: The longest to wait; None waits until it has ended.

    Raises:
        PhotoError: The format cannot hold it, the server is busy, or the child failed.
    """
    if not job.wait(seconds):
        job.cancel()
    if job.stage is not Stage.DONE:
        raise photo.PhotoError(job.error or LATE)
    found: Written = job.result
    return found


def _middle(opened: Opened) -> Rect:
    width, height = min(FIRST_LOOK[0], opened.width), min(FIRST_LOOK[1], opened.height)
    return Rect((opened.width - width) // 2, (opened.height - height) // 2, width, height)
