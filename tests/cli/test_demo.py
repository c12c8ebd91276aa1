"""The whole story runs for real; each end of it must leave nothing behind."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reconciler.cli.demo_program import BrokenStoryError, Server, User
from reconciler.cli.demo_story import Scene, example_folder, switch_on_button
from reconciler.cli.exits import Exit

PVM = (sys.executable, "-P", "-c", "from reconciler.cli.main import main; main()")


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `pvm demo` with a folder of its own for temporary files, in a group of its own."""
    started: list[subprocess.Popen[str]] = []

    def start(*options: str, **settings: str) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PVM_")}
        process = subprocess.Popen(  # noqa: S603 -- our own program
            (*PVM, "demo", *options),
            env={**kept, "TMPDIR": str(tmp_path), "COLUMNS": "80", **settings},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def read_until(process: subprocess.Popen[str], line: str) -> str:
    """What the story printed up to this line."""
    assert process.stdout is not None
    told = ""
    for each in process.stdout:
        told += each
        if each.rstrip("\n") == line:
            return told
    pytest.fail(f"the story ended without {line!r}:\n{told}")


def server_in(folder: Path) -> int:
    """The process id of the story's server."""
    (ready,) = folder.glob("pvm-demo-*/ready.json")
    return int(re.findall(r'"pid": *([0-9]+)', ready.read_text(encoding="utf-8"))[0])


def runs(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_the_whole_story_fits_80_columns_and_leaves_nothing(
    demo: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    process = demo()

    told = read_until(process, "$ pvm validate")
    pid = server_in(tmp_path)
    told += process.communicate()[0]

    assert process.returncode == 0
    typed = re.findall(r"^\$ pvm (\S+)", told, re.MULTILINE)
    assert typed == [
        *("serve", "validate", "plan", "apply", "plan", "device"),
        *("drift", "plan", "apply", "apply", "drift", "history"),
    ]
    assert "  ~ 1 bootstrap" in told
    assert "(exit code 3)" in told
    assert "EXAMPLE-KEY" not in told
    wide = [line for line in told.splitlines() if len(line) > 80 and str(tmp_path) not in line]
    assert wide == []
    assert not runs(pid)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_story_cut_short_leaves_nothing(
    demo: Callable[..., subprocess.Popen[str]], tmp_path: Path, number: signal.Signals, code: int
) -> None:
    process = demo()
    read_until(process, "$ pvm plan")
    pid = server_in(tmp_path)

    os.killpg(process.pid, number)
    process.communicate()

    assert process.returncode == code
    assert not runs(pid)
    assert list(tmp_path.iterdir()) == []


def test_a_story_that_goes_wrong_says_where_and_leaves_nothing(
    demo: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    process = demo()
    read_until(process, "$ pvm validate")
    os.kill(server_in(tmp_path), signal.SIGKILL)

    told, complaint = process.communicate()

    assert process.returncode == 1
    assert re.search(r"error\[demo\]: `pvm (plan|apply --yes -q)` ended with 69, not 0", complaint)
    assert "error[unreachable]" in told
    assert list(tmp_path.iterdir()) == []


def test_kept_the_server_and_the_files_go_on(
    demo: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    told = demo("--keep").communicate()[0]
    (kept,) = tmp_path.iterdir()
    pid = server_in(tmp_path)
    settings = dict(re.findall(r"^export (\w+)=(\S+)$", told, re.MULTILINE))
    try:
        drift = subprocess.run(  # noqa: S603 -- our own program
            (*PVM, "-C", str(kept / "retail"), "drift"),
            env={**os.environ, **settings},
            capture_output=True,
            check=False,
        )
    finally:
        os.kill(pid, signal.SIGTERM)

    assert drift.returncode == 0
    assert f"kill {pid} && rm -r {kept}" in told
    assert {path.stat().st_mode & 0o077 for path in (kept, kept / "password")} == {0}


def test_without_the_server_extra_it_says_what_to_install(
    demo: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    blocker = tmp_path.parent / f"{tmp_path.name}-blocker"
    blocker.mkdir()
    (blocker / "sitecustomize.py").write_text(
        'import sys\nfor name in ("fastapi", "sqlalchemy", "pydantic", "uvicorn"):\n'
        "    sys.modules[name] = None\n"
    )

    process = demo(PYTHONPATH=str(blocker))
    complaint = process.communicate()[1]

    assert process.returncode == 64
    assert 'pip install "pvm[server]"' in complaint
    assert list(tmp_path.iterdir()) == []


def test_a_command_with_another_code_breaks_the_story(tmp_path: Path) -> None:
    (tmp_path / "server.log").write_text('Password: abc\n{"event": "the end"}\n')
    users = (User("ada", "s3cret-of-ada", "Super-Admin"),)
    process = subprocess.Popen((sys.executable, "-c", ""))
    process.wait()
    told: list[str] = []
    scene = Scene(tmp_path, Server("http://127.0.0.1:1", users, process, tmp_path), told.append)

    with pytest.raises(BrokenStoryError, match="`pvm validate` ended with 64, not 3") as broken:
        scene.type("validate", expected=Exit.DRIFT)

    assert told[0] == "$ pvm validate"
    assert "pvm.yaml" in told[1]
    assert broken.value.output == 'the server\'s log ends with:\n{"event": "the end"}\n\n'
    assert "s3cret-of-ada" not in repr(scene)


def test_the_edit_changes_the_one_line_of_that_store(tmp_path: Path) -> None:
    source = example_folder() / "bootstraps" / "stores" / "netherlands.yaml"
    before = source.read_text(encoding="utf-8").splitlines()
    copy = tmp_path / "stores.yaml"
    copy.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")

    told = switch_on_button(copy, "store-1003")

    after = copy.read_text(encoding="utf-8").splitlines()
    changed = [
        number
        for number, pair in enumerate(zip(before, after, strict=True), 1)
        if pair[0] != pair[1]
    ]
    assert changed == [int(number) for number in re.findall(r"line ([0-9]+), now", told)]
    names = [line for line in before[: changed[0]] if line.startswith("name:")]
    assert names[-1] == "name: store-1003"
