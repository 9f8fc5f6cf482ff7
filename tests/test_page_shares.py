"""What the page's visitors share, its memory, and what two tabs of one visitor do not."""

import pytest
from pages import only, png, press, upload
from streamlit.testing.v1 import AppTest
from waiting import finished

from ui import intake, store
from ui.store import Store
from ui.worker import worker


def test_photos_beyond_the_room_are_left_out(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = png(1), png(2)
    monkeypatch.setattr(intake, "ROOM", len(first) + len(second) - 1)
    upload(page, ("a.png", first), ("b.png", second))
    assert only(page).name == "a.png"
    assert page.session_state["arrived"]["files"] == 1


def test_all_visitors_photos_have_one_limit(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = png(1), png(2)
    both, held = len(first) + len(second), Store()
    monkeypatch.setattr(worker(), "store", held)
    monkeypatch.setattr(store, "HELD_LIMIT", 0)
    monkeypatch.setattr(intake, "ROOM", both)
    held.hold("another visitor", len(second))
    finished(upload(page, ("a.png", first), ("b.png", second)))
    assert only(page).name == "a.png"
    press(page, "Start over")
    assert held.held() == both  # it can be undone
    assert AppTest.from_function(said_of_room).run().session_state["said"] == intake.BUSY
    finished(upload(page, ("b.png", second)))
    assert not page.session_state["desk"].pictures
    press(page, "Undo: bring my photos back")
    assert only(page).name == "a.png"


def said_of_room() -> None:
    import streamlit as st

    from ui import intake

    st.session_state["said"] = intake._data(small=False)["full"]


def test_what_makes_way_takes_no_room(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    good = png(1)
    monkeypatch.setattr(intake, "ROOM", len(good))
    finished(upload(page, ("bad.png", b"x" * len(good))))
    finished(upload(page, ("a.png", good)))  # in place of the bad one
    assert only(page).name == "a.png"


def restored(known: str, shared: bool) -> None:
    from ui import session

    session.restore(known, shared)


@pytest.mark.parametrize("shared", [False, True])
def test_a_duplicate_of_a_tab_shares_nothing_that_changes(page: AppTest, shared: bool) -> None:
    finished(upload(page, ("a.png", png(1)), ("b.png", png(2))))
    first, known = page.session_state["desk"], page.session_state["secret"]
    other = AppTest.from_function(restored, kwargs={"known": known, "shared": shared}).run()
    second = other.session_state["desk"]
    assert list(second.pictures) == list(first.pictures)
    for key, picture in first.pictures.items():
        assert (second.pictures[key] is picture) is not shared
        assert second.pictures[key].result is picture.result is not None
    assert (other.session_state["secret"] == known) is not shared
