"""What a fleet that is being found calls itself, its key, its documents; and names with columns."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from reconciler.authoring.fleet_columns import Columns, Filling, filling_of
from reconciler.authoring.leaves import ROW_COST, Vector, has_column
from reconciler.authoring.name_keys import Rows, Slot, words_of
from reconciler.core.secrets import Masking
from reconciler.core.values import ABSENT, Maybe
from reconciler.kinds import KINDS


def slots_in_order(rows: Rows) -> list[Slot]:
    """Those of kinds that are created first come first."""
    return sorted(rows.slots, key=lambda one: (KINDS[one.kind].order, one.number))


def key_column(rows: Rows) -> str:
    """The word that most slots have beside the key, bootstraps before others: `store`."""
    counts = Counter(word for slot in rows.slots for word in dict.fromkeys(slot.words) if word)
    words = [word for word in counts if len(word) > 1 and word[0].isalpha() and word.isascii()]
    settings = {w for slot in rows.slots if KINDS[slot.kind].value_field for w in slot.words}
    return max(sorted(words), key=lambda word: (counts[word], word in settings), default="key")


def spelled_keys(rows: Rows, slots: Sequence[Slot]) -> tuple[str, ...]:
    """Each key as the first of its names has it."""
    spelled = []
    for key in rows.keys:
        name = next(rows.slots[slot][key][1] for slot in slots if key in rows.slots[slot])
        at = name.lower().rfind(key)
        spelled.append(name[at : at + len(key)])
    return tuple(spelled)


def handles(slots: Sequence[Slot]) -> list[str]:
    """What documents are called: by kind, and where there are several also by their words."""
    kinds = Counter(slot.kind for slot in slots)
    found: list[str] = []
    for slot in slots:
        noun = KINDS[slot.kind].noun
        words = "-".join(word for word in slot.words if word)
        found.append(free(f"{noun}-{words}" if kinds[slot.kind] > 1 and words else noun, found))
    return found


def free(wanted: str, taken: Collection[str]) -> str:
    """The name, with a number behind it where it is taken."""
    number, name = 1, wanted
    while name in taken:
        number += 1
        name = f"{wanted}-{number}"
    return name


def name_template(vector: Vector, columns: Columns, masking: Masking) -> str | None:
    """A document's name with its columns; an empty cell in it leaves the document out.

    `None` where columns can't say it.
    """
    usual = vector.leaves[vector.usual]
    odd = vector.present - vector.counts[vector.usual]
    missing = len(vector.codes) - vector.present
    if odd * ROW_COST < len(vector.codes) and isinstance(usual, str):
        if missing * ROW_COST >= len(vector.codes):
            return _marked(usual, vector, columns)
        return usual if has_column(usual) else None
    filling = filling_of(vector, masking)
    if filling is None:
        return None
    return columns.put(replace(filling, unread=frozenset()), vector.handle)


def _marked(name: str, vector: Vector, columns: Columns) -> str | None:
    """A name with one of its words in a column, which is empty where there is no document."""
    before, found, behind = name.partition(f"${{{columns.key}}}")
    words = words_of(behind) or words_of(before)
    if not found or not words:
        return None
    word = words[-1]
    start = len(before) + len(found) if words_of(behind) else 0
    at = name.lower().index(word, start) if start else before.lower().rindex(word)
    cell = name[at : at + len(word)]
    cells: list[Maybe] = [ABSENT if code < 0 else cell for code in vector.codes]
    return columns.put(Filling(name[:at], name[at + len(word) :], cells, 0), word)
