from pathlib import Path

import pytest

from reconciler.core.problem import Misuse
from reconciler.remote.address import check_url, cleartext_warning, trust_for


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://pvm.example.org", "https://pvm.example.org"),
        ("https://pvm.example.org/", "https://pvm.example.org"),
        ("http://127.0.0.1:8080/pvm/", "http://127.0.0.1:8080/pvm"),
        ("https://[::1]:8443", "https://[::1]:8443"),
    ],
)
def test_an_address_loses_only_its_last_slash(url: str, clean: str) -> None:
    assert check_url(url) == clean


@pytest.mark.parametrize(
    "url",
    [
        "",
        "pvm.example.org",
        "ftp://pvm.example.org",
        "https://",
        "https://pvm.example.org:0",
        "https://pvm.example.org:99999",
        "https://[::1",
        "https://pvm.example.org?a=b",
        "https://pvm.example.org#a",
    ],
)
def test_an_address_that_leads_nowhere_is_refused_with_a_fix(url: str) -> None:
    with pytest.raises(Misuse) as caught:
        check_url(url)
    assert caught.value.fix


@pytest.mark.parametrize(
    "url", ["https://ada:hunter2@h", "https://hunter2@h", "https://:hunter2@h"]
)
def test_credentials_in_an_address_are_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(Misuse) as caught:
        check_url(url)
    assert "hunter2" not in f"{caught.value} {caught.value.fix}"


@pytest.mark.parametrize(
    ("url", "warns"),
    [
        ("http://pvm.example.org", True),
        ("http://10.0.0.1", True),
        ("http://127.0.0.1:8080", False),
        ("http://[::1]", False),
        ("http://localhost", False),
        ("https://pvm.example.org", False),
    ],
)
def test_only_cleartext_to_another_machine_is_warned_about(url: str, *, warns: bool) -> None:
    assert (cleartext_warning(url) is not None) is warns


def test_a_certificate_file_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match=r"missing\.pem"):
        trust_for("https://h", tmp_path / "missing.pem")


def test_a_certificate_file_without_certificates_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("not a certificate")
    with pytest.raises(Misuse, match="no PEM certificate"):
        trust_for("https://h", path)


def test_plain_http_trusts_nobody() -> None:
    assert not trust_for("http://h", None).get_ca_certs()
