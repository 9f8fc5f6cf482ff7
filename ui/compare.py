"""The before/after viewer: a custom component, because no built-in one shows exact pixels.

Its script draws what changes often (view, zoom, position, strengths) from the same two encoded
pictures, so Python sends each picture once and only hears of new strengths.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from ui.choices import Strengths
from ui.parts import address, component
from ui.results import Encoded, Part, Rect

GAIN = 4  # how many times the removed noise is amplified
SHARED = "../live ../echo ../fetch"
OWN = "state geometry layers controls keys gestures screen copy removed viewer"
viewer = component("viewer", *(f"{name}.js" for name in f"{SHARED} {OWN}".split()))


@dataclass(frozen=True)
class View:
    """What the viewer shows of one picture.

    key: identifies it. width, height: its size in pixels; `clean` may have fewer (a preview).
    parts: what is done at full resolution, laid over `clean`. before, after: the names of the two
    sides. wait: shown while there is nothing of the second side. working: more parts will come,
    so the page hears which part of the picture is seen. fixed: part of a longer page, so without
    the two strengths and not as high as the window allows. alone: the strengths are those for the
    next pictures, too.
    """

    key: str
    width: int
    height: int
    noisy: Encoded | None = None
    clean: Encoded | None = None
    parts: Sequence[Part] = ()
    before: str = "Original"
    after: str = "Denoised"
    wait: str = ""
    working: bool = False
    fixed: bool = False
    alone: bool = True


def compare(
    key: str,
    view: View,
    strengths: Strengths,
    on_strengths: Callable[[Strengths], object],
    on_visible: Callable[[Rect], object] = lambda part: None,
) -> None:
    """Draw the viewer. It keeps its zoom, place and way of showing from picture to picture.

    on_strengths, on_visible: called before the next run, once the person has moved a slider or has
    another part of the picture in sight.
    """
    viewer(
        key=key,
        data=_data(key, view, strengths),
        on_strengths_change=_hear(key, "strengths", view.key, on_strengths, _strengths),
        on_visible_change=_hear(key, "visible", view.key, on_visible, _rect),
    )


def _data(key: str, view: View, strengths: Strengths) -> dict[str, object]:
    return {
        "key": key,
        "picture": view.key,
        "width": view.width,
        "height": view.height,
        "noisy": address(view.noisy, f"{key}-noisy") if view.noisy else None,
        "clean": address(view.clean, f"{key}-clean") if view.clean else None,
        "patches": [
            {
                "x": part.rect.left,
                "y": part.rect.top,
                "width": part.rect.width,
                "height": part.rect.height,
                "source": address(part.picture, f"{key}-part-{number}"),
            }
            for number, part in enumerate(view.parts)
        ],
        "before": view.before,
        "after": view.after,
        "wait": view.wait,
        "working": view.working,
        "fixed": view.fixed,
        "alone": view.alone,
        "gain": GAIN,
        "grain": strengths.grain,
        "colour": strengths.colour,
        "alt": f"The picture, {view.width} by {view.height} pixels, before and after.",
    }


def _hear(
    key: str,
    name: str,
    picture: str,
    listener: Callable[..., object],
    read: Callable[[dict], object],
) -> Callable[[], None]:
    """A callback for what the script sends; it names the picture, as another may be shown now."""

    def changed() -> None:
        said = (st.session_state.get(key) or {}).get(name)
        if said and said["picture"] == picture:
            listener(read(said))

    return changed


def _strengths(said: dict) -> Strengths:
    return Strengths(int(said["grain"]), int(said["colour"]))


def _rect(said: dict) -> Rect:
    left, top, right, bottom = said["part"]
    return Rect(left, top, max(1, right - left), max(1, bottom - top))
