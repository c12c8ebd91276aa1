import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.template import (
    BadTemplateError,
    SecretReference,
    escaped,
    has_references,
    parse_template,
    references_in,
    unescaped,
)

TEXTS = st.text(alphabet="${}:#/aenv\n", max_size=20)
REFERENCES = st.builds(SecretReference, st.just("env"), st.sampled_from(["A", "_b1", "WIFI_PSK"]))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("plain $ { } $x", ("plain $ { } $x",)),
        ("${env:PSK}", (SecretReference("env", "PSK"),)),
        ("a${env:A}${env:B}b", ("a", *(SecretReference("env", n) for n in "AB"), "b")),
        ("${file:secrets/a b.txt}", (SecretReference("file", "secrets/a b.txt"),)),
        ("${sops:s.yaml#/a~1b/0}", (SecretReference("sops", "s.yaml", "/a~1b/0"),)),
        ("$${env:A}", ("${env:A}",)),
        ("$$${env:A}", ("$${env:A}",)),
        ("$${a} ${env:A} $${b}", ("${a} ", SecretReference("env", "A"), " ${b}")),
    ],
)
def test_a_text_is_literals_and_references(
    text: str, parts: tuple[str | SecretReference, ...]
) -> None:
    assert parse_template(text) == parts


@pytest.mark.parametrize(
    ("text", "code", "word"),
    [
        ("${masked}", "masked-secret", "masked"),
        ("${store}", "column-misplaced", "column"),
        ("${var:ring}", "variable-misplaced", "variables"),
        ("${}", "column-misplaced", "column"),
        ("${env:A", "bad-placeholder", "closing"),
        ("${env:}", "bad-placeholder", "variable"),
        ("${env:A-B}", "bad-placeholder", "variable"),
        ("${env:1A}", "bad-placeholder", "variable"),
        ("${env: A}", "bad-placeholder", "variable"),
        ("${env:PVM_PASSWORD}", "bad-placeholder", "PVM_"),
        ("${env:pvm_token}", "bad-placeholder", "PVM_"),
        ("${Env:A}", "bad-placeholder", "unknown sort"),
        ("${file:}", "bad-placeholder", "file"),
        ("${file:/etc/passwd}", "bad-placeholder", "file"),
        ("${file:../x}", "bad-placeholder", "file"),
        ("${file:a/../x}", "bad-placeholder", "file"),
        ("${file:a//x}", "bad-placeholder", "file"),
        ("${file:a\\x}", "bad-placeholder", "file"),
        ("${file:C:/x}", "bad-placeholder", "file"),
        ("${file:.git/config}", "bad-placeholder", "file"),
        ("${file:a\0}", "bad-placeholder", "file"),
        ("${sops:a.yaml}", "bad-placeholder", "where in the file"),
        ("${sops:a.yaml#}", "bad-placeholder", "where in the file"),
        ("${sops:a.yaml#psk}", "bad-placeholder", "where in the file"),
        ("${sops:../a.yaml#/psk}", "bad-placeholder", "file"),
    ],
)
def test_a_placeholder_without_meaning_is_refused(text: str, code: str, word: str) -> None:
    with pytest.raises(BadTemplateError, match=word) as bad:
        parse_template(f"before {text}")
    assert bad.value.code == code
    assert bad.value.fix
    assert has_references(text), "it is no plain text, whatever else"


def test_a_text_without_placeholders_has_no_references() -> None:
    assert has_references("a ${env:A}")
    assert [text for text in ("", "$", "$${env:A}", "{a}") if has_references(text)] == []


@given(TEXTS)
def test_any_text_can_be_written_as_a_literal(text: str) -> None:
    assert unescaped(escaped(text)) == text
    assert parse_template(escaped(text)) == ((text,) if text else ())


@given(st.lists(st.one_of(TEXTS, REFERENCES), max_size=6))
def test_literals_and_references_survive_together(parts: list[str | SecretReference]) -> None:
    """A `$` right before a reference would make it a literal: the one text that can't be said."""
    safe = [p.rstrip("$") if isinstance(p, str) else p for p in parts]
    text = "".join(escaped(part) if isinstance(part, str) else str(part) for part in safe)
    assert references_in(text) == tuple(p for p in safe if not isinstance(p, str))
    meant = "".join(map(str, safe))
    assert "".join(map(str, parse_template(text))) == meant
