"""Loading httpx without its command line, which costs more than a third of its import."""

import sys


def load_httpx() -> None:
    """Import httpx as if its optional `cli` extra were not installed.

    httpx looks for rich and click to offer a command of its own, and does without when they are
    missing. pvm has both, for other reasons, so they would be loaded by every command that talks
    to a server. `None` in `sys.modules` is Python's documented way to say "not there".
    """
    if "httpx" in sys.modules:
        return
    sys.modules["httpx._main"] = None  # type: ignore[assignment] # documented, not in the stubs
    try:
        import httpx  # noqa: F401, PLC0415 -- loading it is the purpose
    finally:
        del sys.modules["httpx._main"]
