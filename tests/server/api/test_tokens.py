import json
from xml.etree import ElementTree as ET

import pytest

from tests.server.api.asgi import Answer, sent
from tests.server.api.deployment import LOGINS, Deployment
from tests.server.scanner import scan

APPS = {
    "WFC_VOICE_ANDROID": "wfcvp",
    "WFC_CENTRAL_SERVICE_ANDROID": "wfccs",
    "WFC_PRO_ANDROID": "wfctp",
    "WFC_PC_ANDROID": "wfcpp",
    "WFC_PRO_IOS": None,
}


@pytest.fixture
def site(shared: Deployment) -> Deployment:
    shared.put_bootstrap("base", {"site": "site-1"})
    shared.put_bootstrap("other", {"site": "site-2"})
    return shared


def get(shared: Deployment, name: str, what: str = "token", **query: str) -> Answer:
    return shared.call("GET", what, query={"name": name, **query})


@pytest.mark.requirement("T-01")
@pytest.mark.requirement("T-15")
def test_the_guides_call_creates_without_a_body_and_a_repeat_updates(site: Deployment) -> None:
    first = site.put_token("myToken", bootstrap="base", description="front desk")
    assert (first.status, first.headers["x-pvm-result"]) == (200, "created")
    again = site.put_token("myToken", bootstrap="other")
    assert (again.status, again.headers["x-pvm-result"]) == (200, "updated")
    found = get(site, "myToken").json()
    assert [found[key] for key in ("name", "appId", "bootstrap", "description")] == [
        "myToken",
        "WFC_PRO_ANDROID",
        "other",
        "",
    ]


@pytest.mark.requirement("T-09")
def test_application_bootstrap_and_description_change_and_the_name_stays(site: Deployment) -> None:
    site.put_token("Edited", bootstrap="base", description="before")
    changes = {"appId": "WFC_PC_ANDROID", "bootstrap": "other", "description": "after"}
    assert site.put_token("EDITED", **changes).headers["x-pvm-result"] == "updated"
    row = get(site, "edited").json()
    assert {key: row[key] for key in changes} == changes
    assert (row["name"], row["intent"]) == ("Edited", "wfcpp://Edited")
    assert row["parameters"] == {"site": "site-2"}
    listed = site.call("GET", "tokens", query={"name": "Edited"}).json()
    assert listed["content"] == [row]


@pytest.mark.requirement("T-02")
def test_64_characters_fit_and_65_do_not(site: Deployment) -> None:
    assert site.put_token("a" * 64, bootstrap="base").status == 200
    assert site.put_token("a" * 65, bootstrap="base").status == 400


@pytest.mark.requirement("T-02")
@pytest.mark.requirement("T-17")
def test_letter_case_makes_no_other_token_and_the_first_spelling_stays(site: Deployment) -> None:
    assert site.put_token("ABC-1", bootstrap="base").headers["x-pvm-result"] == "created"
    again = site.put_token("abc-1", bootstrap="other")
    assert again.headers["x-pvm-result"] == "updated"
    found = get(site, "aBc-1").json()
    assert (found["name"], found["bootstrap"]) == ("ABC-1", "other")


@pytest.mark.requirement("T-03")
@pytest.mark.parametrize(
    ("name", "status"),
    [("a-b", 200), ("a_b", 200), *((f"a{sign}b", 400) for sign in " /?&%:\n\x00é+.")],
)
def test_a_dash_is_allowed_and_what_breaks_an_address_is_not(
    site: Deployment, name: str, status: int
) -> None:
    assert site.put_token(name, bootstrap="base").status == status


@pytest.mark.requirement("T-04")
@pytest.mark.requirement("D-02")
@pytest.mark.requirement("D-03")
@pytest.mark.requirement("D-04")
@pytest.mark.requirement("D-05")
@pytest.mark.parametrize(("app_id", "scheme"), APPS.items())
def test_each_application_has_its_intent(site: Deployment, app_id: str, scheme: str | None) -> None:
    name = f"T-{app_id.replace('_', '-')}"
    row = site.put_token(name, appId=app_id, bootstrap="base").json()
    intent = get(site, name, "token/intent")
    if scheme is None:
        assert (row["intent"], row["adb"]) == (None, None)
        assert (intent.status, intent.json()["code"]) == (409, "NO_INTENT")
        return
    uri = f"{scheme}://{name}"
    adb = f'adb shell am start -a android.intent.action.VIEW -d "{uri}"'
    assert (row["intent"], row["adb"]) == (uri, adb)
    assert intent.json() == {"uri": uri, "adb": adb}


@pytest.mark.requirement("T-04")
@pytest.mark.requirement("T-05")
@pytest.mark.parametrize("app_id", ["WFC_PRO_WINDOWS", "wfc_pro_android", "", "WFC_PRO_ANDROID "])
def test_another_application_is_refused_and_the_five_are_named(
    site: Deployment, app_id: str
) -> None:
    answer = site.put_token("T-APP", appId=app_id, bootstrap="base")
    assert answer.status == 400
    assert all(known in answer.body.decode() for known in APPS)


@pytest.mark.requirement("T-06")
def test_a_token_needs_a_bootstrap_that_exists(site: Deployment) -> None:
    answer = site.put_token("T-NONE", bootstrap="nowhere")
    assert (answer.status, answer.json()["code"]) == (404, "UNKNOWN_BOOTSTRAP")
    assert get(site, "T-NONE").status == 404


@pytest.mark.requirement("T-07")
def test_a_description_is_optional_and_short(site: Deployment) -> None:
    assert site.put_token("T-D", bootstrap="base").json()["description"] == ""
    longest = "d" * 255
    assert site.put_token("T-D", bootstrap="base", description=longest).status == 200
    assert get(site, "T-D").json()["description"] == longest
    assert site.put_token("T-D", bootstrap="base", description=longest + "d").status == 400


@pytest.mark.requirement("T-12")
def test_a_row_carries_what_the_portal_lists(site: Deployment) -> None:
    site.put_token("T-ROW", bootstrap="base", description="d")
    answer = site.call("GET", "tokens", query={"name": "T-ROW"})
    (row,) = answer.json()["content"]
    assert row["parameters"] == {"site": "site-1"}
    assert row["qrCode"] == "/admin/api/v1/token/qr?name=T-ROW"
    assert {"name", "appId", "bootstrap", "description"} <= row.keys()
    assert row == get(site, "T-ROW").json()


@pytest.mark.requirement("T-16")
def test_a_deleted_token_is_gone_and_a_second_delete_says_so(site: Deployment) -> None:
    site.put_token("T-DEL", bootstrap="base")
    for status in (204, 404):
        assert site.call("DELETE", "token", query={"name": "t-del"}).status == status
        assert get(site, "T-DEL").status == 404


@pytest.mark.requirement("T-18")
@pytest.mark.requirement("M-01")
def test_another_customers_token_is_taken_but_never_shown(site: Deployment) -> None:
    other = LOGINS["other tenant"]
    site.put_bootstrap("base", {}, by=other)
    site.put_token("ONLY-ACME", bootstrap="base")
    query = {"name": "only-acme", "appId": "WFC_PRO_ANDROID", "bootstrap": "base"}
    answer = site.call("POST", "token", by=other, query=query)
    assert (answer.status, answer.json()["code"]) == (409, "TOKEN_TAKEN")
    assert "acme" not in answer.body.decode().lower()
    assert site.call("GET", "token", by=other, query={"name": "ONLY-ACME"}).status == 404
    names = {row["name"] for row in site.call("GET", "tokens", by=other).json()["content"]}
    assert "ONLY-ACME" not in names


@pytest.mark.requirement("T-13")
def test_the_png_is_an_image_that_grows_with_its_scale(site: Deployment) -> None:
    site.put_token("T-QR", bootstrap="base")
    small, large = (get(site, "T-QR", "token/qr", scale=scale) for scale in ("2", "10"))
    assert small.headers["content-type"] == "image/png"
    assert small.body.startswith(b"\x89PNG\r\n\x1a\n")
    assert int.from_bytes(large.body[16:20]) == 5 * int.from_bytes(small.body[16:20])


@pytest.mark.requirement("T-13")
def test_the_svg_is_xml_without_a_script(site: Deployment) -> None:
    site.put_token("T-QR", bootstrap="base")
    answer = get(site, "T-QR", "token/qr", format="svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(answer.body).iter()}  # noqa: S314 - our own image
    assert tags <= {"svg", "path", "g"}


@pytest.mark.requirement("T-13", "D-01")
@pytest.mark.parametrize("form", ["png", "svg"])
@pytest.mark.parametrize("app_id", APPS)
def test_every_image_is_read_as_the_token_or_its_intent(
    site: Deployment, app_id: str, form: str
) -> None:
    name = f"Scan-{app_id.lower()}"
    site.put_token(name, appId=app_id, bootstrap="base")
    row = get(site, name).json()
    assert scan(get(site, name, "token/qr", format=form).body) == name
    image = get(site, name.upper(), "token/qr", format=form, content="token")
    assert scan(image.body) == name
    intent = get(site, name, "token/qr", format=form, content="uri")
    if row["intent"] is None:
        assert (app_id, intent.json()["code"]) == ("WFC_PRO_IOS", "NO_INTENT")
    else:
        assert scan(intent.body) == row["intent"] == f"{APPS[app_id]}://{name}"


@pytest.mark.requirement("D-01", "D-07")
@pytest.mark.parametrize("form", ["png", "svg"])
def test_what_is_scanned_is_what_a_device_calls_with(site: Deployment, form: str) -> None:
    site.put_token("Scan-And-Call", bootstrap="base")
    scanned = scan(get(site, "Scan-And-Call", "token/qr", format=form).body)
    what = sent(query={"token": scanned, "appId": "WFC_PRO_ANDROID"})
    answer = site.client.request("GET", "/client/api/v1/bootstrap", what)
    assert (answer.status, answer.json()) == (200, {"site": "site-1"})


@pytest.mark.requirement("D-06")
def test_the_intents_of_many_tokens_come_in_one_call(site: Deployment) -> None:
    for number in range(3):
        site.put_token(f"MDM-{number}", bootstrap="base", description="mdm")
    site.put_token("MDM-ios", appId="WFC_PRO_IOS", bootstrap="base", description="mdm")
    answer = site.call(
        "GET", "tokens", query={"description": "mdm"}, headers={"accept": "application/x-ndjson"}
    )
    rows = [json.loads(line) for line in answer.body.splitlines()]
    assert {row["name"]: (row["intent"], row["adb"]) for row in rows} == {
        "MDM-ios": (None, None),
        **{
            f"MDM-{number}": (
                f"wfctp://MDM-{number}",
                f'adb shell am start -a android.intent.action.VIEW -d "wfctp://MDM-{number}"',
            )
            for number in range(3)
        },
    }
    for row in rows[:3]:
        alone = get(site, row["name"], "token/intent").json()
        assert alone == {"uri": row["intent"], "adb": row["adb"]}


@pytest.mark.parametrize(
    "query", [{"format": "gif"}, {"content": "both"}, {"scale": "0"}, {"scale": "41"}]
)
def test_an_image_that_is_not_offered_is_refused(site: Deployment, query: dict[str, str]) -> None:
    site.put_token("T-QR", bootstrap="base")
    assert get(site, "T-QR", "token/qr", **query).status == 400


def test_an_image_of_an_intent_that_ios_lacks_is_refused(site: Deployment) -> None:
    site.put_token("T-IOS", appId="WFC_PRO_IOS", bootstrap="base")
    answer = get(site, "T-IOS", "token/qr", content="uri")
    assert (answer.status, answer.json()["code"]) == (409, "NO_INTENT")


@pytest.mark.requirement("T-11")
def test_the_list_sorts_and_searches_every_visible_text(site: Deployment) -> None:
    site.put_token("SORT-A", bootstrap="other", description="zebra", appId="WFC_PC_ANDROID")
    site.put_token("SORT-B", bootstrap="base", description="apple", appId="WFC_VOICE_ANDROID")

    def names(**query: str) -> list[str]:
        rows = site.call("GET", "tokens", query=query).json()["content"]
        return [row["name"] for row in rows]

    assert names(q="sort-", sort="name,desc") == ["SORT-B", "SORT-A"]
    assert names(q="sort-", sort="appId,asc") == ["SORT-A", "SORT-B"]
    for text in ("ZEBRA", "sort-a"):
        assert names(q=text) == ["SORT-A"]
    assert "SORT-A" in names(q="OTHER")
    assert "SORT-A" in names(q="wfc_pc")
    assert names(q="%") == []
    assert names(appId="WFC_PC_ANDROID", description="zebra") == ["SORT-A"]


def test_a_write_is_answered_with_the_whole_row(site: Deployment) -> None:
    answer = site.put_token("T-WHOLE", bootstrap="base")
    assert answer.json() == get(site, "T-WHOLE").json()
    assert answer.headers["etag"] == f'"{answer.json()["version"]}"'
    assert json.loads(answer.body)["useCount"] == 0
