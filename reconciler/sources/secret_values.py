"""Values of secrets: from the environment, from files of the project, from sops."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeAlias

from reconciler.core.json_text import JsonError, dump_json, parse_json
from reconciler.core.pointer import resolve
from reconciler.core.problem import InvalidInput, Problem
from reconciler.core.template import SecretReference, parse_template
from reconciler.core.values import ABSENT, JsonValue
from reconciler.sources.files import Files

MAX_BYTES: Final = 64 * 1024
"""Of a file that is one secret."""
MAX_SOPS_BYTES: Final = 4 * 1024 * 1024
"""Of a decrypted file."""
_SOPS_SECONDS: Final = 60


class _Missing(str):
    """Why a value is not available here."""

    __slots__ = ()


class _Broken(str):
    """Why a reference can't be followed anywhere."""

    __slots__ = ()


class _Text:
    """A value, in a wrapping that nothing prints."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


_Answer: TypeAlias = _Text | _Missing | _Broken
_Content: TypeAlias = "JsonValue | _Missing | _Broken"


class SecretValues:
    """`core.secret_source.SecretSource`: asks once for each value, when it is needed first.

    Two threads may ask for the same value at once, which costs time and does no harm.
    """

    def __init__(self, root: Path, variables: Mapping[str, str]) -> None:
        self._files = Files(root)
        self._variables = variables
        self._known: dict[SecretReference, _Answer] = {}
        self._decrypted: dict[str, _Content] = {}

    def value_of(self, template: str) -> str | None:
        """As the protocol says; an empty variable counts as not set."""
        if self.missing(template):
            return None
        return "".join(
            part if isinstance(part, str) else self._text(part) for part in parse_template(template)
        )

    def missing(self, template: str) -> tuple[str, ...]:
        """As the protocol says."""
        reasons: dict[str, None] = {}
        for part in parse_template(template):
            if isinstance(part, str):
                continue
            answer = self._answer(part)
            if isinstance(answer, _Broken):
                raise InvalidInput([Problem("secret-broken", f"{part}: {answer}")])
            if isinstance(answer, _Missing):
                reasons[f"{part}: {answer}"] = None
        return tuple(reasons)

    def _text(self, reference: SecretReference) -> str:
        answer = self._answer(reference)
        return answer.text if isinstance(answer, _Text) else ""

    def _answer(self, reference: SecretReference) -> _Answer:
        known = self._known.get(reference)
        if known is None:
            known = self._known[reference] = self._ask(reference)
        return known

    def _ask(self, reference: SecretReference) -> _Answer:
        if reference.sort == "env":
            return self._variable(reference.name)
        if self._files.leaves(reference.name):
            return _Broken("the file is outside the project")
        if not os.path.lexists(f"{self._files.root}/{reference.name}"):
            return _Missing(f"there is no file {reference.name}")
        if reference.sort == "file":
            return self._file(reference.name)
        return self._inside(reference)

    def _variable(self, name: str) -> _Answer:
        value = self._variables.get(name, "")
        if not value:
            return _Missing(f"{name} is not set")
        return _Text(value) if _is_text(value) else _Broken(f"{name} is not UTF-8 text")

    def _file(self, path: str) -> _Answer:
        data = self._files.read(path)
        if isinstance(data, Problem):
            return _Missing(data.message)
        if len(data) > MAX_BYTES:
            return _Broken(f"the file is larger than {MAX_BYTES // 1024} KiB")
        text = _decoded(data)
        if text is None:
            return _Broken("the file is not UTF-8 text")
        text = text.removesuffix("\n").removesuffix("\r")
        return _Text(text) if text else _Missing("the file is empty")

    def _inside(self, reference: SecretReference) -> _Answer:
        """A value of a file that sops decrypts."""
        path = reference.name
        if path not in self._decrypted:
            self._decrypted[path] = self._decrypt(path)
        whole = self._decrypted[path]
        if isinstance(whole, _Missing | _Broken):
            return whole
        value = resolve(whole, reference.pointer)
        if value is ABSENT:
            return _Broken(f"the file has nothing at {reference.pointer}")
        if value is None or isinstance(value, bool | list | dict):
            return _Broken(f"what the file has at {reference.pointer} is neither text nor a number")
        text = value if isinstance(value, str) else dump_json(value)
        return (
            _Text(text) if text else _Missing(f"the file has an empty text at {reference.pointer}")
        )

    def _decrypt(self, path: str) -> _Content:
        import subprocess  # noqa: PLC0415 -- few projects use sops

        command = ["sops", "--decrypt", "--output-type", "json", f"./{path}"]
        try:
            done = subprocess.run(  # noqa: S603 -- no shell, and the path can't be taken for an option
                command,
                cwd=self._files.root,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_SOPS_SECONDS,
                check=False,
            )
        except FileNotFoundError:
            return _Missing("the program sops is not installed")
        except (OSError, subprocess.TimeoutExpired):
            return _Missing(f"the program sops did not answer; see: {' '.join(command)}")
        if done.returncode != 0:
            return _Missing(f"the program sops can't decrypt it; see: {' '.join(command)}")
        return _parsed(done.stdout)


def _parsed(data: bytes) -> _Content:
    text = _decoded(data) if len(data) <= MAX_SOPS_BYTES else None
    if text is None:
        return _Broken("what the program sops answers is too large, or not UTF-8 text")
    try:
        return parse_json(text)
    except JsonError:
        pass
    return _Broken("what the program sops answers is not JSON")


def _decoded(data: bytes) -> str | None:
    """The error of a wrong byte holds all the others: it is dropped here."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
