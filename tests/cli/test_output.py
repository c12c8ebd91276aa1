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
