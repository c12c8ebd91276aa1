from pathlib import Path

import pytest

from reconciler.cli.call import Call
from reconciler.cli.settings import Environment, NoCredentials, Settings, resolve_settings
from reconciler.core.problem import Misuse
from reconciler.core.project import Limits, Project, Scope, Target

URL = "https://pvm.acme.example"
CANARY = "canary-5d0f"


def project(*targets: Target) -> Project:
    return Project("acme", ("sites",), Scope({}), targets={t.name: t for t in targets})


def resolve(
    variables: dict[str, str], *targets: Target, call: Call | None = None, files: str = ""
) -> Settings:
    def read(path: Path) -> str:
        if not files:
            raise FileNotFoundError(2, "No such file or directory", str(path))
        return files

    return resolve_settings(project(*targets), Environment(variables, read), call or Call())


def call_for(target: str) -> Call:
    call = Call()
    call.target = target
    return call


PROD, STAGING = Target("prod", URL), Target("staging")


def test_without_targets_the_environment_gives_the_only_one() -> None:
    target = resolve({"PVM_URL": URL + "/"}).target

    assert (target.name, target.url) == ("default", URL)


def test_one_target_is_the_default() -> None:
    assert resolve({}, PROD).target.name == "prod"


def test_the_option_chooses_a_target() -> None:
    settings = resolve({"PVM_STAGING_URL": "http://s"}, PROD, STAGING, call=call_for("staging"))

    assert settings.target.url == "http://s"


@pytest.mark.parametrize(
    ("variables", "targets", "wanted", "words"),
    [
        ({}, (), None, "no address"),
        ({}, (STAGING,), None, "no address"),
        ({}, (PROD, STAGING), None, "several targets"),
        ({}, (PROD, STAGING), "prd", "no target"),
        ({}, (), "prod", "no target"),
        ({"PVM_URL": "https://other.example"}, (PROD,), None, "another address"),
        ({"PVM_PROD_URL": "https://other.example"}, (PROD,), None, "another address"),
        ({"PVM_URL": URL + "/"}, (PROD, STAGING), "staging", 'the address of target "prod"'),
        ({"PVM_STAGING_URL": URL}, (PROD, STAGING), "staging", 'the address of target "prod"'),
        ({"PVM_URL": f"https://u:{CANARY}@h"}, (), None, "holds credentials"),
        ({"PVM_URL": f"https://{CANARY}@h"}, (), None, "holds credentials"),
        ({"PVM_URL": "ftp://h"}, (), None, "no http or https"),
        ({"PVM_URL": "https://"}, (), None, "no http or https"),
        ({"PVM_URL": "https://h:99999"}, (), None, "no http or https"),
        ({"PVM_URL": "https://h:0"}, (), None, "no http or https"),
        ({"PVM_URL": "https://[::1"}, (), None, "no http or https"),
        ({"PVM_URL": f"https://h/?p={CANARY}"}, (), None, "a query or a fragment"),
        ({"PVM_URL": f"https://h/#{CANARY}"}, (), None, "a query or a fragment"),
        ({"PVM_URL_FILE": "/nowhere"}, (), None, "can't be read"),
        ({"PVM_URL": URL, "PVM_URL_FILE": "f"}, (), None, "both PVM_URL and PVM_URL_FILE"),
        ({"PVM_URL": URL, "PVM_TOKEN": CANARY, "PVM_PASSWORD": CANARY}, (), None, "two ways"),
        (
            {"PVM_PROD_TOKEN": CANARY, "PVM_PROD_PASSWORD": CANARY},
            (PROD,),
            None,
            "two ways to log in",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(
    variables: dict[str, str], targets: tuple[Target, ...], wanted: str | None, words: str
) -> None:
    call = call_for(wanted) if wanted else Call()

    with pytest.raises(Misuse) as refused:
        resolve(variables, *targets, call=call)

    assert words in refused.value.message
    assert CANARY not in refused.value.message + refused.value.fix


def test_another_customer_of_the_same_server_is_no_swap() -> None:
    targets = (Target("prod", URL, customer="A"), Target("other", customer="B"))
    assert resolve({"PVM_URL": URL}, *targets, call=call_for("other")).target.url == URL


def test_a_near_name_is_suggested() -> None:
    with pytest.raises(Misuse) as refused:
        resolve({}, PROD, STAGING, call=call_for("stagin"))

    assert 'did you mean "staging"?' in refused.value.fix


@pytest.mark.parametrize("given", [URL, URL + "/", "HTTPS://PVM.acme.EXAMPLE", URL + ":443/"])
def test_the_same_address_in_another_spelling_is_no_conflict(given: str) -> None:
    assert resolve({"PVM_URL": given}, PROD).target.name == "prod"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, (None, None, None)),
        ({"PVM_USERNAME": "u", "PVM_PASSWORD": "p"}, ("u", "p", None)),
        ({"PVM_TOKEN": "t"}, (None, None, "t")),
        ({"PVM_TOKEN": ""}, (None, None, None)),
        ({"PVM_USERNAME": "u", "PVM_PROD_PASSWORD": "p"}, ("u", "p", None)),
        ({"PVM_PASSWORD": "general", "PVM_PROD_PASSWORD": "own"}, (None, "own", None)),
        ({"PVM_PROD_TOKEN": "t", "PVM_USERNAME": "u", "PVM_PASSWORD": "p"}, (None, None, "t")),
        ({"PVM_TOKEN": "t", "PVM_PROD_USERNAME": "u", "PVM_PROD_PASSWORD": "p"}, ("u", "p", None)),
        ({"PVM_STAGING_TOKEN": "t"}, (None, None, None)),
    ],
)
def test_credentials_come_from_the_environment(
    variables: dict[str, str], expected: tuple[str | None, ...]
) -> None:
    login = resolve(variables, PROD).login

    values = (login.username, login.password, login.token)
    assert tuple(value.text if value else None for value in values) == expected


def test_a_file_gives_a_value_without_its_line_end() -> None:
    login = resolve({"PVM_TOKEN_FILE": "/run/t"}, PROD, files="secret \r\n").login

    assert login.token is not None
    assert (login.token.text, login.token.origin) == (
        "secret ",
        "file /run/t (environment PVM_TOKEN_FILE)",
    )


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(Misuse, match="empty"):
        resolve({"PVM_TOKEN_FILE": "/run/t"}, PROD, files="\n")


def test_a_file_that_is_no_text_is_refused() -> None:
    def read(path: Path) -> str:
        return path.name.encode().decode("utf-16-be") + b"\xff".decode()

    with pytest.raises(Misuse, match="not UTF-8"):
        resolve_settings(project(PROD), Environment({"PVM_TOKEN_FILE": "ab"}, read), Call())


def test_a_name_with_other_characters_finds_its_variables() -> None:
    target = Target("store-eu.1", URL)

    assert resolve({"PVM_STORE_EU_1_TOKEN": "t"}, target).login.token is not None


def test_options_win_over_the_project_and_the_project_over_defaults() -> None:
    call = Call()
    call.concurrency, call.timeout_seconds = 2, 3.5
    limits = Limits(concurrency=8, requests_per_second=7)

    settings = resolve({}, Target("prod", URL, limits=limits), call=call)

    assert settings.target.limits == Limits(2, 7, 3.5, 5)
    origins = {setting.name: setting.origin for setting in settings.shown}
    assert {name: origins[name] for name in ("concurrency", "requests per second", "retries")} == {
        "concurrency": "option --concurrency",
        "requests per second": "pvm.yaml",
        "retries": "default",
    }


def test_every_setting_is_shown_with_its_origin_and_without_secrets() -> None:
    variables = {"PVM_USERNAME": "admin", "PVM_PROD_PASSWORD": CANARY}

    settings = resolve(variables, Target("prod", URL, customer="ACME"))

    shown = {setting.name: (setting.value, setting.origin) for setting in settings.shown}
    assert shown == {
        "project": ("acme", "pvm.yaml"),
        "target": ("prod", "the only one in pvm.yaml"),
        "url": (URL, "pvm.yaml"),
        "customer": ("ACME", "pvm.yaml"),
        "ca": ("the system's", "default"),
        "username": ("admin", "environment PVM_USERNAME"),
        "password": ("set, not shown", "environment PVM_PROD_PASSWORD"),
        "digest key": ("none", "default"),
        "concurrency": ("16", "default"),
        "requests per second": ("40", "default"),
        "timeout seconds": ("15", "default"),
        "retries": ("5", "default"),
    }
    assert CANARY not in repr(settings)


@pytest.mark.parametrize(
    ("variables", "fix"),
    [
        ({}, "PVM_USERNAME and PVM_PASSWORD, or PVM_TOKEN"),
        ({"PVM_USERNAME": "u"}, "PVM_PASSWORD"),
        ({"PVM_PASSWORD": CANARY}, "PVM_USERNAME"),
    ],
)
def test_missing_credentials_are_named(variables: dict[str, str], fix: str) -> None:
    error = NoCredentials(resolve(variables, PROD).login, "prod")

    assert fix in error.fix
    assert CANARY not in error.message + error.fix


@pytest.mark.parametrize(
    ("variables", "key"),
    [
        ({}, None),
        ({"PVM_DIGEST_KEY": ""}, None),
        ({"PVM_DIGEST_KEY": "k" * 16}, b"k" * 16),
        ({"PVM_DIGEST_KEY": "\u00fc" * 8}, "\u00fc".encode() * 8),
        ({"PVM_DIGEST_KEY": "k" * 16, "PVM_PROD_DIGEST_KEY": "p" * 32}, b"p" * 32),
        ({"PVM_STAGING_DIGEST_KEY": "s" * 16}, None),
        ({"PVM_DIGEST_KEY_FILE": "/run/key"}, b"from a file, which is longer"),
    ],
)
def test_the_digest_key_comes_from_the_environment(
    variables: dict[str, str], key: bytes | None
) -> None:
    settings = resolve(variables, PROD, files="from a file, which is longer\n")
    assert settings.key == key
    (shown,) = (one for one in settings.shown if one.name == "digest key")
    assert shown.value == ("none" if key is None else "set, not shown")
    assert "kkkk" not in repr(settings)


@pytest.mark.parametrize("key", ["canary-5d0f-key", "canary-5d0f-and-more\udcff"])
def test_a_digest_key_that_protects_nothing_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(Misuse, match="16 bytes") as refused:
        resolve({"PVM_DIGEST_KEY": key}, PROD)
    assert CANARY not in refused.value.message + refused.value.fix
