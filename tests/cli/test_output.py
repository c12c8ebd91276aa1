import os
from pathlib import Path

import pytest

from reconciler.cli.call import Call
from reconciler.cli.output import Report, deliver, replace_file


def call_with(*reports: Report) -> Call:
    call = Call()
    call.reports = reports
    return call


def test_the_result_is_printed_and_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reports = Report("json", tmp_path / "a.json"), Report("markdown", tmp_path / "a.md")

    deliver(lambda format_: f"as {format_}", call_with(*reports))

    assert capsys.readouterr().out == "as text\n"
    assert (tmp_path / "a.json").read_text() == "as json\n"
    assert (tmp_path / "a.md").read_text() == "as markdown\n"


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text("old")

    replace_file(file, "nëw\n")

    assert file.read_bytes() == "nëw\n".encode()
    assert list(tmp_path.iterdir()) == [file]


def test_a_failure_leaves_the_old_file_and_no_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "plan.json"
    file.write_text("old")

    def full(_: Path, __: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        replace_file(file, "new")

    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_text_that_is_no_utf8_is_written_escaped(tmp_path: Path) -> None:
    replace_file(tmp_path / "a", "file \udcff")

    assert (tmp_path / "a").read_text() == "file \\udcff\n"


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    """As `--report markdown=/dev/stdout` or `>(less)`: a device must never become a file."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        replace_file(pipe, "new")
        assert os.read(reader, 100) == b"new\n"
    finally:
        os.close(reader)

    assert pipe.is_fifo()
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "latest").symlink_to("today")
    replace_file(tmp_path / "latest", "new")

    assert (tmp_path / "latest").is_symlink()
    assert (tmp_path / "today").read_text() == "new\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
def test_a_full_disk_is_told_with_the_name_of_what_did_not_fit() -> None:
    with pytest.raises(OSError, match="No space left on device: '/dev/full'"):
        replace_file(Path("/dev/full"), "new")
