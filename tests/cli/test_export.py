import json
import shutil
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from reconciler.cli.local_state import keep_secrets
from tests.cli.conftest import Run
from tests.cli.repositories import PSK, Repository
from tests.workflow.tasks import NOON


@pytest.fixture
def applied(pvm: Run, env: Mapping[str, str], tmp_path: Path) -> Repository:
    repository = Repository(tmp_path / "repository", "acme").write().declare()
    assert pvm("apply", "--yes", "-C", str(repository.root), env=env).code == 0
    return repository


def test_documents_on_standard_output_have_references_for_secrets(
    pvm: Run, env: Mapping[str, str], applied: Repository
) -> None:
    ran = pvm("export", "-C", str(applied.root), env=env)

    assert ran.code == 0
    assert ran.out.count("kind: ") == 3
    assert 'psk: "${env:ACME_SETTINGS_WIFI_PSK}"' in ran.out
    assert PSK not in ran.all
    assert "--out DIR keeps their values" in ran.err
    assert not (applied.root / ".pvm" / "secrets").exists()


def test_a_selector_narrows_what_is_exported(
    pvm: Run, env: Mapping[str, str], applied: Repository
) -> None:
    ran = pvm("export", "sites", "-o", "json", "-C", str(applied.root), env=env)

    assert json.loads(ran.out)["documents"] == [
        {"kind": "Site", "name": "acme-site", "proServerName": "dev03b"}
    ]


def test_exported_files_plan_to_nothing_given_the_file_of_secrets(
    pvm: Run, env: Mapping[str, str], applied: Repository, tmp_path: Path
) -> None:
    copy = Repository(tmp_path / "copy", "acme").write()
    ran = pvm("export", "--out", str(copy.root / "files"), "-C", str(applied.root), env=env)
    (secrets,) = (applied.root / ".pvm" / "secrets").iterdir()
    name, _, value = secrets.read_text().strip().partition("=")

    written = "".join(path.read_text() for path in (copy.root / "files").rglob("*.yaml"))
    known = {**env, name: value}
    planned = pvm("plan", "--detailed-exitcode", "-C", str(copy.root), env=known)

    assert (ran.code, ran.out) == (0, "")
    assert PSK not in ran.all + written
    assert secrets.name in ran.err
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    assert (applied.root / ".pvm" / ".gitignore").read_text() == "*\n"
    assert (name, value) == ("ACME_SETTINGS_WIFI_PSK", PSK)
    assert (planned.code, "3 unchanged" in planned.out) == (0, True)


def test_files_that_no_source_covers_are_told(
    pvm: Run, env: Mapping[str, str], applied: Repository
) -> None:
    out = applied.root / "elsewhere"
    ran = pvm("export", "sites", "--out", str(out), "-C", str(applied.root), env=env)

    assert (ran.code, "pvm.yaml does not read elsewhere/sites" in ran.err) == (0, True)


def test_the_file_of_secrets_is_one_for_a_shell(tmp_path: Path) -> None:
    values = {"A": "it's $HOME `x`", "B": "two\nlines", "C": "é"}
    path = keep_secrets(tmp_path, NOON, values)
    script = f'. "{path}"; printf "%s|%s|%s" "$A" "$B" "$C"'
    shell = shutil.which("sh") or ""
    done = subprocess.run([shell, "-c", script], capture_output=True, check=True)  # noqa: S603 -- reads what was just written
    assert done.stdout.decode() == "|".join(values.values())


def test_files_are_never_overwritten_and_no_secrets_are_left_behind(
    pvm: Run, env: Mapping[str, str], applied: Repository, tmp_path: Path
) -> None:
    args = ("export", "--out", str(tmp_path / "copy"), "-C", str(applied.root))

    codes = [pvm(*args, env=env).code for _ in range(2)]

    assert codes == [0, 64]
    assert len(list((applied.root / ".pvm" / "secrets").iterdir())) == 1


def test_a_secret_that_no_reference_can_stand_for_is_told_and_masked(
    pvm: Run, env: Mapping[str, str], applied: Repository, tmp_path: Path
) -> None:
    token = applied.root / "files" / "more.yaml"
    secret = f"see https://x/?api_key={PSK}"
    token.write_text(
        f"kind: Token\nname: acme-9\nappId: WFC_PRO_ANDROID\nbootstrap: acme-settings\n"
        f'description: "{secret}"\n'
    )
    assert pvm("apply", "--yes", "-C", str(applied.root), env=env).code == 0

    shown = pvm("export", "-C", str(applied.root), env=env)
    out = ("--out", str(tmp_path / "copy"))
    written = pvm("export", *out, "-C", str(applied.root), env=env)
    copy = Repository(tmp_path / "masked", "acme").write()
    (copy.root / "files" / "all.yaml").write_text(shown.out)
    refused = pvm("validate", "-C", str(copy.root))

    assert PSK not in shown.all + written.all
    assert "keep them out of Git" in written.err
    assert secret in (tmp_path / "copy" / "tokens" / "tokens.yaml").read_text()
    assert (refused.code, "error[masked-secret]" in refused.out) == (65, True)
