"""Reports in a real browser, opened as a file; the pictures in the documentation come from here.

`UPDATE_GOLDEN=1` takes them anew; else a test insists that they were taken of these very pages.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from reconciler.core.change import FieldChange
from reconciler.core.drift import Drift
from reconciler.core.identity import ResourceId
from reconciler.core.plan import (
    Base,
    Blocked,
    Class,
    Drifted,
    Group,
    Header,
    Plan,
    Reach,
    Stop,
    UsedToken,
)
from reconciler.core.values import ABSENT
from reconciler.render.drift_html import drift_html
from reconciler.render.plan_html import plan_html
from reconciler.render.plan_markdown import plan_markdown

CHROMIUM = Path("/usr/bin/chromium")
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
LARGEST = 200 * 1024
"""Bytes of a picture."""

pytestmark = pytest.mark.browser

HEADER = Header(
    project="acme-retail",
    target="prod",
    url="https://pvm.acme.example",
    customer="ACME",
    created=datetime(2026, 11, 22, 18, 30, tzinfo=UTC),
    tool="1.0",
    commit="9d03e77c4be1",
    clean=True,
)
BASE = Base("b7f0", 118, datetime(2026, 11, 22, 16, 30, tzinfo=UTC), "1c9e0d4a", "sha256:aa")
STORES = tuple(ResourceId("Bootstrap", f"store-{n:04}") for n in range(1, 3332))
NEW = (ResourceId("Site", "site-3402"), ResourceId("Bootstrap", "store-3402"))
CLOSED = ResourceId("Token", "STORE-0412-K")
SSID = FieldChange("/wifi/0/ssid", "acme-lab", "acme-temp")
IDLE = FieldChange("/kiosk/idleSeconds", 45, 60)
VERSION = FieldChange("/apps/scanner/version", "9.8.1", "9.9.0")
DISPUTED = ResourceId("Bootstrap", "store-1180")
LOST = Drifted(
    ResourceId("Token", "STORE-0077-K"),
    (FieldChange("", {"bootstrap": "store-0077"}, ABSENT),),
    "tokens/shared.yaml:12",
)
EDITED = tuple(
    Drifted(id_, (SSID,), f"fleets/stores/nl.csv:{n + 2}", "j.doe", f"2026-11-21T22:{n:02}:00Z")
    for n, id_ in enumerate(STORES[420:432])
)
BOTH = Drifted(
    DISPUTED,
    (replace(IDLE, before=60, after=45),),
    "fleets/stores/be.csv:81",
    "m.peeters",
    "2026-11-22T09:41:00Z",
    was=(30,),
)
DRIFT = Drift(
    HEADER,
    drifted=(*EDITED, LOST),
    conflicts=(BOTH,),
    unmanaged=(ResourceId("Site", "lab"),),
    pending=3_335,
    in_sync=6_877,
    base=BASE,
    listed={"Site": 3_402, "Bootstrap": 3_410, "Token": 3_402},
)
PLAN = Plan(
    HEADER,
    (),
    (
        *(
            Group(
                "create", Class.PENDING_CREATE, one.kind, ("fleets/stores/nl.csv:3402",), (), (one,)
            )
            for one in NEW
        ),
        Group(
            *("update", Class.PENDING_UPDATE, "Bootstrap", ("layers/retail-base.yaml:8",)),
            (VERSION,),
            STORES,
        ),
        Group(
            *("delete", Class.PENDING_DELETE, "Token", ("removed in 1c9e0d4",)),
            (),
            (CLOSED,),
        ),
    ),
    blocked=(
        Blocked(
            *(DISPUTED, "update", "conflict"),
            "both Git and the server changed it at /kiosk/idleSeconds",
            "decide with --on-conflict ours:bootstrap/store-1180 (Git wins) or theirs:…",
            (IDLE,),
            (30,),
        ),
    ),
    stops=(
        Stop("updates", "updates of bootstraps: 3,331 > 100", "add --ack updates.Bootstrap=3331"),
    ),
    drifted=EDITED,
    unchanged=6_877,
    listed={"Site": 3_402, "Bootstrap": 3_410, "Token": 3_402},
    base=BASE,
    waves=(412, 292, 2_630),
    wave_names=("region nl", "10 %", "rest"),
    reach=Reach(datetime(2026, 10, 23, 18, 30, tzinfo=UTC), 21_876, (0, 0, 21_876, 2)),
    used=(UsedToken(CLOSED, "delete", "2026-11-19T07:12:00Z", uses=214, devices=2),),
)
REPORTS = {"drift-report": drift_html(DRIFT), "plan-report": plan_html(PLAN)}
STYLE = """
body { box-sizing: border-box; width: 900px; margin: 0; padding: 16px; color: #1f2328;
  font: 14px/1.5 "Liberation Sans", sans-serif }
main { border: 1px solid #d1d9e0; border-radius: 6px; padding: 16px }
h3 { font-size: 1.25em; margin: 0 0 16px }
table { display: block; overflow: auto; border-collapse: collapse; margin: 0 0 16px }
th, td { border: 1px solid #d1d9e0; padding: 6px 13px; text-align: left }
tr:nth-child(2n) { background: #f6f8fa }
code { background: #eff1f3; border-radius: 6px; padding: .2em .4em;
  font: 85% "Liberation Mono", monospace }
"""
"""As a forge shows Markdown, more or less."""


def comment_page(markdown: str) -> str:
    """What a reader of a pull request sees of the comment."""
    body = MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown)
    head = f'<meta charset="utf-8"><title>Comment</title><style>{STYLE}</style>'
    return (
        f"<!doctype html><html lang=en><head>{head}</head><body><main>{body}</main></body></html>"
    )


PICTURED = {**REPORTS, "plan-comment": comment_page(plan_markdown(PLAN))}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        if os.environ.get("PVM_REQUIRE_BROWSER") == "1":
            pytest.fail(f"{CHROMIUM} is needed: apt-get install chromium")
        pytest.skip(f"no {CHROMIUM} on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=str(CHROMIUM))
        yield found
        found.close()


@pytest.fixture
def messages() -> list[str]:
    """What the browser complains about, and whatever a page asks for beside itself."""
    return []


def opened(browser: Browser, folder: Path, name: str, messages: list[str], **how: object) -> Page:
    file = folder / f"{name}.html"
    file.write_text(PICTURED[name], encoding="utf-8")
    page = browser.new_context(viewport={"width": 1280, "height": 900}, **how).new_page()  # type: ignore[arg-type]  # playwright's own names
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.on("request", lambda request: messages.append(request.url))
    page.goto(file.as_uri())
    assert messages.pop(0) == file.as_uri()
    return page


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_asks_for_nothing_and_fits_every_screen(
    browser: Browser, tmp_path: Path, messages: list[str], name: str
) -> None:
    page = opened(browser, tmp_path, name, messages)
    for width in (1280, 400):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.emulate_media(media="print")
    page.pdf(path=tmp_path / "printed.pdf")

    assert messages == []
    assert (tmp_path / "printed.pdf").stat().st_size > 0


def test_the_filter_finds_names_in_folded_lists_and_says_how_many(
    browser: Browser, tmp_path: Path, messages: list[str]
) -> None:
    page = opened(browser, tmp_path, "plan-report", messages)
    page.get_by_label("Filter").fill("STORE-3330")

    rows = page.locator("[data-row]:visible")
    assert rows.count() == 1
    assert "3,331 bootstraps" in rows.inner_text()
    assert page.get_by_role("status").inner_text() == "1 of 5 rows"
    page.get_by_label("Filter").fill("")
    assert rows.count() == 5
    assert messages == []


def test_rows_unfold_by_keyboard_and_without_a_script(
    browser: Browser, tmp_path: Path, messages: list[str]
) -> None:
    page = opened(browser, tmp_path, "drift-report", messages, java_script_enabled=False)
    summary = page.locator("summary", has_text="All 12 objects")
    summary.focus()
    page.keyboard.press("Enter")

    assert page.get_by_text("store-0421 · fleets/stores/nl.csv:2 · j.doe").is_visible()
    assert page.get_by_role("search").count() == 0
    assert page.get_by_role("columnheader", name="Last apply").count() == 2
    assert messages == []


@pytest.mark.parametrize(
    ("name", "scheme", "width"),
    [
        ("drift-report", "light", 1280),
        ("plan-report", "dark", 1280),
        ("plan-comment", "light", 900),
    ],
)
def test_the_pictures_are_of_these_reports(
    browser: Browser, tmp_path: Path, name: str, scheme: str, width: int
) -> None:
    """Pixels differ between machines: each picture names the page that it was taken of."""
    picture = PICTURES / f"{name}.png"
    digest = sha256(PICTURED[name].encode()).hexdigest()
    if os.environ.get("UPDATE_GOLDEN") == "1":
        page = opened(browser, tmp_path, name, [], color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=tmp_path / "raw.png", full_page=True)
        _save(tmp_path / "raw.png", picture, digest)

    with Image.open(picture) as found:
        assert found.info["Description"] == f"page sha256:{digest}"
        assert found.width == width
    assert picture.stat().st_size <= LARGEST


def _save(raw: Path, picture: Path, digest: str) -> None:
    from PIL.PngImagePlugin import PngInfo  # noqa: PLC0415 -- only where pictures are taken

    note = PngInfo()
    note.add_text("Description", f"page sha256:{digest}")
    with Image.open(raw) as image:
        image.quantize(128).save(picture, optimize=True, pnginfo=note)
