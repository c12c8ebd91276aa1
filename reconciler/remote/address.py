"""The server's address, checked before anything is sent to it."""

from ipaddress import ip_address
from pathlib import Path
from ssl import PROTOCOL_TLS_CLIENT, SSLContext, SSLError, create_default_context
from urllib.parse import urlsplit

from reconciler.core.problem import Misuse


def check_url(url: str) -> str:
    """The address without a trailing slash; raises `Misuse` and never repeats credentials."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        message = "the address of the server can't be read"
        raise Misuse(message, "write it like https://pvm.example.org") from error
    if parts.username is not None or parts.password is not None:
        message = "the address of the server holds credentials"
        raise Misuse(message, "take them out, and set PVM_USERNAME and PVM_PASSWORD or PVM_TOKEN")
    if not usable:
        message = "the address of the server is not an http or https address"
        raise Misuse(message, "write it like https://pvm.example.org")
    if parts.query or parts.fragment:
        message = "the address of the server has a query or a fragment"
        raise Misuse(message, "write only what stands before ? and #")
    return url.rstrip("/")


def cleartext_warning(url: str) -> str | None:
    """What to tell when credentials would cross a network unencrypted."""
    parts = urlsplit(url)
    if parts.scheme != "http" or _is_loopback(parts.hostname or ""):
        return None
    return f"{parts.hostname} is reached without TLS: anyone on the way can read the credentials"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def trust_for(url: str, ca_path: Path | None) -> SSLContext:
    """What certificates are checked against; raises `Misuse` for an unusable file.

    Loading the system's certificates takes longer than a whole small plan, so an http address
    gets a context that trusts nobody.
    """
    if not url.startswith("https:"):
        return SSLContext(PROTOCOL_TLS_CLIENT)
    try:
        return create_default_context(cafile=str(ca_path) if ca_path else None)
    except (OSError, SSLError) as error:
        reason = "it holds no PEM certificate" if isinstance(error, SSLError) else error.strerror
        message = f"the certificate file {ca_path} can't be used: {reason}"
        raise Misuse(message, "name a PEM file with `ca` in pvm.yaml") from error
