import getpass
import platform

import pytest

from reconciler.cli.run_name import run_name, user_and_host

GITHUB = {
    "GITHUB_RUN_ID": "77",
    "GITHUB_SERVER_URL": "https://git.acme.example",
    "GITHUB_REPOSITORY": "acme/stores",
}
PAGE = "https://git.acme.example/acme/stores/actions/runs/77"


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({}, "jane@laptop"),
        (GITHUB, PAGE),
        ({**GITHUB, "GITHUB_RUN_ATTEMPT": "1"}, PAGE),
        ({**GITHUB, "GITHUB_RUN_ATTEMPT": "3"}, f"{PAGE}/attempts/3"),
        ({"CI_PIPELINE_URL": "https://lab/p/1"}, "https://lab/p/1"),
        (
            {"CI_PIPELINE_URL": "https://lab/p/1", "CI_JOB_URL": "https://lab/j/2"},
            "https://lab/j/2",
        ),
        ({"BUILD_URL": "https://jenkins/3"}, "https://jenkins/3"),
        ({"BUILD_URL": ""}, "jane@laptop"),
    ],
)
def test_a_run_is_named_by_its_page_or_by_who_runs_it(variables: dict[str, str], name: str) -> None:
    assert run_name(variables, lambda: "jane@laptop") == name


def test_a_name_is_short_and_holds_neither_secrets_nor_control_characters() -> None:
    page = "https://u:canary-1@ci/\x1b[0m?token=x&api_key=canary-2&" + "y" * 500
    name = run_name({"BUILD_URL": page}, lambda: "")
    assert "canary" not in name
    assert "\x1b" not in name
    assert len(name) == 200


def test_user_and_host_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "jane")
    monkeypatch.setattr(platform, "node", lambda: "laptop")
    assert user_and_host() == "jane@laptop"


@pytest.mark.parametrize("error", [OSError, KeyError, ImportError])
def test_a_container_without_users_has_an_unknown_one(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def nobody() -> str:
        raise error

    monkeypatch.setattr(getpass, "getuser", nobody)
    monkeypatch.setattr(platform, "node", lambda: "")
    assert user_and_host() == "unknown@unknown"
