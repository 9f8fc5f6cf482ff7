"""Long work in a real browser: progress, cancel, many visitors."""

import time

from steps import WORKING, download, large, nearly, noisy, pixels_of, png, result, upload

import helper


def test_cancel_stops_within_a_second_and_keeps_what_is_done(open_page) -> None:
    page = open_page()
    upload(page, ("large.jpg", large()))
    page.locator(".viewer:not(.waiting)").wait_for()
    page.get_by_text("Preview", exact=True).wait_for()
    page.locator(".viewer .colour img").nth(1).wait_for(state="attached")  # a part is done
    page.get_by_role("button", name="Cancel").click()
    start = time.monotonic()
    page.get_by_text("Cancelled. The finished parts stay visible.").first.wait_for()
    assert time.monotonic() - start < 3
    assert page.locator(".viewer.waiting").count() == 0
    assert page.locator(".viewer .colour img").count() > 1


def test_what_is_looked_at_comes_before_the_rest(open_page) -> None:
    page = open_page()
    upload(page, ("large.jpg", large(1)))
    page.locator(".viewer:not(.waiting)").wait_for()
    viewer = page.locator(".viewer")
    viewer.locator(".stage").press("1")
    for _ in range(8):
        viewer.locator(".stage").press("Shift+ArrowRight")
    corner = "one => [...one.querySelectorAll('img')].some((i) => parseInt(i.style.left) > 1700)"
    page.wait_for_function(
        f"({corner})([...document.querySelectorAll('*')]"
        ".map((one) => one.shadowRoot?.querySelector('.colour')).find(Boolean))"
    )
    page.get_by_role("button", name="Cancel").click()


def test_a_small_picture_does_not_wait_behind_a_large_one(open_page) -> None:
    one, other = open_page(), open_page()
    upload(one, ("large.jpg", large(2)))
    one.get_by_text("Denoising: ").first.wait_for()
    upload(other, ("small.png", png(noisy(seed=31))))
    result(other)
    assert one.locator(WORKING).count() == 1
    one.get_by_role("button", name="Cancel").click()


def test_three_visitors_at_once_each_get_their_own_picture(open_page) -> None:
    pictures = [noisy(700, 500, seed) for seed in (11, 12, 13)]
    pages = [open_page() for _ in pictures]
    for page, pixels in zip(pages, pictures, strict=True):
        upload(page, ("same name.png", png(pixels)))
    for page, pixels in zip(pages, pictures, strict=True):
        result(page)
        _, path = download(page, "Download")
        assert nearly(pixels_of(path), helper.denoise(pixels))


def test_a_closed_tab_frees_its_work(open_page) -> None:
    one, other = open_page(), open_page()
    upload(one, ("large.jpg", large(3)))
    one.get_by_text("Denoising: ").first.wait_for()
    one.context.close()
    upload(other, ("also large.jpg", large(4)))
    other.get_by_text("Denoising: ").first.wait_for()
