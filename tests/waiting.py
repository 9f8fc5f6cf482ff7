"""Waiting for what happens in another thread or process."""

import time
from collections.abc import Callable

from streamlit.testing.v1 import AppTest


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Returns as soon as it holds; fails if it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


def finished(page: AppTest, seconds: float = 120) -> AppTest:
    """Look again until the worker has nothing left to do for this page."""
    end = time.monotonic() + seconds
    while any(button.label == "Cancel" for button in page.button):
        assert time.monotonic() < end, "the worker did not finish"
        time.sleep(0.3)
        page.run()
    page.run()  # what ended while the page was being drawn is shown by its next run
    assert not page.exception
    return page
