"""Law 3: only the writers send anything but GET and HEAD, and one POST to log in.

`pvm device` speaks only to device paths. Planted and caught: a reader that writes, a reader that
could, a device that asks for a list.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.plan import PlanOptions
from reconciler.core.ports import Account, Observer, RemoteFailure
from reconciler.core.project import Selection
from reconciler.remote import device, wire
from reconciler.remote.device import DeviceRequest, fetch_bootstrap
from reconciler.remote.endpoints import DEVICE_BOOTSTRAP
from reconciler.remote.reader import ServerReader
from reconciler.workflow.doctor import diagnose
from reconciler.workflow.drift import find_drift
from reconciler.workflow.explain import Question, explain_object
from reconciler.workflow.export import export_objects
from reconciler.workflow.observation import plan_changes
from reconciler.workflow.task import Task
from tests.laws.bugs import Bug, assert_caught
from tests.world.strategies import Chapter, chapters
from tests.world.transport import LOGIN
from tests.world.world import URL, World

ALL = Selection()


def _explain(task: Task, opened: Observer) -> None:
    for one in task.declared[:2]:
        explain_object(task, Question(one.id), opened)


READING: Mapping[str, Callable[[Task, Observer], object]] = {
    "plan": lambda task, opened: plan_changes(task, opened, PlanOptions()),
    "drift": lambda task, opened: find_drift(task, opened, ALL),
    "export": lambda task, opened: export_objects(task.project, opened, ALL),
    "explain": _explain,
    "doctor": lambda task, opened: diagnose(task, opened, (), lambda: task.created),
}


def hold(world: World, chapter: Chapter, command: str) -> None:
    """One apply, some meddling, and then a reading command."""
    chapter.tell(world)
    task = world.task(chapter.second, chapter.rules)
    before = world.server.objects()
    world.wire.seen.clear()
    with world.reading(world.access(with_password=True)) as opened:
        assert not {"upsert", "delete", "change_set"} & set(dir(opened))
        READING[command](task, opened)
    others = [one.path for one in world.wire.seen if one.method not in ("GET", "HEAD")]
    assert others in ([], [LOGIN])
    assert world.server.objects() == before


def hold_for_devices(world: World, token: str) -> None:
    world.begin_anew()
    with suppress(RemoteFailure):
        fetch_bootstrap(DeviceRequest(URL, token, "WFC_VOICE_ANDROID"), world.wire)
    assert {(one.method, one.path) for one in world.wire.seen} == {("GET", DEVICE_BOOTSTRAP)}


@given(chapters(), st.sampled_from(sorted(READING)))
def test_reading_commands_read_and_nothing_else(
    world: World, chapter: Chapter, command: str
) -> None:
    hold(world, chapter, command)


@given(st.sampled_from(("Direct-Access-Token", "extension-manager-token", "nobody", "a b")))
def test_a_device_speaks_to_device_paths_only(world: World, token: str) -> None:
    hold_for_devices(world, token)


def _back_door(patch: pytest.MonkeyPatch) -> None:
    """Asking who we are leaves a trace; the wire's rule has to be off for it to get out."""
    honest = ServerReader.account

    def account(self: ServerReader) -> Account | None:
        found = honest(self)
        client = self._wire._clients.mine()  # noqa: SLF001 -- a bug keeps no rules
        headers = {"Authorization": f"Bearer {self._access.credentials.token}"}
        client.post("/admin/api/v1/bootstrap", params={"name": "trace"}, headers=headers)
        return found

    patch.setattr(wire, "admits_reading", lambda _method, _path: True)
    patch.setattr(ServerReader, "account", account)


def _writing_reader(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ServerReader, "upsert", lambda _: None, raising=False)


def _curious_device(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(wire, "admits_devices", lambda _method, _path: True)
    patch.setattr(device, "DEVICE_BOOTSTRAP", "/admin/api/v1/tokens")


BUGS = (
    Bug("a reader writes when it asks who it is", _back_door),
    Bug("a reader has a method that writes", _writing_reader),
)


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_the_law_catches_its_bugs(world: World, bug: Bug) -> None:
    examples = st.tuples(chapters(), st.sampled_from(sorted(READING)))
    assert_caught(bug, lambda drawn: hold(world, *drawn), examples)


def test_the_law_of_devices_catches_its_bug(world: World) -> None:
    bug = Bug("a device asks for the list of tokens", _curious_device)
    assert_caught(bug, lambda token: hold_for_devices(world, token), st.just("nobody"))
