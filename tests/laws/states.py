"""Whole situations for laws: few names, so that declared and live objects meet; and a server."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hypothesis import strategies as st

from reconciler.core.change import Change, Delete
from reconciler.core.identity import ResourceId
from reconciler.core.plan import PlanOptions
from reconciler.core.project import Ignore, Prune, Scope, Selection
from reconciler.core.resource import Desired, Live
from reconciler.core.situation import Situation
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from tests.core.situations import desired, live, project, site, situation, token, user

SITES = ("s1", "s2")
BOOTSTRAPS = ("b1", "b2", "Direct-Access-Bootstrap")
TOKENS = ("T-1", "t-2", "Direct-Access-Token", "other")
USERS = ("root", "Ann", "bob")
GLOBS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "Site": (("*",), ("*",), ("s1",), ()),
    "Bootstrap": (("*",), ("*",), ("*",), ("b1", "d*"), ()),
    "Token": (("*",), ("*",), ("*",), ("t-*",), ()),
    "PortalUser": (("*",), ("*",), ("ANN",), ()),
}
PARAMETERS: tuple[dict[str, JsonValue], ...] = (
    {},
    {"site": "s1", "a": 1},
    {"site": "s2", "a": True},
    {"site": "elsewhere", "a": [1, 2]},
    {"a": 1, "seen": {"last": 5}},
)


FOCUS: tuple[frozenset[str], ...] = (
    frozenset(GLOBS),
    frozenset({"Bootstrap", "Token"}),
    frozenset({"PortalUser"}),
)
"""Kinds that take part: what is rare among all kinds is common among few."""


@st.composite
def lives(draw: st.DrawFn, kinds: frozenset[str]) -> list[Live]:
    """A server that keeps its own rules: each token has its bootstrap."""

    def some(kind: str, names: tuple[str, ...]) -> list[str]:
        return draw(st.lists(st.sampled_from(names), unique=True)) if kind in kinds else []

    found = [
        live("Site", name, site(draw(st.sampled_from("xy"))), facts={"deviceCount": count})
        for name in some("Site", SITES)
        for count in [draw(st.sampled_from((0, 0, 1, None)))]
    ]
    names = some("Bootstrap", BOOTSTRAPS)
    found += [live("Bootstrap", name, draw(st.sampled_from(PARAMETERS))) for name in names]
    if names:
        found += [
            live("Token", name, token(draw(st.sampled_from(names)), draw(st.sampled_from("xy"))))
            for name in some("Token", TOKENS)
        ]
    return found + [
        live("PortalUser", name, draw(users()), facts={"status": draw(statuses())})
        for name in some("PortalUser", USERS)
    ]


def users() -> st.SearchStrategy[dict[str, JsonValue]]:
    return st.sampled_from(("Super-Admin", "Admin")).map(user)


def statuses() -> st.SearchStrategy[str]:
    return st.sampled_from(("ACTIVE", "ACTIVE", "INVITED"))


@st.composite
def declarations(
    draw: st.DrawFn, server: list[Live], scope: Scope, kinds: frozenset[str]
) -> list[Desired]:
    """Valid ones: in scope, each name once, each token on something declared or live."""

    def some(kind: str, names: tuple[str, ...]) -> list[str]:
        spelled = [draw(st.sampled_from((name, name.swapcase()))) for name in names]
        usable = spelled if KINDS[kind].folds_case else names
        covered = [name for name in usable if scope.covers(KINDS[kind], name)]
        if not covered or kind not in kinds:
            return []
        return draw(st.lists(st.sampled_from(covered), unique=True))

    found = [desired("Site", n, site(draw(st.sampled_from("xy")))) for n in some("Site", SITES)]
    found += [
        desired("Bootstrap", name, draw(st.sampled_from(PARAMETERS)), file=f"{name[0]}.yaml")
        for name in some("Bootstrap", BOOTSTRAPS)
    ]
    ids = [item.id for item in found] + [item.id for item in server]
    known = {id_.name for id_ in ids if id_.kind == "Bootstrap"}
    if known:
        found += [
            desired("Token", name, token(draw(st.sampled_from(sorted(known)))), line=number + 1)
            for number, name in enumerate(some("Token", TOKENS))
        ]
    return found + [
        desired("PortalUser", name, draw(users())) for name in some("PortalUser", USERS)
    ]


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    scope = Scope({kind: draw(st.sampled_from(globs)) for kind, globs in GLOBS.items()})
    kinds = draw(st.sampled_from(FOCUS))
    server = draw(lives(kinds))
    ignore = draw(st.sampled_from(((), (Ignore("Bootstrap", "/seen/last", "by the device"),))))
    rules = project(scope=scope, prune=draw(prunes()), ignore=ignore)
    return situation(draw(declarations(server, scope, kinds)), server, rules)


def prunes() -> st.SearchStrategy[Prune]:
    return st.sampled_from(Prune)


def options() -> st.SearchStrategy[PlanOptions]:
    pairs = st.sampled_from((("Token", "*"), ("Token", "t-*"), ("Bootstrap", "b1"), ("*", "*1")))
    some = st.lists(pairs, max_size=2).map(tuple)
    return st.builds(
        PlanOptions, selection=st.one_of(st.just(Selection()), st.builds(Selection, some, some))
    )


class RefusedError(Exception):
    """The server's own rules would have been broken."""


@dataclass
class Server:
    """The rules of the real one that order matters for."""

    objects: dict[tuple[str, str], Live] = field(default_factory=dict)

    @classmethod
    def of(cls, state: Situation) -> "Server":
        return cls({key(item.id): item for items in state.live.values() for item in items})

    def apply(self, change: Change, declared: Mapping[tuple[str, str], Desired]) -> None:
        if isinstance(change, Delete):
            self.delete(change.id)
        else:
            self.upsert(declared[key(change.id)])

    def upsert(self, item: Desired) -> None:
        before = self.objects.get(key(item.id))
        bound = item.value.get("bootstrap") if item.id.kind == "Token" else None
        if isinstance(bound, str) and ("Bootstrap", bound) not in self.objects:
            message = f"{item.id} has no bootstrap"
            raise RefusedError(message)
        id_ = before.id if before else item.id
        facts = before.facts if before else {}
        self.objects[key(item.id)] = Live(id_, item.value, "2", facts)

    def delete(self, id_: ResourceId) -> None:
        if id_.kind == "Bootstrap" and id_.name in self.bound():
            message = f"{id_} is in use"
            raise RefusedError(message)
        del self.objects[key(id_)]

    def bound(self) -> set[JsonValue]:
        return {o.value["bootstrap"] for o in self.objects.values() if o.id.kind == "Token"}

    def has_administrator(self) -> bool:
        return any(
            item.value.get("role") == "Super-Admin" and item.facts.get("status") == "ACTIVE"
            for item in self.objects.values()
        )

    def situation(self, state: Situation) -> Situation:
        return situation(state.declared, list(self.objects.values()), state.project)


def key(id_: ResourceId) -> tuple[str, str]:
    return id_.kind, KINDS[id_.kind].key(id_.name)
