"""Headers of every sort of answer, as a snapshot: changing one is a decision, not an accident."""

import pytest

from reconciler.server.api.middleware import security_headers

COMMON = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
NOTHING_LOADS = "default-src 'none'; frame-ancestors 'none'"
OWN_FILES = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


@pytest.mark.parametrize(
    ("path", "policy", "cache"),
    [
        ("/admin/api/v1/tokens", NOTHING_LOADS, "no-store"),
        ("/client/api/v1/bootstrap", NOTHING_LOADS, "no-store"),
        ("/admin/v3/api-docs", NOTHING_LOADS, "no-store"),
        ("/", NOTHING_LOADS, "no-store"),
        ("/admin/swagger-ui/", OWN_FILES, "no-store"),
        (
            "/admin/swagger-ui/vendor/swagger-ui-dist-5.35.0/swagger-ui.css",
            OWN_FILES,
            "public, max-age=31536000, immutable",
        ),
    ],
)
def test_headers_of_an_address(path: str, policy: str, cache: str) -> None:
    expected = {**COMMON, "content-security-policy": policy, "cache-control": cache}
    assert security_headers(path, encrypted=False) == expected


def test_an_encrypted_answer_also_asks_for_encryption_from_now_on() -> None:
    more = (
        security_headers("/", encrypted=True).items()
        - security_headers("/", encrypted=False).items()
    )
    assert dict(more) == {"strict-transport-security": "max-age=31536000"}
