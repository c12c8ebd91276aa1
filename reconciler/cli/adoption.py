"""What `pvm drift --adopt` does beside looking: files are edited, secrets kept apart."""

from datetime import timedelta
from typing import Final

from reconciler.cli.call import Call
from reconciler.cli.exits import Exit
from reconciler.cli.local_state import keep_secrets, seen_from_here
from reconciler.cli.output import deliver
from reconciler.cli.session import Session
from reconciler.cli.terminal import view, write_error, write_note
from reconciler.core.drift import Drift
from reconciler.core.template import SecretReference
from reconciler.core.values import JsonValue
from reconciler.render.adoption import adoption_json, adoption_text
from reconciler.render.json import json_text
from reconciler.render.result_json import drift_json
from reconciler.render.screen import counted
from reconciler.sources.adopted_documents import add_documents
from reconciler.sources.adopting import Adopter, AdoptionFailed
from reconciler.sources.edit_steps import Reason
from reconciler.sources.repository import read_repository
from reconciler.workflow.adopt import find_wishes, unmanaged_documents
from reconciler.workflow.plan import Prepared

_DAYS: Final = 90
"""Until new exceptions are to be looked at again."""


def adopt_drift(call: Call, session: Session, drift: Drift, prepared: Prepared) -> Exit:
    """Make the files say what the server has; the code tells whether drift is left."""
    task = session.task
    wishes = find_wishes(task, drift, prepared)
    today = task.created.date()
    reason = Reason(f"taken over from the server on {today}", today + timedelta(days=_DAYS))
    try:
        adoption = Adopter(session.root, session.repository, wishes, reason).adopt()
    except AdoptionFailed as failed:
        write_error(f"adopt     {failed}", call)
        return Exit.FAILED
    used = {
        name: value
        for name, value in wishes.variables.items()
        if str(SecretReference("env", name)) in adoption.references
    }
    _keep_secrets(call, session, used)

    def render(format_: str) -> str:
        if format_ == "json":
            document: dict[str, JsonValue] = {
                **drift_json(drift),
                "adopted": adoption_json(adoption),
            }
            return json_text(document)
        text = adoption_text(adoption, view(call))
        return f"```text\n{text}\n```" if format_ == "markdown" else text

    deliver(render, call)
    return Exit.DRIFT if adoption.left else Exit.OK


def add_unmanaged(call: Call, session: Session, drift: Drift, prepared: Prepared) -> Exit:
    """Declare what nobody declares, in new files."""
    if drift.stops or not drift.unmanaged:
        return Exit.OK
    found = unmanaged_documents(session.task, drift, prepared)
    if found.left:
        names = ", ".join(str(one.id) for one in found.left)
        write_note(f"left      {names}: a secret stands where no reference can", call)
    unfit = {one.id for one in found.left}
    objects = [one for one in found.objects if one.id not in unfit]
    try:
        before = read_repository(session.root, session.repository.target)
        files = add_documents(session.root, before, objects)
    except AdoptionFailed as failed:
        write_error(f"adopt     {failed}", call)
        return Exit.FAILED
    _keep_secrets(call, session, dict(found.variables))
    write_note(f"wrote     {counted(len(objects), 'object')} to {', '.join(files)}", call)
    return Exit.DRIFT if found.left else Exit.OK


def _keep_secrets(call: Call, session: Session, used: dict[str, str]) -> None:
    """The values that new references stand for, where Git does not see them."""
    if used:
        kept = keep_secrets(session.root, session.task.created, used)
        values = counted(len(used), "value")
        write_note(f"secrets   {values} in {seen_from_here(kept)}; Git ignores it", call)
