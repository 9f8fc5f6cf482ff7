"""The pictures that a visitor has chosen, until they start over; a refresh finds them again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import streamlit as st

from ui import choices
from ui.choices import Strengths
from ui.picture import Picture
from ui.store import new_secret
from ui.worker import shared_store, visitor, worker

STATE = st.session_state


@dataclass
class Desk:
    """pictures: by key, in the order in which they came. own: strengths that differ from the rest.

    opened: the key of the one that is looked at, "" for all.
    """

    pictures: dict[str, Picture] = field(default_factory=dict)
    own: dict[str, Strengths] = field(default_factory=dict)
    opened: str = ""


def desk() -> Desk:
    return STATE.setdefault("desk", Desk())


def pictures() -> list[Picture]:
    return list(desk().pictures.values())


def held() -> int:
    """Bytes of all their files."""
    return _size(desk())


def _size(of: Desk) -> int:
    return sum(len(picture.load()) for picture in of.pictures.values())


def add(*files: tuple[str, str, Callable[[], bytes]]) -> None:
    """(key, name, load) of each new picture. What is there stays, and what is done is kept.

    Only a single file that could not be read makes way for the next.
    """
    if not files:
        return
    STATE.pop("undo", None)
    STATE.pop("gone", None)
    if makes_way():
        STATE["desk"] = Desk()
    for key, name, load in files:
        desk().pictures.setdefault(key, Picture(key, name, load))
    _keep()


def makes_way() -> bool:
    """Whether all that is here is a file that could not be read."""
    return len(alone := pictures()) == 1 and refused(alone[0])


def open_one(key: str) -> None:
    """Look at this picture of many; what failed before may be tried once more."""
    desk().opened = key
    if picture := desk().pictures.get(key):
        picture.looking = None


def refresh() -> None:
    """At every run: the pictures are this tab's, and the store has what finds them again.

    Another tab may have adopted them, the connection may have been lost for a while, and the store
    drops what nobody asked for while memory is short.
    """
    for picture in pictures():
        picture.adopt(visitor())
        picture.restart_if_dropped()
    _tell_what_is_held()
    if (known := secret()) and worker().store.get(_place(known), visitor()) is None:
        _keep()


def remove(key: str) -> None:
    if picture := desk().pictures.pop(key, None):
        picture.cancel()
    desk().own.pop(key, None)
    _keep()


def start_over() -> None:
    """Put everything aside; `undo` brings it back until there are new pictures."""
    if not pictures():  # the second of two clicks
        return
    for picture in pictures():
        picture.cancel()
    STATE["undo"], STATE["desk"] = desk(), Desk()
    _keep()


def undo() -> None:
    if "undo" not in STATE:  # the second of two clicks
        return
    STATE["desk"] = STATE.pop("undo")
    _take_over()
    _keep()


def shown() -> Picture | None:
    """The picture to look at: the only one, or the one that was opened."""
    here = desk().pictures
    return next(iter(here.values())) if len(here) == 1 else here.get(desk().opened)


def refused(picture: Picture) -> bool:
    """Whether its file could not be read."""
    return picture.opened is None and picture.failed


def strengths(key: str) -> Strengths:
    return desk().own.get(key) or choices.current().strengths


def set_strengths(key: str, chosen: Strengths) -> None:
    """For this picture; for all to come as well, while it is the only one."""
    if len(desk().pictures) > 1:
        desk().own[key] = chosen
    else:
        desk().own.pop(key, None)
        choices.change(grain=chosen.grain, colour=chosen.colour)


def share_strengths(key: str) -> None:
    """Give up this picture's own."""
    desk().own.pop(key, None)


def secret() -> str | None:
    """What finds these pictures after a refresh; None without any."""
    found: str | None = STATE.get("secret")
    return found


def restore(known: str, shared: bool) -> None:
    """Take over what an earlier session of the same tab left, or remember that it is gone.

    shared: another tab, of which this is a duplicate, has it still: this one gets pictures of its
    own and a new secret, so that nothing that is done in one of the two reaches the other.
    """
    kept = worker().store
    left = kept.peek(_place(known)) if shared else kept.get(_place(known), visitor())
    if desk().pictures:
        return
    if not isinstance(left, Desk):
        STATE["gone"] = True
        return
    found = dict(left.pictures)  # at once: the other tab may be changing its own
    if shared:
        found = {key: _copy(picture) for key, picture in found.items()}
    STATE["desk"] = Desk(found, dict(left.own), left.opened)
    if not shared:
        STATE["secret"] = known
    _take_over()
    _keep()  # this desk: what is changed from now on is found again, too


def _copy(picture: Picture) -> Picture:
    """The same file, and what is known of it, without the work of another tab."""
    return replace(picture, owner=visitor(), job=None, looking=None, parts=[])


def _take_over() -> None:
    """They are this session's now: work under way goes on, what was stopped begins again."""
    for picture in pictures():
        picture.adopt(visitor())
        if not picture.working and picture.result is None:
            picture.job = None


def _tell_what_is_held() -> None:
    aside: Desk | None = STATE.get("undo")
    shared_store().hold(visitor(), held() + (_size(aside) if aside else 0))


def _keep() -> None:
    _tell_what_is_held()
    if not desk().pictures:
        if known := STATE.pop("secret", None):
            worker().store.drop(_place(known))
        return
    STATE.setdefault("secret", new_secret())
    worker().store.put(_place(STATE["secret"]), desk(), held(), visitor(), held=True)


def _place(secret: str) -> str:
    """The store's key for a desk; the keys of results are not secret."""
    return f"desk {secret}"
