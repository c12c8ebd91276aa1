"""PTT Pro and the licensing system over HTTP: what they say, and everything that goes wrong."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Final

import pytest

from reconciler.server.domain.features import LicenseType
from reconciler.server.domain.licensing import LotSource
from reconciler.server.partners.http_json import HttpPartner
from reconciler.server.partners.licensing import HttpLicensing
from reconciler.server.partners.ptt_pro import HttpPttPro
from reconciler.server.usecases.partner_ports import Entitlement, PartnerError
from tests.server.partners.listening import (
    Answer,
    hangs_up,
    is_silent,
    listening,
    says,
    trickles,
)

CANARY: Final = "canary-55ad"
_IMPATIENT: Final = 0.15
_SECRET: Final = "bearer-8c1f"


def partner(url: str) -> HttpPartner:
    return HttpPartner("the partner", f"{url}/base/", _SECRET, _IMPATIENT)


def deep(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


BROKEN: Final[dict[str, tuple[Answer, str]]] = {
    "no word": (hangs_up, "cannot be reached"),
    "silence": (is_silent, "did not answer within"),
    "a trickle": (trickles, "the partner"),
    "a redirect": (
        says("{}", "302 Found", "Location: http://127.0.0.1:1/\r\n"),
        "status 302",
    ),
    "an error": (says(f'{{"detail":"{CANARY}"}}', "500 Internal Server Error"), "status 500"),
    "not found": (says("{}", "404 Not Found"), "status 404"),
    "a page": (says(f"<html>{CANARY}</html>"), "no JSON object"),
    "a list": (says(f'["{CANARY}"]'), "no JSON object"),
    "two keys": (says('{"sites": [], "sites": []}'), "no JSON object"),
    "a depth": (says(deep(2000)), "no JSON object"),
    "nothing": (says(""), "no JSON object"),
    "no UTF-8": (says(b'{"sites": ["\xff"]}'), "no JSON object"),
    "no HTTP": (lambda connection, _: connection.sendall(b"SSH-2.0\r\n"), "cannot be reached"),
    "another object": (says(f'{{"other": "{CANARY}"}}'), "without"),
    "wrong types": (says('{"sites": [1], "site": 7, "entitlements": {}}'), "the partner"),
}


def acts(url: str) -> dict[str, Callable[[], object]]:
    ptt_pro, licensing = HttpPttPro(partner(url)), HttpLicensing(partner(url))
    return {
        "sites": partial(ptt_pro.sites, "dev03b"),
        "site of": partial(ptt_pro.site_of, "dev03b", "TC52_1"),
        "enter": partial(ptt_pro.enter, "dev03b", "site-1", "TC52_1"),
        "remove": partial(ptt_pro.remove, "dev03b", "TC52_1"),
        "entitlements": partial(licensing.entitlements, "acme"),
    }


@pytest.mark.parametrize("act", ["sites", "site of", "enter", "remove", "entitlements"])
@pytest.mark.parametrize("fault", list(BROKEN))
def test_every_fault_is_a_refusal_that_repeats_nothing(fault: str, act: str) -> None:
    answer, reason = BROKEN[fault]
    if (fault, act) == ("another object", "entitlements"):
        reason = "no entitlement"
    with listening(answer) as (url, _), pytest.raises(PartnerError, match=reason) as caught:
        acts(url)[act]()
    assert "the partner" in str(caught.value)
    assert CANARY not in str(caught.value)
    assert _SECRET not in f"{caught.value!r} {partner(url)!r}"


@pytest.mark.parametrize("act", ["sites", "enter", "entitlements"])
def test_a_partner_that_is_not_there_is_a_refusal(act: str) -> None:
    with listening(hangs_up) as (url, _):
        pass
    with pytest.raises(PartnerError, match="cannot be reached"):
        acts(url)[act]()


def test_an_answer_without_end_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.server.partners.http_json._MOST_BYTES", 1000)
    body = json.dumps({"sites": ["x" * 2000]})
    with listening(says(body)) as (url, _), pytest.raises(PartnerError, match="no JSON object"):
        HttpPttPro(partner(url)).sites("dev03b")


def test_what_is_asked_stands_in_the_request() -> None:
    with listening(says('{"site": "site 1/ä"}')) as (url, requests):
        HttpPttPro(partner(url)).enter("dev 03&b", "site 1/ä", "TC52_1")
    (request,) = requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /base/device?server=dev+03%26b&deviceId=TC52_1 HTTP/1.1\r\n")
    assert f"authorization: Bearer {_SECRET}".encode() in head
    assert json.loads(body) == {"site": "site 1/ä"}


def test_sites_and_places_are_told() -> None:
    with listening(says('{"sites": ["a", "b"]}')) as (url, _):
        assert HttpPttPro(partner(url)).sites("dev03b") == ("a", "b")
    for body, site in (('{"site": null}', None), ('{"site": "a"}', "a")):
        with listening(says(body)) as (url, _):
            assert HttpPttPro(partner(url)).site_of("dev03b", "TC52_1") == site


def test_an_entry_at_another_site_than_asked_is_a_refusal() -> None:
    with listening(says('{"site": "elsewhere"}')) as (url, _):
        ptt_pro = HttpPttPro(partner(url))
        with pytest.raises(PartnerError):
            ptt_pro.enter("dev03b", "site-1", "TC52_1")
        with pytest.raises(PartnerError):
            ptt_pro.remove("dev03b", "TC52_1")


def test_a_removed_entry_is_told_as_null() -> None:
    with listening(says('{"site": null}')) as (url, requests):
        HttpPttPro(partner(url)).remove("dev03b", "TC52_1")
    assert requests[0].startswith(b"DELETE /base/device?")


@pytest.mark.requirement("L-01")
def test_entitlements_are_read_whole() -> None:
    row = {
        "externalId": "AAAA-BBBB-CCCC",
        "source": "LEGACY",
        "type": "STANDARD",
        "term": "5 Year Term",
        "quantity": 385,
        "expiration": "2027-03-01T00:00:00+01:00",
        "valid": False,
        "overagePercent": 5,
        "graceDays": 10,
    }
    short = {"externalId": "D", "type": "PREMIUM", "quantity": 0}
    with listening(says(json.dumps({"entitlements": [row, short]}))) as (url, _):
        first, second = HttpLicensing(partner(url)).entitlements("acme")
    end = datetime(2027, 2, 28, 23, tzinfo=UTC)
    assert first == Entitlement(
        "AAAA-BBBB-CCCC",
        LotSource.LEGACY,
        LicenseType.STANDARD,
        "5 Year Term",
        385,
        end,
        valid=False,
        overage_percent=5,
        grace_days=10,
    )
    assert second == Entitlement("D", LotSource.NEW, LicenseType.PREMIUM, "Subscription", 0, None)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"quantity": -1}, "quantity"),
        ({"quantity": 1.5}, "quantity"),
        ({"quantity": True}, "quantity"),
        ({"quantity": None}, "quantity"),
        ({"type": "GOLD"}, "type"),
        ({"type": ["STANDARD"]}, "type"),
        ({"source": None}, "source"),
        ({"externalId": ""}, "externalId"),
        ({"externalId": "x" * 129}, "externalId"),
        ({"externalId": "a\nb"}, "externalId"),
        ({"term": 5}, "term"),
        ({"valid": "yes"}, "valid"),
        ({"expiration": "2027-03-01"}, "expiration"),
        ({"expiration": "2027-03-01T00:00:00"}, "expiration"),
        ({"expiration": "soon"}, "expiration"),
        ({"expiration": 7}, "expiration"),
        ({"overagePercent": 1001}, "overagePercent"),
        ({"graceDays": -1}, "graceDays"),
        ({"more": CANARY}, "not known"),
    ],
)
def test_an_entitlement_that_does_not_fit_is_named_by_its_field(
    change: dict[str, object], field: str
) -> None:
    row = {"externalId": "A", "type": "STANDARD", "quantity": 1} | change
    body = json.dumps({"entitlements": [row]})
    with listening(says(body)) as (url, _), pytest.raises(PartnerError, match=field) as caught:
        HttpLicensing(partner(url)).entitlements("acme")
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    "rows",
    [
        [{"type": "STANDARD", "quantity": 1}],
        ["text"],
        [{"externalId": "A", "type": "STANDARD", "quantity": 1}] * 2,
        [{"externalId": "A", "type": "STANDARD", "quantity": 1}] * 10_001,
    ],
    ids=["a field missing", "no object", "twice", "too many"],
)
def test_a_list_that_does_not_fit_is_refused(rows: list[object]) -> None:
    body = json.dumps({"entitlements": rows})
    with listening(says(body)) as (url, _), pytest.raises(PartnerError):
        HttpLicensing(partner(url)).entitlements("acme")
