"""Law 7: no secret occurs in any output, plan, journal or exception, nor in the inventory.

Nor do its base64, its URL or its JSON form. Planted and caught: a mask that shows the value, an
entry that keeps what it should seal.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core import diff, sealing
from reconciler.core.identity import ResourceId
from reconciler.core.inventory import is_reserved
from reconciler.core.json_text import dump_json
from reconciler.core.plan import PlanOptions
from reconciler.core.plan_json import encode_plan
from reconciler.core.ports import RemoteFailure
from reconciler.core.project import Adopt, Selection
from reconciler.core.resource import Desired
from reconciler.core.shards import unpack
from reconciler.core.values import JsonValue
from reconciler.render.drift import drift_text
from reconciler.render.explanation import explanation_text
from reconciler.render.plan_markdown import plan_markdown
from reconciler.render.plan_text import plan_text
from reconciler.render.receipt import receipt_text
from reconciler.render.result_json import receipt_json
from reconciler.render.view import View
from reconciler.workflow.drift import find_drift
from reconciler.workflow.explain import Question, explain_object
from reconciler.workflow.task import Task
from tests.faults import FaultyTransport
from tests.laws.bugs import Bug, assert_caught
from tests.laws.kills import Kill, kills
from tests.world.world import World, declared, project

CANARIES = ('can"ary 7c41/ü', 'can"ary 8d52/ü', 'can"ary 9e63/ü')
PLACES = ("psk", "clientSecret", "wifi", "url", "list")
FULL = View(width=200, full=True)


def planted(secret: str, place: str) -> dict[str, JsonValue]:
    """A secret at each sort of place where one may stand."""
    places: Mapping[str, dict[str, JsonValue]] = {
        "psk": {"psk": secret},
        "clientSecret": {"app": {"clientSecret": {"value": secret}}},
        "wifi": {"wifi": [{"ssid": "a", "phrase": secret}]},
        "url": {"var_location": f"https://x.example/?api_key={quote(secret)}&site=1"},
        "list": {"passwords": [secret, "other"]},
    }
    return {"site": "s1", **places[place]}


def forms(secret: str) -> Iterator[str]:
    """However it might be written."""
    yield secret
    yield quote(secret)
    yield quote(secret, safe="")
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield repr(secret)[1:-1]
    yield base64.b64encode(secret.encode()).decode().rstrip("=")


def examples() -> st.SearchStrategy[tuple[str, tuple[str, str, str], Kill]]:
    """A place, what is declared first, by hand and then, and how the second apply ends."""
    secret = st.sampled_from(CANARIES)
    return st.tuples(st.sampled_from(PLACES), st.tuples(secret, secret, secret), kills())


def hold(world: World, place: str, secrets: tuple[str, str, str], kill: Kill) -> None:
    world.begin_anew()
    rules = project(secrets=("/wifi/*/phrase",), adopt=Adopt.ALWAYS)
    first, by_hand, then = secrets
    said: list[str] = []
    world.apply(world.task([_bootstrap(first, place)], rules))
    world.put("Bootstrap", "b1", planted(by_hand, place))
    task = world.task([_bootstrap(then, place)], rules)
    said += _read(world, task)
    world.wrap = lambda inner: FaultyTransport(inner, kill.k, kill.fault, kill.times)
    try:
        receipt = world.apply(task, options=PlanOptions(ours=(("*", "*"),)))
        said += [receipt_text(receipt, FULL), dump_json(receipt_json(receipt)), repr(receipt)]
    except RemoteFailure as failure:
        said += [str(failure), repr(failure), failure.message]
    said += [repr(one) for one in (*world.journal.details, *world.journal.undo, world.journal)]
    said += _inventory(world)
    for text in said:
        for secret in {*secrets}:
            for form in forms(secret):
                assert form not in text, f"{form!r} stands in {text[:300]!r}"


def _bootstrap(secret: str, place: str) -> Desired:
    return declared("Bootstrap", "b1", planted(secret, place))


def _read(world: World, task: Task) -> list[str]:
    """What the reading commands say."""
    plan = world.plan(task)
    with world.reading() as reader:
        drift = find_drift(task, reader, Selection())
        explained = explain_object(task, Question(ResourceId("Bootstrap", "b1")), reader)
    return [
        plan_text(plan, FULL),
        plan_markdown(plan),
        dump_json(encode_plan(plan)),
        repr(plan),
        drift_text(drift, FULL),
        repr(drift),
        explanation_text(explained, FULL),
    ]


def _inventory(world: World) -> list[str]:
    """Each of pvm's own bootstraps, as it is stored and unpacked."""
    found = []
    for (kind, name), stored in world.server.objects().items():
        if is_reserved(kind, name):
            found.append(dump_json(stored.value))
            content = stored.value.get("content")
            if isinstance(content, str) and content:
                found += unpack(content)
    return found


@given(examples())
def test_no_secret_is_told(world: World, drawn: tuple[str, tuple[str, str, str], Kill]) -> None:
    hold(world, *drawn)


def _open(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(diff, "mask", lambda value, _masking, _pointer: (value, False))


def _unsealed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sealing.Sealer, "_sealed", lambda _self, compared, _pointers: compared)


BUGS = (
    Bug("a difference shows the secret", _open),
    Bug("the inventory keeps the secret", _unsealed),
)


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_the_law_catches_its_bugs(world: World, bug: Bug) -> None:
    assert_caught(bug, lambda drawn: hold(world, *drawn), examples())
