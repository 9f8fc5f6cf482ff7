"""Keeps results for ten minutes after their page is closed, within a memory limit that only results
in current use may exceed.

One store serves all visitors. What is kept is found by a key: a result by the digest of its file,
so that the same file is never computed twice, and a visitor's choice of files by a secret that only
their browser knows (`new_secret`), so that a refresh finds everything again. That choice is never
dropped while its tab is open: the tab holds the files anyway, so it would free nothing.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ui import memory

LIMIT = min(2_000_000_000, memory.total() // 4)  # bytes kept for all visitors together
HELD_LIMIT = memory.total() // 3  # bytes that open tabs hold themselves, all visitors' together
IN_USE_S = 30.0
KEPT_S = 600.0  # how long after the last tab that used it was closed


@dataclass
class _Entry:
    value: Any
    size: int
    owners: dict[str, float]  # whose it is, and when their tab was last open
    used: float  # when it was last put or asked for
    held: bool  # by its owner's tab itself, while that is open

    def counts(self, now: float) -> bool:
        """Whether dropping it would free its memory."""
        return not (self.held and now - max(self.owners.values()) < IN_USE_S)


class Store:
    """Safe from several threads. What was used longest ago goes first when there is too much.

    What was used within `IN_USE_S` stays, however large: a page that looks at both sides of a huge
    picture would otherwise have one computed again for the other, for ever.
    """

    def __init__(self, limit: int = LIMIT, now: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._now = limit, now
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._held: dict[str, int] = {}
        self._lock = threading.Lock()

    def put(self, key: str, value: Any, size: int, owner: str, *, held: bool = False) -> None:
        """Keep it while the owner's tab is open and for `KEPT_S` after.

        size: in bytes. held: the tab itself holds it, so it takes no room while that is open.
        """
        with self._lock:
            now = self._now()
            before = self._entries.pop(key, None)
            owners = {**(before.owners if before else {}), owner: now}
            self._entries[key] = _Entry(value, size, owners, now, held)
            self._make_room()

    def get(self, key: str, owner: str) -> Any | None:
        """What was kept, from now on for this owner too; None if it is gone."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._entries.move_to_end(key)
            entry.owners[owner] = entry.used = self._now()
            return entry.value

    def peek(self, key: str) -> Any | None:
        """What was kept; whose it is stays as it was."""
        with self._lock:
            entry = self._entries.get(key)
            return entry.value if entry else None

    def hold(self, owner: str, size: int) -> None:
        """The owner's tab itself holds so many bytes, until it says otherwise or is closed."""
        with self._lock:
            self._held[owner] = size

    def held(self) -> int:
        """Bytes that all open tabs hold themselves."""
        with self._lock:
            return sum(self._held.values())

    def drop(self, key: str) -> None:
        """It is not wanted any more."""
        with self._lock:
            self._entries.pop(key, None)

    def sweep(self, is_open: Callable[[str], bool]) -> None:
        """Drop what belonged to tabs closed `KEPT_S` ago; a closed tab holds nothing itself."""
        with self._lock:
            now = self._now()
            owners = {owner for entry in self._entries.values() for owner in entry.owners}
            there = {owner for owner in owners | self._held.keys() if is_open(owner)}
            self._held = {owner: size for owner, size in self._held.items() if owner in there}
            for key, entry in list(self._entries.items()):
                seen = {owner: now if owner in there else at for owner, at in entry.owners.items()}
                entry.owners = {owner: at for owner, at in seen.items() if now - at <= KEPT_S}
                if not entry.owners:
                    del self._entries[key]

    def _make_room(self) -> None:
        now, total = self._now(), self._total()
        for key, entry in list(self._entries.items()):
            if total <= self._limit or now - entry.used < IN_USE_S:
                return
            if entry.counts(now):
                total -= self._entries.pop(key).size

    def size(self) -> int:
        """Bytes kept, but for what an open tab holds itself."""
        with self._lock:
            return self._total()

    def _total(self) -> int:
        now = self._now()
        return sum(entry.size for entry in self._entries.values() if entry.counts(now))


def new_secret() -> str:
    """What nobody can guess: whoever has it sees the pictures."""
    return secrets.token_urlsafe(16)
