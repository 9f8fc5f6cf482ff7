"""Requests that fail are made again, and meanwhile nothing is shown for something else."""

from collections.abc import Callable

from playwright.sync_api import Page, Route
from steps import batch_done, noisy, png, result, upload
from waiting import until


def refuse_pictures(page: Page) -> Callable[[], None]:
    """Until the function that is returned is called."""
    refused = [True]

    def answer(route: Route) -> None:
        route.abort() if refused[0] else route.continue_()

    page.route("**/media/**", answer)
    return lambda: refused.__setitem__(0, False)


def test_the_original_is_never_shown_as_the_result_that_could_not_be_fetched(open_page) -> None:
    page = open_page()
    allow = refuse_pictures(page)
    upload(page, ("a.png", png(noisy())))
    page.locator(".st-key-line .text", has_text="Noise removed:").wait_for()
    page.locator(".viewer.waiting .wait", has_text="Loading").wait_for()
    assert not page.get_by_text("Denoised", exact=True).is_visible()
    allow()
    viewer = result(page)
    assert page.get_by_text("Denoised", exact=True).is_visible()
    come = "all => all.every((image) => image.naturalWidth > 0)"
    until(lambda: viewer.locator("img").evaluate_all(come))


def test_a_card_waits_for_its_pictures(open_page) -> None:
    page = open_page()
    allow = refuse_pictures(page)
    upload(page, *((f"{seed}.png", png(noisy(seed=seed))) for seed in (1, 2)))
    batch_done(page)
    assert page.locator(".card.pending").count() == 2
    allow()
    page.locator(".card:not(.pending)").nth(1).wait_for()
    page.locator(".card:not(.pending) .before img").nth(1).wait_for()
