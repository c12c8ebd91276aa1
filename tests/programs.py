"""Programs of the machine that tests drive: without one, a test is skipped and says why.

In CI a skipped test fails the run (`tests/conftest.py`); `.ci/run` installs what is missing.
"""

import shutil

import pytest


def program(name: str) -> str:
    """The path of a program."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"no {name} on PATH; on Debian and Ubuntu: apt-get install {name}")
    return found
