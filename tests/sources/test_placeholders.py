from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.core.resource import Desired
from reconciler.core.template import SecretReference, escaped
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from reconciler.sources.repository import read_repository
from reconciler.sources.secret_values import SecretValues
from reconciler.sources.writer import export_text
from reconciler.sources.yaml_output import Verbatim, document_text
from reconciler.workflow.secrets import resolve
from tests.sources.projects import briefly, write_project

HEAD = "kind: Bootstrap\nname: b\n"


def declared(root: Path, text: str, **files: str) -> Desired:
    named = {"objects/a.yaml": text, **{f"objects/{n}.json": t for n, t in files.items()}}
    repository = read_repository(write_project(root, named))
    assert repository.problems == ()
    (item,) = repository.declared
    return item


def test_a_reference_is_kept_as_it_is_written(tmp_path: Path) -> None:
    text = (
        HEAD + 'parameters: {wifi: [{psk: "${env:PSK}"}], url: "https://x/?k=${file:s/k}&$${y}"}\n'
    )
    item = declared(tmp_path, text)
    assert item.value == {
        "wifi": [{"psk": "${env:PSK}"}],
        "url": "https://x/?k=${file:s/k}&$${y}",
    }
    assert item.references == {
        "/wifi/0/psk": "${env:PSK}",
        "/url": "https://x/?k=${file:s/k}&$${y}",
    }


def test_a_text_without_a_reference_has_its_escapes_undone(tmp_path: Path) -> None:
    item = declared(tmp_path, HEAD + 'parameters: {a: "$${env:A}", "$${k}/~": "${env:A}"}\n')
    assert item.value == {"a": "${env:A}", "${k}/~": "${env:A}"}
    assert item.references == {"/${k}~1~0": "${env:A}"}


def test_a_file_of_parameters_may_refer_to_secrets(tmp_path: Path) -> None:
    item = declared(
        tmp_path, HEAD + "parametersFile: p.json\n", p='{"a": {"b": "${env:A}"}, "c": "$${x}"}'
    )
    assert item.value == {"a": {"b": "${env:A}"}, "c": "${x}"}
    assert item.references == {"/a/b": "${env:A}"}
    assert item.origin_of("/a/b").file == "objects/p.json"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (HEAD.replace("b\n", '"${env:B}"\n') + "parameters: {}\n", "2:7 secret-misplaced"),
        (HEAD + 'parameters: {"${env:K}": 1}\n', "3:14 secret-misplaced"),
        (HEAD + 'parameters: {site: "${env:S}"}\n', "3:20 secret-misplaced"),
        (HEAD + 'parameters: {site: ok, a: "${evn:S}"}\n', "3:27 bad-placeholder"),
        (HEAD + 'parameters: {a: ["${env:PVM_TOKEN}"]}\n', "3:18 bad-placeholder"),
        (HEAD + 'parameters: "${env:P}"\n', "3:13 secret-misplaced"),
        (HEAD + 'parameters: {}\nrenamedFrom: ["${env:P}"]\n', "4:15 secret-misplaced"),
        ('kind: Site\nname: s\nproServerName: "${env:P}"\n', "3:16 secret-misplaced"),
        (
            'kind: Token\nname: t\nappId: "${env:A}"\nbootstrap: b\n',
            "3:8 secret-misplaced",
        ),
        (
            'kind: PortalUser\nname: u\nuserName: U\nrole: User\nemail: "${env:M}"\n',
            "5:8 secret-misplaced",
        ),
    ],
)
def test_elsewhere_a_reference_is_refused_at_its_place(
    tmp_path: Path, text: str, where: str
) -> None:
    assert briefly(write_project(tmp_path, {"objects/a.yaml": text})) == [f"objects/a.yaml:{where}"]


def test_a_name_in_a_file_of_parameters_is_no_secret(tmp_path: Path) -> None:
    files = {
        "objects/a.yaml": HEAD + "parametersFile: p.json\n",
        "objects/p.json": '{"site": "${env:S}"}',
    }
    assert briefly(write_project(tmp_path, files)) == ["objects/p.json:1:10 secret-misplaced"]


LITERALS = st.text(alphabet="${}:é \n/a", max_size=8).map(lambda text: text.rstrip("$"))
REFERENCES = st.sampled_from([SecretReference("env", "A"), SecretReference("env", "B")])
VALUES = {"A": "${env:B}", "B": "x$"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(st.lists(st.lists(st.one_of(LITERALS, REFERENCES), max_size=4), min_size=1, max_size=3))
def test_literals_and_references_come_through_files_and_back(
    tmp_path: Path, texts: list[list[str | SecretReference]]
) -> None:
    """What is written is what is meant, after reading, writing, reading again and filling in."""
    written = [
        "".join(escaped(part) if isinstance(part, str) else str(part) for part in parts)
        for parts in texts
    ]
    meant = [
        "".join(part if isinstance(part, str) else VALUES[part.name] for part in parts)
        for parts in texts
    ]
    document: dict[str, JsonValue] = {
        "kind": "Bootstrap",
        "name": "b",
        "parameters": {"t": list(map(Verbatim, written))},
    }
    first = declared(tmp_path, document_text(document))
    again = declared(tmp_path, export_text([first], KINDS))
    assert (again.value, again.references) == (first.value, first.references)
    assert resolve(again, SecretValues(tmp_path, VALUES)).value == {"t": meant}
