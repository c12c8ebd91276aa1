"""`pvm.yaml`: the project file."""

from pathlib import Path
from typing import Final

PROJECT_FILE: Final = "pvm.yaml"


def find_project(start: Path) -> Path:
    """Return `start` as an absolute folder that holds `pvm.yaml`; parents are not searched.

    Raises:
        Misuse: There is no such folder, or no `pvm.yaml` in it.
    """
    raise NotImplementedError(start)
