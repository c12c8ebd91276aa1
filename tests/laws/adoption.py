"""Written projects with every place a value can come from, and what people do to their objects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from reconciler.core.values import JsonValue
from tests.world.world import Edit, World

HEAD = "# yaml-language-server: $schema=x\n"
PLAIN = (
    HEAD
    + """\
kind: Site
name: s1
proServerName: dev03b   # the old one
---
# by hand
kind: Bootstrap
name: b1
parameters:
  site: "s1"
  a: 1            # seconds
  k: {x: true, v: [1, 2]}
  # networks
  wifi:
    - ssid: 'one'
      psk: canary-7c41
    - ssid: two
---
kind: Bootstrap
name: b2
parameters: {site: s1, a: 1, k: {x: "1"}}
---
kind: Token
name: tp-1
appId: WFC_PRO_ANDROID
bootstrap: b1
---
{kind: Token, name: tp-2, appId: WFC_PRO_ANDROID, bootstrap: b2, description: "front"}
"""
)
LAYERED = """\
kind: Bootstrap
name: bL
extends: [base]
---
kind: Bootstrap
name: bM
extends: [base, more]
parameters: {a: 7}
remove: [/gone]
"""
LAYERS = """\
kind: Layer
name: base
parameters:
  a: 30
  k:
    x: base   # said here
    v: 2
  gone: true
---
kind: Layer
name: more
parameters: {k: {z: [1]}, m: "text"}
"""
FLEET = """\
kind: Fleet
name: stores
rows: [list.csv]
key: store
columns:
  store: {}
  server: {enum: [dev03b, dev04a]}
  idle: {type: integer, optional: true}
  city: {optional: true}
documents:
  site: {kind: Site, name: "s-${store}", proServerName: "${server}"}
  settings:
    kind: Bootstrap
    name: "b-${store}"
    extends: [base]
    parameters:
      site: "s-${store}"
      k: {x: same, w: "in ${city}"}
      idle: "${idle}"   # per store
      server: "${server}"
  counter: {kind: Token, name: "t-${store}", appId: WFC_PRO_ANDROID, bootstrap: "b-${store}"}
"""
EXCEPTION = """\
exceptions:
  - {row: "1", document: settings, set: {/parameters/k/x: other}, until: "2027-01-01", reason: test}
"""
INLINE = 'rows: [{store: "1", server: dev03b, idle: 5}, {store: "2", server: dev04a, city: Gent}]'
ROWS = 'store,server,idle,city\n1,dev03b,5,\n2, dev04a ,,"Gent, be"\n3,dev03b,5,Ede\n'
LEAVES: Sequence[JsonValue] = (
    1, True, "1", None, "", [], {}, [1, 2], "é: #", "two\nlines\n", "${x}", {"x": 5}, "in Rome",
    60, "dev04a", [{"ssid": "one", "psk": "canary-8d52"}],
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Meddling:
    """One path of one object, or of all objects that have it; no value deletes."""

    name: str
    path: tuple[str, ...]
    value: JsonValue
    deletes: bool
    everywhere: bool


@dataclass(frozen=True, slots=True)
class Story:
    """A project's files, and what people change."""

    files: Mapping[str, str]
    meddling: tuple[Meddling, ...]

    def edits(self, world: World) -> list[Edit]:
        """Whole objects as somebody would send them."""
        now = {
            key: {name: _copy(item) for name, item in value.items()}
            for key, value in world.objects().items()
        }
        touched: dict[tuple[str, str], None] = {}
        for one in self.meddling:
            for key, value in now.items():
                if one.everywhere or key[1] == one.name.lower() or key[1] == one.name:
                    if key[0] != "Bootstrap" and not _is_sound(one):
                        continue
                    if _meddle(value, one, anyway=not one.everywhere and key[0] == "Bootstrap"):
                        touched[key] = None
        return [Edit(*key, now[key]) for key in touched]


def _is_sound(one: Meddling) -> bool:
    return isinstance(one.value, str) and not one.deletes


def _meddle(value: dict[str, JsonValue], one: Meddling, *, anyway: bool) -> bool:
    inner = value
    for part in one.path[:-1]:
        below = inner.get(part)
        if not isinstance(below, dict):
            return False
        inner = below
    last = one.path[-1]
    if last not in inner and (one.deletes or not anyway):
        return False
    if one.deletes:
        del inner[last]
    else:
        inner[last] = _copy(one.value)
    return True


def _copy(value: JsonValue) -> JsonValue:
    if isinstance(value, Mapping):
        return {key: _copy(item) for key, item in value.items()}
    return value


NAMES = ("b1", "b2", "bL", "bM", "b-1", "b-2", "b-3", "s1", "s-1", "s-2", "t-1", "tp-1")
PATHS = (
    ("a",), ("k",), ("k", "x"), ("k", "v"), ("k", "z"), ("k", "w"), ("wifi",), ("m",), ("idle",),
    ("site",), ("server",), ("new",), ("gone",), ("proServerName",), ("description",), ("psk",),
)  # fmt: skip


@st.composite
def stories(draw: st.DrawFn) -> Story:
    fleet = FLEET + draw(st.sampled_from(("", EXCEPTION)))
    files = {
        "objects/plain.yaml": PLAIN,
        "objects/layers.yaml": LAYERS,
        "objects/layered.yaml": LAYERED,
        "objects/fleet.yaml": fleet,
        "objects/list.csv": draw(
            st.sampled_from((ROWS, "\ufeff" + ROWS.replace("\n", "\r\n"), ROWS.rstrip("\n")))
        ),
    }
    if draw(st.booleans()):
        files["objects/fleet.yaml"] = fleet.replace("rows: [list.csv]", INLINE)
    meddling = st.builds(
        Meddling,
        st.sampled_from(NAMES),
        st.sampled_from(PATHS),
        st.sampled_from(LEAVES),
        st.integers(0, 3).map(lambda n: n == 0),
        st.integers(0, 3).map(lambda n: n == 0),
    )
    drawn = draw(st.lists(meddling.map(_with_a_text), min_size=1, max_size=4))
    return Story(files, tuple(drawn))


def _with_a_text(one: Meddling) -> Meddling:
    """No reference can stand for a secret number, and short secrets occur anywhere."""
    return replace(one, value="canary-9e63") if one.path == ("psk",) else one
