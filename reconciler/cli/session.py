"""What most commands start with: the project, its documents, and the way to its server."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from reconciler.cli.call import Call
from reconciler.cli.clock import now
from reconciler.cli.run_name import run_name, user_and_host
from reconciler.cli.settings import Environment, NoCredentials, Settings, resolve_settings
from reconciler.cli.terminal import width, write_note
from reconciler.core.plan import PlanOptions
from reconciler.core.problem import InvalidInput, Misuse, Problem, Severity
from reconciler.core.project import Prune, Selection
from reconciler.remote.access import Access, Credentials
from reconciler.remote.address import cleartext_warning
from reconciler.render.problems import problems_text
from reconciler.sources.expiry import near_exemptions
from reconciler.sources.files import Files
from reconciler.sources.project import find_project
from reconciler.sources.provenance import FileProvenance, removals_from_git
from reconciler.sources.repository import Repository, read_repository
from reconciler.sources.secret_values import SecretValues
from reconciler.version import __version__
from reconciler.workflow.task import Task


@dataclass(frozen=True, slots=True)
class Session:
    """A project that was read and a server that is known; nothing was asked of it yet."""

    root: Path
    repository: Repository
    settings: Settings
    task: Task
    invites: bool = True
    """Whether people whose accounts are created may be mailed."""

    @property
    def access(self) -> Access:
        """How to reach the server; raises `NoCredentials`."""
        commit, name = self.repository.commit, self.task.project.name
        access = access_of(self.settings, self.root, f"{name}@{commit}" if commit else name)
        return replace(access, invites=self.invites)


def access_of(settings: Settings, root: Path, source: str) -> Access:
    """The way to a project's server; raises `NoCredentials`."""
    login, target = settings.login, settings.target
    if login.token is None and (login.username is None or login.password is None):
        raise NoCredentials(login, target.name)
    return Access(
        url=target.url or "",
        credentials=Credentials(
            username=login.username.text if login.username else "",
            password=login.password.text if login.password else "",
            token=login.token.text if login.token else "",
        ),
        ca_path=root / target.ca if target.ca else None,
        limits=target.limits,
        endpoints=target.endpoints,
        customer=target.customer,
        source=source,
    )


def open_session(call: Call, *, valid: bool = True, online: bool = True) -> Session:
    """Read the project and choose its target.

    With `valid`, warnings go to standard error and errors raise `InvalidInput`; commands that
    don't use the documents do without. Without `online` no address is needed. Raises also `Misuse`.
    """
    root = find_project(Path(call.directory))
    repository = read_repository(root, call.target)
    if valid:
        refuse_errors(repository.problems, call)
    settings = resolve_settings(repository.project, environment(), call, online=online)
    moment = now()
    cleartext = cleartext_warning(settings.target.url or "")
    task = Task(
        project=repository.project,
        target=settings.target,
        declared=repository.declared,
        created=moment,
        tool=__version__,
        commit=repository.commit,
        clean=repository.clean,
        source_hash=repository.source_hash,
        warnings=(cleartext,) if cleartext else (),
        key=settings.key,
        history=repository.history,
        provenance=FileProvenance(Files(root), removals=partial(removals_from_git, root)),
        secrets=SecretValues(root, os.environ),
        exemptions=near_exemptions(root, repository, moment.date()),
        run=run_name(os.environ, user_and_host),
    )
    return Session(root, repository, settings, task, invites=not call.no_invitations)


def refuse_dirty(call: Call, session: Session) -> None:
    """Let no machine apply what no commit holds; raises `Misuse`."""
    changed = session.repository.changed
    if not changed or call.allow_dirty or (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
    message = f"{changed[0]}{more} is not as in the last commit"
    raise Misuse(message, "commit it first, or give --allow-dirty")


def selection_of(call: Call) -> Selection:
    """What the command works on."""
    return Selection(call.select + call.selectors, call.exclude)


def plan_options_of(call: Call) -> PlanOptions:
    """How the plan is to be made."""
    prune = None
    if call.prune is not None:
        prune = Prune.OWNED if call.prune else Prune.NEVER
    return PlanOptions(
        selection=selection_of(call),
        acks=dict(call.acks),
        prune=prune,
        revert=call.revert,
        ours=tuple(pair for side, pair in call.conflicts if side == "ours"),
        theirs=tuple(pair for side, pair in call.conflicts if side == "theirs"),
        rollback=call.rollback,
    )


def environment() -> Environment:
    """The process's own."""
    return Environment(os.environ, lambda path: path.read_text(encoding="utf-8"))


def refuse_errors(problems: Sequence[Problem], call: Call) -> None:
    """Tell warnings; raises `InvalidInput` with all problems where one is an error."""
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise InvalidInput(problems)
    if problems:
        write_note(problems_text(problems, width=width()), call)
