"""The script of our action on a machine that looks like one of GitHub's."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from tests.architecture.tree import ROOT
from tests.programs import program

Json: TypeAlias = Any

SCRIPT: Final = ROOT / ".github" / "actions" / "pvm" / "run.sh"
_GH: Final = Path(__file__).with_name("fake_gh.py")
_NOTHING: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Job:
    """What became of one run."""

    code: int
    said: str
    """Standard output and standard error."""
    output: str
    summary: str


@dataclass(frozen=True, slots=True)
class Runner:
    """A machine with a checkout, `gh`, and pvm: ours, or one that does as it is told."""

    folder: Path
    checkout: Path

    def write(self, pvm: Sequence[str]) -> "Runner":
        """Set the machine up; `pvm` is a shell script's lines, or nothing for the real program."""
        for name in ("bin", "temp"):
            (self.folder / name).mkdir()
        self._state({"comments": [], "issues": [], "asked": []})
        self._program("gh", f'exec "{sys.executable}" -IS "{_GH}" "$@"')
        real = f'exec "{Path(sys.executable).with_name("pvm")}" "$@"'
        self._program("pvm", *(pvm or (real,)))
        return self

    def run(self, command: str, **environment: str) -> Job:
        """One step that uses the action."""
        files = {name: self.folder / name for name in ("output", "summary")}
        for file in files.values():
            file.write_text("", encoding="utf-8")
        known = {name: value for name, value in os.environ.items() if not name.startswith("PVM_")}
        done = subprocess.run(  # noqa: S603 -- our own script
            [program("bash"), str(SCRIPT)],
            cwd=self.checkout,
            env={**known, **self._surroundings(files), "INPUT_COMMAND": command, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=120,
        )
        output, summary = (file.read_text(encoding="utf-8") for file in files.values())
        return Job(done.returncode, done.stdout, output, summary)

    @property
    def state(self) -> Json:
        """What GitHub would have: `comments`, `issues`, and the requests in `asked`."""
        return json.loads((self.folder / "github.json").read_text(encoding="utf-8"))

    def put(self, place: str, entry: Mapping[str, Json]) -> None:
        """Somebody writes an issue or a comment."""
        state = self.state
        state[place].append(dict(entry))
        self._state(state)

    def _state(self, state: Json) -> None:
        (self.folder / "github.json").write_text(json.dumps(state), encoding="utf-8")

    def _program(self, name: str, *lines: str) -> None:
        path = self.folder / "bin" / name
        path.write_text("\n".join(("#!/bin/sh", *lines, "")), encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def _surroundings(self, files: Mapping[str, Path]) -> Mapping[str, str]:
        program("jq")
        return {
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "FAKE_GH": str(self.folder / "github.json"),
            "RUNNER_TEMP": str(self.folder / "temp"),
            "GITHUB_OUTPUT": str(files["output"]),
            "GITHUB_STEP_SUMMARY": str(files["summary"]),
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_REPOSITORY": "acme/stores",
            "GITHUB_RUN_ID": "77",
            "GITHUB_BASE_REF": "main",
            "GH_TOKEN": "ghs-7",
            "INPUT_DIRECTORY": ".",
            "INPUT_TARGET": "",
            "PULL_REQUEST": "",
            "COMMIT": "0123456789abcdef0123456789abcdef01234567",
        }
