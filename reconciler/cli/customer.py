"""Whether the credentials belong to the customer that the project file names."""

from reconciler.cli.call import Call
from reconciler.cli.exits import Exit
from reconciler.cli.session import Session
from reconciler.cli.terminal import width, write_error
from reconciler.core.ports import Reader
from reconciler.core.problem import Problem
from reconciler.render.problems import problems_text


def refuse_other_customer(call: Call, session: Session, reader: Reader) -> Exit | None:
    """Tell of another customer on standard error: then nothing may be written."""
    expected, account = session.task.target.customer, reader.account()
    actual = account.customer if account else ""
    if expected is None or expected == actual:
        return None
    told = f'"{actual}"' if actual else "no customer"
    problem = Problem(
        code="customer",
        message=f'the project file says customer "{expected}", the server says {told}',
        help="use the credentials of that customer, or correct the target in pvm.yaml",
    )
    write_error(problems_text((problem,), width=width()), call)
    return Exit.STOPPED
