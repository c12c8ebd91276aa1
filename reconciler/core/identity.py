"""What an object is called."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class ResourceId:
    """Kind and name as spelled where it was found; compare names through `Kind.key`."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"
