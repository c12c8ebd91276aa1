"""How long a change has been waiting to be applied, asked of the `git` program."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from reconciler.sources.git_answer import ask_git

_COMMIT: Final = re.compile(r"[0-9a-f]{7,64}")
_TIME: Final = re.compile(r"[0-9]{1,11}")


def oldest_commit_after(root: Path, commit: str) -> datetime | None:
    """When the oldest commit after this one was made that touches the folder, by its committer.

    Aware, UTC; `None` when there is none, or Git does not know.
    """
    if _COMMIT.fullmatch(commit) is None:
        return None
    log = ("log", "--no-show-signature", "--format=%ct", f"{commit}..HEAD", "--", ".")
    times = (ask_git(root, *log) or "").split()
    known = [int(text) for text in times if _TIME.fullmatch(text)]
    return datetime.fromtimestamp(min(known), UTC) if known else None
