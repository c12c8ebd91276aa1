"""What became of an apply that was tried out on a copy of the server."""

from dataclasses import dataclass

from reconciler.core.outcome import Applied
from reconciler.core.receipt import Discrepancy, Receipt


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The receipt from the copy, and where the copy ended differently than the plan says."""

    receipt: Receipt
    surprises: tuple[Discrepancy, ...] = ()
    """Objects that ended differently; in `fields`, `before` is what the plan predicts."""
    stranded: tuple[str, ...] = ()
    """Moments at which a token had no bootstrap, as sentences."""
    copied: int = 0
    """Objects of the server that the copy began with."""

    @property
    def as_predicted(self) -> bool:
        """Whether the plan may be trusted to do what it says."""
        done = all(isinstance(outcome, Applied) for outcome in self.receipt.outcomes)
        clean = not (self.receipt.discrepancies or self.receipt.unverified)
        whole = len(self.receipt.outcomes) == len(self.receipt.plan.steps)
        return done and clean and whole and not (self.surprises or self.stranded)
