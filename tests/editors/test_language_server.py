"""What an editor shows: asked of the language server that VS Code and others run."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.sources.draft_07 import draft_07
from reconciler.sources.schema import load_schema
from tests.architecture.tree import ROOT
from tests.editors.language_server import Editor, Place, language_server

EXAMPLES = ROOT / "specs" / "examples"
TOKENS = EXAMPLES / "retail" / "tokens" / "shared.yaml"
MODELINE = TOKENS.read_text(encoding="utf-8").splitlines()[0]


@pytest.fixture(scope="module")
def editor() -> Iterator[Editor]:
    with language_server() as started:
        yield started


def shown(editor: Editor, name: str, *lines: str) -> str:
    """A document of these lines beside the tokens of the example, below its first line."""
    text = "".join(f"{line}\n" for line in (MODELINE, *lines))
    return editor.open(TOKENS.with_name(f"{name}.yaml"), text)


@pytest.mark.parametrize(
    "path", ["retail/tokens/shared.yaml", "hospital/people/portal.yaml", "hospital/pvm.yaml"]
)
def test_an_example_has_no_complaint(editor: Editor, path: str) -> None:
    uri = editor.open(EXAMPLES / path, (EXAMPLES / path).read_text(encoding="utf-8"))

    assert editor.diagnostics(uri) == []


def test_a_misspelt_field_is_marked(editor: Editor) -> None:
    uri = shown(editor, "misspelt", "kind: Token", "name: A", "appid: WFC_PRO_ANDROID")

    assert "Property appid is not allowed." in editor.diagnostics(uri)


def test_a_bad_name_is_explained_in_our_words(editor: Editor) -> None:
    uri = shown(editor, "name", "kind: Layer", "name: -x", "parameters: {}")

    (message,) = editor.diagnostics(uri)
    assert message.startswith("a name has 1 to 64 letters, digits")


def test_kinds_are_offered(editor: Editor) -> None:
    uri = shown(editor, "kinds", "kind: ")

    offered = editor.completions(uri, Place(1, 6))
    assert set(offered) == {"Site", "Bootstrap", "Token", "PortalUser", "Layer", "Fleet"}
    assert offered["Layer"] == "Parameters that bootstraps share."


def test_the_values_of_a_field_are_offered(editor: Editor) -> None:
    uri = shown(editor, "values", "kind: Token", "name: A", "appId: ")

    assert "WFC_PRO_ANDROID" in editor.completions(uri, Place(3, 7))


def test_the_fields_still_missing_are_offered_with_their_meaning(editor: Editor) -> None:
    uri = shown(editor, "fields", "kind: Token", "name: A", "appId: WFC_PRO_ANDROID", "")

    offered = editor.completions(uri, Place(4, 0))
    assert offered["bootstrap"] == "The name of the bootstrap that the token delivers."
    assert "appId" not in offered
    assert "proServerName" not in offered


def test_hovering_a_field_tells_what_it_is(editor: Editor) -> None:
    uri = shown(editor, "hover", "kind: PortalUser", "name: j.doe", "email: j.doe@acme.example")

    assert "Where the invitation goes." in editor.hover(uri, Place(3, 2))


def test_hovering_a_deep_field_of_the_project_file_tells_what_it_is(editor: Editor) -> None:
    path = EXAMPLES / "retail" / "pvm.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    uri = editor.open(path, "\n".join(lines))
    line = next(at for at, text in enumerate(lines) if text.startswith("  updates:"))

    assert "How many updates pass" in editor.hover(uri, Place(line, 4))


def test_the_line_at_the_top_is_for_one_document_only(editor: Editor) -> None:
    """Why the settings for VS Code name folders: there every document counts."""
    bad = ("kind: Layer", "name: a", "parameters: {}", "oops: 1")
    uri = shown(editor, "several", *bad, "---", *bad)

    assert editor.diagnostics(uri) == ["Property oops is not allowed."]


def test_the_schema_that_pvm_prints_for_editors_does_as_well(
    editor: Editor, tmp_path: Path
) -> None:
    schema = tmp_path / "document.schema.json"
    schema.write_text(json.dumps(draft_07("document", load_schema)), encoding="utf-8")
    text = f"# yaml-language-server: $schema={schema}\nkind: Site\nname: a\nproserver: b\n"
    uri = editor.open(tmp_path / "site.yaml", text)

    assert set(editor.diagnostics(uri)) == {
        'Missing property "proServerName".',
        "Property proserver is not allowed.",
    }
    assert "case counts" in editor.hover(uri, Place(2, 1))
