"""What each background job does."""

from collections.abc import Callable, Mapping
from dataclasses import asdict

from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.customer import Customer
from reconciler.server.domain.jobs import JobName
from reconciler.server.usecases.extension_manager import release_silent as release_silent_in_exm
from reconciler.server.usecases.housekeeping import tidy
from reconciler.server.usecases.jobs import Counts, EachCustomer, Job, Once, Table
from reconciler.server.usecases.license_release import release_silent
from reconciler.server.usecases.license_sync import sync
from reconciler.server.usecases.mail_delivery import deliver_mails, mails_wait
from reconciler.server.usecases.ports import Reach, World
from reconciler.server.usecases.push_to_talk import remove_silent, retry_tasks
from reconciler.server.usecases.scope import present
from reconciler.server.usecases.simulated_exm import pull_pool
from reconciler.server.usecases.snapshots import take_snapshot


def job_table(world: World) -> Table:
    """The jobs of this server: a partner that is not there leaves its jobs out."""
    partners = world.partners
    table: dict[JobName, Job] = {
        JobName.PVM_LICENSE_RELEASE: EachCustomer(_counted("released", release_silent), _voice),
        JobName.LICENSE_SNAPSHOT: EachCustomer(_snapshot, _voice),
        JobName.PTT_PRO_REMOVAL: EachCustomer(_counted("removed", remove_silent), _ptt_pro),
        JobName.HOUSEKEEPING: Once(tidy),
    }
    if partners.licensing is not None:
        table[JobName.LICENSE_SYNC] = EachCustomer(_sync, _voice)
    if partners.ptt_pro is not None:
        table[JobName.PTT_PRO_RETRY] = Once(_retry, _tasks_wait)
    if partners.mailer is not None:
        table[JobName.MAIL_DELIVERY] = Once(deliver_mails, mails_wait)
    if world.simulation is not None:
        table[JobName.EXM_LICENSE_RELEASE] = EachCustomer(release_silent_in_exm, _exm)
        table[JobName.EXM_LICENSE_SYNC] = EachCustomer(pull_pool, _exm)
    return table


def _voice(customer: Customer) -> bool:
    return customer.content.voice


def _ptt_pro(customer: Customer) -> bool:
    return customer.content.ptt_pro


def _exm(customer: Customer) -> bool:
    return customer.content.extension_manager


def _counted(
    name: str, work: Callable[[World, CustomerRef], int]
) -> Callable[[World, CustomerRef], Counts]:
    def counted(world: World, customer: CustomerRef) -> Mapping[str, int]:
        return {name: work(world, customer)}

    return counted


def _sync(world: World, customer: CustomerRef) -> Mapping[str, int]:
    return asdict(sync(world, customer))


def _snapshot(world: World, customer: CustomerRef) -> Mapping[str, int]:
    take_snapshot(world, customer, present(world).date())
    return {"taken": 1}


def _retry(world: World) -> Mapping[str, int]:
    return asdict(retry_tasks(world))


def _tasks_wait(world: World) -> bool:
    with world.store.read(Reach.EVERYONE) as tx:
        return bool(tx.ptt_pro.due(present(world), 1))
