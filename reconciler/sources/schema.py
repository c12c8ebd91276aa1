"""The JSON Schemas of documents, and objects checked against them."""


def schema_names() -> tuple[str, ...]:
    """Names for `schema_text`: `document`, `site`, `plan`, …"""
    raise NotImplementedError


def schema_text(name: str) -> str:
    """Return a schema file as it was written.

    Raises:
        KeyError: There is no schema of that name.
    """
    raise NotImplementedError(name)
