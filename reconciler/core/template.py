"""Texts with references to secrets: `${env:NAME}`, `${file:PATH}`, `${sops:FILE#/pointer}`.

`$${` is a literal `${`. So a `$` right before a reference can't be written; it goes into the
secret's value.
"""

import re
from dataclasses import dataclass
from typing import Final

SORTS: Final = ("env", "file", "sops")
"""What a reference may begin with."""
OWN_VARIABLES: Final = "PVM_"
"""pvm's own credentials must not end up on devices."""

_OPENING: Final = re.compile(r"\$?\$\{")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}", re.ASCII)
_POINTER: Final = re.compile(r"(?:/(?:[^~/]|~[01])*)+")
MASKED: Final = "${masked}"
"""Stands for a secret that no reference can stand for. Files refuse it, so that nobody applies the
mask itself."""
_ESCAPE: Final = "or write $${ for a literal ${"


@dataclass(frozen=True, slots=True)
class SecretReference:
    """One reference inside a text."""

    sort: str
    """Of `SORTS`."""
    name: str
    """A variable, or a file relative to the project's folder."""
    pointer: str = ""
    """Into the decrypted file, for `sops`."""

    def __str__(self) -> str:
        return f"${{{self.sort}:{self.name}{'#' if self.pointer else ''}{self.pointer}}}"


class BadTemplateError(ValueError):
    """A placeholder that means nothing. `code`, `message` and `fix` are those of a problem."""

    def __init__(self, message: str, fix: str, code: str = "bad-placeholder") -> None:
        self.code = code
        self.message = message
        self.fix = fix
        super().__init__(message)


def parse_template(text: str) -> tuple[str | SecretReference, ...]:
    """Literal texts, their escapes undone, and references, in order; no literal is empty.

    Raises:
        BadTemplateError: A placeholder is of no known form.
    """
    parts: list[str | SecretReference] = []
    literal, position = "", 0
    while found := _OPENING.search(text, position):
        literal += text[position : found.start()]
        position = found.end()
        if found[0] == "$${":
            literal += "${"
            continue
        inner, brace, _ = text[position:].partition("}")
        if not brace:
            message = "placeholder has no closing brace"
            raise BadTemplateError(message, f"write }} behind it, {_ESCAPE}")
        position += len(inner) + 1
        parts += (literal, _reference(inner)) if literal else (_reference(inner),)
        literal = ""
    literal += text[position:]
    return (*parts, literal) if literal else tuple(parts)


def references_in(text: str) -> tuple[SecretReference, ...]:
    """The references of a text; raises as `parse_template`."""
    return tuple(part for part in parse_template(text) if not isinstance(part, str))


def has_references(text: str) -> bool:
    """Whether a text has references, or placeholders of no known form."""
    try:
        return bool(references_in(text))
    except BadTemplateError:
        return True


def unescaped(text: str) -> str:
    """A text without references as it is meant."""
    return text.replace("$${", "${")


def escaped(text: str) -> str:
    """The text that `unescaped` turns into this one, and that holds no reference."""
    return text.replace("${", "$${")


def _reference(inner: str) -> SecretReference:
    sort, colon, rest = inner.partition(":")
    if f"${{{inner}}}" == MASKED:
        message = "secret that pvm masked when it printed this"
        fix = "write a reference in its place, like ${env:WIFI_PSK}; pvm export --out keeps values"
        raise BadTemplateError(message, fix, "masked-secret")
    if not colon:
        message = "placeholder of a column, and here no line of a fleet gives it a value"
        fix = f"move the document into a fleet, {_ESCAPE}"
        raise BadTemplateError(message, fix, "column-misplaced")
    if sort == "var":
        message = "variables can't stand here"
        fix = f"they work in values, not in keys, kinds or names of files, {_ESCAPE}"
        raise BadTemplateError(message, fix, "variable-misplaced")
    if sort == "env":
        return SecretReference(sort, _checked_variable(rest))
    if sort == "file":
        return SecretReference(sort, _checked_path(rest))
    if sort == "sops":
        path, _, pointer = rest.partition("#")
        if not _POINTER.fullmatch(pointer):
            message = "placeholder does not say where in the file its value stands"
            raise BadTemplateError(message, "write it like ${sops:secrets/wifi.yaml#/psk}")
        return SecretReference(sort, _checked_path(path), pointer)
    message = "placeholder of an unknown sort"
    fix = f"there is ${{var:…}}, ${{env:…}}, ${{file:…}} and ${{sops:…}}; {_ESCAPE}"
    raise BadTemplateError(message, fix)


def _checked_variable(name: str) -> str:
    if not _VARIABLE.fullmatch(name):
        message = "placeholder names no environment variable"
        raise BadTemplateError(message, "write it like ${env:WIFI_PSK}")
    if name.upper().startswith(OWN_VARIABLES):
        message = f"variables that begin with {OWN_VARIABLES} are pvm's own and can't be sent"
        raise BadTemplateError(message, "put the value into a variable of another name")
    return name


def _checked_path(path: str) -> str:
    parts = path.split("/")
    odd = any(part in ("", ".", "..") or part.lower() == ".git" for part in parts)
    if odd or any(sign in path for sign in "\\:\0#"):
        message = "placeholder names no file inside the project"
        fix = "write its path from the folder of pvm.yaml, with forward slashes"
        raise BadTemplateError(message, fix)
    return path
