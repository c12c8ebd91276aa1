"""The Swagger page in a real browser that can reach nothing but this server."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect, sync_playwright

from tests.live_server import RunningServer, running_server

CHROMIUM = Path("/usr/bin/chromium")

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    if not CHROMIUM.exists():
        if os.environ.get("PVM_REQUIRE_BROWSER") == "1":
            pytest.fail(f"{CHROMIUM} is needed: apt-get install chromium")
        pytest.skip(f"no {CHROMIUM} on this machine: apt-get install chromium")
    with running_server() as found:
        yield found


@pytest.fixture
def outside() -> list[str]:
    """Addresses beyond this machine that the page asked for; they are refused."""
    return []


@pytest.fixture
def page(server: RunningServer, outside: list[str]) -> Iterator[Page]:
    def watch(route: Route) -> None:
        address = route.request.url
        if urlsplit(address).hostname == "127.0.0.1" or address.startswith("data:"):
            route.continue_()
        else:
            outside.append(address)
            route.abort()

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM))
        opened = browser.new_page()
        opened.route("**/*", watch)
        opened.goto(f"{server.url}/admin/swagger-ui/")
        yield opened
        browser.close()


def authorize(page: Page, login: str, password: str) -> None:
    page.get_by_role("button", name="Authorize", exact=True).first.click()
    dialog = page.locator(".modal-ux")
    expect(dialog.get_by_role("heading", name="Available authorizations")).to_be_visible()
    dialog.locator("#oauth_username").fill(login)
    dialog.locator("#oauth_password").fill(password)
    dialog.get_by_role("button", name="Apply given OAuth2 credentials").click()


@pytest.mark.requirement("P-02")
@pytest.mark.requirement("P-03")
@pytest.mark.requirement("P-04")
def test_the_page_lists_the_groups_of_the_guides_and_unfolds_them(page: Page) -> None:
    for group in ("auth-controller", "bootstrap-controller", "tokens-controller"):
        expect(page.locator(f"#operations-tag-{group}")).to_be_visible()
    expect(page.locator(".opblock")).to_have_count(0)
    page.locator("#operations-tag-bootstrap-controller .expand-operation").click()
    expect(page.locator(".opblock").first).to_be_visible()


@pytest.mark.requirement("P-05")
@pytest.mark.requirement("P-07")
@pytest.mark.requirement("P-02")
def test_authorizing_then_trying_a_call_carries_the_token_and_shows_the_curl_line(
    page: Page, server: RunningServer, outside: list[str]
) -> None:
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    user = server.user("Admin")
    authorize(page, user.login, user.password)
    dialog = page.locator(".modal-ux")
    expect(dialog.get_by_role("heading", name="Authorized", exact=True)).to_be_visible()
    dialog.get_by_role("button", name="Close").first.click()

    page.locator("#operations-tag-bootstrap-controller .expand-operation").click()
    call = page.locator(".opblock-get", has_text="/admin/api/v1/bootstraps")
    call.locator(".opblock-summary-control").click()
    call.get_by_role("button", name="Try it out").click()
    with page.expect_response("**/admin/api/v1/bootstraps*") as waiting:
        call.get_by_role("button", name="Execute").click()
    assert waiting.value.status == 200
    assert waiting.value.request.headers["authorization"].startswith("Bearer ")
    expect(call.locator(".curl-command")).to_contain_text("-H 'Authorization: Bearer ")
    expect(call.locator(".live-responses-table tr.response .response-col_status")).to_have_text(
        "200"
    )

    assert outside == []
    assert [text for text in messages if "Content Security Policy" in text] == []
    assert page.evaluate("Object.keys(window.localStorage)") == []


@pytest.mark.requirement("P-05")
def test_a_wrong_password_does_not_authorize(page: Page, server: RunningServer) -> None:
    authorize(page, server.user("Admin").login, "not the password")
    dialog = page.locator(".modal-ux")
    expect(dialog.locator(".errors")).to_contain_text("Unauthorized")
    expect(dialog.get_by_role("heading", name="Authorized", exact=True)).to_have_count(0)
