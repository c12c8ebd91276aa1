"""YAML as a stream of events: by libyaml where it is built in, else by PyYAML itself.

Events are asked for one by one and never composed by recursion, so hostile nesting ends at our
own bound and not in the C stack.
"""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import yaml

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_DEPTH: Final = 65
"""Of nested collections: 64 inside a document's own mapping, as deep as bootstraps may be."""
MAX_NODES: Final = 1_000_000
"""Of one file, aliases expanded."""

Event: TypeAlias = Any
"""One of PyYAML's event classes, whose stubs leave the attributes out; `None` after the last."""
Events: TypeAlias = Callable[[str], Callable[[], Event]]
"""Opens a text; what it returns yields the next event at each call."""

EVENT_ERRORS: Final = (yaml.YAMLError, ValueError, OverflowError)
"""What a call may raise: PyYAML's own scanner lets the last two escape from escapes."""


def pure_events(text: str) -> Callable[[], Event]:
    """Parse with the parser that is written in Python."""
    return yaml.BaseLoader(text).get_event


def _fast_events(text: str) -> Callable[[], Event]:
    return yaml.CBaseLoader(text).get_event


open_events: Final[Events] = _fast_events if yaml.__with_libyaml__ else pure_events

Token: TypeAlias = Any
"""One of PyYAML's token classes, whose stubs leave the marks out; `None` after the last."""


def open_tokens(text: str) -> Callable[[], Token]:
    """Open a text; what is returned yields the next token at each call, raising as events do."""
    loader = yaml.CBaseLoader if yaml.__with_libyaml__ else yaml.BaseLoader
    get: Callable[[], Token] = loader(text).get_token
    return get
