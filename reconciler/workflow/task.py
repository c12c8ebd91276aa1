"""What a command works on, gathered by the command line."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.core.expiry import Exemption
from reconciler.core.history import History, NoHistory
from reconciler.core.plan import Header, TakenBack
from reconciler.core.ports import Account
from reconciler.core.project import Project, Target
from reconciler.core.provenance import DocumentsOnly, Provenance
from reconciler.core.resource import Desired
from reconciler.core.secret_source import NoSecrets, SecretSource


@dataclass(frozen=True, slots=True)
class Task:
    """One project and one target at one moment."""

    project: Project
    target: Target
    """With its address filled in."""
    declared: Sequence[Desired]
    created: datetime
    """Aware, UTC."""
    tool: str
    """The version of pvm."""
    commit: str | None = None
    clean: bool | None = None
    source_hash: str = ""
    warnings: tuple[str, ...] = ()
    """What the result should tell beside its own warnings."""
    key: bytes | None = field(default=None, repr=False)
    """`PVM_DIGEST_KEY`: signs inventory and plans, and keys the digests of secrets."""
    history: History = field(default_factory=NoHistory)
    provenance: Provenance = field(default_factory=DocumentsOnly)
    secrets: SecretSource = field(default_factory=NoSecrets)
    run: str = ""
    """The CI run, or user and host: stands in lease and receipt."""
    exemptions: Sequence[Exemption] = ()
    """Exceptions that are in force, as far as their day is near or has passed."""
    undoes: TakenBack | None = None
    """`declared` is what was before that apply."""

    def header(self, account: Account | None) -> Header:
        """The head of a plan or a drift report."""
        return Header(
            project=self.project.name,
            target=self.target.name,
            url=self.target.url or "",
            customer=account.customer if account else "",
            created=self.created,
            tool=self.tool,
            commit=self.commit,
            clean=self.clean,
            source_hash=self.source_hash,
            undoes=self.undoes,
        )
