"""Voice's XML becomes parameters, and nothing in it is lost unsaid."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.core.json_text import dump_json, parse_json
from reconciler.core.values import JsonValue
from reconciler.sources.voice_xml import MAX_BYTES, XmlError, read_voice_xml

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "voice-xml.md"


def parameters(text: str) -> JsonValue:
    return dict(read_voice_xml(text.encode()).parameters)


@pytest.mark.requirement("B-06")
@pytest.mark.parametrize(
    ("inside", "wanted"),
    [
        ("", {}),
        ("<server>pbx-1</server>", {"server": "pbx-1"}),
        ("<server/>", {"server": ""}),
        ("<server></server>", {"server": ""}),
        ("<line>1</line>", {"line": "1"}),
        ("<line>1</line><line>2</line>", {"line": ["1", "2"]}),
        ("<line/><line/>", {"line": ["", ""]}),
        ("<a>1</a><b/><a>2</a>", {"a": ["1", "2"], "b": ""}),
        ('<c name="g">on</c>', {"c": {"@name": "g", "#text": "on"}}),
        ('<c name="g"/>', {"c": {"@name": "g"}}),
        ('<c name="g">\n</c>', {"c": {"@name": "g"}}),
        ("<x><y>3</y></x>", {"x": {"y": "3"}}),
        ("<x>\n  <y>3</y>\n</x>", {"x": {"y": "3"}}),
        ("<x> 0421 </x><y>true</y>", {"x": " 0421 ", "y": "true"}),
        ("<x>  </x><y><![CDATA[  ]]></y>", {"x": "", "y": "  "}),
        ("<x>&lt;&#233;<![CDATA[<b>]]></x>", {"x": "<é<b>"}),
        ("<x>a<!-- in the middle -->b</x>", {"x": "ab"}),
        ('<x:y xmlns:x="urn:x">1</x:y>', {"x:y": {"@xmlns:x": "urn:x", "#text": "1"}}),
        ("<x>a\nb</x>", {"x": "a\nb"}),
        ("alone", {"#text": "alone"}),
    ],
)
def test_each_form_has_its_place(inside: str, wanted: JsonValue) -> None:
    assert parameters(f"<voice>{inside}</voice>") == wanted


def test_the_roots_attributes_stand_beside_its_elements() -> None:
    assert parameters('<voice v="2"><a/></voice>') == {"@v": "2", "a": ""}


def test_the_page_shows_what_the_program_does() -> None:
    page = PAGE.read_text(encoding="utf-8")
    (xml,) = re.findall(r"```xml\n(.*?)```", page, re.DOTALL)
    (json,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    assert dump_json(read_voice_xml(xml.encode()).parameters, indent=2) == json.strip()
    rows = re.findall(r"^\| `(<[^|`]*>)`(?:, `[^|]*`| alone)? \| `([^|`]+)`", page, re.MULTILINE)
    assert len(rows) == 7
    for source, wanted in rows:
        assert parameters(f"<r>{source}</r>") == parse_json(f"{{{wanted}}}")


def test_what_is_left_out_is_counted() -> None:
    found = read_voice_xml(b"<!-- a --><?one?><voice><!-- b --><?two x?><!-- c --></voice>")
    assert (found.root, found.comments, found.instructions) == ("voice", 3, 2)


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("", 1, 1, "no element found"),
        ("<a>\n <b>\n</a>", 3, 3, "mismatched tag"),
        ("<a/>\n<b/>", 2, 1, "junk after"),
        ("<a>&name;</a>", 1, 4, "undefined entity"),
        ('<a x="1" x="2"/>', 1, 10, "duplicate attribute"),
        ("<a>\x01</a>", 1, 4, "invalid token"),
        ('<!DOCTYPE a [<!ENTITY x "y">]>\n<a>&x;</a>', 1, None, "document type"),
        ('<?x y?>\n<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', 2, None, "document type"),
        ("<a>text<b/></a>", 1, 4, "text stands beside elements"),
        ("<a><b/>\n  text</a>", 2, 3, "text stands beside elements"),
        ("<a><b/><![CDATA[ ]]></a>", 1, 17, "text stands beside elements"),
        ('<?xml version="1.0" encoding="nope"?><a/>', 1, 1, "encoding"),
    ],
)
def test_what_cannot_be_converted_is_refused_with_its_place(
    text: str, line: int, column: int | None, message: str
) -> None:
    with pytest.raises(XmlError, match=message) as refusal:
        read_voice_xml(text.encode())
    assert refusal.value.line == line
    assert column in (None, refusal.value.column)  # None: expat tells where the name ends


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_the_encoding_is_the_one_that_the_file_names(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><a><b>Zoë</b></a>'
    assert read_voice_xml(text.encode(encoding)).parameters == {"b": "Zoë"}


@pytest.mark.parametrize(("levels", "fits"), [(64, True), (65, False), (5000, False)])
def test_nesting_ends_where_a_server_ends_it(levels: int, *, fits: bool) -> None:
    text = "<a>" * levels + "</a>" * levels
    if fits:
        read_voice_xml(text.encode())
    else:
        with pytest.raises(XmlError, match="64 levels"):
            read_voice_xml(text.encode())


@pytest.mark.parametrize(("levels", "fits"), [(32, True), (33, False)])
def test_lists_count_as_levels(levels: int, *, fits: bool) -> None:
    inner = "<a/><a/>"
    for _ in range(levels - 1):
        inner = f"<a>{inner}</a><a/>"
    if fits:
        read_voice_xml(f"<r>{inner}</r>".encode())
    else:
        with pytest.raises(XmlError, match="lists of one name counted"):
            read_voice_xml(f"<r>{inner}</r>".encode())


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    with pytest.raises(XmlError, match="1024 KiB"):
        read_voice_xml(b"x" * (MAX_BYTES + 1))


@dataclass(frozen=True)
class Element:
    """An element with its parts; `text` and `children` exclude each other."""

    name: str
    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple["Element", ...] = ()
    text: str = ""


_NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,6}", fullmatch=True)
_LETTERS = st.characters(
    exclude_categories=["Cs", "Cc", "Cn"], include_characters="\t\n\r", exclude_characters="￾￿"
)
_TEXTS = st.text(_LETTERS, max_size=12)
_ATTRIBUTES = st.dictionaries(_NAMES, _TEXTS, max_size=2).map(lambda d: tuple(d.items()))
_LEAVES = st.builds(Element, _NAMES, _ATTRIBUTES, st.just(()), _TEXTS)
_ELEMENTS = st.recursive(
    _LEAVES,
    lambda inner: st.builds(
        Element, _NAMES, _ATTRIBUTES, st.lists(inner, min_size=1, max_size=4).map(tuple)
    ),
    max_leaves=12,
)
_LAYOUTS = st.sampled_from(["", "\n", "  \n\t", "<!-- a & b -->", "<?note x?>"])


def written(element: Element, layout: str) -> str:
    """The element as XML, with layout wherever it means nothing."""
    given = "".join(f" {key}={_quoted(value)}" for key, value in element.attributes)
    if element.children:
        inside = layout + layout.join(written(one, layout) for one in element.children) + layout
    elif element.text and not element.text.strip():
        inside = f"<![CDATA[{element.text}]]>" if "\r" not in element.text else ""
    else:
        inside = escape(element.text, {"\r": "&#13;"})
    return f"<{element.name}{given}>{inside}</{element.name}>"


def _quoted(value: str) -> str:
    return quoteattr(value, {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def read_back(name: str, value: JsonValue) -> Iterator[Element]:
    """The elements of this name that the parameters tell of: the mapping, backwards."""
    if isinstance(value, str):
        yield Element(name, text=value)
    elif isinstance(value, list):
        for item in value:
            yield from read_back(name, item)
    else:
        assert isinstance(value, dict)
        attributes = tuple((k[1:], str(v)) for k, v in value.items() if k.startswith("@"))
        inside = [(k, v) for k, v in value.items() if k[0] not in "@#"]
        children = tuple(one for key, item in inside for one in read_back(key, item))
        yield Element(name, attributes, children, str(value.get("#text", "")))


def grouped(element: Element) -> Element:
    """Elements of one name together, as parameters have them."""
    names = dict.fromkeys(one.name for one in element.children)
    children = tuple(grouped(one) for name in names for one in element.children if one.name == name)
    blank = not element.text.strip() and "\r" in element.text
    text = "" if blank else element.text
    return Element(element.name, element.attributes, children, text)


@pytest.mark.requirement("B-06")
@given(element=_ELEMENTS, layout=_LAYOUTS)
@example(element=Element("a", (), (Element("b", (), (), " "),)), layout="\n")
@example(element=Element("a", (), (Element("b"), Element("c"), Element("b"))), layout="")
def test_nothing_is_lost_but_the_order_between_names(element: Element, layout: str) -> None:
    found = read_voice_xml(f"{layout}{written(element, layout)}".lstrip().encode())
    value = parse_json(dump_json(found.parameters))
    (back,) = read_back(found.root, value)
    assert back == grouped(element)
