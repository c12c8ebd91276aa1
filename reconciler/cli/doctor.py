"""`pvm doctor`: can pvm work from here?"""

import click

from reconciler.cli.call import Call
from reconciler.cli.clock import now
from reconciler.cli.exits import Exit, of_diagnosis
from reconciler.cli.options import format_options, project_options, server_options
from reconciler.cli.output import deliver
from reconciler.cli.session import open_session
from reconciler.cli.terminal import view
from reconciler.remote.connection import connect_reader
from reconciler.render.diagnosis import diagnosis_text
from reconciler.render.json import json_text
from reconciler.render.result_json import diagnosis_json
from reconciler.workflow.doctor import diagnose


@click.command()
@format_options("text", "json", "junit")
@server_options
@project_options
@click.pass_obj
def doctor(call: Call) -> Exit:
    """Check settings, connection, clock and permissions, one after the other."""
    session = open_session(call, valid=False)
    with connect_reader(session.access) as reader:
        diagnosis = diagnose(session.task, reader, session.settings.shown, now)

    def render(format_: str) -> str:
        if format_ == "json":
            return json_text(diagnosis_json(diagnosis))
        if format_ == "junit":
            from reconciler.render.junit_cases import diagnosis_junit  # noqa: PLC0415 -- start-up time

            return diagnosis_junit(diagnosis)
        return diagnosis_text(diagnosis, view(call))

    deliver(render, call)
    return of_diagnosis(diagnosis)
