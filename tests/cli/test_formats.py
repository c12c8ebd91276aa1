"""Every format of every command: as the reference says, and as its readers want it."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest
from jsonschema import Draft202012Validator
from junitparser import JUnitXml

from reconciler.cli.main import COMMANDS, main
from tests.cli.conftest import Ran, Run
from tests.cli.repositories import PSK, Repository
from tests.remote.fake_server import FakeServer, Fault, problem
from tests.render.pages import read_page
from tests.render.test_ndjson import LINE, together
from tests.render.test_sarif import VALIDATOR as SARIF
from tests.sources.work_trees import commit, git

ROOT = Path(__file__).parents[2]
KEY = "canary-key-0123456789abcdef"
REFERENCE = ROOT / "docs" / "reference" / "formats.md"


def validator(name: str) -> Draft202012Validator:
    text = (ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def commands(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for below, each in command.commands.items():
            yield from commands(f"{name} {below}", each)
    else:
        yield name, command


def formats_of_the_program() -> Mapping[str, tuple[str, set[str]]]:
    """The first and all formats of each command that has some."""
    found = {}
    for name in COMMANDS:
        loaded = main.get_command(click.Context(main), name)
        assert loaded is not None
        for path, command in commands(name, loaded):
            for option in command.params:
                if option.name == "format" and isinstance(option.type, click.Choice):
                    found[path] = (str(option.default), set(option.type.choices))
    return found


def formats_of_the_reference() -> Mapping[str, tuple[str, set[str]]]:
    header, _, *rows = re.findall(r"^\|(.*)\|$", REFERENCE.read_text("utf-8"), re.MULTILINE)
    names = [cell.strip() for cell in header.split("|")]
    found = {}
    for row in rows:
        cells = dict(zip(names, (cell.strip() for cell in row.split("|")), strict=True))
        command = cells.pop("Command").strip("`")
        assert set(cells.values()) <= {"", "yes", "first"}
        (first,) = [name for name, cell in cells.items() if cell == "first"]
        found[command] = (first, {name for name, cell in cells.items() if cell})
    return found


def test_the_reference_names_the_formats_that_each_command_has() -> None:
    assert formats_of_the_reference() == formats_of_the_program()


def test_each_format_has_a_section() -> None:
    text = REFERENCE.read_text("utf-8")
    every = {name for _, names in formats_of_the_program().values() for name in names}

    assert set(re.findall(r"^## (\w+)$", text, re.MULTILINE)) | {"yaml"} == every


@pytest.mark.parametrize(
    ("args", "lacking"),
    [
        (("plan", "-o", "sarif"), "'html', 'github'"),
        (("validate", "--report", "html=a.html"), "'sarif', 'github'"),
        (("drift", "--adopt", "-o", "html"), "it has text, json, markdown"),
        (("drift", "--adopt", "--report", "junit=a.xml"), "it has text, json, markdown"),
        (("apply", "--rehearse", "-o", "ndjson"), "it has text, json"),
    ],
)
def test_a_format_that_a_command_lacks_is_misuse_and_lists_those_it_has(
    call: Run, fake: FakeServer, args: tuple[str, ...], lacking: str
) -> None:
    ran = call(*args)

    assert (ran.code, ran.out, fake.asked) == (64, "", 0)
    assert lacking in " ".join(ran.err.split())


def reported(call: Run, tmp_path: Path, *args: str, formats: tuple[str, ...]) -> dict[str, str]:
    """One run that writes a report in each format; none of them may tell the secret."""
    options = [word for name in formats for word in ("--report", f"{name}={tmp_path / name}")]
    ran: Ran = call(*args, "-q", *options, PVM_DIGEST_KEY=KEY)
    assert ran.code in (0, 3, 65), ran.all
    texts = {name: (tmp_path / name).read_text("utf-8") for name in formats}
    assert [name for name, text in texts.items() if PSK in text] == []
    return texts


def changed(repository: Path, fake: FakeServer) -> None:
    """A change of ours, one of somebody else, and a conflict."""
    Repository(repository, "acme").declare(idle=60)
    row = fake.rows["bootstrap"]["acme-settings"]
    row |= {"parameters": {"site": "acme-site", "idle": 90, "wifi": {"psk": PSK}}, "version": 9}
    fake.rows["site"]["acme-site"]["proServerName"] = "dev04a"


def test_plan_drift_and_their_saved_forms_are_as_their_readers_want_them(
    call: Run, pvm: Run, fake: FakeServer, tmp_path: Path
) -> None:
    def here(*args: str, **env: str) -> Ran:
        return pvm("-C", str(tmp_path), *args, env=env)

    assert call("apply", "--yes", PVM_DIGEST_KEY=KEY).code == 0
    changed(tmp_path, fake)
    names = ("json", "ndjson", "html", "github", "markdown")
    plan = reported(call, tmp_path, "plan", "--out", str(tmp_path / "p.json"), formats=names)
    drift = reported(call, tmp_path, "drift", formats=(*names, "junit"))
    shown = reported(here, tmp_path, "show", str(tmp_path / "p.json"), formats=names)

    for texts, type_, schema in ((plan, "plan", "plan"), (drift, "drift", "result")):
        assert validator(schema).is_valid(json.loads(texts["json"]))
        lines = [json.loads(line) for line in texts["ndjson"].splitlines()]
        assert [line for line in lines if not LINE.is_valid(line)] == []
        result = {**json.loads(texts["json"])}
        result.pop("type", None)
        assert together(texts["ndjson"].rstrip("\n")) == (type_, result)
        assert "conflict" in texts["github"]
    assert [shown[name] for name in names] == [plan[name] for name in names]
    assert "Last apply" in read_page(plan["html"]).texts
    assert "Last apply" in read_page(drift["html"]).texts
    assert JUnitXml.fromstring(drift["junit"].encode()).failures == 2


def test_an_apply_tells_its_plan_its_events_and_its_receipt_as_they_come(
    call: Run, fake: FakeServer, tmp_path: Path
) -> None:
    """The report has what was printed; a failure is in all of them."""
    fake.offers = ()
    fake.faults.append(Fault("POST", "token", lambda _: problem(400, "BAD_PARAMETERS", "no")))
    names = ("ndjson", "html", "markdown", "junit")
    options = [word for name in names for word in ("--report", f"{name}={tmp_path / name}")]
    ran = call("apply", "--yes", "-o", "ndjson", *options)

    assert ran.code == 7, ran.all
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert [line for line in lines if not LINE.is_valid(line)] == []
    kinds = [line["type"] for line in lines if line["type"] in ("plan", "event", "receipt")]
    assert kinds == ["plan", *["event"] * kinds.count("event"), "receipt"]
    events = [line["event"] for line in lines if line["type"] == "event"]
    assert (events[0], events[-1], events.count("written")) == ("started", "finished", 3)
    assert (tmp_path / "ndjson").read_text("utf-8") == ran.out
    assert "Failed" in read_page((tmp_path / "html").read_text("utf-8")).texts
    assert "**Failed" in (tmp_path / "markdown").read_text("utf-8")
    suite = JUnitXml.fromstring((tmp_path / "junit").read_bytes())
    assert (suite.tests, suite.failures) == (3, 1)
    assert PSK not in "".join((tmp_path / name).read_text("utf-8") for name in names)


def test_a_report_of_lines_leaves_the_text_on_the_screen_alone(call: Run, tmp_path: Path) -> None:
    ran = call("apply", "--yes", "--report", f"ndjson={tmp_path / 'lines'}")

    assert (ran.code, ran.out.splitlines()[0][:11]) == (0, "acme → test")
    assert ran.out.count("3 created") == 1
    lines = [json.loads(line) for line in (tmp_path / "lines").read_text("utf-8").splitlines()]
    assert [line for line in lines if not LINE.is_valid(line)] == []
    assert lines[0]["type"] == "plan"
    assert {"event", "receipt"} <= {line["type"] for line in lines}


def test_an_apply_that_has_nothing_to_do_says_so_in_lines(call: Run) -> None:
    assert call("apply", "--yes", "-q").code == 0
    ran = call("apply", "--yes", "-o", "ndjson")

    assert {json.loads(line)["type"] for line in ran.out.splitlines()} == {
        *("plan", "warnings", "receipt")
    }


def test_validate_tells_tools_where_the_problems_are(pvm: Run, tmp_path: Path) -> None:
    """Files are named from the top of the checkout, not from the folder of the project."""
    git(tmp_path, "init", "-q")
    Repository(tmp_path / "retail", "acme").write().declare().spoil()
    names = ("json", "ndjson", "junit", "sarif", "github")
    folder = str(tmp_path / "retail")

    def run(*args: str, **env: str) -> Ran:
        return pvm(*args, "-C", folder, env=env)

    texts = reported(run, tmp_path, "validate", formats=names)

    assert validator("result").is_valid(json.loads(texts["json"]))
    assert SARIF.is_valid(json.loads(texts["sarif"]))
    assert '"uri": "retail/files/' in texts["sarif"]
    assert "file=retail/files/" in texts["github"]
    assert JUnitXml.fromstring(texts["junit"].encode()).failures > 0
    type_, result = together(texts["ndjson"].rstrip("\n"))
    assert {"type": type_, **result} == json.loads(texts["json"])


def test_a_pull_request_is_told_in_every_format(call: Run, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    commit(tmp_path)
    Repository(tmp_path, "acme").declare(idle=60)
    commit(tmp_path)
    texts = reported(call, tmp_path, "diff", "HEAD~1", formats=("json", "ndjson", "html", "github"))

    assert validator("result").is_valid(json.loads(texts["json"]))
    type_, result = together(texts["ndjson"].rstrip("\n"))
    assert {"type": type_, **result} == json.loads(texts["json"])
    assert {"Changes", "/idle", "30", "60"} <= set(read_page(texts["html"]).texts)
    told = re.search(r"::notice file=files/all.yaml,line=\d+,.*=would update::", texts["github"])
    assert told is not None


def test_documents_come_in_lines_too(call: Run) -> None:
    lines = [json.loads(line) for line in call("render", "-o", "ndjson").out.splitlines()]

    assert [line for line in lines if not LINE.is_valid(line)] == []
    assert [line["type"] for line in lines] == ["export", *["documents"] * 3]


def test_the_doctor_reports_to_build_servers(call: Run, tmp_path: Path) -> None:
    texts = reported(call, tmp_path, "doctor", formats=("junit",))

    assert JUnitXml.fromstring(texts["junit"].encode()).failures == 0


def test_every_result_as_json_is_as_the_schema_says(call: Run, tmp_path: Path) -> None:
    (tmp_path / "stores.csv").write_text("store,server\n0001,dev03b\n")
    named: tuple[str, ...] = (
        "--key",
        "store",
        "--site",
        "acme-${store}",
        "--bootstrap",
        "acme-${store}",
    )
    named = (*named, "--token", "acme-${store}", "--app-id", "WFC_PRO_ANDROID")
    call("apply", "--yes")
    results = {
        "status": call("status", "-o", "json"),
        "history": call("history", "-o", "json"),
        "rebuild": call("inventory", "rebuild", "--yes", "-o", "json"),
        "lock": call("lock", "--until", "1h", "--reason", "night", "-o", "json"),
        "inventory": call("inventory", "show", "-o", "json"),
        "formatting": call("fmt", "--check", "-o", "json"),
        "import": call("import", str(tmp_path / "stores.csv"), *named, "-o", "json"),
    }
    schema = validator("result")

    for sort, ran in results.items():
        result = json.loads(ran.out or "{}")
        assert [error.message for error in schema.iter_errors(result)] == [], (sort, ran.all)
        assert result["type"] == sort


def test_a_report_that_may_not_be_written_is_refused_before_any_work(
    call: Run, fake: FakeServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As in a folder that is mounted to be read; tests may run as root, who may write anywhere."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    ran = call("apply", "--yes", "--report", f"html={tmp_path / 'a.html'}")

    assert (ran.code, fake.seen) == (64, [])
    assert "may not be written" in ran.err
