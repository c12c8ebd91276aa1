"""`pvm inventory show` and `pvm history`: what the server remembers about this project."""

from reconciler.core.holdings import Holdings, Shard
from reconciler.core.json_text import dump_json
from reconciler.core.ports import Reader
from reconciler.kinds import KINDS
from reconciler.workflow.head import BOOTSTRAP
from reconciler.workflow.inventory import Held, read_inventory
from reconciler.workflow.task import Task


def find_holdings(task: Task, reader: Reader) -> Holdings:
    """The inventory with the size of its shards; raises `RemoteFailure`."""
    held = read_held(task, reader)
    shards = [
        Shard(name, len(dump_json(live.value).encode()))
        for name, live in sorted(held.shards.items())
    ]
    return Holdings(task.header(reader.account()), held.inventory, shards, reader.now())


def read_held(task: Task, reader: Reader) -> Held:
    """The inventory, found in the list of bootstraps where there is one."""
    bootstraps = tuple(reader.fetch(BOOTSTRAP)) if reader.lists(BOOTSTRAP) else None
    return read_inventory(task, reader, bootstraps, _logins(task, reader))


def _logins(task: Task, reader: Reader) -> set[str]:
    """Without accounts in scope nobody has to be allowed to list them."""
    users = KINDS["PortalUser"]
    logins = {one.id.name for one in task.declared if one.id.kind == users.name}
    if task.key is not None and task.project.scope.globs.get(users.name) and reader.lists(users):
        logins |= {live.id.name for live in reader.fetch(users)}
    return logins
