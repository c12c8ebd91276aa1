"""Short ways to declared and live objects, for tests of planning."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Entry, Head, Inventory, State
from reconciler.core.origin import Origin
from reconciler.core.plan import Header
from reconciler.core.ports import Account
from reconciler.core.project import Ignore, Project, Prune, Safety, Scope, Target
from reconciler.core.resource import Desired, Live
from reconciler.core.sealing import Sealer
from reconciler.core.secrets import Masking
from reconciler.core.situation import Situation
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS

HEADER = Header(
    project="acme",
    target="default",
    url="https://pvm.example",
    customer="ACME",
    created=datetime(2026, 11, 22, 17, 55, tzinfo=UTC),
    tool="0.1.0",
    commit="9d03e77",
    clean=True,
    source_hash="sha256:" + "0" * 64,
    expires=datetime(2026, 11, 23, 17, 55, tzinfo=UTC),
)
ADMIN = Account(login="root", role="Super-Admin", customer="ACME")
EVERYTHING = Scope(dict.fromkeys(KINDS, ("*",)))
NO_LIMITS = Safety(deletes={}, updates={}, adopt={}, allow_empty=True)
KEY = b"a key of more than sixteen bytes"
HEAD = Head("acme", "", "default", 1)


def project(  # noqa: PLR0913 -- each has a default, and a test names the one it is about
    *,
    scope: Scope = EVERYTHING,
    prune: Prune = Prune.NEVER,
    safety: Safety = NO_LIMITS,
    secrets: tuple[str, ...] = (),
    ignore: tuple[Ignore, ...] = (),
    customer: str | None = None,
) -> Project:
    return Project(
        name="acme",
        sources=("objects",),
        scope=scope,
        prune=prune,
        safety=safety,
        secrets=secrets,
        ignore=ignore,
        targets={"default": Target("default", customer=customer)},
    )


def situation(
    declared: Sequence[Desired],
    live: Sequence[Live],
    rules: Project | None = None,
    *,
    account: Account | None = ADMIN,
    inventory: Inventory | None = None,
) -> Situation:
    """By default everything on the server is ours, and as we left it."""
    lists: Mapping[str, list[Live]] = {name: [] for name in KINDS}
    for item in live:
        lists[item.id.kind].append(item)
    return Situation(
        HEADER,
        rules or project(),
        KINDS,
        declared,
        lists,
        account,
        inventory=inventory or owned(live, rules or project()),
        key=KEY,
    )


def sealer(rules: Project, kind: str) -> Sealer:
    ignored = tuple(sorted(rule.path for rule in rules.ignore if rule.kind == kind))
    return Sealer(Masking(rules.secrets), KEY, ignored)


def entry(item: Live | Desired, rules: Project | None = None, *, protect: bool = False) -> Entry:
    """Of an object that was applied, and that the server took as it was."""
    seal = sealer(rules or project(), item.id.kind)
    content = seal.seal(item.value)
    left = seal.of_sealed(content)
    return Entry(item.id, State.OWNED, left, left, content, protect=protect)


def owned(items: Sequence[Live | Desired], rules: Project | None = None) -> Inventory:
    """An inventory of these objects."""
    entries = {
        (item.id.kind, KINDS[item.id.kind].key(item.id.name)): entry(item, rules) for item in items
    }
    return Inventory(HEAD, entries)


def desired(
    kind: str,
    name: str,
    value: Mapping[str, JsonValue],
    *,
    file: str = "objects.yaml",
    line: int = 1,
) -> Desired:
    pointer = "/parameters" if kind == "Bootstrap" else ""
    return Desired(ResourceId(kind, name), value, Origin(file, line - 1, line, pointer))


def live(
    kind: str,
    name: str,
    value: Mapping[str, JsonValue],
    *,
    version: str | None = "1",
    facts: Mapping[str, JsonValue] | None = None,
) -> Live:
    known: dict[str, JsonValue] = {"lastUsedAt": None} if kind == "Token" else {}
    return Live(ResourceId(kind, name), value, version, {**known, **(facts or {})})


def site(server: str = "dev03b") -> dict[str, JsonValue]:
    return {"proServerName": server}


def token(bootstrap: str, description: str = "") -> dict[str, JsonValue]:
    return {"appId": "WFC_PRO_ANDROID", "bootstrap": bootstrap, "description": description}


def user(role: str = "Admin", email: str = "a@acme.example") -> dict[str, JsonValue]:
    return {"userName": "A", "role": role, "email": email}
