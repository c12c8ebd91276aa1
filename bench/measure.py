"""The measurements: first that both programs give the right answer, then how long they take.

bench/run            10,000 and 1,000 objects, and the start-up
bench/run --small    1,000 objects only
bench/run --large    100,000 objects as well
bench/run --write    puts the table into docs/performance.md
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Final

from bench.comparison import HEADING, Comparison, compare
from bench.inventory import KEY
from bench.program import PVM, Run, floor_command, plan_command, run_program

SEED: Final = 20261122
TOKEN: Final = "bench-token"
ROOT: Final = Path(__file__).parents[1]
DOCUMENT: Final = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- bench/run --write: begin -->", "<!-- bench/run --write: end -->"
TARGETS: Final = {1_000: 2.0, 10_000: 1.3, 100_000: 1.3}


class WrongAnswerError(Exception):
    """A program did not find what is known to differ, so its speed means nothing."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A repository and two servers: one that has just this, one that differs in 1 %."""

    repository: Path
    equal_url: str
    changed_url: str
    changed: frozenset[tuple[str, str]]

    def floor(self, url: str) -> Run:
        """Run the floor."""
        return run_program(floor_command(self.repository, url, TOKEN), {})

    def plan(self, url: str, *options: str) -> Run:
        """Run `pvm plan`."""
        settings = {"PVM_URL": url, "PVM_TOKEN": TOKEN, "PVM_DIGEST_KEY": KEY, "COLUMNS": "120"}
        return run_program(plan_command(self.repository, *options), settings)


@contextmanager
def open_stage(count: int, seed: int, folder: Path) -> Iterator[Stage]:
    """Write the corpus of `count` objects into the empty `folder`, and serve it.

    Another process writes it: a process that starts others hands its own memory on to what is
    reported as their peak.
    """
    written = json.loads(
        subprocess.check_output(
            (sys.executable, "-m", "bench.corpus", str(count), str(seed), str(folder)), cwd=ROOT
        )
    )
    print(f"{count:,} objects, {written['bytes']} bytes of YAML each", file=sys.stderr)
    changed = frozenset(map(tuple, written["changed"]))
    with served(folder / "equal") as equal_url, served(folder / "changed") as changed_url:
        yield Stage(folder / "repository", equal_url, changed_url, changed)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Answer from `folder` in a process of its own; yields the address."""
    command = (sys.executable, "-m", "bench.canned_server", str(folder))
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        port = process.stdout.readline().strip() if process.stdout else ""
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate()


def check_answers(stage: Stage) -> None:
    """Both find nothing where nothing differs, and the same 1 % where that differs.

    Raises `WrongAnswerError`.
    """
    for url, expected in ((stage.equal_url, frozenset()), (stage.changed_url, stage.changed)):
        by_floor = frozenset(map(tuple, json.loads(stage.floor(url).output)))
        plan = json.loads(stage.plan(url, "-o", "json").output)
        # What differs on the server was changed there: the files are as they were applied.
        by_pvm = frozenset(
            (one["kind"], one["name"]) for one in (*plan["changes"], *plan["drifted"])
        )
        for program, found in (("the floor", by_floor), ("pvm plan", by_pvm)):
            if found != expected:
                message = f"{program} found {len(found)} differences, {len(expected)} exist"
                raise WrongAnswerError(message)


def compare_plans(count: int, pairs: int) -> list[Comparison]:
    """P1 to P3: `pvm plan` against the floor."""
    with (
        tempfile.TemporaryDirectory(prefix="pvm-bench-") as folder,
        open_stage(count, SEED, Path(folder)) as stage,
    ):
        check_answers(stage)
        target = TARGETS[count]
        return [
            compare(title, target, pairs, (partial(stage.floor, url), partial(stage.plan, url)))
            for title, url in (
                (f"plan, {count:,} objects, in sync", stage.equal_url),
                (f"plan, {count:,} objects, 1 % differ", stage.changed_url),
            )
        ]


def compare_start(pairs: int) -> list[Comparison]:
    """P4: start-up against that of the one library that start-up needs."""
    click = (sys.executable, "-P", "-c", "import click")

    def run(command: tuple[str, ...]) -> Callable[[], Run]:
        return partial(run_program, command, {})

    return [
        compare(f"pvm {option}", 1.3, pairs, (run(click), run((*PVM, option))))
        for option in ("--version", "--help")
    ]


def circumstances() -> str:
    """What the figures depend on."""
    libraries = ", ".join(f"{name} {version(name)}" for name in ("PyYAML", "httpx", "click"))
    load = " ".join(f"{number:.1f}" for number in os.getloadavg())
    return (
        f"Python {platform.python_version()}, {libraries}; {os.cpu_count()} cores, "
        f"load {load}; seed {SEED}"
    )


def main() -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser(prog="bench/run", description="Measure pvm.")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--small", action="store_true", help="1,000 objects only")
    size.add_argument("--large", action="store_true", help="100,000 objects as well")
    parser.add_argument("--pairs", type=int, default=7, help="runs of each (default: 7)")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    options = parser.parse_args()
    counts = [1_000] if options.small else [1_000, 10_000]
    before = circumstances()
    comparisons = [c for count in counts for c in compare_plans(count, options.pairs)]
    if options.large:
        comparisons += compare_plans(100_000, max(3, options.pairs // 2))
    comparisons += compare_start(2 * options.pairs)
    text = "\n".join((HEADING, *(c.row() for c in comparisons), "", f"{before}."))
    print(text)
    if options.write:
        write_document(text)


def write_document(text: str) -> None:
    """Replace what stands between the marks."""
    old = DOCUMENT.read_text(encoding="utf-8")
    head, _, rest = old.partition(BEGIN)
    _, _, tail = rest.partition(END)
    DOCUMENT.write_text(f"{head}{BEGIN}\n\n{text}\n\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
