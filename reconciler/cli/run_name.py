"""Who runs pvm, for people who wait for its lease or read its receipts."""

from collections.abc import Callable, Mapping
from typing import Final

from reconciler.core.secrets import mask_url

_LONGEST: Final = 200
_PAGES: Final = ("CI_JOB_URL", "CI_PIPELINE_URL", "BUILD_URL", "CIRCLE_BUILD_URL")
"""Where GitLab, Jenkins and others say which page shows their run."""


def run_name(variables: Mapping[str, str], here: Callable[[], str]) -> str:
    """The page of the CI run, else `here()`: user and host."""
    found = _github(variables) or next(filter(None, map(variables.get, _PAGES)), "") or here()
    return "".join(sign for sign in mask_url(found) if sign.isprintable())[:_LONGEST]


def user_and_host() -> str:
    """`jane@laptop`; a container may know no user of its number."""
    import getpass  # noqa: PLC0415 -- only few commands tell who they are
    import platform  # noqa: PLC0415 -- as above

    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):
        user = "unknown"
    return f"{user}@{platform.node() or 'unknown'}"


def _github(variables: Mapping[str, str]) -> str:
    run = variables.get("GITHUB_RUN_ID", "")
    if not run:
        return ""
    server = variables.get("GITHUB_SERVER_URL", "https://github.com")
    attempt = variables.get("GITHUB_RUN_ATTEMPT", "")
    again = f"/attempts/{attempt}" if attempt not in ("", "1") else ""
    return f"{server}/{variables.get('GITHUB_REPOSITORY', '')}/actions/runs/{run}{again}"
