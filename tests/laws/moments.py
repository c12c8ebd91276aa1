"""What has to hold at every moment of an apply: between any two requests, and after the last."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TypeAlias

from reconciler.core.inventory import Key, is_reserved
from reconciler.core.json_text import dump_json
from reconciler.core.project import Scope
from reconciler.workflow.task import Task
from tests.world.server import Stored
from tests.world.watch import attempts
from tests.world.world import World

Objects: TypeAlias = Mapping[Key, Stored]


def covers(scope: Scope, kind: str, name: str) -> bool:
    """The laws' own idea of a scope: tokens and login names fold, others do not."""
    globs = scope.globs.get(kind, ())
    if kind in ("Token", "PortalUser"):
        return any(fnmatchcase(name.lower(), glob.lower()) for glob in globs)
    return any(fnmatchcase(name, glob) for glob in globs)


def stranded(objects: Objects) -> list[str]:
    """Tokens without their bootstrap."""
    return [
        stored.name
        for (kind, _), stored in objects.items()
        if kind == "Token" and ("Bootstrap", str(stored.value["bootstrap"])) not in objects
    ]


def contents(objects: Objects) -> Mapping[str, str]:
    """What devices get from each bootstrap, as canonical text."""
    return {
        name: dump_json(stored.value, sort_keys=True)
        for (kind, name), stored in objects.items()
        if kind == "Bootstrap" and not is_reserved(kind, name)
    }


@dataclass(slots=True)
class Witness:
    """Sees each moment of one apply; every method raises AssertionError naming the law."""

    world: World
    task: Task
    moments: list[Objects] = field(default_factory=list)
    ours: frozenset[Key] = frozenset()
    """What was in the inventory, and there, when it began."""

    def begin(self) -> None:
        """Before the apply."""
        objects = self.world.server.objects()
        self.moments.append(objects)
        self.ours = frozenset(self.world.inventory(self.task).entries) & objects.keys()
        self.world.wire.seen.clear()

    def look(self) -> None:
        """Between two requests: law 6."""
        objects = self.world.server.objects()
        if objects == self.moments[-1]:
            return
        self.moments.append(objects)
        known = self.world.inventory(self.task).entries.keys()
        created = {k for k in objects.keys() - self.moments[0].keys() if not is_reserved(*k)}
        assert created <= known, f"law 6: created and not recorded: {created - known}"
        forgotten = (self.ours & objects.keys()) - known
        assert not forgotten, f"law 6: ours, there, and forgotten: {forgotten}"

    def end(self) -> None:
        """After the apply: laws 5 and 12."""
        self._scope_was_kept()
        first, last = contents(self.moments[0]), contents(self.moments[-1])
        for objects in self.moments:
            assert not stranded(objects), f"law 12: {stranded(objects)} have no bootstrap"
            for name, text in contents(objects).items():
                whole = text in (first.get(name), last.get(name))
                assert whole, f"law 12: {name} holds a mixture for a while"

    def _scope_was_kept(self) -> None:
        scope = self.task.project.scope
        for seen in self.world.wire.seen:
            for one in attempts(seen):
                allowed = covers(scope, one.kind, one.name) or is_reserved(one.kind, one.name)
                assert allowed, f"law 5: {one} is out of scope"
        before, after = (
            {
                k: v
                for k, v in objects.items()
                if not is_reserved(*k) and not covers(scope, k[0], v.name)
            }
            for objects in (self.moments[0], self.moments[-1])
        )
        assert before == after, "law 5: something out of scope changed"
