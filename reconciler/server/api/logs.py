"""How the server writes its log: one JSON object (or one text line) per event, on standard error.

An exception is written as its type and the places it passed, without its message: messages of
database drivers and parsers quote values, and a value may be a secret.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from functools import cache
from types import TracebackType
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_CHATTY = ("alembic", "uvicorn.error")
_SECRET_PARTS = ("password", "secret", "authorization", "api_key", "apikey", "cookie")


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A net below the rule that no call logs a secret."""
    return {key: "(hidden)" if _looks_secret(key) else value for key, value in event.items()}


@cache
def _looks_secret(key: str) -> bool:
    folded = key.lower()
    return any(part in folded for part in _SECRET_PARTS) or folded.endswith("token")


def name_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace `exc_info` by `exception` (its type) and `places` (file:line function)."""
    found = event.pop("exc_info", None)
    error = _exception(found)
    if error is not None:
        event["exception"] = type(error).__qualname__
        event["places"] = places(error.__traceback__)
    return event


def _exception(found: object) -> BaseException | None:
    if isinstance(found, BaseException):
        return found
    if isinstance(found, tuple):
        return next((part for part in found if isinstance(part, BaseException)), None)
    return sys.exc_info()[1] if found else None


def places(trace: TracebackType | None) -> list[str]:
    """Where an exception passed, outermost first."""
    return [
        f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)
    ]


def configure_logs(
    stream: TextIO,
    *,
    form: Literal["json", "text"],
    level: Literal["debug", "info", "warning", "error"],
) -> None:
    """Send structlog's and the standard library's records through the same processors."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        name_exception,
        hide_secrets,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.processors.LogfmtRenderer(bool_as_flag=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[_drop_meta, renderer]
        )
    )
    handler.addFilter(_already_reported)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


def _drop_meta(
    _logger: WrappedLogger, _method: str, event: EventDict
) -> MutableMapping[str, object]:
    return {key: value for key, value in event.items() if not key.startswith("_")}


def _already_reported(record: logging.LogRecord) -> bool:
    """The web server repeats what the error handler has logged with its request id."""
    return not (record.name == "uvicorn.error" and record.exc_info)
