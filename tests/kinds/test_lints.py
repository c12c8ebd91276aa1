from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cli.exits import Exit, of_problems
from reconciler.core.identity import ResourceId
from reconciler.core.origin import Origin
from reconciler.core.policy import Breach, Declared, Policy
from reconciler.core.problem import Problem, Severity
from reconciler.core.project import Scope
from reconciler.core.resource import Desired
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from reconciler.kinds.lints import LINTS, check_lints
from tests.core.situations import project

EVERY = Policy(lints=dict.fromkeys(LINTS, Severity.WARNING))


def made(kind: str, name: str, value: Mapping[str, JsonValue], *references: str) -> Desired:
    pointer = KINDS[kind].value_pointer
    return Desired(
        ResourceId(kind, name),
        value,
        Origin("a.yaml", 0, 1, pointer),
        references=dict.fromkeys(references, "${env:X}"),
    )


def bootstrap(value: Mapping[str, JsonValue], *references: str) -> Desired:
    return made("Bootstrap", "b1", value, *references)


def token(app: str = "WFC_CENTRAL_SERVICE_ANDROID", name: str = "T", about: str = "") -> Desired:
    return made("Token", name, {"appId": app, "bootstrap": "b1", "description": about})


def site(name: str = "s1") -> Desired:
    return made("Site", name, {"proServerName": "x"})


def user(name: str, email: str) -> Desired:
    return made("PortalUser", name, {"userName": "x", "role": "User", "email": email})


def found(*objects: Desired, scope: Sequence[str] = (*KINDS,), secrets: str = "") -> list[Breach]:
    about = project(
        scope=Scope({kind: ("*" if kind != "Site" else "s*",) for kind in scope}),
        secrets=(secrets,) if secrets else (),
    )
    return list(check_lints(Declared(objects, KINDS), replace(about, policy=EVERY)))


def codes(*objects: Desired, scope: Sequence[str] = (*KINDS,), secrets: str = "") -> set[str]:
    return {breach.code for breach in found(*objects, scope=scope, secrets=secrets)}


PRO, VOICE, CLIENT = "WFC_PRO_ANDROID", "WFC_VOICE_ANDROID", "WFC_PC_ANDROID"
LONG = "x" * 121
ADDRESS = "https://exm.example/?api_key=canary-key"

HITS = {
    "token-underscore": [token(name="A_B")],
    "token-long-description": [token(about=LONG)],
    "pro-without-site": [site(), bootstrap({}), token(PRO)],
    "voice-without-location": [bootstrap({"a": 1}), token(VOICE)],
    "profile-without-url": [bootstrap({}), token(CLIENT)],
    "bootstrap-unknown-site": [bootstrap({"site": "elsewhere"}), token()],
    "bootstrap-unused": [bootstrap({})],
    "name-with-blank": [site("s 1")],
    "name-differs-in-case": [site("s1"), site("S1")],
    "clear-text-key": [bootstrap({"var_location": ADDRESS}), token()],
    "parameter-xml": [bootstrap({"file": '<?xml version="1.0"?>'}), token()],
    "user-email-twice": [user("a", "x@acme.example"), user("b", "X@acme.example")],
}
MISSES = {
    "token-underscore": [token(name="A-B")],
    "token-long-description": [token(about=LONG[1:])],
    "pro-without-site": [site(), bootstrap({"site": "s1"}), token(PRO), token("WFC_PRO_IOS")],
    "voice-without-location": [bootstrap({}), token(VOICE)],
    "profile-without-url": [bootstrap({"sfs_url": "https://pfm.example"}), token(CLIENT)],
    "bootstrap-unknown-site": [site("elsewhere"), bootstrap({"site": "elsewhere"}), token()],
    "bootstrap-unused": [bootstrap({}), token()],
    "name-with-blank": [site("s-1")],
    "name-differs-in-case": [site("s1"), site("s2"), made("Bootstrap", "S1", {})],
    "clear-text-key": [bootstrap({"var_location": ADDRESS}, "/var_location"), token()],
    "parameter-xml": [bootstrap({"a": "a < b", "b": "<b>bold</b>"}), token()],
    "user-email-twice": [user("a", "x@acme.example"), user("b", "y@acme.example")],
}


@pytest.mark.parametrize("code", LINTS)
def test_a_lint_hits_what_it_is_for_and_nothing_else_does(code: str) -> None:
    hits = found(*HITS[code])

    assert [breach.code for breach in hits] == [code]
    assert hits[0].origin.pointer


@pytest.mark.parametrize("code", LINTS)
def test_a_lint_leaves_alone_what_is_right(code: str) -> None:
    assert code not in codes(*MISSES[code])


@pytest.mark.parametrize("code", LINTS)
def test_what_a_lint_says_holds_no_value(code: str) -> None:
    lint = LINTS[code]

    assert "canary" not in f"{lint.message}{lint.label}{lint.help}"
    assert lint.message[0].islower() or lint.message.startswith(("PTT", "Voice", "Profile"))
    assert lint.help


@pytest.mark.parametrize("value", ["psk", {"psk": "x"}, ["x"], {"a": [{"b": "x"}]}])
def test_all_below_a_secret_key_is_secret(value: JsonValue) -> None:
    assert codes(bootstrap({"password": value}), token()) == {"clear-text-key"}


def test_a_field_that_the_project_calls_secret_is_one() -> None:
    item = bootstrap({"door": {"code": "1234"}})

    assert codes(item, token(), secrets="/door") == {"clear-text-key"}
    assert not codes(item, token(), secrets="/gate")


@pytest.mark.parametrize("value", ["", None, True, 17])
def test_where_no_reference_can_stand_nobody_is_told_to_write_one(value: JsonValue) -> None:
    assert not codes(bootstrap({"password": value, "list": [1, {"psk": None}]}), token())


def test_customers_without_sites_are_not_asked_for_any() -> None:
    assert not codes(bootstrap({}), token(PRO))


def test_a_project_that_manages_no_sites_does_not_miss_any() -> None:
    mine = ["Bootstrap", "Token"]
    assert not codes(bootstrap({"site": "elsewhere"}), token(), scope=mine)


@pytest.mark.parametrize("name", ["s9", 17, None])
def test_sites_inside_the_scope_are_left_to_the_catalog(name: JsonValue) -> None:
    assert not codes(bootstrap({"site": name}), token())


def test_a_project_that_manages_no_tokens_can_t_tell_what_is_unused() -> None:
    assert not codes(bootstrap({}), scope=["Bootstrap"])


def test_a_bootstrap_that_another_project_declares_is_not_judged() -> None:
    assert not codes(site(), token(PRO), token(VOICE), token(CLIENT))


@pytest.mark.parametrize(
    ("level", "severities"),
    [(Severity.ERROR, [Severity.ERROR]), (Severity.WARNING, [Severity.WARNING]), (None, [])],
)
def test_a_project_decides_what_a_lint_is(
    level: Severity | None, severities: list[Severity]
) -> None:
    policy = Policy(lints={"token-underscore": level})
    declared = Declared([token(name="A_B")], KINDS)

    hits = check_lints(declared, replace(project(), policy=policy))
    assert [breach.severity for breach in hits] == severities


def test_only_what_can_t_work_on_the_server_is_an_error_by_itself() -> None:
    errors = [code for code, lint in LINTS.items() if lint.severity is Severity.ERROR]
    assert errors == ["user-email-twice"]


@given(
    names=st.lists(st.sampled_from(["A_B", "s 1", "S1", "s1", "b"]), unique=True),
    app=st.sampled_from([PRO, VOICE, CLIENT]),
    value=st.dictionaries(
        st.sampled_from(["site", "psk", "x"]), st.sampled_from(["s1", "z", ADDRESS]), max_size=3
    ),
)
def test_lints_that_warn_never_change_an_exit_code(
    names: list[str], app: str, value: dict[str, JsonValue]
) -> None:
    objects = [token(app, name) for name in names] + [site(name) for name in names]
    problems = [
        Problem(breach.code, breach.message, severity=breach.severity)
        for breach in found(*objects, bootstrap(value), user("a", "x@y"), user("b", "x@y"))
    ]

    assert problems
    assert of_problems(problems) is Exit.OK
