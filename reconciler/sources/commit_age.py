"""How long a change has been waiting to be applied, asked of the `git` program."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from reconciler.sources.git_objects import git_environment

_SECONDS: Final = 60
_COMMIT: Final = re.compile(r"[0-9a-f]{7,64}")
_TIME: Final = re.compile(r"[0-9]{1,11}")


def oldest_commit_after(root: Path, commit: str) -> datetime | None:
    """When the oldest commit after this one was made that touches the folder, by its committer.

    Aware, UTC; `None` when there is none, or Git does not know.
    """
    if _COMMIT.fullmatch(commit) is None:
        return None
    import subprocess  # noqa: PLC0415 -- start-up time

    command = ("git", "log", "--no-show-signature", "--format=%ct", f"{commit}..HEAD", "--", ".")
    try:
        done = subprocess.run(  # noqa: S603 -- a fixed command with a checked commit
            command,
            cwd=root,
            env=git_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    times = done.stdout.decode("ascii", "replace").split()
    known = [int(text) for text in times if _TIME.fullmatch(text)]
    return datetime.fromtimestamp(min(known), UTC) if known and done.returncode == 0 else None
