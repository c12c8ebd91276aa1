"""The README's session is typed for real and must print what it says.

`UPDATE_GOLDEN=1` writes the blocks anew; the diff is the review.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from reconciler.cli.exits import Exit
from reconciler.cli.main import COMMANDS
from tests.live_server import RunningServer, running_server

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
COLUMNS = 88


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server() as running:
        yield running


def session(text: str) -> list[str]:
    """What is typed, in order; a backslash at the end goes on in the next line."""
    return re.findall(r"^\$ (?:.*\\\n)*.*$", text, re.MULTILINE)


def bearer(server: RunningServer) -> str:
    """What a colleague would have got from the login call."""
    user = server.user("Admin")
    body = json.dumps({"username": user.login, "password": user.password}).encode()
    headers = {"Content-Type": "application/json"}
    request = Request(f"{server.url}/admin/api/v1/auth/admin", body, headers)  # noqa: S310 -- our own server
    with build_opener(ProxyHandler({})).open(request) as answer:
        token: str = json.load(answer)["accessToken"]
        return token


def environment(server: RunningServer, shims: Path) -> dict[str, str]:
    """A shell in which `pvm` is this pvm."""
    shims.mkdir()
    shim = shims / "pvm"
    program = "from reconciler.cli.main import main; main()"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -c "{program}" "$@"\n')
    shim.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PVM_")}
    user = server.user("Super-Admin")
    return {
        **kept,
        "PATH": f"{shims}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": str(COLUMNS),
        "PVM_URL": server.url,
        "PVM_USERNAME": user.login,
        "PVM_PASSWORD": user.password,
        "PVM_DIGEST_KEY": "0123456789abcdef0123456789abcdef",
        "TOKEN": bearer(server),
    }


def typed(line: str, folder: Path, variables: dict[str, str]) -> str:
    """What a terminal shows after this line."""
    done = subprocess.run(  # noqa: S603 -- the README's own lines
        ("/bin/sh", "-c", line.removeprefix("$ ")),
        cwd=folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    return f"{line}\n{normalised(done.stdout, variables['PVM_URL'])}"


def normalised(text: str, url: str) -> str:
    """Without what differs each time: port, moment and duration."""
    text = text.replace(url, "http://127.0.0.1:8080")
    text = re.sub(r"\b20[0-9-]{8}T[0-9:.]{12}Z", "2026-11-22T09:15:00.000Z", text)
    text = re.sub(r"sha256:[0-9a-f]{12}…", "sha256:6b1f0c5e20d4…", text)
    text = re.sub(r"(pvm undo )\S+", r"\1.pvm/undo/1.json", text)
    return re.sub(r"\b[0-9]+(\.[0-9]+)? (ms|s)\b", "0.2 s", text)


def test_the_session_prints_what_the_readme_says(server: RunningServer, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl on this machine: install it with the system's package manager")
    folder = tmp_path / "mystore"
    shutil.copytree(ROOT / "specs" / "examples" / "quickstart", folder)
    variables = environment(server, tmp_path / "bin")
    text = README.read_text(encoding="utf-8")

    found = [
        "".join(typed(line, folder, variables) for line in session(block))
        for block in BLOCK.findall(text)
    ]

    if os.environ.get("UPDATE_GOLDEN") == "1":
        blocks = iter(found)
        text = BLOCK.sub(lambda _: f"```console\n{next(blocks)}```", text)
        README.write_text(text, encoding="utf-8")
    assert found == BLOCK.findall(text)


def test_every_command_is_named() -> None:
    table = README.read_text(encoding="utf-8").partition("## Commands")[2].partition("###")[0]

    assert [name for name in COMMANDS if f"`pvm {name}" not in table] == []


def test_the_exit_codes_are_those_of_the_program() -> None:
    table = README.read_text(encoding="utf-8").partition("### Exit codes")[2]
    rows = re.findall(r"^\| ([0-9, ]+) \|", table, re.MULTILINE)

    assert {int(code) for row in rows for code in row.split(", ")} == set(Exit)


def test_what_the_readme_points_at_exists() -> None:
    text = README.read_text(encoding="utf-8")
    targets = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]

    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_make_knows_the_commands_to_set_up() -> None:
    text = README.read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    for target in set(re.findall(r"^make (\w+)", text, re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
