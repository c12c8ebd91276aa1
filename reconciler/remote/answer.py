"""What came back, and what it means when it is not what was asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from reconciler.core.json_text import JsonError, parse_answer
from reconciler.core.values import JsonValue

_LONGEST_DETAIL: Final = 500
_MOST_ERRORS: Final = 5


Hide = Callable[[str], str]
"""Takes secrets out of a text."""


def as_it_is(text: str) -> str:
    """Nothing to hide."""
    return text


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer of the server."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes = b""

    @property
    def media_type(self) -> str:
        """Without parameters, lower case: `application/json`."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class NoAnswer(Exception):  # noqa: N818 -- reads as a sentence where it is raised and caught
    """The request got no whole answer."""

    def __init__(self, reason: str, *, arrived: bool = True, lasting: bool = False) -> None:
        self.reason = reason
        self.arrived = arrived
        """The server may have seen the request, and even have done it."""
        self.lasting = lasting
        """Trying again would end the same way."""
        super().__init__(reason)


class Refused(Exception):  # noqa: N818 -- as above
    """The server answered, but not with success."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(str(answer.status))


class Garbled(Exception):  # noqa: N818 -- as above
    """A success whose content can't be what was asked for."""


def check_success(answer: Answer) -> Answer:
    """The answer itself; raises `Refused` for any status but 2xx."""
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        raise Refused(answer)
    return answer


def json_of(answer: Answer) -> JsonValue:
    """The answer's JSON; raises `Garbled`."""
    check_media_type(answer, "application/json")
    try:
        return parse_answer(answer.body.decode())
    except UnicodeDecodeError as error:
        message = "the answer is not UTF-8"
        raise Garbled(message) from error
    except JsonError as error:
        message = f"the answer is not JSON: {error}"
        raise Garbled(message) from error


def check_media_type(answer: Answer, wanted: str) -> None:
    """Raises `Garbled` when something else than the server answered, mostly a proxy."""
    if answer.media_type != wanted:
        got = answer.media_type or "something without a content type"
        message = (
            f"the answer is {got}, not {wanted}: perhaps a proxy or a login page answered "
            "in the server's place; check the address"
        )
        raise Garbled(message)


def retry_after(answer: Answer) -> float | None:
    """Seconds that the server asks to wait.

    A date counts from the answer's own `Date`: the server's clock may differ from ours.
    """
    text = answer.headers.get("retry-after", "")
    if text.isascii() and text.isdigit():
        return float(text)
    until, sent = _date(text), _date(answer.headers.get("date", ""))
    return max(0.0, (until - sent).total_seconds()) if until and sent else None


def moment_of(text: JsonValue, answer: Answer) -> datetime | None:
    """The time that `text` gives in ISO form, else that of the answer's `Date`; aware, UTC."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        moment = _date(answer.headers.get("date", ""))
    return moment.astimezone(UTC) if moment else None


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def problem_of(answer: Answer) -> Mapping[str, JsonValue]:
    """The problem document of a refusal; empty when the body is none."""
    if answer.media_type not in ("application/problem+json", "application/json"):
        return {}
    try:
        value = parse_answer(answer.body.decode())
    except (UnicodeDecodeError, JsonError):
        return {}
    return value if isinstance(value, Mapping) else {}


def is_missing(answer: Answer) -> bool:
    """Whether the object that was asked for does not exist.

    A proxy's or a wrong address's 404 page says nothing about objects.
    """
    if answer.status != HTTPStatus.NOT_FOUND or answer.media_type == "text/html":
        return False
    return problem_of(answer).get("code", "NOT_FOUND") == "NOT_FOUND"


def refusal_text(answer: Answer, hide: Hide = as_it_is) -> str:
    """`409 IN_USE: two tokens refer to it`, in the server's own words."""
    if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
        to = answer.headers.get("location", "somewhere else")
        return f"{answer.status}: redirected to {to}, which pvm does not follow; correct the url"
    problem = problem_of(answer)
    code = problem.get("code")
    detail = problem.get("detail") or problem.get("title")
    parts = [str(answer.status)]
    if isinstance(code, str):
        parts.append(code)
    text = " ".join(parts)
    if isinstance(detail, str):
        text += f": {detail}"
    elif not problem and answer.media_type:
        text += f" ({answer.media_type}, not from the provisioning server)"
    errors = _errors_text(problem.get("errors"))
    return hide(text if errors in text else f"{text} ({errors})")[:_LONGEST_DETAIL]


def _errors_text(errors: JsonValue) -> str:
    """Empty when there are none."""
    if not isinstance(errors, list):
        return ""
    shown = [
        f"{error['field']}: {error['message']}" if error.get("field") else str(error["message"])
        for error in errors[:_MOST_ERRORS]
        if isinstance(error, Mapping) and error.get("message")
    ]
    return "; ".join(shown)
