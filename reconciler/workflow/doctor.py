"""`pvm doctor`: try, one thing after another, what the other commands rely on."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final

from reconciler.core.diagnosis import Check, Diagnosis, Setting, Status
from reconciler.core.kind import Kind
from reconciler.core.ports import Account, Capabilities, Denied, Reader, RemoteFailure
from reconciler.core.problem import Misuse
from reconciler.kinds import KINDS
from reconciler.workflow.inventory import read_inventory
from reconciler.workflow.reading import kinds_in_scope
from reconciler.workflow.secrets import missing_secrets
from reconciler.workflow.task import Task

_MOST_SKEW_SECONDS: Final = 60
_WANTED: Final = (
    ("etag", "a change made by others between plan and apply is noticed by comparing only"),
    ("ndjson", "lists are read page by page, which takes longer"),
    ("sources", "the portal can't show which file an object comes from"),
)


def diagnose(
    task: Task, reader: Reader, settings: Sequence[Setting], now: Callable[[], datetime]
) -> Diagnosis:
    """Check connection, login, rights, clock and lists. Never raises `RemoteFailure`."""
    checks = [Check("address", Status.WARNING, text) for text in task.warnings]
    checks.extend(_secrets(task))
    account, login = _login(reader)
    checks.extend(login)
    if any(check.status is Status.FAILED for check in login):
        skipped = (
            "customer",
            "capabilities",
            "clock",
            *map(_list_name, kinds_in_scope(task.project)),
            "scope",
        )
        checks.extend(Check(name, Status.SKIPPED, "needs the login") for name in skipped)
    else:
        checks.append(_customer(task, account))
        checks.extend(_offers(reader, now))
        checks.extend(_list(reader, kind) for kind in kinds_in_scope(task.project))
        checks.append(_overlap(task, reader))
    return Diagnosis(tuple(checks), tuple(settings))


def _secrets(task: Task) -> Iterator[Check]:
    """Values are not needed for a plan, so their absence is no failure."""
    count = sum(len(item.references) for item in task.declared)
    missing = missing_secrets(task.declared, task.secrets)
    if missing:
        fix = "set them where pvm apply runs; a plan shows them as known at apply"
        yield Check("secrets", Status.WARNING, f"no value for {'; '.join(missing)}", fix)
    elif count:
        yield Check("secrets", Status.OK, f"{count:,} references have a value")


def _login(reader: Reader) -> tuple[Account | None, tuple[Check, ...]]:
    try:
        account = reader.account()
    except Denied as failure:
        reached = Check("connection", Status.OK, "the server answers")
        fix = "check PVM_USERNAME and PVM_PASSWORD, or PVM_TOKEN"
        return None, (reached, _failed("login", failure, fix))
    except RemoteFailure as failure:
        skipped = Check("login", Status.SKIPPED, "needs the connection")
        return None, (_failed("connection", failure, "check the address and the network"), skipped)
    reached = Check("connection", Status.OK, "the server answers")
    if account is None:
        detail = "the server does not tell whose credentials these are"
        return None, (reached, Check("login", Status.WARNING, detail))
    who = f"{account.login}, {account.role}"
    where = f" of {account.customer}" if account.customer else ""
    return account, (reached, Check("login", Status.OK, who + where))


def _customer(task: Task, account: Account | None) -> Check:
    wanted = task.target.customer
    if account is None:
        return Check("customer", Status.SKIPPED, "needs to know whose credentials these are")
    if wanted is None:
        detail = f"{account.customer or 'none'}; pvm.yaml names none to compare with"
        return Check("customer", Status.OK, detail)
    if wanted.lower() == account.customer.lower():
        return Check("customer", Status.OK, account.customer)
    detail = f"pvm.yaml names {wanted}, these credentials belong to {account.customer or 'none'}"
    fix = "use other credentials, or correct `customer` of the target"
    return Check("customer", Status.FAILED, detail, fix)


def _offers(reader: Reader, now: Callable[[], datetime]) -> Iterator[Check]:
    try:
        capabilities = reader.capabilities()
    except RemoteFailure as failure:
        yield _failed("capabilities", failure, "")
        yield Check("clock", Status.SKIPPED, "the server did not tell its time")
        return
    missing = [effect for name, effect in _WANTED if name not in capabilities.offers]
    version = f"version {capabilities.version}" if capabilities.version else "version unknown"
    if missing:
        yield Check("capabilities", Status.WARNING, f"{version}; {'; '.join(missing)}")
    else:
        yield Check("capabilities", Status.OK, version)
    yield _clock(capabilities, now())


def _clock(capabilities: Capabilities, here: datetime) -> Check:
    try:
        there = datetime.fromisoformat(capabilities.time)
    except ValueError:
        return Check("clock", Status.SKIPPED, "the server did not tell its time")
    if there.tzinfo is None:
        return Check("clock", Status.SKIPPED, "the server's time has no zone")
    skew = round(abs((here - there).total_seconds()))
    if skew <= _MOST_SKEW_SECONDS:
        return Check("clock", Status.OK, f"{skew} s apart")
    detail = f"this machine and the server are {skew} s apart"
    return Check("clock", Status.WARNING, detail, "set both clocks by a time server")


def _list(reader: Reader, kind: Kind) -> Check:
    name = _list_name(kind)
    try:
        count = sum(1 for _ in reader.fetch(kind))
    except Denied as failure:
        fix = f"use credentials that may see them, or take {kind.scope_key} out of the scope"
        return _failed(name, failure, fix)
    except RemoteFailure as failure:
        return _failed(name, failure, "")
    except Misuse as misuse:
        return Check(name, Status.FAILED, misuse.message, misuse.fix)
    return Check(name, Status.OK, f"{count:,}")


def _overlap(task: Task, reader: Reader) -> Check:
    """Objects of this scope that other projects' inventories name."""
    if not reader.lists(KINDS["Bootstrap"]):
        return Check("scope", Status.SKIPPED, "without a list of bootstraps nobody else is seen")
    try:
        live = tuple(reader.fetch(KINDS["Bootstrap"]))
        foreign = read_inventory(task, reader, live, ()).inventory.foreign
    except (RemoteFailure, Misuse) as failure:
        return Check("scope", Status.SKIPPED, f"needs the list of bootstraps: {failure}")
    covers = {name: task.project.scope.matcher(kind) for name, kind in KINDS.items()}
    found = Counter((owner, kind) for (kind, key), owner in foreign.items() if covers[kind](key))
    if not found:
        return Check("scope", Status.OK, "no object in it belongs to another project")
    shared = ", ".join(
        f"{count:,} {KINDS[kind].noun}{'' if count == 1 else 's'} of {owner}"
        for (owner, kind), count in sorted(found.items())
    )
    fix = "narrow `scope` in one of the projects; until then pvm leaves these alone"
    return Check("scope", Status.WARNING, f"it covers {shared}", fix)


def _list_name(kind: Kind) -> str:
    return f"list {kind.noun}s"


def _failed(name: str, failure: RemoteFailure, fix: str) -> Check:
    return Check(name, Status.FAILED, str(failure), fix, failure)
