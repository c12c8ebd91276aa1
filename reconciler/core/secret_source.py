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


class NoSecrets:
    """Nothing is available."""

    def value_of(self, template: str) -> str | None:  # noqa: ARG002 -- the protocol's
        """Nothing."""
        return None
