import pytest

from reconciler.remote.answer import (
    Answer,
    Garbled,
    is_missing,
    json_of,
    refusal_text,
    retry_after,
)

JSON = {"content-type": "application/json; charset=utf-8"}
PROBLEM = {"content-type": "application/problem+json"}


@pytest.mark.parametrize(
    ("body", "headers", "message"),
    [
        (b"<html>", {"content-type": "text/html"}, "text/html"),
        (b"{}", {}, "without a content type"),
        (b'{"a":', JSON, "not JSON"),
        (b"", JSON, "not JSON"),
        (b'"\xff"', JSON, "not UTF-8"),
        (b"NaN", JSON, "not JSON"),
    ],
)
def test_anything_but_json_is_no_answer(body: bytes, headers: dict[str, str], message: str) -> None:
    with pytest.raises(Garbled, match=message):
        json_of(Answer(200, headers, body))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "٣"}, None),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:30 GMT"}, None),
        (
            {
                "retry-after": "Sun, 22 Nov 2026 12:00:30 GMT",
                "date": "Sun, 22 Nov 2026 12:00:00 GMT",
            },
            30.0,
        ),
        (
            {
                "retry-after": "Sun, 22 Nov 2026 11:00:00 GMT",
                "date": "Sun, 22 Nov 2026 12:00:00 GMT",
            },
            0.0,
        ),
    ],
)
def test_the_wait_that_a_server_asks_for_is_read_in_both_forms(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after(Answer(503, headers)) == seconds


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (
            Answer(409, PROBLEM, b'{"code":"IN_USE","detail":"two tokens","errors":[]}'),
            "409 IN_USE: two tokens",
        ),
        (
            Answer(400, PROBLEM, b'{"code":"V","errors":[{"field":"appId","message":"no"},{}]}'),
            "400 V (appId: no)",
        ),
        (
            Answer(400, PROBLEM, b'{"code":"V","errors":[{"message":"no"},7]}'),
            "400 V (no)",
        ),
        (
            Answer(400, PROBLEM, b'{"detail":"a: no","errors":[{"field":"a","message":"no"}]}'),
            "400: a: no",
        ),
        (Answer(500, {"content-type": "text/html"}, b"<h1>"), "text/html, not from"),
        (Answer(500, PROBLEM, b"{"), "500"),
        (Answer(500, PROBLEM, b"\xff"), "500"),
        (Answer(500, PROBLEM, b"[]"), "500"),
        (Answer(302, {"location": "https://login"}), "redirected to https://login"),
        (Answer(302, {}), "redirected to somewhere else"),
        (Answer(404, JSON, b'{"title":"Not Found"}'), "404: Not Found"),
    ],
)
def test_a_refusal_is_told_in_the_servers_words(answer: Answer, text: str) -> None:
    assert text in refusal_text(answer)
    assert refusal_text(answer).count(": no") <= 1


def test_an_endless_refusal_is_cut() -> None:
    body = b'{"detail":"' + b"x" * 100_000 + b'"}'
    assert len(refusal_text(Answer(400, PROBLEM, body))) == 500


@pytest.mark.parametrize(
    ("answer", "missing"),
    [
        (Answer(404, PROBLEM, b'{"code":"NOT_FOUND"}'), True),
        (Answer(404, JSON, b"{}"), True),
        (Answer(404, PROBLEM, b'{"code":"UNKNOWN_CUSTOMER"}'), False),
        (Answer(404, {"content-type": "text/html"}, b"<h1>404</h1>"), False),
        (Answer(403, PROBLEM, b'{"code":"NOT_FOUND"}'), False),
    ],
)
def test_only_the_server_itself_can_say_that_an_object_is_missing(
    answer: Answer, *, missing: bool
) -> None:
    assert is_missing(answer) is missing
