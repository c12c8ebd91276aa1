"""Where the values behind references such as `${env:WIFI_PSK}` come from."""

from typing import Protocol


class SecretSource(Protocol):
    """Looks values up at the moment of use; `sources/secret_values.py` is the real one."""

    def value_of(self, template: str) -> str | None:
        """The text with every reference replaced; `None` when a value is not available here.

        Raises:
            InvalidInput: A reference that can't be followed; the message holds no value.
        """
        ...

    def missing(self, template: str) -> tuple[str, ...]:
        """Each reference without a value here, and why: `${env:PSK}: PSK is not set`.

        Empty exactly when `value_of` has a text. Raises as it does.
        """
        ...


class NoSecrets:
    """Nothing is available."""

    def value_of(self, template: str) -> str | None:  # noqa: ARG002 -- the protocol's
        """Nothing."""
        return None

    def missing(self, template: str) -> tuple[str, ...]:
        """All of it."""
        return (f"{template}: no secrets are looked up here",)
