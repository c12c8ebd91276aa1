"""What a store list became: for a terminal, and as data."""

from reconciler.core.imported import Imported, ImportedColumn
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from reconciler.render.json import FORMAT_VERSION
from reconciler.render.labels import labelled
from reconciler.render.screen import columns_of, counted, fit, pad, printable


def imported_text(imported: Imported, *, width: int) -> str:
    """The fleet, its columns with their headers, and what to do next."""
    made = [counted(count, KINDS[kind].noun) for kind, count in imported.objects.items()]
    facts = {
        "wrote": ", ".join(imported.files),
        "fleet": f"{imported.fleet} · {counted(imported.rows, 'row')} · key {imported.key}",
        "makes": " · ".join(made) or "nothing yet",
        "left out": ", ".join(imported.left_out),
    }
    lines = [line for word, text in facts.items() if text for line in labelled(word, text, width)]
    lines += ["", "COLUMNS", *_columns(imported.columns, width), ""]
    lines += labelled("next", "pvm validate; then pvm plan shows what would be created", width)
    return "\n".join(lines)


def imported_json(imported: Imported) -> dict[str, JsonValue]:
    """The same as data."""
    return {
        "formatVersion": FORMAT_VERSION,
        "type": "import",
        "fleet": imported.fleet,
        "key": imported.key,
        "rows": imported.rows,
        "columns": [
            {"name": one.name, "header": one.header, "holds": one.holds} for one in imported.columns
        ],
        "leftOut": list(imported.left_out),
        "objects": dict(imported.objects),
        "files": list(imported.files),
    }


def _columns(columns: tuple[ImportedColumn, ...], width: int) -> list[str]:
    rows = [(one.name, printable(one.holds), printable(one.header)) for one in columns]
    wide = [max(columns_of(row[n]) for row in rows) for n in (0, 1)]
    return [
        fit(f"  {pad(name, wide[0])}  {pad(holds, wide[1])}  {header}".rstrip(), width)
        for name, holds, header in rows
    ]
