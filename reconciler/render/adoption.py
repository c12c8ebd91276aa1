"""What `drift --adopt` wrote into which files: for a terminal, and as data."""

from collections.abc import Iterator

from reconciler.core.adoption import Adoption, Edited
from reconciler.core.change import FieldChange
from reconciler.core.values import ABSENT, JsonValue
from reconciler.render.bundle import examples
from reconciler.render.labels import labelled
from reconciler.render.screen import counted, fit, number, printable, value_text
from reconciler.render.view import View


def adoption_text(adoption: Adoption, view: View) -> str:
    """Each edit with its place, then what was left and why."""
    lines: list[str] = []
    for edit in adoption.edits:
        text = f"  ~ {edit.file}:{number(edit.line)}  {_change(edit.change)}  {_objects(edit)}"
        lines.append(printable(text) if view.full else fit(printable(text), view.width))
    blocks = [["ADOPTED   the files now say what the server has", *lines]] if lines else []
    if adoption.left:
        blocks.append(["LEFT      these differ still", *_left(adoption, view)])
    blocks.append(list(_closing(adoption, view)))
    return "\n\n".join("\n".join(block) for block in blocks)


def adoption_json(adoption: Adoption) -> dict[str, JsonValue]:
    """`before` is what the files said, `after` what they say now; secrets are masked."""
    return {
        "edits": [
            {
                "file": edit.file,
                "line": edit.line,
                "objects": [str(id_) for id_ in edit.objects],
                "pointer": edit.change.pointer,
                **({} if edit.change.before is ABSENT else {"before": edit.change.before}),
                **({} if edit.change.after is ABSENT else {"after": edit.change.after}),
            }
            for edit in adoption.edits
        ],
        "left": [
            {"object": str(one.id), "pointer": one.pointer, "reason": one.reason}
            for one in adoption.left
        ],
        "files": list(adoption.files),
    }


def _change(change: FieldChange) -> str:
    if not change.pointer:
        return "document removed"
    before = "nothing" if change.before is ABSENT else value_text(change.before)
    after = "nothing" if change.after is ABSENT else value_text(change.after)
    return f"{change.pointer}    {before} → {after}"


def _objects(edit: Edited) -> str:
    shown = examples(edit.objects)
    return f"({shown})" if len(edit.objects) == 1 else f"({number(len(edit.objects))}: {shown})"


def _left(adoption: Adoption, view: View) -> Iterator[str]:
    for one in adoption.left:
        where = f"{one.id} {one.pointer}".rstrip()
        yield fit(printable(f"  ! {where}    {one.reason}"), 400 if view.full else view.width)


def _closing(adoption: Adoption, view: View) -> Iterator[str]:
    objects = {id_ for edit in adoption.edits for id_ in edit.objects}
    text = f"{counted(len(objects), 'object')} in {counted(len(adoption.files), 'file')}"
    if adoption.left:
        text += f" · {number(len(adoption.left))} left"
    yield from labelled("adopted", text, view.width)
    if adoption.files:
        yield from labelled("files", ", ".join(adoption.files), view.width)
        yield from labelled("next", "look at git diff; then commit, and pvm apply", view.width)
