"""`pvm apply`: execute a plan that was reviewed, and nothing else.

The plan is made once more under the lease; a step is executed only if both plans agree on it.
"""

from contextlib import suppress
from dataclasses import replace

from reconciler.core.outcome import Failed, Skipped
from reconciler.core.plan import Plan
from reconciler.core.plan_age import refuse_expired
from reconciler.core.ports import RemoteFailure, Writer
from reconciler.core.problem import InvalidInput, Misuse, Problem
from reconciler.core.receipt import Receipt
from reconciler.core.review import Fresh, is_all_stale, match_steps
from reconciler.kinds import KINDS
from reconciler.workflow.conduct import Conduct, Orders, index_of
from reconciler.workflow.discretion import discreet
from reconciler.workflow.heartbeat import Lease, beating
from reconciler.workflow.inventory import Held, Keeper, read_inventory
from reconciler.workflow.journal import Point
from reconciler.workflow.plan import prepare
from reconciler.workflow.run import Progress, Run, Stop, stay_silent
from reconciler.workflow.task import Task

__all__ = ["Progress", "Run", "Stop", "apply_plan", "stay_silent"]


def apply_plan(reviewed: Plan, task: Task, writer: Writer, run: Run) -> Receipt:
    """Execute the plan's steps; a failure skips only what depends on it.

    A plan with stops writes nothing and returns a receipt without outcomes, and so does one whose
    world has changed so much that a guard stops it now.

    Raises:
        InvalidInput: A plan of other sources, or for another project, target or customer; or a
            secret has no value here.
        Expired: The plan is too old.
        Misuse: There is no such wave.
        Locked: Somebody else applies, or nobody may.
        RemoteFailure: The server failed before anything was written.
        OSError: The journal could not be written.
    """
    _refuse_unfit(reviewed, task, run)
    started = run.now()
    if reviewed.stops or not _has_work(reviewed):
        return Receipt(reviewed, (), started, run.now(), requests=writer.requests())
    if run.stop.is_set():
        waiting = tuple(Skipped(step.change.id, None) for step in reviewed.steps)
        return Receipt(reviewed, waiting, started, run.now(), interrupted=True)
    run.journal.mark(Point.STARTED, {"plan": len(reviewed.steps), "run": task.run})
    keeper = Keeper(_held(task, writer), task, writer, run.chance, run.pace)
    keeper.take_lease(run.lock_wait_seconds)
    with beating(keeper, run.pace) as lease:
        receipt = _executed(Orders(reviewed, task, writer, run), keeper, lease)
    receipt = replace(receipt, started=started, finished=run.now(), requests=writer.requests())
    try:
        run.journal.mark(Point.FINISHED)
    except OSError as error:
        lacking = receipt.unjournaled or error.strerror or str(error)
        receipt = replace(receipt, unjournaled=lacking)
    return discreet(receipt, task)


def _refuse_unfit(reviewed: Plan, task: Task, run: Run) -> None:
    header = reviewed.header
    pairs = (
        ("project", header.project, task.project.name),
        ("target", header.target, task.target.name),
        ("server", header.url, task.target.url or ""),
    )
    problems = [_other(what, theirs, ours) for what, theirs, ours in pairs if theirs != ours]
    if header.source_hash != task.source_hash:
        problems.append(
            Problem(
                code="plan-other-sources",
                message="the files are not those that the plan was made from",
                help="check out the commit of the plan, or make a new plan",
            )
        )
    if problems:
        raise InvalidInput(problems)
    refuse_expired(header, run.now(), run.max_age)
    waves = max(len(reviewed.waves), 1)
    if run.wave is not None and run.wave > waves:
        message = f"there is no wave {run.wave}"
        raise Misuse(message, f"the plan has {waves}")


def _other(what: str, theirs: str, ours: str) -> Problem:
    return Problem(
        code=f"plan-other-{what}",
        message=f'the plan is for the {what} "{theirs}", and this is "{ours}"',
        help="make a new plan",
    )


def _has_work(plan: Plan) -> bool:
    """Whether something is to be written, be it only the first inventory of a server."""
    return bool(plan.steps or plan.records) or any(b.guard == "inventory" for b in plan.blocked)


def _held(task: Task, writer: Writer) -> Held:
    """The inventory before the lease is ours: enough to take it."""
    kind = KINDS["Bootstrap"]
    listed = None if writer.reads(kind) else tuple(writer.fetch(kind))
    return read_inventory(task, writer, listed, ())


def _executed(orders: Orders, keeper: Keeper, lease: Lease) -> Receipt:
    """The receipt without its times; the lease is let go."""
    try:
        conduct = _begun(orders, keeper, lease)
    except (InvalidInput, RemoteFailure, OSError):
        # A lease that can't be let go ends by itself; people need to see the first failure.
        with suppress(RemoteFailure):
            keeper.release()
        raise
    if isinstance(conduct, Receipt):
        keeper.release()
        return conduct
    return conduct.run()


def _begun(orders: Orders, keeper: Keeper, lease: Lease) -> Conduct | Receipt:
    """What is to be done, or the receipt of an apply that ends before it wrote anything."""
    reviewed, task, writer, run = orders.reviewed, orders.task, orders.writer, orders.run
    run.journal.mark(Point.LEASED)
    prepared = prepare(task, writer, reviewed.options)
    keeper.refresh(prepared.held)
    if prepared.plan.header.customer != reviewed.header.customer:
        ours = prepared.plan.header.customer
        raise InvalidInput([_other("customer", reviewed.header.customer, ours)])
    moment = run.now()
    if prepared.plan.stops:
        return Receipt(replace(reviewed, stops=prepared.plan.stops), (), moment, moment)
    fresh = Fresh(prepared.plan, index_of(prepared.live), prepared.ledger.fingerprint)
    matches = match_steps(reviewed, fresh)
    if is_all_stale(matches):
        outcomes = tuple(one.outcome for one in matches if isinstance(one.outcome, Failed))
        return Receipt(reviewed, outcomes, moment, moment)
    return Conduct(orders, prepared, matches, (keeper, lease))
