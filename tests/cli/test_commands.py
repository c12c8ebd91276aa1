"""Every command in every format in every situation ends with the contract's code."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.cli.conftest import Run
from tests.cli.loopback import listening
from tests.cli.repositories import PSK, Repository, Situation
from tests.remote.fake_server import LOGIN_NAME, PASSWORD, FakeServer

FORMATS = {
    "validate": ("text", "json"),
    "plan": ("text", "json", "markdown"),
    "plan --detailed-exitcode": ("text", "json", "markdown"),
    "apply --yes": ("text", "json"),
    "drift": ("text", "json", "markdown"),
    "drift --unmanaged": ("text", "json", "markdown"),
    "export": ("yaml", "json"),
    "explain": ("text", "json"),
    "explain --offline": ("text", "json"),
    "doctor": ("text", "json"),
}


@pytest.fixture
def env() -> Iterator[Mapping[str, str]]:
    with listening(FakeServer().handle) as url:
        yield {"PVM_URL": url, "PVM_USERNAME": LOGIN_NAME, "PVM_PASSWORD": PASSWORD}


Apply = Callable[[Repository], None]
Prepare = Callable[[Repository, dict[str, str], Apply], None]


def in_sync(repository: Repository, _: dict[str, str], apply: Apply) -> None:
    apply(repository)


def drift(repository: Repository, _: dict[str, str], apply: Apply) -> None:
    apply(repository.declare(idle=60))
    repository.declare()


def unmanaged(repository: Repository, _: dict[str, str], apply: Apply) -> None:
    apply(repository)
    repository.declare("site", "bootstrap")


def blocked(repository: Repository, _: dict[str, str], apply: Apply) -> None:
    """A token that this project does not manage still uses the bootstrap that is to go."""
    apply(repository)
    repository.write(prune="scope", tokens=False).declare("site")


PREPARE: Mapping[str, Prepare] = {
    "in sync": in_sync,
    "pending": lambda *_: None,
    "drift": drift,
    "unmanaged": unmanaged,
    "blocked": blocked,
    "other customer": lambda repository, *_: void(repository.write(customer="NOBODY")),
    "invalid": lambda repository, *_: void(repository.spoil()),
    "unreachable": lambda _, env, __: env.update(PVM_URL="http://127.0.0.1:9"),
    "denied": lambda _, env, __: env.update(PVM_PASSWORD="canary-9a3b"),
    "no credentials": lambda _, env, __: void(env.pop("PVM_PASSWORD"), env.pop("PVM_USERNAME")),
    "no address": lambda _, env, __: void(env.pop("PVM_URL")),
    "no project": lambda repository, *_: (repository.root / "pvm.yaml").unlink(),
}


def void(*_: object) -> None:
    """Let a lambda do several things and return none."""


@pytest.fixture
def make(pvm: Run, env: Mapping[str, str], tmp_path: Path) -> Callable[[str], Situation]:
    """Brings about a situation, by pvm itself where the server has to change."""

    def apply(repository: Repository) -> None:
        ran = pvm("apply", "--yes", "-C", str(repository.root), env=env)
        assert ran.code == 0, ran.all

    def make_one(situation: str) -> Situation:
        repository = Repository(tmp_path, "acme").write().declare()
        variables = dict(env)
        PREPARE[situation](repository, variables, apply)
        return Situation(repository, variables)

    return make_one


CODES = {
    "validate": (0, 0, 0, 0, 0, 0, 65, 0, 0, 0, 0, 64),
    "plan": (0, 0, 0, 0, 0, 0, 65, 69, 77, 77, 64, 64),
    "plan --detailed-exitcode": (0, 2, 2, 0, 4, 2, 65, 69, 77, 77, 64, 64),
    "apply --yes": (0, 0, 0, 0, 4, 6, 65, 69, 77, 77, 64, 64),
    "drift": (0, 3, 3, 0, 0, 3, 65, 69, 77, 77, 64, 64),
    "drift --unmanaged": (0, 3, 3, 3, 3, 3, 65, 69, 77, 77, 64, 64),
    "export": (0, 0, 0, 0, 0, 0, 0, 69, 77, 77, 64, 64),
    "explain": (0, 0, 0, 0, 0, 0, 65, 69, 77, 77, 64, 64),
    "explain --offline": (0, 0, 0, 0, 0, 0, 65, 0, 0, 0, 0, 64),
    "doctor": (0, 0, 0, 0, 0, 1, 0, 69, 77, 77, 64, 64),
}
CASES = [
    (command, format_, situation, code)
    for command, codes in CODES.items()
    for format_ in FORMATS[command]
    for situation, code in zip(PREPARE, codes, strict=True)
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(map(str, case)))
def test_the_code_is_that_of_the_table(
    pvm: Run, make: Callable[[str], Situation], case: tuple[str, str, str, int]
) -> None:
    command, format_, situation, code = case
    there = make(situation)

    ran = pvm(*_command(command, there), "-o", format_, env=there.env)

    assert ran.code == code, ran.all
    assert bool(ran.out) or ran.err.startswith("error[")
    assert_no_secret(ran.all, there)
    if format_ == "json" and ran.out:
        json.loads(ran.out)


@pytest.mark.parametrize("situation", PREPARE)
@pytest.mark.parametrize("command", CODES)
def test_no_secret_shows_at_any_verbosity(
    pvm: Run, make: Callable[[str], Situation], command: str, situation: str
) -> None:
    there = make(situation)

    ran = pvm(*_command(command, there), "-vv", env=there.env)

    assert_no_secret(ran.all, there)


def assert_no_secret(text: str, there: Situation) -> None:
    password = there.env.get("PVM_PASSWORD", PSK)
    for secret in (PSK, password, "session-", quote(password), b64(PSK), b64(password)):
        assert secret not in text


def b64(text: str) -> str:
    return b64encode(text.encode()).decode().rstrip("=")


def _command(command: str, there: Situation) -> tuple[str, ...]:
    words = command.split()
    prefix = there.repository.prefix
    objects = [f"site/{prefix}-site"] if words[0] == "explain" else []
    return (*words, *objects, "-C", str(there.repository.root))
