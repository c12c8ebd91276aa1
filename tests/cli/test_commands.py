"""Every command in every format in every situation ends with the contract's code."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from reconciler.core.values import JsonValue
from tests.cli.conftest import Run
from tests.cli.loopback import listening
from tests.cli.repositories import PSK, Repository, Situation
from tests.remote.fake_server import LOGIN_NAME, PASSWORD, FakeServer

KEY = "canary-key-0123456789abcdef"
FORMATS = {
    "validate": ("text", "json"),
    "plan": ("text", "json", "markdown"),
    "plan --detailed-exitcode": ("text", "json", "markdown"),
    "apply --yes": ("text", "json"),
    "drift": ("text", "json", "markdown"),
    "drift --unmanaged": ("text", "json", "markdown"),
    "drift --adopt": ("text", "json", "markdown"),
    "export": ("yaml", "json"),
    "render": ("yaml", "json"),
    "explain": ("text", "json"),
    "explain --offline": ("text", "json"),
    "status": ("text", "json"),
    "history": ("text", "json"),
    "inventory show": ("text", "json"),
    "inventory rebuild --yes": ("text", "json"),
    "lock --until 1h --reason INC-1": ("text", "json"),
    "unlock": ("text", "json"),
    "doctor": ("text", "json"),
}


@pytest.fixture
def server() -> FakeServer:
    return FakeServer()


@pytest.fixture
def env(server: FakeServer) -> Iterator[Mapping[str, str]]:
    with listening(server.handle) as url:
        yield {
            "PVM_URL": url,
            "PVM_USERNAME": LOGIN_NAME,
            "PVM_PASSWORD": PASSWORD,
            "PVM_DIGEST_KEY": KEY,
        }


@dataclass(frozen=True, slots=True)
class Stage:
    """What a situation is made from."""

    repository: Repository
    server: FakeServer
    env: dict[str, str]
    apply: Callable[[], None]

    def edit(self, **parameters: JsonValue) -> None:
        """A colleague changes the bootstrap on the server."""
        row = self.server.rows["bootstrap"][f"{self.repository.prefix}-settings"]
        before = row["parameters"]
        assert isinstance(before, dict)
        row["parameters"] = {**before, **parameters}
        row["version"] = 99


def in_sync(stage: Stage) -> None:
    stage.apply()


def changed_in_git(stage: Stage) -> None:
    stage.apply()
    stage.repository.declare(idle=60)


def drift(stage: Stage) -> None:
    stage.apply()
    stage.edit(idle=60)


def deleted_outside(stage: Stage) -> None:
    stage.apply()
    del stage.server.rows["token"][f"{stage.repository.prefix}-counter"]


def both(stage: Stage) -> None:
    """Different fields of one object: no conflict."""
    stage.apply()
    stage.repository.declare(idle=60)
    stage.edit(colour="red")


def conflict(stage: Stage) -> None:
    stage.apply()
    stage.repository.declare(idle=60)
    stage.edit(idle=90)


def unmanaged(stage: Stage) -> None:
    """Declared by nobody, and applied by nobody."""
    stage.repository.declare("site", "bootstrap")
    stage.apply()
    name = f"{stage.repository.prefix}-other"
    stage.server.rows["site"][name] = {"name": name, "proServerName": "dev03b"}


def blocked(stage: Stage) -> None:
    """A token that this project does not manage still uses the bootstrap that is to go."""
    stage.apply()
    stage.repository.write(prune="owned", tokens=False).declare("site")


def held(stage: Stage) -> None:
    stage.apply()
    stage.repository.declare(idle=60)
    prefix = stage.repository.prefix
    hold = f'{{object: Bootstrap/{prefix}-settings, until: "2999-12-31", reason: INC-1}}'
    file = stage.repository.root / "pvm.yaml"
    file.write_text(file.read_text() + f"holds: [{hold}]\n")


def rolled_out_elsewhere(stage: Stage) -> None:
    """Another key signed what the server remembers."""
    stage.apply()
    stage.env["PVM_DIGEST_KEY"] = "canary-other-0123456789abcdef"


PREPARE: Mapping[str, Callable[[Stage], object]] = {
    "in sync": in_sync,
    "never applied": lambda _: None,
    "changed in Git": changed_in_git,
    "drift": drift,
    "deleted outside": deleted_outside,
    "pending and drift": both,
    "conflict": conflict,
    "unmanaged": unmanaged,
    "blocked": blocked,
    "held": held,
    "other key": rolled_out_elsewhere,
    "other customer": lambda stage: stage.repository.write(customer="NOBODY"),
    "invalid": lambda stage: stage.repository.spoil(),
    "unreachable": lambda stage: stage.env.update(PVM_URL="http://127.0.0.1:9"),
    "denied": lambda stage: stage.env.update(PVM_PASSWORD="canary-9a3b"),
    "no credentials": lambda stage: (stage.env.pop("PVM_PASSWORD"), stage.env.pop("PVM_USERNAME")),
    "no address": lambda stage: stage.env.pop("PVM_URL"),
    "no project": lambda stage: (stage.repository.root / "pvm.yaml").unlink(),
}


@pytest.fixture
def make(
    pvm: Run, server: FakeServer, env: Mapping[str, str], tmp_path: Path
) -> Callable[[str], Situation]:
    """Brings about a situation, by pvm itself where the server has to change."""
    repository = Repository(tmp_path, "acme").write().declare()

    def apply() -> None:
        ran = pvm("apply", "--yes", "-C", str(repository.root), env=env)
        assert ran.code == 0, ran.all

    def make_one(situation: str) -> Situation:
        variables = dict(env)
        PREPARE[situation](Stage(repository, server, variables, apply))
        return Situation(repository, variables)

    return make_one


# As PREPARE: in sync, never applied, changed in Git, drift, deleted outside, pending and drift,
# conflict, unmanaged, blocked, held, other key, other customer, invalid, unreachable, denied,
# no credentials, no address, no project.
CODES = {
    "validate": (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 65, 0, 0, 0, 0, 64),
    "plan": (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 65, 69, 77, 77, 64, 64),
    "plan --detailed-exitcode": (
        *(0, 2, 2, 3, 3, 4, 4, 0, 4, 4, 6, 6),
        *(65, 69, 77, 77, 64, 64),
    ),
    "apply --yes": (0, 0, 0, 0, 0, 0, 4, 0, 4, 0, 6, 6, 65, 69, 77, 77, 64, 64),
    "drift": (0, 3, 0, 3, 3, 3, 3, 0, 0, 0, 6, 6, 65, 69, 77, 77, 64, 64),
    "drift --unmanaged": (0, 3, 0, 3, 3, 3, 3, 3, 0, 0, 6, 6, 65, 69, 77, 77, 64, 64),
    "drift --adopt": (0, 3, 0, 0, 0, 0, 3, 0, 0, 0, 6, 6, 65, 69, 77, 77, 64, 64),
    "export": (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 69, 77, 77, 64, 64),
    "render": (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 65, 0, 0, 0, 0, 64),
    "explain": (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 65, 69, 77, 77, 64, 64),
    "explain --offline": (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 65, 0, 0, 0, 0, 64),
    "status": (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 65, 69, 77, 77, 64, 64),
    "history": (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 69, 77, 77, 64, 64),
    "inventory show": (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 69, 77, 77, 64, 64),
    "inventory rebuild --yes": (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 65, 69, 77, 77, 64, 64),
    "lock --until 1h --reason INC-1": (
        *(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 6),
        *(0, 69, 77, 77, 64, 64),
    ),
    "unlock": (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 6, 0, 69, 77, 77, 64, 64),
    "doctor": (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 69, 77, 77, 64, 64),
}
CASES = [
    (command, format_, situation, code)
    for command, codes in CODES.items()
    for format_ in (FORMATS[command] if command.startswith("apply") else ("every",))
    for situation, code in zip(PREPARE, codes, strict=True)
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(map(str, case)))
def test_the_code_is_that_of_the_table(
    pvm: Run, make: Callable[[str], Situation], case: tuple[str, str, str, int]
) -> None:
    """In every format, at the highest verbosity too, and without a secret."""
    command, format_, situation, code = case
    there = make(situation)
    formats = FORMATS[command] if format_ == "every" else (format_,)

    for shown in formats:
        ran = pvm(*_command(command, there), "-o", shown, env=there.env)

        assert ran.code == code, ran.all
        assert bool(ran.out) or ran.err.startswith("error[")
        assert_no_secret(ran.all, there)
        if shown == "json" and ran.out:
            json.loads(ran.out)
    ran = pvm(*_command(command, there), "-vv", env=there.env)
    assert_no_secret(ran.all, there)
    assert format_ != "every" or ran.code == code


def assert_no_secret(text: str, there: Situation) -> None:
    password = there.env.get("PVM_PASSWORD", PSK)
    for secret in (PSK, KEY, password, "session-", quote(password), b64(PSK), b64(password)):
        assert secret not in text


def b64(text: str) -> str:
    return b64encode(text.encode()).decode().rstrip("=")


def _command(command: str, there: Situation) -> tuple[str, ...]:
    words = command.split()
    prefix = there.repository.prefix
    objects = [f"site/{prefix}-site"] if words[0] == "explain" else []
    return (*words, *objects, "-C", str(there.repository.root))
