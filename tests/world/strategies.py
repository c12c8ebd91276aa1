"""Small projects, their next revisions and what people do meanwhile, for laws.

Names are few and collide: with other kinds, in upper and lower case, and with what is out of
scope. Values are few and easily confused.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from hypothesis import strategies as st

from reconciler.core.project import Adopt, DriftPolicy, Project, Prune, Scope
from reconciler.core.resource import Desired
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from tests.world.server import EVERYTHING
from tests.world.world import Edit, World, declared, project

SITES = ("s1", "s2")
BOOTSTRAPS = ("b1", "b2", "bB")
TOKENS = ("t-1", "T-1", "t-2", "tb1")
USERS = ("u.ann", "U.Ann", "u.bob")
ELSEWHERE = ("x1",)
"""Names that no glob of the project covers."""
APPS = ("WFC_PRO_ANDROID", "WFC_VOICE_ANDROID")
LEAVES: Sequence[JsonValue] = (1, True, "1", Decimal("1.5"), None, "", [], {}, [1, 2], "é")
OFFERS = (EVERYTHING, tuple(one for one in EVERYTHING if one != "changes"), ())
"""A server that can everything, one that takes single writes only, and one of the oldest."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A project, what people did before and after it was applied, and its next revision."""

    rules: Project
    found: tuple[Edit, ...]
    """Before the first apply."""
    first: tuple[Desired, ...]
    edits: tuple[Edit, ...]
    """Between the two applies."""
    second: tuple[Desired, ...]
    offers: tuple[str, ...] = EVERYTHING
    """What the server can."""

    def tell(self, world: World) -> None:
        """Everything but the second apply."""
        world.begin_anew()
        world.server.offer(*self.offers)
        world.meddle(self.found)
        world.apply(world.task(self.first, self.rules))
        world.meddle(self.edits)


def parameters() -> st.SearchStrategy[dict[str, JsonValue]]:
    """Of a bootstrap: shallow, with one map inside, and sometimes a literal secret."""
    leaf = st.sampled_from(LEAVES)
    inner: st.SearchStrategy[JsonValue] = st.dictionaries(st.sampled_from("xy"), leaf, max_size=2)
    secret = st.sampled_from(("canary-7c41", "canary-8d52"))
    fields: dict[str, st.SearchStrategy[JsonValue]] = {
        "site": st.sampled_from((*SITES, "nowhere")),
        "a": st.one_of(leaf, inner),
        "k": inner,
        "psk": secret,
    }
    return st.fixed_dictionaries({}, optional=fields)


def values(kind: str, name: str) -> st.SearchStrategy[dict[str, JsonValue]]:
    """What an object of the kind may hold; a token's bootstrap may be missing."""
    if kind == "Site":
        return st.fixed_dictionaries({"proServerName": st.sampled_from(("dev04a", "dev03b"))})
    if kind == "Bootstrap":
        return parameters()
    if kind == "Token":
        return st.fixed_dictionaries(
            {
                "appId": st.sampled_from(APPS),
                "bootstrap": st.sampled_from(BOOTSTRAPS),
                "description": st.sampled_from(("", "front")),
            }
        )
    return st.fixed_dictionaries(
        {
            "userName": st.sampled_from(("Ann", "Bob")),
            "role": st.sampled_from(("Admin", "User")),
            "email": st.just(f"{name.lower()}@acme.example"),
        }
    )


NAMES: Mapping[str, tuple[str, ...]] = {
    "Site": SITES,
    "Bootstrap": BOOTSTRAPS,
    "Token": TOKENS,
    "PortalUser": USERS,
}


@st.composite
def objects(draw: st.DrawFn, *, users: bool = True) -> tuple[Desired, ...]:
    """What a valid project declares: each name once, each token on a declared bootstrap."""
    found: dict[tuple[str, str], Desired] = {}
    for kind, names in NAMES.items():
        if kind == "PortalUser" and not (users and draw(st.booleans())):
            continue
        for name in draw(st.lists(st.sampled_from(names), unique=True, max_size=3)):
            one = draw(_object(kind, name, tuple(found.values())))
            if one is not None:
                found.setdefault((kind, KINDS[kind].key(name)), one)
    return tuple(found.values())


@st.composite
def _object(draw: st.DrawFn, kind: str, name: str, before: tuple[Desired, ...]) -> Desired | None:
    value = dict(draw(values(kind, name)))
    if kind == "Token":
        known = [one.id.name for one in before if one.id.kind == "Bootstrap"]
        if not known:
            return None
        value["bootstrap"] = draw(st.sampled_from(known))
    line = draw(st.integers(1, 3))
    return declared(kind, name, value, f"files/{kind.lower()}.yaml", line)


@st.composite
def revisions(draw: st.DrawFn, before: tuple[Desired, ...]) -> tuple[Desired, ...]:
    """The same project later: mostly the same objects, some changed, some gone, some new."""
    fresh = draw(objects(users=any(one.id.kind == "PortalUser" for one in before)))
    merged = {(one.id.kind, KINDS[one.id.kind].key(one.id.name)): one for one in before}
    for one in fresh:
        if draw(st.booleans()):
            merged[one.id.kind, KINDS[one.id.kind].key(one.id.name)] = one
    kept = {key: one for key, one in merged.items() if draw(st.integers(0, 4))}
    return consistent(kept.values())


def consistent(objects: Iterable[Desired]) -> tuple[Desired, ...]:
    """Without the tokens whose bootstrap is not declared."""
    known = tuple(objects)
    names = {one.id.name for one in known if one.id.kind == "Bootstrap"}
    return tuple(one for one in known if one.id.kind != "Token" or one.value["bootstrap"] in names)


@st.composite
def edits(draw: st.DrawFn, most: int = 4) -> tuple[Edit, ...]:
    """What people try; the server may refuse some of it."""
    found = []
    for _ in range(draw(st.integers(0, most))):
        kind = draw(st.sampled_from(("Bootstrap", "Bootstrap", "Token", "Site", "PortalUser")))
        names = NAMES[kind] if kind == "PortalUser" else NAMES[kind] + ELSEWHERE
        name = draw(st.sampled_from(names))
        value = draw(values(kind, name)) if draw(st.integers(0, 3)) else None
        found.append(Edit(kind, name, value))
    return tuple(found)


@st.composite
def rules(draw: st.DrawFn) -> Project:
    """A project file without thresholds."""
    return replace(
        project(),
        prune=draw(st.sampled_from((Prune.OWNED, Prune.OWNED, Prune.NEVER, Prune.SCOPE))),
        drift=draw(st.sampled_from(DriftPolicy)),
        adopt=draw(st.sampled_from((Adopt.IF_EQUAL, Adopt.ALWAYS, Adopt.NEVER))),
    )


SCOPES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "Site": (("*",), ("*",), ("s1",), ()),
    "Bootstrap": (("b*",), ("b*",), ("b1", "B2"), ("b[1B]",)),
    "Token": (("t*",), ("*",), ("T-*",), ("t-1",), ()),
    "PortalUser": (("u*",), ("u*",), ("U.ANN",), ()),
}


@st.composite
def chapters(draw: st.DrawFn) -> Chapter:
    """What is declared lies within the scope, as `pvm validate` demands."""
    scope = Scope({kind: draw(st.sampled_from(globs)) for kind, globs in SCOPES.items()})
    first = draw(objects())
    return Chapter(
        rules=replace(draw(rules()), scope=scope),
        found=draw(edits(2)),
        first=_inside(scope, first),
        edits=draw(edits()),
        second=_inside(scope, draw(revisions(first))),
        offers=draw(st.sampled_from(OFFERS)),
    )


def _inside(scope: Scope, declared: tuple[Desired, ...]) -> tuple[Desired, ...]:
    return consistent(one for one in declared if scope.covers(KINDS[one.id.kind], one.id.name))
