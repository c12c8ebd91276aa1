"""What a browser would make of a page, as far as tests need to know."""

from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "input"})
TAGS = """
    html head title style script body header main footer section h1 h2 small p div span b code del
    ins details summary table caption thead tbody tr th td ul li dl dt dd label output
"""
KNOWN = VOID | set(TAGS.split())


@dataclass
class Page(HTMLParser):
    """Fails where elements do not close in their order."""

    elements: Counter[str] = field(default_factory=Counter)
    attributes: list[tuple[str, str, str | None]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    embedded: list[str] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in KNOWN, tag
        self.elements[tag] += 1
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        inside = self._open[-1] if self._open else ""
        (self.embedded if inside in {"style", "script"} else self.texts).append(data)

    def handle_comment(self, data: str) -> None:
        message = f"a comment: {data}"
        raise AssertionError(message)

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)

    @property
    def text(self) -> str:
        """Everything that a reader sees."""
        return "\n".join(text for text in self.texts if text.strip())


def read_page(markup: str) -> Page:
    page = Page()
    page.feed(markup)
    page.close()
    assert page._open == [], page._open  # noqa: SLF001 -- our own
    return page
