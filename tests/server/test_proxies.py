"""Whose word about a caller's address is taken: the named proxies', read from the right."""

import json
import urllib.request

import pytest

from reconciler.server.settings import SettingsError, read_settings
from tests.live_server import running_server

CLAIMS = ("203.0.113.66, 192.0.2.5", "192.0.2.5, 127.0.0.1", "192.0.2.5")


def peers(proxies: str) -> list[str]:
    """The peers in the log of a server that is asked with each of the claims."""
    with running_server(environment={"PVM_SERVER_PROXIES": proxies}) as server:
        for claim in CLAIMS:
            request = urllib.request.Request(  # noqa: S310 - loopback
                f"{server.url}/admin/api/v1/version", headers={"X-Forwarded-For": claim}
            )
            urllib.request.urlopen(request).close()  # noqa: S310 - loopback
        server.stop()
        lines = [json.loads(line) for line in server.log.splitlines()]
    return [line["peer"] for line in lines if line["event"] == "request"]


@pytest.mark.parametrize("proxies", ["", "192.0.2.9,2001:db8::/32"])
def test_nobody_else_is_believed(proxies: str) -> None:
    assert peers(proxies) == ["127.0.0.1"] * len(CLAIMS)


def test_a_proxy_is_believed_about_whom_it_saw() -> None:
    assert peers("127.0.0.0/8") == ["192.0.2.5"] * len(CLAIMS)


@pytest.mark.parametrize("text", ["*", "127.0.0.1,*", "proxy.example", "10.0.0.1/8", "0.0.0.0/x"])
def test_only_addresses_and_networks_are_taken(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("PVM_SERVER_PROXIES", text)
    with pytest.raises(SettingsError, match="PVM_SERVER_PROXIES"):
        read_settings()


def test_an_empty_list_names_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PVM_SERVER_PROXIES", "")
    assert read_settings().proxies == ()
