"""One YAML file: its documents, or everything that is wrong with it."""

from dataclasses import dataclass

from reconciler.core.problem import Problem
from reconciler.core.secrets import Masking
from reconciler.sources.source_text import SourceText, Span, decode
from reconciler.sources.yaml_text import Document, read_documents


@dataclass(frozen=True, slots=True)
class Reading:
    """Either documents or problems; an empty file has neither."""

    text: str
    documents: tuple[Document, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_yaml(file: str, data: bytes, masking: Masking) -> Reading:
    """Read a file's bytes; nothing is raised, whatever they are."""
    text = decode(file, data)
    if isinstance(text, Problem):
        return Reading("", problems=(text,))
    documents = read_documents(text)
    if documents is not None:
        return Reading(text, tuple(documents))
    from reconciler.sources.yaml_survey import survey  # noqa: PLC0415 -- only a file with a problem needs it

    source = SourceText(file, text, masking)
    problems = survey(source).problems
    if not problems:
        # Both readers follow the same rules, which a law tests; a gap must not let a file pass.
        place = source.place(Span(0, 0, 0))
        problems = (Problem("yaml-syntax", "file can't be read without doubt", place),)
    return Reading(text, problems=problems)
