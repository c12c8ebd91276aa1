"""`pvm convert`: Voice's XML configuration as the parameters of a bootstrap."""

from pathlib import Path
from typing import Final

import click

from reconciler.cli.call import Call
from reconciler.cli.exits import Exit
from reconciler.cli.options import format_options, output_options
from reconciler.cli.output import deliver
from reconciler.cli.terminal import write_note
from reconciler.core.origin import Place
from reconciler.core.problem import InvalidInput, Problem
from reconciler.render.json import json_text
from reconciler.render.screen import counted
from reconciler.sources.voice_xml import MAX_BYTES, VoiceXml, XmlError, read_voice_xml
from reconciler.sources.yaml_output import document_text

_HELP: Final = "correct it there; docs/reference/voice-xml.md shows what becomes of what"


@click.command()
@click.argument("file", metavar="FILE.xml", type=click.Path(path_type=Path))
@format_options("json", "yaml")
@output_options
@click.pass_obj
def convert(call: Call, file: Path) -> Exit:
    """Print the parameters that FILE.xml makes; no server is asked.

    JSON is what `POST bootstrap` takes, YAML what stands in a document of kind Bootstrap. Values
    stay texts, and whatever the file keeps secret is printed too.
    """
    with file.open("rb") as opened:
        data = opened.read(MAX_BYTES + 1)
    try:
        found = read_voice_xml(data)
    except XmlError as error:
        raise InvalidInput((_problem(file, error),)) from error
    _note_losses(found, call)
    deliver(lambda format_: _render(found, format_), call)
    return Exit.OK


def _render(found: VoiceXml, format_: str) -> str:
    if format_ == "json":
        return json_text(found.parameters)
    return document_text({"parameters": found.parameters})


def _problem(file: Path, error: XmlError) -> Problem:
    place = Place(str(file), error.line, error.column, error.line, error.column + 1)
    return Problem("xml", error.message, place, help=_HELP)


def _note_losses(found: VoiceXml, call: Call) -> None:
    write_note(f"left out  the root element {found.root!a}, which is only a wrapper", call)
    if found.comments:
        write_note(f"left out  {counted(found.comments, 'comment')}", call)
    if found.instructions:
        kinds = counted(found.instructions, "processing instruction")
        write_note(f"left out  {kinds}", call)
