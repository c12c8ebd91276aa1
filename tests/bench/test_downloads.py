import subprocess
from pathlib import Path

import pytest

from bench import downloads
from bench.downloads import WrongCountError, bare, compare_downloads, make_texts, measure, row
from bench.load import requests

COUNT = 24


def test_both_servers_deliver_and_every_download_is_recorded(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'server.db'}"
    runs = compare_downloads(url, make_texts(5), 1, COUNT, 4)
    assert len(runs) == 1
    assert downloads.recorded(url) == (2 * COUNT, 2 * COUNT, 2 * COUNT, COUNT)
    line = row("SQLite", runs)
    assert line.startswith("| SQLite | ")
    assert line.endswith(" µs |")


def test_a_download_that_is_not_recorded_ends_the_measurement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "recorded", lambda _: (48, 48, 47, 24))
    with pytest.raises(WrongCountError, match="48 downloads are"):
        compare_downloads(f"sqlite:///{tmp_path / 'server.db'}", make_texts(5), 1, COUNT, 4)


def test_a_wrong_answer_ends_the_measurement(tmp_path: Path) -> None:
    served, expected = tmp_path / "served.json", tmp_path / "expected.json"
    served.write_text('{"t": "{}"}', encoding="utf-8")
    expected.write_text('{"t": "[]"}', encoding="utf-8")
    with bare(served) as (url, pid):
        assert measure(url, pid, served, 3, 1).per_second > 0
        with pytest.raises(subprocess.CalledProcessError):
            measure(url, pid, expected, 3, 1)


def test_each_request_comes_from_a_device_of_its_own() -> None:
    texts = make_texts(3)
    found = list(requests(texts, 10))
    assert len({request for request, _ in found}) == 10
    assert {body.decode() for _, body in found} == set(texts.values())
