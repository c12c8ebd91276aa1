"""Jobs for tests: what they do, and who runs them."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.jobs import JobName
from reconciler.server.jobs.schedule import Schedule
from reconciler.server.usecases.jobs import Crew, EachCustomer, Job
from reconciler.server.usecases.ports import World

NAME = JobName.PVM_LICENSE_RELEASE
CANARY = "canary-93c1"


def nothing(_world: World) -> Mapping[str, int]:
    return {}


@dataclass
class Work:
    """Counts what a job did, by customer; may be told to fail for one of them."""

    done: Counter[str] = field(default_factory=Counter)
    fails: Mapping[str, Exception] = field(default_factory=dict)

    def __call__(self, world: World, customer: CustomerRef) -> Mapping[str, int]:
        if customer.code in self.fails:
            raise self.fails[customer.code]
        world.store.write(customer, lambda tx: tx.simulated.put("test", customer.code, "{}"))
        self.done[customer.code] += 1
        return {"seats": 2}


def crew(job: Job, holder: str = "one", *, stopping: Callable[[], bool] = lambda: False) -> Crew:
    return Crew(holder, {NAME: job}, Schedule(), stopping)


def everyone(work: Callable[[World, CustomerRef], Mapping[str, int]]) -> EachCustomer:
    return EachCustomer(work, lambda _customer: True)
