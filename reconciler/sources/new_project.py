"""A new project's files: `pvm.yaml`, folders, schemas for editors, checks for a forge."""

import json
import re
import shlex
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from reconciler.core.problem import Problem
from reconciler.core.project import Project
from reconciler.sources.draft_07 import draft_07
from reconciler.sources.made_files import MadeFiles
from reconciler.sources.project import PROJECT_FILE, read_project
from reconciler.sources.schema import load_schema
from reconciler.sources.templates import TEMPLATES, Surroundings, Template
from reconciler.sources.yaml_output import Verbatim, scalar_text

FOLDERS: Final = ("sites", "bootstraps", "tokens", "layers", "fleets")
GIT_KEEP: Final = ".gitkeep"
"""Lets Git keep a folder in which nothing stands yet."""
_SCHEMAS: Final = ("document", "project")
_PLAIN_PATH: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")


class Forge(StrEnum):
    """Where pull requests are checked."""

    GITHUB = "github"
    GITLAB = "gitlab"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Answers:
    """What has to be known of a new project."""

    name: str
    id: str
    url: str = ""
    customer: str = ""


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file of a new project."""

    path: Path
    text: str
    is_program: bool = False


def project_text(answers: Answers) -> str:
    """What `pvm.yaml` says."""
    target = "".join(
        f"    {field}: {scalar_text(Verbatim(value))}\n"
        for field, value in (("url", answers.url), ("customer", answers.customer))
        if value
    )
    return _PROJECT.format(
        name=scalar_text(Verbatim(answers.name)),
        id=scalar_text(Verbatim(answers.id)),
        folders=", ".join(FOLDERS),
        targets=_TARGETS.format(target=target) if target else _NO_TARGETS,
    )


def new_project(text: str) -> Project | Problem:
    """The project that a text makes, or the first thing that is wrong with it."""
    files = MadeFiles({PROJECT_FILE: text}, FOLDERS)
    project, problems = read_project(files, text.encode())
    return project if project is not None else problems[0]


def files_of(root: Path, top: Path, forge: Forge, text: str) -> tuple[list[NewFile], str]:
    """Every file but documents, and what has to be done by hand.

    `top` is the folder that Git's own stands in, `root` itself outside Git.
    """
    files = [NewFile(root / PROJECT_FILE, text)]
    files += (NewFile(root / folder / GIT_KEEP, "") for folder in FOLDERS)
    for name in _SCHEMAS:
        schema = json.dumps(draft_07(name, load_schema), indent=2, ensure_ascii=False)
        files.append(NewFile(root / "schemas" / f"{name}.schema.json", schema + "\n"))
    folder = root.relative_to(top).as_posix()
    wanted = {Surroundings.VS_CODE, Surroundings.PRE_COMMIT}
    note = ""
    if folder != "." and (forge is Forge.GITLAB or not _PLAIN_PATH.fullmatch(folder)):
        wanted.discard(Surroundings.PRE_COMMIT)
        note = f"checks in CI have to say where the project stands: pvm -C {shlex.quote(folder)}"
    else:
        wanted |= {one for one in Surroundings if one.value == forge.value}
    for template in TEMPLATES:
        if template.surroundings in wanted:
            files.append(_placed(template, root, top, folder))
    return files, note


def _placed(template: Template, root: Path, top: Path, folder: str) -> NewFile:
    """A template for a project in this folder of a work tree."""
    text = template.text
    if template.surroundings is Surroundings.VS_CODE:
        return NewFile(root / template.path, text)
    if folder != ".":
        text = re.sub(
            r"^( +)command: \w+$", rf"\g<0>\n\1directory: {folder}", text, flags=re.MULTILINE
        )
        text = text.replace("entry: pvm ", f"entry: pvm -C {folder} ")
    return NewFile(top / template.path, text, template.is_program)


def git_top(root: Path) -> Path:
    """The folder of the work tree that a folder is in, or the folder itself."""
    return next((one for one in (root, *root.parents) if (one / ".git").exists()), root)


def likely_forge(top: Path) -> Forge:
    """GitLab where it shows, else GitHub."""
    config = top / ".git" / "config"
    text = config.read_text(encoding="utf-8", errors="replace") if config.is_file() else ""
    shows = "gitlab" in text or (top / ".gitlab-ci.yml").exists()
    return Forge.GITLAB if shows else Forge.GITHUB


_PROJECT: Final = """\
# yaml-language-server: $schema=schemas/project.schema.json
#
# What this repository manages, and how careful it is. Credentials never stand here: they come
# from the environment (PVM_USERNAME and PVM_PASSWORD, or PVM_TOKEN).
kind: Project
name: {name}
id: {id}  # tells projects of the same name apart; never change it

# Folders whose YAML files are read, with all below them.
sources: [{folders}]

# Only what these patterns cover is ever written; a kind that is left out is not touched. Accounts
# are left to people: add users: ["*"] if Git should own them.
scope:
  sites: ["*"]
  bootstraps: ["*"]
  tokens: ["*"]

# What somebody changes on the server is reported and kept; "revert" takes it back.
drift: keep

# A document that goes deletes its object, if this project created or adopted it.
prune: owned

# How many changes of one kind pass without an acknowledgement; percents count above 20 objects.
safety:
  deletes: {{count: 25, percent: 5}}
  updates: {{count: 100, percent: 10}}
{targets}"""
_TARGETS: Final = """
# The server. Another customer than this one stops everything.
targets:
  default:
{target}"""
_NO_TARGETS: Final = """
# The server's address comes from PVM_URL; with several servers, name them below "targets".
"""
