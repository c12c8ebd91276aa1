import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Literal

import pytest
import structlog

from reconciler.server.api.logs import configure_logs

CANARY = "canary-51d2"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers, root.level
    stream = io.StringIO()
    configure_logs(stream, form="json", level="info")
    yield stream
    root.handlers, root.level = before, level
    structlog.reset_defaults()


def fail() -> None:
    message = f"could not parse {CANARY}"
    raise ValueError(message)


def caught() -> ValueError:
    try:
        fail()
    except ValueError as error:
        return error
    raise AssertionError


def test_an_event_is_one_line_of_json_whatever_stands_in_it(log: io.StringIO) -> None:
    structlog.get_logger("pvm.test").info("request", path="/a\r\nfaked\x1b[31m")
    (line,) = log.getvalue().splitlines()
    assert json.loads(line)["path"] == "/a\r\nfaked\x1b[31m"
    assert "\x1b" not in line


@pytest.mark.parametrize("by", ["structlog", "standard library"])
def test_an_exception_is_told_by_type_and_place_never_by_its_message(
    log: io.StringIO, by: str
) -> None:
    error = caught()
    if by == "structlog":
        structlog.get_logger("pvm.test").error("unexpected", exc_info=error)
    else:
        logging.getLogger("some.library").error("unexpected", exc_info=error)
    row = json.loads(log.getvalue())
    assert row["exception"] == "ValueError"
    assert row["places"][-1].endswith(" fail")
    assert CANARY not in log.getvalue()


@pytest.mark.parametrize("key", ["password", "access_token", "Authorization", "api_key", "cookie"])
def test_a_value_under_a_secret_key_is_hidden(log: io.StringIO, key: str) -> None:
    structlog.get_logger("pvm.test").info("request", **{key: CANARY})
    assert json.loads(log.getvalue())[key] == "(hidden)"


def test_the_web_server_does_not_repeat_a_reported_failure(log: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=caught())
    assert log.getvalue() == ""


@pytest.mark.parametrize(("level", "lines"), [("info", 2), ("warning", 1), ("error", 0)])
def test_the_level_decides_what_is_written(
    log: io.StringIO, level: Literal["info", "warning", "error"], lines: int
) -> None:
    configure_logs(log, form="text", level=level)
    structlog.get_logger("pvm.test").info("one")
    structlog.get_logger("pvm.test").warning("two")
    assert len(log.getvalue().splitlines()) == lines


def test_the_current_exception_is_found_when_a_call_only_says_so(log: io.StringIO) -> None:
    try:
        fail()
    except ValueError:
        structlog.get_logger("pvm.test").exception("unexpected")
    assert sys.exc_info()[1] is None
    assert json.loads(log.getvalue())["exception"] == "ValueError"
