"""Ready lints: what the product's guides warn about, one row each.

A lint's message, label and help are the same wherever it hits, so that one mistake in a thousand
rows is told once. None of them shows a value.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

from reconciler.core.origin import Origin
from reconciler.core.pointer import join
from reconciler.core.policy import Breach, Declared, name_origin
from reconciler.core.problem import Severity
from reconciler.core.project import Project
from reconciler.core.resource import Desired
from reconciler.core.secrets import Masking, looks_secret, mask
from reconciler.core.values import JsonValue

Hit: TypeAlias = tuple[Desired, Origin]

_LONG_DESCRIPTION: Final = 120
"""Characters; four lines of the portal's list."""


@dataclass(frozen=True, slots=True)
class Lint:
    """A row of the table; a project may make it an error, a warning, or allow it."""

    code: str
    message: str
    help: str
    find: Callable[[Declared, Project], Iterator[Hit]]
    label: str = ""
    severity: Severity | None = Severity.WARNING
    """Unless a project says otherwise: an error can't work on the server, `None` is allowed."""


def check_lints(declared: Declared, project: Project) -> Iterator[Breach]:
    """What ready lints find that the project does not allow."""
    for lint in LINTS.values():
        severity = project.policy.lints.get(lint.code, lint.severity)
        if severity is None:
            continue
        for item, origin in lint.find(declared, project):
            yield Breach(
                code=lint.code,
                message=lint.message,
                object=item,
                origin=origin,
                severity=severity,
                label=lint.label,
                help=lint.help,
            )


def _underscores(declared: Declared, _: Project) -> Iterator[Hit]:
    """The guides name the dash as the one special character that all parts allow in a token."""
    for token in declared.of("Token"):
        if "_" in token.id.name:
            yield token, name_origin(token)


def _long_descriptions(declared: Declared, _: Project) -> Iterator[Hit]:
    """The guides ask for a short description; it travels in the address of the request."""
    for token in declared.of("Token"):
        if len(str(token.value["description"])) > _LONG_DESCRIPTION:
            yield token, token.origin_of("/description")


def _pro_without_site(declared: Declared, _: Project) -> Iterator[Hit]:
    """PTT Pro registers its device at the site that the bootstrap names, and nowhere without one.

    Customers with activation codes need no sites; they declare none, and are not warned.
    """
    if declared.of("Site"):
        yield from _tokens_without(declared, ("WFC_PRO_ANDROID", "WFC_PRO_IOS"), "site")


def _voice_without_location(declared: Declared, _: Project) -> Iterator[Hit]:
    """Voice gets its licence by an empty bootstrap, or its Extension Manager by `var_location`."""
    yield from _tokens_without(declared, ("WFC_VOICE_ANDROID",), "var_location", may_be_empty=True)


def _client_without_manager(declared: Declared, _: Project) -> Iterator[Hit]:
    """The Profile Client is bootstrapped to find its Profile Manager, which `sfs_url` names."""
    yield from _tokens_without(declared, ("WFC_PC_ANDROID",), "sfs_url")


def _tokens_without(
    declared: Declared, apps: tuple[str, ...], key: str, *, may_be_empty: bool = False
) -> Iterator[Hit]:
    """Tokens of these clients whose bootstrap is declared and lacks a parameter."""
    lacking = {
        item.id.name
        for item in declared.of("Bootstrap")
        if key not in item.value and not (may_be_empty and not item.value)
    }
    for token in declared.tokens_of(*apps):
        if token.value["bootstrap"] in lacking:
            yield token, token.origin_of("/bootstrap")


def _sites_elsewhere(declared: Declared, project: Project) -> Iterator[Hit]:
    """Registration fails at a site that does not exist; a project with sites can tell most.

    Names inside the scope are looked at by `core.catalog`, under the same code.
    """
    if "Site" not in project.scope.globs:
        return
    site = declared.kinds["Site"]
    covers = project.scope.matcher(site)
    known = {item.id.name for item in declared.of("Site")}
    for item in declared.of("Bootstrap"):
        name = item.value.get("site")
        if isinstance(name, str) and name not in known and not covers(site.key(name)):
            yield item, item.origin_of("/site")


def _unused_bootstraps(declared: Declared, project: Project) -> Iterator[Hit]:
    """A device gets a bootstrap by a token and in no other way."""
    if "Token" not in project.scope.globs:
        return
    named = {token.value["bootstrap"] for token in declared.of("Token")}
    for item in declared.of("Bootstrap"):
        if item.id.name not in named:
            yield item, name_origin(item)


def _blanks(declared: Declared, _: Project) -> Iterator[Hit]:
    """Names travel as `name=` in addresses; the guides' cURL lines break at a blank."""
    for kind in ("Site", "Bootstrap"):
        for item in declared.of(kind):
            if " " in item.id.name:
                yield item, name_origin(item)


def _cases(declared: Declared, _: Project) -> Iterator[Hit]:
    """The server tells upper from lower case here, the people who type tokens do not."""
    for kind in ("Site", "Bootstrap"):
        first: dict[str, Desired] = {}
        for item in declared.of(kind):
            other = first.setdefault(item.id.name.lower(), item)
            if other.id.name != item.id.name:
                yield item, name_origin(item)


def _clear_text(declared: Declared, project: Project) -> Iterator[Hit]:
    """An Extension Manager's key is a customer's own, and a repository has many readers."""
    masking = Masking(project.secrets)
    for item, pointer, text in _texts(declared, every=bool(project.secrets)):
        if text and pointer not in item.references and mask(text, masking, pointer)[0] != text:
            yield item, item.origin_of(pointer)


def _xml(declared: Declared, _: Project) -> Iterator[Hit]:
    """Voice's own files are XML, which a bootstrap can't deliver: it has to be turned into JSON."""
    for item, pointer, text in _texts(declared):
        if text.startswith(("<?xml", "<Config", "<config")):
            yield item, item.origin_of(pointer)


def _texts(declared: Declared, *, every: bool = False) -> Iterator[tuple[Desired, str, str]]:
    """Texts in bootstraps that may be secrets or files, with their pointers; or every text."""
    for item in declared.of("Bootstrap"):
        found: list[tuple[tuple[str | int, ...], str]] = []
        _gather(item.value, (), found, every=every)
        for parts, text in found:
            yield item, join(parts), text


def _gather(
    value: JsonValue,
    at: tuple[str | int, ...],
    into: list[tuple[tuple[str | int, ...], str]],
    *,
    every: bool,
) -> None:
    """Gather texts under keys that look secret, and those that look like more than a word."""
    if isinstance(value, str):
        if every or _SIGNS.search(value):
            into.append((at, value))
    elif isinstance(value, dict | Mapping):
        for key, item in value.items():
            if isinstance(item, str | dict | list | tuple):
                _gather(item, (*at, key), into, every=every or looks_secret(key))
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            _gather(item, (*at, number), into, every=every)


_SIGNS: Final = re.compile(r"[=:< ]")
"""One of them is in every address, credential and file."""


def _shared_addresses(declared: Declared, _: Project) -> Iterator[Hit]:
    """Invitations and lost passwords go by address: the server keeps one account for each."""
    first: dict[str, Desired] = {}
    for item in declared.of("PortalUser"):
        other = first.setdefault(str(item.value["email"]).lower(), item)
        if other is not item:
            yield item, item.origin_of("/email")


_TABLE: Final = (
    Lint(
        "token-underscore",
        "token holds an underscore",
        "use a dash instead, unless devices already know this token",
        _underscores,
        "letters, digits and dashes are safe in every client",
    ),
    Lint(
        "token-long-description",
        f"description has more than {_LONG_DESCRIPTION} characters",
        "say where or for whom the token is, and keep the rest elsewhere",
        _long_descriptions,
    ),
    Lint(
        "pro-without-site",
        "PTT Pro token leads to a bootstrap without a site",
        'give the bootstrap a "site", or the devices of this token have to be added by hand',
        _pro_without_site,
        "its devices are registered nowhere",
    ),
    Lint(
        "voice-without-location",
        "Voice token leads to a bootstrap without var_location",
        'give the bootstrap a "var_location", or leave it empty for a licence alone',
        _voice_without_location,
        "its devices find no Extension Manager",
    ),
    Lint(
        "profile-without-url",
        "Profile Client token leads to a bootstrap without sfs_url",
        'give the bootstrap an "sfs_url"',
        _client_without_manager,
        "its devices find no Profile Manager",
    ),
    Lint(
        "bootstrap-unknown-site",
        "bootstrap refers to a site that this project does not declare",
        "outside the scope: make sure that the server has the site, or no device can register",
        _sites_elsewhere,
        "not declared in this project",
    ),
    Lint(
        "bootstrap-unused",
        "no token of this project leads to the bootstrap",
        "declare a token, or remove the bootstrap",
        _unused_bootstraps,
        "no device gets it",
        None,
    ),
    Lint(
        "name-with-blank",
        "name holds a blank",
        "use a dash instead, unless the object exists already",
        _blanks,
        "breaks addresses that are written by hand",
    ),
    Lint(
        "name-differs-in-case",
        "name differs from another in upper and lower case only",
        "rename one of the two: the server takes them for different objects",
        _cases,
    ),
    Lint(
        "clear-text-key",
        "secret is written in clear text",
        "write ${env:NAME} in its place, and change the secret: Git's history keeps it",
        _clear_text,
        "everyone who reads the repository knows it",
    ),
    Lint(
        "parameter-xml",
        "parameter holds XML",
        "`pvm convert FILE.xml` prints the parameters that it stands for",
        _xml,
        "no client reads XML from a bootstrap",
    ),
    Lint(
        "user-email-twice",
        "two users have this mail address",
        "give each user an address of their own",
        _shared_addresses,
        "the server refuses the second",
        Severity.ERROR,
    ),
)

LINTS: Mapping[str, Lint] = MappingProxyType({lint.code: lint for lint in _TABLE})
"""By code, in the order in which they are told."""
