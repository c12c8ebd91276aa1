"""Small projects on disk, and their problems as short lines."""

from collections.abc import Mapping
from pathlib import Path

from reconciler.core.problem import InvalidInput, Problem
from reconciler.sources.repository import read_repository

PROJECT = """\
kind: Project
name: acme
sources: [objects]
scope:
  sites: ["*"]
  bootstraps: ["*"]
  tokens: ["*"]
  users: ["*"]
"""


def write_project(
    root: Path, files: Mapping[str, str | bytes], project: str | bytes = PROJECT
) -> Path:
    (root / "objects").mkdir(parents=True, exist_ok=True)
    for path, content in {"pvm.yaml": project, **files}.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def problems_in(root: Path) -> tuple[Problem, ...]:
    try:
        return read_repository(root).problems
    except InvalidInput as invalid:
        return invalid.problems


def brief(problem: Problem) -> str:
    """`file:line:column code`."""
    place = problem.place
    where = f"{place.file}:{place.line}:{place.column}" if place else "nowhere"
    return f"{where} {problem.code}"


def briefly(root: Path) -> list[str]:
    return [brief(problem) for problem in problems_in(root)]
