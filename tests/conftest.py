"""Rules for the whole suite: steady laws, and nothing skipped where everything must run.

Sockets reach this machine only (`--allow-hosts` in pyproject.toml).
"""

import gc
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Besides the laws: every k of an apply times every fault, rounds of races, processes that die.
_LONG = ("test_faults", "test_kill", "test_races", "test_schemathesis", "test_seats")

# `make test` takes the first, `make laws` the second.
for _profile, _examples in (("default", 200), ("laws", 5000)):
    settings.register_profile(
        _profile,
        deadline=None,  # a timed assertion on a busy machine says nothing about the code
        derandomize=os.environ.get("CI") == "true",
        max_examples=_examples,
        suppress_health_check=[HealthCheck.too_slow],
    )
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest: at the end one would keep a single core busy.

    So `make test` forbids pytest-xdist its own order, by the number of tests in a file.
    """
    items.sort(key=lambda item: not _takes_long(item.path))


def _takes_long(file: Path) -> bool:
    return file.parent.name == "laws" or file.stem.startswith(_LONG)


def pytest_collection_finish() -> None:
    """Spare the collector what lives as long as the run: walking it takes time and finds nothing.

    What the tests themselves leave is still collected, and an unclosed file still found.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def skips_forbidden() -> bool:
    """In CI a missing part is a failure, not a footnote."""
    return os.environ.get("CI") == "true"


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that skipped something although it may not."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not skips_forbidden() or session.exitstatus != pytest.ExitCode.OK:
        return
    if reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why a run without a failed test ends as a failure."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped and skips_forbidden():
        terminalreporter.write_line(
            f"{len(skipped)} skipped, but with CI=true every test has to run; reasons above.",
            red=True,
        )
