"""Ways in and out: nothing that is done gets lost, and nothing jumps."""

import pytest
from playwright.sync_api import Page
from steps import (
    WORKING,
    batch_done,
    choose_jpeg,
    download,
    large,
    noisy,
    png,
    result,
    set_strengths,
    upload,
)

HAND_OVER = """async ([kind, bytes]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(bytes)], `${kind}.png`, { type: "image/png" }));
    const more = kind === "paste" ? { clipboardData: transfer } : { dataTransfer: transfer };
    const Kind = kind === "paste" ? ClipboardEvent : DragEvent;
    document.body.dispatchEvent(new Kind(kind, { ...more, bubbles: true, cancelable: true }));
}"""
MEASURE_SHIFT = """() => {
    window.shift = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.shift += entry.value;
    }).observe({ type: "layout-shift" });
}"""


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_a_picture_can_be_pasted_and_dropped_anywhere(open_page, kind: str) -> None:
    page = open_page()
    page.evaluate(HAND_OVER, [kind, list(png(noisy()))])
    result(page)
    assert page.get_by_role("heading", name=f"{kind}.png").count() == 1


def test_a_picture_that_is_dropped_on_another_tab_is_shown(open_page) -> None:
    page = open_page()
    page.get_by_role("tab", name="About").click()
    page.get_by_role("heading", name="The networks").wait_for()
    page.evaluate(HAND_OVER, ["drop", list(png(noisy()))])
    result(page)
    assert page.get_by_role("tab", name="Photos").get_attribute("aria-selected") == "true"
    assert page.get_by_role("radio", name="Side by side").get_attribute("aria-checked") == "true"


def test_a_click_while_photos_arrive_costs_none_of_them(open_page) -> None:
    page = open_page()
    upload(page, *((f"{seed}.png", png(noisy(seed=seed))) for seed in range(3)))
    for tab in ("About", "Playground", "About"):  # each ends the run that takes the photos
        page.get_by_role("tab", name=tab).click()
    page.wait_for_timeout(1000)
    page.get_by_role("tab", name="Photos").click()
    batch_done(page)
    assert page.locator(".card").count() == 3


def test_what_is_pasted_after_other_pictures_comes_once(open_page) -> None:
    page = open_page()
    upload(page, ("first.png", png(noisy())))
    result(page)
    for number in (2, 3):
        page.evaluate(HAND_OVER, ["paste", list(png(noisy(seed=number)))])
        page.get_by_role("heading", name=f"{number} photos").wait_for()
    page.wait_for_timeout(500)
    assert page.locator(".card").count() == 3


def test_a_file_is_downloaded_again_after_start_over_and_undo(open_page) -> None:
    page = open_page()
    upload(page, ("kept.png", png(noisy())))
    result(page)
    download(page, "Download")
    page.get_by_role("button", name="Start over").click()
    page.get_by_role("button", name="Undo").click()
    result(page)
    assert download(page, "Download")[0] == "kept-denoised.png"


def test_a_refresh_finds_picture_strengths_and_view_again(open_page) -> None:
    page = open_page()
    upload(page, ("kept.png", png(noisy())))
    set_strengths(result(page), 60, 70)
    page.get_by_role("radio", name="Slider").click()
    page.reload()
    viewer = result(page)
    assert page.get_by_role("heading", name="kept.png").count() == 1
    assert viewer.get_by_label("Noise reduction").input_value() == "60"
    assert page.get_by_role("radio", name="Slider").get_attribute("aria-checked") == "true"


def test_a_duplicate_of_a_tab_goes_its_own_way(open_page) -> None:
    page = open_page()
    upload(page, ("kept.png", png(noisy())))
    result(page)
    with page.expect_popup() as waiting:
        page.evaluate("window.open(location.href)")  # copies what the tab remembers
    other = waiting.value
    result(other)
    secret = "sessionStorage.getItem('image-denoiser-pictures')"
    own = page.evaluate(secret)
    assert other.evaluate(secret) not in (own, None)
    other.get_by_role("button", name="Start over").click()
    other.get_by_role("button", name="Salt and pepper").wait_for()
    page.reload()  # no duplicate
    result(page)
    assert page.evaluate(secret) == own


def test_start_over_can_be_undone_and_leads_the_focus(open_page) -> None:
    page = open_page()
    upload(page, ("kept.png", png(noisy())))
    result(page)
    page.get_by_role("button", name="Start over").dblclick()  # as impatient people do
    page.get_by_role("button", name="Choose noisy photos").wait_for()
    page.wait_for_function("document.activeElement.shadowRoot?.activeElement?.matches('.files')")
    page.get_by_role("button", name="Undo").click()
    result(page)


def test_progress_shows_in_bar_title_and_live_region_and_moves_nothing(open_page) -> None:
    page = open_page(viewport={"width": 1440, "height": 900})
    upload(page, ("large.jpg", large(7)))
    page.locator(".viewer .noisy img").first.wait_for()
    page.evaluate(MEASURE_SHIFT)
    page.get_by_text("Denoising: ").first.wait_for()
    page.wait_for_function("/^[0-9]+ % · Image Denoiser$/.test(document.title)")
    assert page.get_by_role("progressbar", name="Progress").count() == 1
    assert page.locator(".say").first.inner_text()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Start again").wait_for()
    page.wait_for_function("document.title === 'Image Denoiser'")
    assert page.get_by_role("button", name="Download").is_disabled()
    page.get_by_role("button", name="Start again").click()
    page.locator(WORKING).wait_for()
    assert page.evaluate("window.shift") < 0.02
    page.get_by_role("button", name="Cancel").click()


@pytest.mark.parametrize("size, top", [((1440, 900), 160), ((390, 844), 240)])
def test_viewer_and_download_are_in_sight_at_once(open_page, size, top: int) -> None:
    width, height = size
    page = open_page(viewport={"width": width, "height": height}, has_touch=width < 400)
    upload(page, ("a.png", png(noisy(900, 700))))
    stage = result(page).locator(".stage").bounding_box()
    button = page.get_by_role("button", name="Download").bounding_box()
    assert stage and stage["y"] < top and stage["height"] > 0.5 * height
    assert button and button["y"] + button["height"] <= height
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width


def test_a_phone_gets_the_slider_and_no_word_of_keys_or_dropping(open_page) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    words = seen_words(page)
    upload(page, ("a.png", png(noisy())))
    viewer = result(page)
    assert viewer.get_by_role("radio", name="Slider").get_attribute("aria-checked") == "true"
    words += seen_words(page)
    for word in ("drop", "paste", "ctrl", "esc", "double-click", "scroll"):
        assert word not in words.lower()


def seen_words(page: Page) -> str:
    page.locator('[data-test-script-state="notRunning"]').wait_for()
    words: str = page.evaluate(
        """() => {
            const all = [];
            const walk = (node) => {
                const text = node.nodeType === Node.TEXT_NODE;
                if (text && node.parentElement?.checkVisibility()) all.push(node.data);
                for (const child of node.childNodes) walk(child);
                if (node.shadowRoot) walk(node.shadowRoot);
            };
            walk(document.querySelector(".stApp"));
            return all.join(" ");
        }"""
    )
    return words


def test_the_format_is_remembered_after_a_download_and_a_refresh(open_page) -> None:
    page = open_page()
    upload(page, ("a.png", png(noisy())))
    result(page)
    choose_jpeg(page)
    download(page, "Download")
    page.reload()
    result(page)
    page.get_by_role("button", name="JPEG", exact=True).wait_for()
