"""Pages whose sessions are typed for real: `$ …` in a `console` block, and what it prints.

`UPDATE_GOLDEN=1` writes the blocks anew; the diff is the review.
"""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener

from tests.live_server import RunningServer

BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
COLUMNS = 88


def session(text: str) -> list[str]:
    """What is typed, in order: a backslash at the end goes on in the next line, and a here-document
    up to its end."""
    return re.findall(r"^\$ (?:.*<<'END'\n(?:.*\n)*?END$|(?:.*\\\n)*.*$)", text, re.MULTILINE)


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
    (shims / ".gitconfig").write_text("[user]\nname = Ada\nemail = ada@acme.example\n")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PVM_")}
    user = server.user("Super-Admin")
    return {
        **kept,
        "HOME": str(shims),
        "GIT_CONFIG_NOSYSTEM": "1",
        "PATH": f"{shims}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": str(COLUMNS),
        "PVM_URL": server.url,
        "PVM_USERNAME": user.login,
        "PVM_PASSWORD": user.password,
        "PVM_DIGEST_KEY": "0123456789abcdef0123456789abcdef",
        "TOKEN": bearer(server),
    }


@dataclass(slots=True)
class Terminal:
    """Where somebody types; `cd` counts for what is typed later."""

    folder: Path
    variables: dict[str, str]

    def type(self, line: str) -> str:
        """What is shown after this line."""
        place = Path(self.variables["HOME"]) / "place"
        done = subprocess.run(  # noqa: S603 -- the page's own lines
            ("/bin/sh", "-c", f'{line.removeprefix("$ ")}\npwd > "{place}"'),
            cwd=self.folder,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        self.folder = Path(place.read_text(encoding="utf-8").strip())
        return f"{line}\n{normalised(done.stdout, self.variables['PVM_URL'])}"


def normalised(text: str, url: str) -> str:
    """Without what differs each time: port, moment and duration."""
    text = text.replace(url, "http://127.0.0.1:8080")
    text = re.sub(r"\b20[0-9-]{8}T[0-9:.]{12}Z", "2026-11-22T09:15:00.000Z", text)
    text = re.sub(r"sha256:[0-9a-f]{12}…", "sha256:6b1f0c5e20d4…", text)
    text = re.sub(r"(pvm undo )\S+", r"\1.pvm/undo/1.json", text)
    text = re.sub(r"\b20[0-9]{2}-[0-9]{2}-[0-9]{2}\b(?!T)", "2026-11-22", text)
    text = re.sub(r'until: "20[0-9-]{8}"', 'until: "2027-02-20"', text)
    text = re.sub(r"^index .*$", "index c9eb60e..a531514 100644", text, flags=re.MULTILINE)
    text = re.sub(r"(commit |\()[0-9a-f]{7}\b", r"\g<1>9d03e77", text)
    return re.sub(r"\b[0-9]+(\.[0-9]+)? (ms|s)\b", "0.2 s", text)


def play(page: Path, terminal: Terminal) -> tuple[list[str], list[str]]:
    """The blocks of a page as they come out now, and as the page has them."""
    text = page.read_text(encoding="utf-8")
    found = [
        "".join(terminal.type(line) for line in session(block)) for block in BLOCK.findall(text)
    ]
    if os.environ.get("UPDATE_GOLDEN") == "1":
        blocks = iter(found)
        text = BLOCK.sub(lambda _: f"```console\n{next(blocks)}```", text)
        page.write_text(text, encoding="utf-8")
    return found, BLOCK.findall(text)
