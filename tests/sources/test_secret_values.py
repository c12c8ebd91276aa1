import os
import stat
import traceback
from pathlib import Path

import pytest

from reconciler.core.problem import InvalidInput
from reconciler.sources.secret_values import MAX_BYTES, SecretValues

CANARY = "canary-5e1f"
SOPS = """\
#!/bin/sh
echo "$@" >> "$0.calls"
case "$*" in
  *good.yaml)
    printf '{"wifi": [{"psk": "canary-5e1f"}], "n": 1.50, "on": true, "no": null, "e": ""}' ;;
  *latin.yaml) printf '{"a": "canary-5e1f \\377"}' ;;
  *text.yaml) printf 'canary-5e1f' ;;
  *) echo "canary-5e1f" >&2; exit 128 ;;
esac
"""


def secrets(root: Path, **variables: str) -> SecretValues:
    return SecretValues(root, variables)


@pytest.fixture
def sops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program of that name that knows three files; returns the list of its calls."""
    program = tmp_path / "bin/sops"
    program.parent.mkdir()
    program.write_text(SOPS)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    for name in ("good", "latin", "text", "other"):
        (tmp_path / f"{name}.yaml").write_text("sealed")
    return tmp_path / "bin/sops.calls"


def test_a_template_is_filled_in(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s/cert").write_text("line 1\nline 2\n\n")
    source = secrets(tmp_path, A="x${env:B}", B="${")
    assert source.value_of("${env:A}") == "x${env:B}"
    assert source.value_of("$${a} ${env:A}-${env:B} $$") == "${a} x${env:B}-${ $$"
    assert source.value_of("${file:s/cert}") == "line 1\nline 2\n"
    assert source.missing("${env:A}") == ()


def test_a_file_with_line_ends_of_windows_loses_one(tmp_path: Path) -> None:
    (tmp_path / "s").write_bytes(b"x\r\n")
    assert secrets(tmp_path).value_of("${file:s}") == "x"


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("${env:B}", "${env:B}: B is not set"),
        ("${env:EMPTY}", "${env:EMPTY}: EMPTY is not set"),
        ("${file:none}", "${file:none}: there is no file none"),
        ("${file:empty}", "${file:empty}: the file is empty"),
        ("${file:folder}", "${file:folder}: file can't be read"),
        ("${sops:none#/a}", "${sops:none#/a}: there is no file none"),
    ],
)
def test_what_is_not_here_is_missing_with_its_reason(
    tmp_path: Path, template: str, reason: str
) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "folder").mkdir()
    source = secrets(tmp_path, A=CANARY, EMPTY="")
    assert source.value_of(f"${{env:A}} {template} {template}") is None
    (found,) = source.missing(f"${{env:A}} {template} {template}")
    assert found.startswith(reason)


@pytest.mark.parametrize("template", ["${file:link}", "${sops:link#/a}", "${file:dir/x}"])
def test_no_link_leads_out_of_the_project(tmp_path: Path, template: str) -> None:
    (tmp_path / "x").write_text(CANARY)
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(tmp_path / "x")
    (root / "dir").symlink_to(tmp_path)
    with pytest.raises(InvalidInput, match="outside the project"):
        secrets(root).value_of(template)


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("large", CANARY.encode() * MAX_BYTES, "larger"),
        ("latin", CANARY.encode() + b"\xff", "UTF-8"),
    ],
)
def test_a_file_that_is_no_secret_text_is_refused_without_a_word_of_it(
    tmp_path: Path, name: str, data: bytes, word: str
) -> None:
    (tmp_path / name).write_bytes(data)
    refused_without_a_value(secrets(tmp_path), f"${{file:{name}}}", word)


def test_a_variable_that_is_no_text_is_refused(tmp_path: Path) -> None:
    source = secrets(tmp_path, A=f"{CANARY}\udcff")
    refused_without_a_value(source, "${env:A}", "UTF-8")


def refused_without_a_value(source: SecretValues, template: str, word: str) -> None:
    """Nor does any exception around it know the value."""
    with pytest.raises(InvalidInput, match=word) as refused:
        source.value_of(template)
    with pytest.raises(InvalidInput):
        source.missing(template)
    error: BaseException | None = refused.value
    while error is not None:
        assert CANARY not in f"{error!r} {error.__dict__} {traceback.format_exception(error)}"
        error = error.__cause__ or error.__context__


def test_the_source_itself_shows_nothing(tmp_path: Path) -> None:
    source = secrets(tmp_path, A=CANARY)
    assert source.value_of("${env:A}") == CANARY
    assert CANARY not in f"{source} {source!r}"
    for answer in vars(source)["_known"].values():
        assert CANARY not in f"{answer} {answer!r}"


class TestSops:
    def test_values_come_out_of_one_decryption(self, tmp_path: Path, sops: Path) -> None:
        source = secrets(tmp_path)
        assert source.value_of("${sops:good.yaml#/wifi/0/psk}") == CANARY
        assert source.value_of("${sops:good.yaml#/n}") == "1.50"
        assert sops.read_text() == "--decrypt --output-type json ./good.yaml\n"

    @pytest.mark.parametrize(
        ("reference", "word"),
        [
            ("good.yaml#/other", "nothing at /other"),
            ("good.yaml#/wifi", "neither text nor a number"),
            ("good.yaml#/on", "neither text nor a number"),
            ("good.yaml#/no", "neither text nor a number"),
            ("latin.yaml#/a", "UTF-8"),
            ("text.yaml#/a", "not JSON"),
        ],
    )
    @pytest.mark.usefixtures("sops")
    def test_a_reference_to_no_text_is_refused(
        self, tmp_path: Path, reference: str, word: str
    ) -> None:
        refused_without_a_value(secrets(tmp_path), f"${{sops:{reference}}}", word)

    @pytest.mark.usefixtures("sops")
    def test_what_can_t_be_decrypted_here_is_missing(self, tmp_path: Path) -> None:
        (reason,) = secrets(tmp_path).missing("${sops:other.yaml#/a}")
        assert reason.endswith("sops --decrypt --output-type json ./other.yaml")
        assert CANARY not in reason
        (reason,) = secrets(tmp_path).missing("${sops:good.yaml#/e}")
        assert "empty" in reason

    def test_without_the_program_it_is_said_so(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "good.yaml").write_text("sealed")
        monkeypatch.setenv("PATH", str(tmp_path))
        (reason,) = secrets(tmp_path).missing("${sops:good.yaml#/a}")
        assert "sops is not installed" in reason

    def test_a_program_that_can_t_be_run_is_told(self, tmp_path: Path, sops: Path) -> None:
        program = sops.with_suffix("")
        program.write_bytes(b"\0")
        program.chmod(stat.S_IRWXU)
        (reason,) = secrets(tmp_path).missing("${sops:good.yaml#/a}")
        assert "did not answer" in reason
