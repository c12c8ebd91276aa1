import pytest

from reconciler.core.ports import Denied, Rejected, RemoteFailure, Stale, Unreachable


@pytest.mark.parametrize("sort", [Denied, Rejected, Stale, Unreachable])
def test_a_failure_names_its_request(sort: type[RemoteFailure]) -> None:
    error = sort("GET /admin/api/v1/tokens", "no answer", status=503)
    assert str(error) == "GET /admin/api/v1/tokens: no answer"
    assert (error.request, error.message, error.status) == (
        "GET /admin/api/v1/tokens",
        "no answer",
        503,
    )
