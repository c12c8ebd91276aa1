"""What the `git` program says, without writing anything or asking anybody."""

import os
from pathlib import Path
from typing import Final

_SECONDS: Final = 60


def git_environment() -> dict[str, str]:
    """Git neither writes, nor asks somebody, nor translates what it says."""
    quiet = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    return {**os.environ, **quiet}


def ask_git(folder: Path, *arguments: str) -> str | None:
    """What Git prints; `None` when it fails, takes too long or is not installed."""
    import subprocess  # noqa: PLC0415 -- start-up time

    try:
        done = subprocess.run(  # noqa: S603 -- fixed commands; ids are checked to be ids
            ("git", "-c", "core.quotePath=false", *arguments),  # noqa: S607 -- found as users expect
            cwd=folder,
            env=git_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
