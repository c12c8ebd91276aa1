"""The script that writes the plan into a merge request, run by Bash against a GitLab in memory."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

import httpx
import pytest
import yaml

from tests.architecture.tree import ROOT
from tests.cli.loopback import listening
from tests.programs import program

Json: TypeAlias = Any

TEMPLATE: Final = yaml.safe_load((ROOT / "specs/examples/ci/gitlab.yml").read_text("utf-8"))
MARK: Final = "<!-- pvm plan -->"
_ADDRESS: Final = "/api/v4/projects/9/merge_requests/5/notes"
_PVM: Final = """\
#!/bin/sh
for word in "$@"; do case "$word" in
  markdown=*) if [ -n "$SAYS" ]; then echo "$SAYS" > "${word#*=}"; fi;;
esac; done
exit ${CODE:-0}
"""


@dataclass(slots=True)
class Notes:
    """The notes of merge request 5, two on a page."""

    bodies: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """What the address of the notes does, for one token."""
        self.asked.append(request.method)
        if request.headers["private-token"] != "glpat-7":
            return httpx.Response(401)
        found = re.fullmatch(rf"{_ADDRESS}(?:/(\d+))?", request.url.path)
        assert found is not None
        if request.method == "GET":
            return self._page(int(request.url.params["page"]))
        form = dict(httpx.QueryParams(request.content.decode()))
        if request.method == "POST":
            self.bodies.append(form["body"])
        else:
            self.bodies[int(found[1])] = form["body"]
        return httpx.Response(200, json={})

    def _page(self, page: int) -> httpx.Response:
        start = (page - 1) * 2
        shown = enumerate(self.bodies[start : start + 2], start)
        rows = [{"id": number, "body": body} for number, body in shown]
        following = str(page + 1) if start + 2 < len(self.bodies) else ""
        return httpx.Response(200, json=rows, headers={"X-Next-Page": following})


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Where the job runs."""

    folder: Path
    url: str
    notes: Notes

    def plan(self, **environment: str) -> int:
        """Run the job's script; return its exit code."""
        script = "\n".join(("set -eo pipefail", *TEMPLATE["pvm-plan"]["script"]))
        done = subprocess.run(  # noqa: S603 -- our own script
            [program("bash"), "-c", script],
            cwd=self.folder,
            env={**os.environ, **self._variables(), **environment},
            check=False,
            timeout=60,
        )
        return done.returncode

    def _variables(self) -> dict[str, str]:
        program("curl")
        own = f"{self.folder}{os.pathsep}{Path(sys.executable).parent}"
        return {
            "PATH": f"{own}{os.pathsep}{os.environ['PATH']}",
            "CI_API_V4_URL": f"{self.url}/api/v4",
            "CI_PROJECT_ID": "9",
            "CI_MERGE_REQUEST_IID": "5",
            "CI_COMMIT_SHORT_SHA": "01234567",
            "CI_JOB_URL": "https://gitlab.example/jobs/3",
            "PVM_GITLAB_TOKEN": "glpat-7",
            "SAYS": "### one & two = 100 %",
        }


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    pvm = tmp_path / "pvm"
    pvm.write_text(_PVM, encoding="utf-8")
    pvm.chmod(0o755)
    notes = Notes()
    with listening(notes.answer) as url:
        yield Pipeline(tmp_path, url, notes)


def test_the_plan_becomes_a_note_as_it_is(pipeline: Pipeline) -> None:
    assert pipeline.plan() == 0

    (body,) = pipeline.notes.bodies
    assert body.startswith(f"{MARK}\n### one & two = 100 %\n\n01234567")
    assert "(https://gitlab.example/jobs/3)" in body


def test_the_next_plan_takes_its_place_on_whatever_page_it_is(pipeline: Pipeline) -> None:
    pipeline.notes.bodies = ["a", "b", "c", f"{MARK}\nold", "d"]

    assert pipeline.plan() == 0

    assert [*pipeline.notes.bodies[:3], pipeline.notes.bodies[4]] == ["a", "b", "c", "d"]
    assert "### one" in pipeline.notes.bodies[3]


def test_without_a_plan_the_note_says_so_and_the_job_fails(pipeline: Pipeline) -> None:
    assert pipeline.plan(CODE="69", SAYS="") == 69

    assert "### There is no plan\n\npvm ended with exit code 69" in pipeline.notes.bodies[0]


def test_a_refused_token_fails_the_job_and_writes_nothing(pipeline: Pipeline) -> None:
    assert pipeline.plan(PVM_GITLAB_TOKEN="glpat-8") != 0
    assert pipeline.notes.asked == ["GET"]


def test_drift_is_a_warning_and_nothing_else_is() -> None:
    assert TEMPLATE["pvm-drift"]["allow_failure"] == {"exit_codes": 3}
    assert [name for name, job in TEMPLATE.items() if "allow_failure" in job] == ["pvm-drift"]


def test_no_secret_of_an_apply_is_kept() -> None:
    kept = json.dumps([job.get("artifacts") for job in TEMPLATE.values()])
    assert set(re.findall(r"\.pvm[^\"]*", kept)) == {".pvm/undo/", ".pvm/journal/"}
