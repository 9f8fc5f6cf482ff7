"""A file's name in a real browser: seen letter by letter, run by nobody."""

import zipfile

from steps import batch_done, download, noisy, png, result, upload

SCRIPT = "<img src=x onerror=window.caught=1><svg onload=window.caught=1>.png"
MARKDOWN = "**b** [l](javascript:window.caught=1) ![i](http://x.example/i.png) $x$ :red[r].png"
PATH = "../../etc/passwd.png"


def test_the_name_of_one_picture_is_text_and_asks_for_nothing(open_page, app: str) -> None:
    for name in (SCRIPT, MARKDOWN):
        asked: list[str] = []
        page = open_page()
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        upload(page, (name, png(noisy())))
        result(page)
        heading = page.get_by_role("heading", level=2).first
        assert heading.inner_text().startswith(name[:40])
        assert heading.locator("a[href^=javascript], strong, em, code, svg[onload]").count() == 0
        assert page.locator("img[src=x], svg[onload]").count() == 0
        assert page.evaluate("window.caught") is None
        assert [url for url in asked if "x.example" in url or url.endswith("/x")] == []


def test_the_names_of_a_batch_are_text_and_the_zip_keeps_to_its_folder(open_page) -> None:
    page = open_page()
    upload(page, *((name, png(noisy(48, 40))) for name in (SCRIPT, MARKDOWN, PATH)))
    batch_done(page)
    _, path = download(page, "Download all")
    names = page.locator(".card .name")
    assert names.filter(has_text=SCRIPT[:40]).count() == 1
    assert names.locator("*").count() == 0
    assert page.evaluate("window.caught") is None
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    assert len(names) == 3
    assert all("/" not in name and "\\" not in name for name in names)
    assert "passwd-denoised.png" in names
