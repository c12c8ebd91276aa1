"""The story that `pvm demo` tells: a session that anybody could type."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

from reconciler.cli.demo_program import BrokenStoryError, Server, run_pvm
from reconciler.cli.exits import Exit
from reconciler.core.problem import Misuse
from reconciler.render.screen import printable
from reconciler.sources.project import PROJECT_FILE

EXAMPLE: Final = "retail"

_HAND_EDIT: Final = '{"site": "hm-1001", "enablePTTButtonSpecial": true}'
_STORES: Final = "bootstraps/stores/netherlands.yaml"
_TIMEOUT_SECONDS: Final = 15.0
_LOG_LINES: Final = 5


@dataclass(frozen=True, slots=True)
class Scene:
    """Where the story is told: the user's repository, the server, and who listens."""

    folder: Path
    server: Server
    say: Callable[[str], None]

    def title(self, text: str) -> None:
        """A shell would take it for a comment."""
        self.say(f"\n# {text}")

    def type(self, *arguments: str, expected: Exit = Exit.OK) -> None:
        """Run a command; raises `BrokenStoryError` if it ends with another code."""
        self.say(f"$ pvm {' '.join(arguments)}")
        done = run_pvm(arguments, self.folder, self.server.settings())
        self.say(done.stdout.rstrip("\n"))
        if done.returncode != expected:
            message = f"`pvm {' '.join(arguments)}` ended with {done.returncode}, not {expected}"
            raise BrokenStoryError(message, output=self._log_end())
        if expected is not Exit.OK:
            self.say(f"(exit code {expected:d})")

    def _log_end(self) -> str:
        """Its last lines; the first ones, with the logins, stay where they are."""
        lines = self.server.log.read_text(encoding="utf-8", errors="replace").splitlines()
        shown = [printable(line) for line in lines[-_LOG_LINES:] if line.startswith("{")]
        return "\n".join(["the server's log ends with:", *shown, "", ""])


def tell_story(folder: Path, server: Server, say: Callable[[str], None]) -> None:
    """Tell it all; raises `BrokenStoryError` at the first step that goes wrong."""
    scene = Scene(folder / EXAMPLE, server, say)
    shutil.copytree(example_folder(), scene.folder)
    _open_scene(scene)
    _first_apply(scene)
    _hand_edit(scene)
    _own_change(scene)


def example_folder() -> Path:
    """Inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parents[1]
    for folder in (package / "examples", package.parent / "specs" / "examples"):
        if (folder / EXAMPLE / PROJECT_FILE).is_file():
            return folder / EXAMPLE
    message = "the example repository is missing from this installation"
    raise Misuse(message, "install pvm again")


def _open_scene(scene: Scene) -> None:
    scene.say("# A server with a sample customer, on this machine only:")
    scene.say("$ pvm serve --demo --port 0 --ready-file ready.json &")
    scene.say(f"Listening on {scene.server.url}")
    for export in scene.server.exports():
        scene.say(f"$ {export}")
    scene.title("A repository: sixty stores, each with a site, bootstraps and tokens.")
    scene.say(f"$ cd {scene.folder}")
    scene.say("$ ls")
    scene.say("  ".join(sorted(path.name for path in scene.folder.iterdir())))
    scene.title("Are the files right? No server is asked.")
    scene.type("validate")


def _first_apply(scene: Scene) -> None:
    scene.title("What would change? Reading only.")
    scene.type("plan")
    scene.title("Do it.")
    scene.type("apply", "--yes", "-q")
    scene.title("Once more: nothing is left to do.")
    scene.type("plan", "--detailed-exitcode")
    scene.title("What does a device get that comes with the token of store 1001?")
    scene.type("device", "fetch", "STORE-1001", "--app-id", "WFC_PRO_ANDROID")


def _hand_edit(scene: Scene) -> None:
    """A write replaces the whole bootstrap: two settings go that nobody meant to lose."""
    scene.title("A colleague switches on the special button for store 1001, by hand:")
    lines = (
        '$ curl -X POST "$PVM_URL/admin/api/v1/bootstrap?name=store-1001" \\',
        '    -H "authorization: Bearer $COLLEAGUE" \\',
        '    -H "Content-Type: application/json" \\',
        f"    -d '{_HAND_EDIT}'",
    )
    scene.say("\n".join(lines))
    colleague = scene.server.user("Admin")
    login = json.dumps({"username": colleague.login, "password": colleague.password})
    answer = _post(f"{scene.server.url}/admin/api/v1/auth/admin", login, {})
    token = json.loads(answer)["accessToken"]
    address = f"{scene.server.url}/admin/api/v1/bootstrap?name=store-1001"
    _post(address, _HAND_EDIT, {"authorization": f"Bearer {token}"})
    scene.title("Does the server still say what the files say?")
    scene.type("drift", expected=Exit.DRIFT)


def _own_change(scene: Scene) -> None:
    scene.title("Now a change of our own: store 1003 is to get the special button.")
    scene.say(f"$ $EDITOR {_STORES}")
    scene.say(switch_on_button(scene.folder / _STORES, "store-1003"))
    scene.title("The plan tells both apart: our change is applied, the colleague's is kept.")
    scene.type("plan")
    scene.type("apply", "--yes", "-q")
    scene.title("The colleague agrees that the edit was a mistake: take that one back.")
    scene.type("apply", "--yes", "-q", "--revert-drift=bootstrap/store-1001")
    scene.title("Files and server agree again, and the server remembers each apply.")
    scene.type("drift")
    scene.type("history")


def switch_on_button(path: Path, name: str) -> str:
    """Edit the file as one would by hand; returns the changed line, before and after."""
    before, after = "enablePTTButtonSpecial: false", "enablePTTButtonSpecial: true"
    lines = path.read_text(encoding="utf-8").split("\n")
    spot = lines.index(f"  {before}", lines.index(f"name: {name}"))
    lines[spot] = f"  {after}"
    path.write_text("\n".join(lines), encoding="utf-8")
    return f"  line {spot + 1}, was: {before}\n  line {spot + 1}, now: {after}"


def _post(url: str, body: str, headers: dict[str, str]) -> bytes:
    """What the printed cURL does, without needing cURL; loopback, so past any proxy."""
    headers = {"Content-Type": "application/json", **headers}
    request = Request(url, body.encode(), headers, method="POST")  # noqa: S310 -- our own server's address
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=_TIMEOUT_SECONDS) as answer:
            content: bytes = answer.read()
    except HTTPError as error:
        with error:
            message = f"the colleague's call was answered with status {error.code}"
        raise BrokenStoryError(message) from error
    except URLError as error:
        message = f"the colleague's call did not reach the server: {error.reason}"
        raise BrokenStoryError(message) from error
    return content
