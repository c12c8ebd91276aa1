"""Git repositories made on the spot, untouched by the configuration of this machine."""

import os
import shutil
import subprocess
from pathlib import Path

GIT = shutil.which("git") or ""


def git(root: Path, *arguments: str) -> str:
    """Run a command of Git; returns what it prints."""
    assert GIT, "git belongs to the development tools"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(root),
        **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "x"),
        **dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "x@acme.example"),
    }
    command = [GIT, "-c", "init.defaultBranch=main", *arguments]
    done = subprocess.run(  # noqa: S603 -- this file's own commands
        command, cwd=root, env=environment, check=True, capture_output=True
    )
    return done.stdout.decode().strip()


def commit(root: Path, message: str = "x") -> str:
    """Commit all files below `root`; returns the id."""
    git(root, "add", "-A", ".")
    git(root, "commit", "-q", "--allow-empty", "-m", message)
    return git(root, "rev-parse", "HEAD")
