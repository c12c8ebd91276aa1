"""yaml-language-server over its standard streams: the little of the protocol that we ask."""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final, TypeAlias

from tests.node_tools import NODE_MODULES, node

Json: TypeAlias = Any

_PROGRAM: Final = NODE_MODULES / "yaml-language-server" / "bin" / "yaml-language-server"
_SETTINGS: Final = {
    "yaml": {
        "completion": True,
        "hover": True,
        "validate": True,
        "format": {"enable": False},
        "schemaStore": {"enable": False},
    }
}
"""As an editor has them, but for the catalogue of schemas, which is on the network."""


@dataclass(frozen=True, slots=True)
class Place:
    """A spot of a text in the protocol's counting, from 0."""

    line: int
    character: int


@dataclass(slots=True)
class Editor:
    """An editor that has nothing but a connection to the language server."""

    _in: IO[bytes]
    _out: IO[bytes]
    _asked: int = 0
    _found: dict[str, Sequence[Json]] = field(default_factory=dict)
    """The newest diagnostics by document."""

    def open(self, path: Path, text: str) -> str:
        """Show a document of that name; the text need not be what the file holds."""
        uri = path.as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._notify("textDocument/didOpen", {"textDocument": document})
        return uri

    def diagnostics(self, uri: str) -> Sequence[str]:
        """What the server finds wrong: waits for its answer about this document."""
        while uri not in self._found:
            self._take()
        return [problem["message"] for problem in self._found[uri]]

    def hover(self, uri: str, place: Place) -> str:
        """What is shown beside the pointer."""
        answer = self._ask("textDocument/hover", uri, place)
        return "" if answer is None else str(answer["contents"]["value"])

    def completions(self, uri: str, place: Place) -> Mapping[str, str]:
        """What may be written there, and what the server tells about it."""
        answer = self._ask("textDocument/completion", uri, place)
        return {item["label"]: _words(item.get("documentation")) for item in answer["items"]}

    def start(self) -> None:
        """The handshake."""
        self._request("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        self._notify("initialized", {})
        self._notify("workspace/didChangeConfiguration", {"settings": _SETTINGS})

    def stop(self) -> None:
        """The goodbye; the server ends by itself."""
        self._request("shutdown", None)
        self._notify("exit", None)

    def _ask(self, method: str, uri: str, place: Place) -> Json:
        position = {"line": place.line, "character": place.character}
        return self._request(method, {"textDocument": {"uri": uri}, "position": position})

    def _request(self, method: str, parameters: Json) -> Json:
        self._asked += 1
        asked = self._asked
        self._send({"id": asked, "method": method, "params": parameters})
        while (message := self._take()).get("id") != asked or "method" in message:
            pass
        assert "error" not in message, message
        return message["result"]

    def _notify(self, method: str, parameters: Json) -> None:
        self._send({"method": method, "params": parameters})

    def _send(self, message: Mapping[str, Json]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._in.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._in.flush()

    def _take(self) -> dict[str, Json]:
        """The next message; what the server asks of an editor is answered on the way."""
        length = 0
        while line := self._out.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        assert length, "the language server has ended"
        message: dict[str, Json] = json.loads(self._out.read(length))
        if message.get("method") == "textDocument/publishDiagnostics":
            self._found[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif "method" in message and "id" in message:
            self._send({"id": message["id"], "result": self._answer(message)})
        return message

    @staticmethod
    def _answer(message: Mapping[str, Json]) -> Json:
        if message["method"] != "workspace/configuration":
            return None
        return [_SETTINGS.get(item.get("section")) for item in message["params"]["items"]]


def _words(documentation: Json) -> str:
    return documentation["value"] if isinstance(documentation, dict) else documentation or ""


@contextmanager
def language_server() -> Iterator[Editor]:
    """A running server, ended when the block is left."""
    command = (node(), str(_PROGRAM), "--stdio")
    with subprocess.Popen(  # noqa: S603 -- the locked program
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        editor = Editor(process.stdin, process.stdout)
        try:
            editor.start()
            yield editor
            editor.stop()
        except BaseException:
            process.kill()
            raise
