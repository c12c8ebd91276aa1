"""No secret shows anywhere: not in an output, not in a file, not in what the server remembers.

Each canary is looked for as it is, in base64 (at each of three positions), and as URLs, JSON, HTML
and shells write it. Planted: naming the value in the message of a broken reference, and leaving
references out of the sealed content of the inventory, both fail here.
"""

import json
import lzma
from base64 import b64decode, b64encode, urlsafe_b64encode
from binascii import Error as NotBase64Error
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from urllib.parse import quote, quote_plus

import httpx
import pytest

from reconciler.core.values import JsonValue
from tests.cli.conftest import Ran, Run
from tests.cli.loopback import listening
from tests.remote.fake_server import LOGIN_NAME, FakeServer, Fault, problem

LITERAL, IN_URL, NAMED, BY_ENV, BY_FILE, IN_TEXT, EDITED, STRANGE, PASSWORD, KEY = (
    f'canary{n}/"ä+&{n * 7919}' for n in range(10)
)
CANARIES = (LITERAL, IN_URL, NAMED, BY_ENV, BY_FILE, IN_TEXT, EDITED, STRANGE, PASSWORD, KEY)

REPORTS = {
    "validate": ("ndjson", "junit", "sarif", "github"),
    "plan": ("ndjson", "html", "github"),
    "drift --unmanaged": ("ndjson", "html", "junit", "github"),
    "render": ("ndjson",),
    "export": ("ndjson",),
    "doctor": ("junit",),
}
PROJECT = """\
kind: Project
name: acme
sources: [files]
scope: {sites: ["*"], bootstraps: ["store-*"], tokens: ["STORE-*"]}
secrets: [/vendor/*/code]
drift: keep
"""
DOCUMENTS = """\
kind: Bootstrap
name: store-1
parameters:
  idle: IDLE
  wifi: {psk: 'LITERAL'}
  location: 'https://exm.example/p?api_key=IN_URL&dep=Sales'
  vendor: {zebra: {code: 'NAMED'}}
  greeting: '${env:GREETING}'
  motto: '${file:motto.txt}'
  banner: 'Welcome, ${env:BANNER}!'
---
kind: Token
name: STORE-1
appId: WFC_PRO_ANDROID
bootstrap: store-1
"""


def spellings(secret: str) -> Iterator[str]:
    """How the secret may look where something encoded it."""
    data = secret.encode()
    yield from (secret, escape(secret), quote(secret), quote(secret, safe=""), quote_plus(secret))
    yield from (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    yield from (repr(secret)[1:-1], data.hex())
    for encode in (b64encode, urlsafe_b64encode):
        for before in range(3):
            text = encode(b"\0" * before + data).decode()
            yield text[4 if before else 0 : -4]


FORMS = {form: canary for canary in CANARIES for form in spellings(canary)}


def leaks(text: str) -> list[str]:
    """The canaries in a text, in whatever spelling."""
    return sorted({canary for form, canary in FORMS.items() if form in text})


@dataclass(slots=True)
class World:
    """A repository full of secrets, a server full of secrets, and whoever looks at both."""

    root: Path
    server: FakeServer
    env: dict[str, str]
    pvm: Run
    found: dict[str, list[str]] = field(default_factory=dict)
    quoting: str = ""
    """What the server says instead of writing the bootstrap."""

    def answer(self, request: httpx.Request) -> httpx.Response:
        writes = request.method == "POST" and not request.url.path.endswith("/auth/admin")
        if self.quoting and writes and "store-1" in f"{request.url}{request.content!r}":
            return problem(400, "BAD_PARAMETERS", self.quoting)
        return self.server.handle(request)

    def declare(self, idle: int = 30) -> None:
        text = DOCUMENTS.replace("IDLE", str(idle)).replace("IN_URL", quote(IN_URL, safe=""))
        text = text.replace("LITERAL", LITERAL).replace("NAMED", NAMED)
        (self.root / "files").mkdir(exist_ok=True)
        (self.root / "files" / "all.yaml").write_text(text)
        (self.root / "motto.txt").write_text(BY_FILE + "\n")
        (self.root / "pvm.yaml").write_text(PROJECT)

    def edit(self, **parameters: JsonValue) -> None:
        row = self.server.rows["bootstrap"]["store-1"]
        before, version = row["parameters"], row["version"]
        assert isinstance(before, dict)
        assert isinstance(version, int)
        row |= {"parameters": {**before, **parameters}, "version": version + 1}

    def run(self, *args: str, codes: tuple[int, ...] = (0,)) -> Ran:
        """One command in each of its formats at the highest verbosity, and once more as it is."""
        words = (*args, "-C", str(self.root))
        ran = self.pvm(*words, env=self.env)
        assert ran.code in codes, ran.all
        self.look(" ".join(args), ran.all)
        return ran

    def look_around(self, actions: int = 0) -> None:
        """Every command that only reads, in every format."""
        for command, formats in (
            ("validate", ("text", "json")),
            ("plan", ("text", "json", "markdown")),
            ("drift --unmanaged", ("text", "json", "markdown")),
            ("render", ("json", "yaml")),
            ("explain bootstrap/store-1", ("text", "json")),
            ("explain bootstrap/store-strange", ("text", "json")),
            ("explain bootstrap/store-1/wifi/psk", ("text", "json")),
            ("doctor", ("text", "json")),
            ("export", ("json", "yaml")),
            ("inventory show", ("text", "json")),
            ("history", ("text", "json")),
            ("status", ("text", "json")),
        ):
            for format_ in formats:
                for verbosity in ((), ("-vv",)):
                    codes = (0, 3) if command.startswith("drift") else (0,)
                    self.run(*command.split(), "-o", format_, *verbosity, codes=codes)
        self.look_at_reports()
        plan, comment = self.root / "plan.json", self.root / "plan.md"
        self.run("plan", "--out", str(plan), "--report", f"markdown={comment}", "-vv")
        assert plan.read_text().count('"action"') == actions
        self.look("plan.json", plan.read_text())
        self.look("plan.md", comment.read_text())
        for format_ in ("text", "json", "markdown"):
            ran = self.pvm("show", str(plan), "-o", format_, "-vv", env=self.env)
            assert ran.code == 0, ran.all
            self.look(f"show {format_}", ran.all)

    def look_at_reports(self) -> None:
        """The formats that people seldom print, all of one run."""
        for command, formats in REPORTS.items():
            files = {format_: self.root / f"report.{format_}" for format_ in formats}
            options = [f"--report={format_}={file}" for format_, file in files.items()]
            self.run(*command.split(), "-vv", *options, codes=(0, 3))
            for format_, file in files.items():
                assert len(file.read_text()) > len("::notice::")
                self.look(f"{command} {format_}", file.read_text())

    def look(self, where: str, text: str) -> None:
        if leaks(text):
            self.found[where] = leaks(text)

    def look_at_rest(self) -> None:
        """What pvm left behind, here and on the server."""
        for path in self.root.rglob("*"):
            if path.is_file() and ".pvm" in path.parts and "secret" not in path.name:
                self.look(str(path.relative_to(self.root)), path.read_text())
        shards = {n: r for n, r in self.server.rows["bootstrap"].items() if n.startswith("pvm-")}
        for name, row in shards.items():
            texts = list(strings(row))
            unpacked = "".join(map(unpack, texts))
            self.look(name, "\n".join((*texts, unpacked)))
        if "store-1" in self.server.rows["bootstrap"]:
            together = "".join(unpack(text) for row in shards.values() for text in strings(row))
            assert "store-1" in together, "the inventory is not where it is looked for"


def strings(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from (key, *strings(item))
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def unpack(text: str) -> str:
    """What a compressed text says; empty for any other."""
    try:
        return lzma.decompress(b64decode(text, validate=True)).decode()
    except (NotBase64Error, lzma.LZMAError, ValueError):
        return ""


@pytest.fixture
def world(pvm: Run, tmp_path: Path) -> Iterator[World]:
    server = FakeServer()
    parameters: dict[str, JsonValue] = {"wifi": {"psk": STRANGE}, "admin_password": STRANGE}
    for name in ("store-strange", "elsewhere"):
        row: dict[str, JsonValue] = {"name": name, "parameters": parameters, "version": 1}
        server.rows["bootstrap"][name] = row
    env: dict[str, str] = {}
    made = World(tmp_path, server, env, pvm)
    with listening(made.answer) as url:
        env |= {
            "PVM_URL": url,
            "PVM_USERNAME": LOGIN_NAME,
            "PVM_PASSWORD": "correct horse battery staple",
            "PVM_DIGEST_KEY": KEY,
            "GREETING": BY_ENV,
            "BANNER": IN_TEXT,
        }
        made.declare()
        yield made


def never_applied(world: World) -> None:
    world.look_around(actions=4)


def applied(world: World) -> None:
    world.run("apply", "--yes", "-vv")
    world.look_around()


def drifted(world: World) -> None:
    world.run("apply", "--yes", "-vv")
    world.edit(wifi={"psk": EDITED}, greeting=EDITED, vendor={"zebra": {"code": EDITED}})
    world.look_around()
    world.run("apply", "--yes", "--revert-drift", "-vv")


def in_conflict(world: World) -> None:
    world.run("apply", "--yes", "-o", "json", "-vv")
    world.edit(idle=99, wifi={"psk": EDITED}, banner=EDITED)
    world.declare(idle=60)
    world.env["GREETING"] = EDITED
    world.run("plan", "-vv")
    world.run("drift", "-vv", codes=(3,))
    world.look_at_reports()
    world.run("apply", "--yes", "-vv", codes=(4,))
    world.run("apply", "--yes", "--on-conflict", "ours", "--revert-drift", "-vv", codes=(0,))


def undone(world: World) -> None:
    world.run("apply", "--yes", "-vv")
    world.declare(idle=60)
    world.env["GREETING"] = EDITED
    world.run("apply", "--yes", "-vv")
    *_, latest = sorted((world.root / ".pvm" / "undo").glob("*.json"))
    for format_ in ("text", "json", "ndjson", "markdown", "html", "github"):
        world.run("undo", str(latest), "-o", format_, "-vv")


def refused(world: World) -> None:
    """A server that quotes what it was sent."""
    secrets = (LITERAL, IN_URL, quote(IN_URL, safe=""), NAMED, BY_ENV, BY_FILE, IN_TEXT)
    world.quoting = f"who would take {' or '.join(secrets)}?"
    for format_ in ("text", "json", "ndjson", "markdown", "html", "junit"):
        ran = world.run("apply", "--yes", "-o", format_, "-vv", codes=(1, 7))
        assert f"who would take {mask_in(format_)}" in ran.out


def mask_in(format_: str) -> str:
    """Markdown would read its asterisks as emphasis."""
    return "&#42;" * 8 if format_ == "markdown" else "*" * 8


def denied(world: World) -> None:
    world.env["PVM_PASSWORD"] = PASSWORD
    said = f"{PASSWORD} is not the password"
    for _ in range(9):
        world.server.faults.append(
            Fault("POST", "auth/admin", lambda _: problem(401, "BAD_CREDENTIALS", said))
        )
    world.run("plan", "-vv", codes=(77,))
    world.run("doctor", "-vv", codes=(77,))


def locked_and_rebuilt(world: World) -> None:
    world.run("apply", "--yes", "-vv")
    world.run("lock", "--until", "2h", "--reason", "INC-1", "-vv")
    world.declare(idle=60)
    world.run("apply", "--yes", "-vv", codes=(8,))
    world.run("unlock", "-vv")
    world.edit(wifi={"psk": EDITED}, greeting=EDITED)
    lost = [name for name in world.server.rows["bootstrap"] if name.endswith("-01")]
    for name in lost:
        del world.server.rows["bootstrap"][name]
    world.run("plan", "-vv")
    for format_ in ("text", "json"):
        world.run("inventory", "rebuild", "--yes", "-o", format_, "-vv")
    world.run("plan", "-vv")


def broken_references(world: World) -> None:
    file = world.root / "files" / "all.yaml"
    text = file.read_text()
    for broken in ("${env:NOT_THERE}", "${file:../motto.txt}", "${file:files}", "${nothing:x}"):
        file.write_text(text.replace("${env:GREETING}", broken))
        world.run("plan", "-vv", codes=(0, 64, 65))
        world.run("apply", "--yes", "-vv", codes=(1, 7, 64, 65))


def without_a_key(world: World) -> None:
    del world.env["PVM_DIGEST_KEY"]
    world.run("apply", "--yes", "-vv")
    world.edit(wifi={"psk": EDITED}, greeting=EDITED)
    world.look_around(actions=1)


SITUATIONS: dict[str, Callable[[World], None]] = {
    "never applied": never_applied,
    "applied": applied,
    "drifted": drifted,
    "in conflict": in_conflict,
    "undone": undone,
    "refused": refused,
    "denied": denied,
    "locked and rebuilt": locked_and_rebuilt,
    "broken references": broken_references,
    "without a key": without_a_key,
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_no_secret_shows_anywhere(
    world: World, situation: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")

    SITUATIONS[situation](world)
    world.look_at_rest()
    world.look("logs", caplog.text)

    assert world.found == {}


def test_a_leak_is_found_in_any_spelling() -> None:
    for canary in CANARIES:
        around = b"xy" + canary.encode() + b"zzzz"
        texts = (canary, json.dumps({"a": canary}), quote(canary), b64encode(around).decode())
        assert [leaks(text) for text in texts] == [[canary]] * 4


def test_the_inventory_is_really_unpacked() -> None:
    assert unpack(b64encode(lzma.compress(b"store-1")).decode()) == "store-1"
    assert unpack("store-1") == ""
