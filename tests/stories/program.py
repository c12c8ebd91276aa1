"""The whole program in front of a server within the test: no process, no socket."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

import httpx
import pytest

from reconciler.remote.connection import connect_reader, connect_writer
from tests.cli.conftest import Ran, Run

READING = ("plan", "apply", "drift", "inventory", "status", "undo")
WRITING = ("apply", "inventory", "lock")


class Call(Protocol):
    """`pvm` in a folder."""

    def __call__(self, root: Path, *args: str) -> Ran: ...


@contextmanager
def program(pvm: Run, transport: httpx.BaseTransport, env: Mapping[str, str]) -> Iterator[Call]:
    """Runs `pvm`; whatever server it is sent to, `transport` answers."""
    with pytest.MonkeyPatch.context() as patch:
        for commands, connect in ((READING, connect_reader), (WRITING, connect_writer)):
            for command in commands:
                name = f"reconciler.cli.{command}.{connect.__name__}"
                patch.setattr(name, partial(connect, transport=transport))
        yield lambda root, *args: pvm(*args, "-C", str(root), env=env)


def words(ran: Ran) -> str:
    """What a person reads, without the line breaks of a narrow screen."""
    return " ".join(ran.all.split())
