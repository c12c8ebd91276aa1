"""Staging and production in each other's place."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from reconciler.core.values import JsonValue
from tests.cli.conftest import Run
from tests.cli.conftest import pvm as pvm  # noqa: PLC0414 -- a fixture of the command line's tests
from tests.remote.fake_server import LOGIN_NAME, PASSWORD, FakeServer
from tests.stories.program import Call, program, words

PROJECT = """\
kind: Project
name: acme
id: 7f3c9a
sources: [files]
scope: {{bootstraps: ["store-*"]}}
safety: {{allowEmpty: true}}
targets:
  staging: {{url: "http://{staging}"{staging_customer}}}
  prod: {{url: "http://{prod}"{prod_customer}}}
"""
STAGING, PROD = "127.0.0.1:1", "127.0.0.1:2"


@pytest.fixture
def servers() -> Mapping[str, FakeServer]:
    """Both know the same people, as they do where a directory keeps the passwords."""
    return {STAGING: FakeServer(customer="ACME-STG"), PROD: FakeServer(customer="ACME")}


@pytest.fixture(params=["with a key", "without a key"])
def call(
    pvm: Run, servers: Mapping[str, FakeServer], request: pytest.FixtureRequest
) -> Iterator[Call]:
    def handle(request: httpx.Request) -> httpx.Response:
        return servers[f"{request.url.host}:{request.url.port}"].handle(request)

    env = {"PVM_USERNAME": LOGIN_NAME, "PVM_PASSWORD": PASSWORD}
    env |= {"PVM_DIGEST_KEY": "for tests only, 32 bytes or more"} if "h a" in request.param else {}
    with program(pvm, httpx.MockTransport(handle), env) as call:
        yield call


def declare(root: Path, idle: int, *, swapped: bool = False, customers: bool = False) -> None:
    staging, prod = (PROD, STAGING) if swapped else (STAGING, PROD)
    text = PROJECT.format(
        staging=staging,
        prod=prod,
        staging_customer=", customer: ACME-STG" if customers else "",
        prod_customer=", customer: ACME" if customers else "",
    )
    (root / "pvm.yaml").write_text(text)
    (root / "files").mkdir(exist_ok=True)
    text = f"kind: Bootstrap\nname: store-1\nparameters: {{idle: {idle}}}\n"
    (root / "files" / "store.yaml").write_text(text)


def contents(servers: Mapping[str, FakeServer]) -> dict[str, dict[str, JsonValue]]:
    """Every bootstrap of both, the inventories included."""
    return {
        where: {name: row["parameters"] for name, row in server.rows["bootstrap"].items()}
        for where, server in servers.items()
    }


def settled(call: Call, root: Path, *, customers: bool) -> None:
    """Both targets applied, production behind staging as it should be."""
    declare(root, 30, customers=customers)
    for target in ("staging", "prod"):
        assert call(root, "apply", "--yes", "--target", target).code == 0
    declare(root, 60, customers=customers)
    assert call(root, "apply", "--yes", "--target", "staging").code == 0


@pytest.mark.parametrize(("target", "answer"), [("staging", "ACME"), ("prod", "ACME-STG")])
def test_the_customer_stops_a_target_that_leads_to_the_other_server(
    call: Call, servers: Mapping[str, FakeServer], tmp_path: Path, target: str, answer: str
) -> None:
    settled(call, tmp_path, customers=True)
    declare(tmp_path, 90, swapped=True, customers=True)
    before = contents(servers)
    asked = [server.asked for server in servers.values()]

    planned = call(tmp_path, "plan", "--target", target, "--detailed-exitcode")
    applied = call(tmp_path, "apply", "--yes", "--target", target)
    others = [
        call(tmp_path, "lock", "--until", "1h", "--reason", "x", "--target", target),
        call(tmp_path, "inventory", "rebuild", "--yes", "--target", target),
    ]

    assert (planned.code, applied.code) == (6, 6)
    for ran in (planned, applied):
        assert f'the server says "{answer}"' in words(ran)
        assert "correct the target in pvm.yaml" in words(ran)
    assert [ran.code for ran in others] == [6, 6], [ran.all for ran in others]
    assert contents(servers) == before
    assert [server.asked for server in servers.values()] == asked


@pytest.mark.parametrize(("target", "other"), [("staging", "prod"), ("prod", "staging")])
def test_without_customers_the_inventory_of_another_target_stops_it(
    call: Call, servers: Mapping[str, FakeServer], tmp_path: Path, target: str, other: str
) -> None:
    settled(call, tmp_path, customers=False)
    declare(tmp_path, 90, swapped=True)
    before = contents(servers)

    planned = call(tmp_path, "plan", "--target", target, "--detailed-exitcode")
    applied = call(tmp_path, "apply", "--yes", "--target", target)
    locked = call(tmp_path, "lock", "--until", "1h", "--reason", "x", "--target", target)

    assert (planned.code, applied.code, locked.code) == (6, 6, 6)
    for ran in (planned, applied):
        assert f'it was written for the target "{other}", and this is "{target}"' in words(ran)
        assert "make sure that the url of this target" in words(ran)
        assert ran.out.count("[inventory]") == 1
    assert contents(servers) == before


def test_a_plan_for_staging_is_not_applied_to_what_staging_became(
    call: Call, servers: Mapping[str, FakeServer], tmp_path: Path
) -> None:
    settled(call, tmp_path, customers=False)
    file = tmp_path / "plan.json"
    declare(tmp_path, 90)
    assert call(tmp_path, "plan", "--target", "staging", "--out", str(file)).code == 0
    declare(tmp_path, 90, swapped=True)
    before = contents(servers)

    for target in ("staging", "prod"):
        ran = call(tmp_path, "apply", "--yes", "--target", target, str(file))
        assert ran.code == 65, ran.all
        assert "make a new plan" in ran.err
    assert contents(servers) == before


def test_put_right_again_both_targets_are_as_they_were_left(call: Call, tmp_path: Path) -> None:
    settled(call, tmp_path, customers=False)
    declare(tmp_path, 60, swapped=True)
    call(tmp_path, "apply", "--yes", "--target", "prod")
    declare(tmp_path, 60)

    codes = [
        call(tmp_path, "plan", "--target", target, "--detailed-exitcode").code
        for target in ("staging", "prod")
    ]

    assert codes == [0, 2]


@pytest.mark.parametrize("customers", [True, False])
def test_before_the_first_apply_only_the_customer_tells_the_servers_apart(
    call: Call, servers: Mapping[str, FakeServer], tmp_path: Path, *, customers: bool
) -> None:
    declare(tmp_path, 30, swapped=True, customers=customers)

    applied = call(tmp_path, "apply", "--yes", "--target", "staging")

    assert applied.code == (6 if customers else 0), applied.all
    assert ("store-1" in servers[PROD].rows["bootstrap"]) is not customers
    assert servers[STAGING].rows["bootstrap"] == {}
