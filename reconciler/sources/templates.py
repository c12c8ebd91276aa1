"""Files for a repository's surroundings that are the same for everyone: `pvm init` writes them.

They are the ones that this project itself shows and tests: `specs/examples/ci` and the action in
`.github/actions/pvm`, carried inside the wheel.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final


class Surroundings(StrEnum):
    """What a file is for."""

    GITHUB = "github"
    GITLAB = "gitlab"
    PRE_COMMIT = "pre-commit"
    VS_CODE = "vscode"


@dataclass(frozen=True, slots=True)
class Template:
    """A file of ours and its place in the user's repository."""

    surroundings: Surroundings
    source: str
    """Below the folder of templates."""
    path: str
    """Below the repository's root, where Git's own folder stands."""
    is_program: bool = False

    @property
    def text(self) -> str:
        """What the file says."""
        folder, _, name = self.source.partition("/")
        return (_folder(folder) / name).read_text(encoding="utf-8")


TEMPLATES: Final = (
    Template(Surroundings.GITHUB, "ci/github.yml", ".github/workflows/pvm.yml"),
    Template(Surroundings.GITHUB, "action/action.yml", ".github/actions/pvm/action.yml"),
    Template(Surroundings.GITHUB, "action/run.sh", ".github/actions/pvm/run.sh", is_program=True),
    Template(Surroundings.GITLAB, "ci/gitlab.yml", ".gitlab/pvm.yml"),
    Template(Surroundings.PRE_COMMIT, "ci/pre-commit.yaml", ".pre-commit-config.yaml"),
    Template(Surroundings.VS_CODE, "ci/vscode.json", ".vscode/settings.json"),
)
"""Everything there is, in the order in which it is told."""

_IN_A_CHECKOUT: Final = {"ci": "specs/examples/ci", "action": ".github/actions/pvm"}


def _folder(name: str) -> Path:
    """Inside the installed package, or where a checkout has it."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "templates" / name
    return inside if inside.is_dir() else package.parent / _IN_A_CHECKOUT[name]
