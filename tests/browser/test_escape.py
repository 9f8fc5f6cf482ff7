"""Esc cancels the work that is seen, and only where it means nothing else."""

import pytest
from playwright.sync_api import Page
from steps import WORKING, large, upload

# A click comes within its key's event, long before the page could show what it did.
COUNT_CANCELS = """() => {
  window.cancels = 0;
  document.addEventListener("click", (event) => {
    if (event.target.closest(".st-key-cancel")) window.cancels += 1;
  }, true);
}"""


@pytest.fixture
def page(open_page) -> Page:
    """With work that lasts."""
    page = open_page()
    upload(page, ("large.jpg", large(8, times=40)))
    page.get_by_role("button", name="Cancel").wait_for()
    page.locator(".viewer .noisy img").first.wait_for()
    page.evaluate(COUNT_CANCELS)
    return page


def test_escape_cancels_only_where_it_means_nothing_else(page: Page) -> None:
    assert "Esc" in page.locator(f"{WORKING} button").evaluate(
        "one => getComputedStyle(one, '::after').content"
    )
    for press in (on_another_tab, in_the_list_of_formats, in_the_zoom_field):
        press(page)
        assert page.evaluate("window.cancels") == 0
    page.locator(".viewer .stage").press("Escape")
    page.get_by_text("Cancelled. The finished parts stay visible.").wait_for()


def on_another_tab(page: Page) -> None:
    page.get_by_role("tab", name="About").click()
    page.get_by_role("heading", name="The networks").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Photos").click()


def in_the_list_of_formats(page: Page) -> None:
    page.get_by_role("button", name="JPEG").click()
    page.get_by_role("combobox", name="Save as").click()
    page.get_by_role("option", name="PNG", exact=True).wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("option", name="PNG", exact=True).wait_for(state="hidden")
    page.get_by_role("slider", name="Quality").press("Escape")
    page.get_by_test_id("stPopoverBody").wait_for(state="hidden")


def in_the_zoom_field(page: Page) -> None:
    field = page.get_by_role("spinbutton", name="Zoom level in percent")
    shown = field.input_value()
    field.fill("321")
    field.press("Escape")
    assert field.input_value() == shown
    assert page.locator(".viewer input:focus").count() == 0
