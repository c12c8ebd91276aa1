"""Address and credentials: from options, environment and project file, each with its origin."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from reconciler.cli.call import Call
from reconciler.core.diagnosis import Setting
from reconciler.core.problem import Misuse
from reconciler.core.project import Limits, Project, Target
from reconciler.sources.project_terms import comparable_url

DEFAULT_TARGET: Final = "default"
"""The name of the only target of a project that declares none."""
SECRET_SHOWN: Final = "set, not shown"
SHORTEST_KEY: Final = 16
"""Bytes of a digest key; a shorter one could be guessed."""

_UNUSABLE_IN_NAMES: Final = re.compile(r"[^A-Z0-9]")


@dataclass(frozen=True, slots=True)
class Value:
    """One text and where it came from."""

    text: str = field(repr=False)
    origin: str
    specific: bool = False
    """It was meant for this target alone, which outranks a general one."""


@dataclass(frozen=True, slots=True)
class Login:
    """What the environment says about credentials: a token, or a user name and password."""

    username: Value | None = None
    password: Value | None = None
    token: Value | None = None

    def __repr__(self) -> str:
        """No value, whoever prints it."""
        return "Login(…)"


class NoCredentials(Exception):  # noqa: N818 -- reads as a sentence
    """There is nothing, or only half of what it takes, to log in with."""

    def __init__(self, login: Login, target: str) -> None:
        if login.username is not None:
            self.message = f'there is a user name but no password for target "{target}"'
            self.fix = "set PVM_PASSWORD, or PVM_PASSWORD_FILE to the name of a file"
        elif login.password is not None:
            self.message = f'there is a password but no user name for target "{target}"'
            self.fix = "set PVM_USERNAME"
        else:
            self.message = f'there are no credentials for target "{target}"'
            self.fix = "set PVM_USERNAME and PVM_PASSWORD, or PVM_TOKEN"
        super().__init__(self.message)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a command needs to know to reach a server."""

    target: Target
    """With its address and with the limits that the options gave."""
    login: Login
    shown: tuple[Setting, ...]
    """Every setting with its origin, secrets left out: what `doctor` prints."""
    key: bytes | None = field(default=None, repr=False)
    """`PVM_DIGEST_KEY`."""


@dataclass(frozen=True, slots=True)
class Environment:
    """The environment variables, and how to read a file that one of them names."""

    variables: Mapping[str, str]
    read: Callable[[Path], str]

    def find(self, target: str, name: str) -> Value | None:
        """`PVM_<TARGET>_<NAME>`, else `PVM_<NAME>`; each may be a file's name with `_FILE`.

        Empty variables count as not set. Raises `Misuse` for a variable given in both ways and
        for a file that can't be read.
        """
        own = self._one(f"PVM_{_UNUSABLE_IN_NAMES.sub('_', target.upper())}_{name}")
        return replace(own, specific=True) if own is not None else self._one(f"PVM_{name}")

    def _one(self, variable: str) -> Value | None:
        direct = self.variables.get(variable, "")
        file = self.variables.get(f"{variable}_FILE", "")
        if direct and file:
            message = f"both {variable} and {variable}_FILE are set"
            raise Misuse(message, f"unset one of them; {variable}_FILE is the safer one")
        if direct:
            return Value(direct, f"environment {variable}")
        return self._from_file(f"{variable}_FILE", file) if file else None

    def _from_file(self, variable: str, file: str) -> Value:
        try:
            text = self.read(Path(file)).rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            message = f"{variable} names {file}, which can't be read: {reason}"
            raise Misuse(message) from error
        if not text:
            message = f"{variable} names {file}, which is empty"
            raise Misuse(message)
        return Value(text, f"file {file} (environment {variable})")


def resolve_settings(
    project: Project, environment: Environment, call: Call, *, online: bool = True
) -> Settings:
    """Choose the target and complete it; without `online` it needs no address.

    Raises:
        Misuse: Settings are missing, wrong, or don't fit together.
    """
    target, chosen_by = _choose(project, call.target)
    url = _url(target, environment, project) if online else Value("", "not needed")
    limits, limit_settings = _limits(target.limits, call)
    login = _login(target.name, environment)
    key, key_setting = digest_key(target.name, environment)
    shown = (
        Setting("project", project.name, "pvm.yaml"),
        Setting("target", target.name, chosen_by),
        Setting("url", url.text, url.origin),
        Setting("customer", target.customer or "any", _declared(target.customer)),
        Setting("ca", target.ca or "the system's", _declared(target.ca)),
        *_login_settings(login),
        key_setting,
        *limit_settings,
    )
    return Settings(replace(target, url=url.text or None, limits=limits), login, shown, key)


def _declared(value: object) -> str:
    return "pvm.yaml" if value is not None else "default"


def known_target(project: Project, wanted: str | None) -> Target | None:
    """The target of that name, if one is wanted; raises `Misuse` where the project lacks it."""
    targets = _targets(project)
    if wanted is None or wanted in targets:
        return targets[wanted] if wanted is not None else None
    near = get_close_matches(wanted, targets, 1)
    hint = f'did you mean "{near[0]}"? ' if near else ""
    message = f'pvm.yaml has no target "{wanted}"'
    raise Misuse(message, f"{hint}there is: {', '.join(targets)}")


def only_target(project: Project) -> Target:
    """The one that needs no choice; raises `Misuse` where there are several."""
    first, *others = _targets(project).values()
    if others:
        message = "this project has several targets"
        raise Misuse(message, f"choose one with --target: {', '.join(project.targets)}")
    return first


def _targets(project: Project) -> Mapping[str, Target]:
    return project.targets or {DEFAULT_TARGET: Target(DEFAULT_TARGET)}


def _choose(project: Project, wanted: str | None) -> tuple[Target, str]:
    target = known_target(project, wanted)
    if target is not None:
        return target, "option --target"
    return only_target(project), "the only one in pvm.yaml" if project.targets else "default"


def _url(target: Target, environment: Environment, project: Project) -> Value:
    given = environment.find(target.name, "URL")
    if given is None:
        if target.url is None:
            message = f'target "{target.name}" has no address'
            raise Misuse(message, "set PVM_URL, or write `url` below the target in pvm.yaml")
        return _checked(Value(target.url, "pvm.yaml"))
    if target.url is not None and comparable_url(target.url) != comparable_url(given.text):
        message = f'{given.origin} is another address than that of target "{target.name}"'
        raise Misuse(message, "unset it, or choose the target that it belongs to with --target")
    if target.url is None:
        _refuse_swap(given, target, project)
    return _checked(given)


def _refuse_swap(given: Value, target: Target, project: Project) -> None:
    """An address that belongs to another target must not pass for this one's."""
    for other in project.targets.values():
        same = other.url is not None and comparable_url(other.url) == comparable_url(given.text)
        if same and (target.customer is None or target.customer == other.customer):
            message = f'{given.origin} is the address of target "{other.name}"'
            raise Misuse(message, f"unset it, or choose that target: --target {other.name}")


def _checked(url: Value) -> Value:
    """The address without what would not belong into output or requests."""
    try:
        parts = urlsplit(url.text)
        port_is_good = parts.port is None or parts.port > 0
    except ValueError:
        parts, port_is_good = urlsplit(""), False
    if parts.username is not None or parts.password is not None:
        message = f"the address from {url.origin} holds credentials"
        raise Misuse(message, "take them out, and set PVM_USERNAME and PVM_PASSWORD or PVM_TOKEN")
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_good:
        message = f"the address from {url.origin} is no http or https address"
        raise Misuse(message, "write it like https://pvm.example.org")
    if parts.query or parts.fragment:
        message = f"the address from {url.origin} has a query or a fragment"
        raise Misuse(message, "write only what stands before ? and #")
    return replace(url, text=url.text.rstrip("/"))


def _limits(limits: Limits, call: Call) -> tuple[Limits, tuple[Setting, ...]]:
    default = Limits()
    options = {
        "concurrency": (call.concurrency, "--concurrency"),
        "requests_per_second": (call.requests_per_second, "--rps"),
        "timeout_seconds": (call.timeout_seconds, "--timeout"),
        "retries": (None, ""),
    }
    shown = []
    for name, (given, option) in options.items():
        value = given if given is not None else getattr(limits, name)
        if given is not None:
            origin = f"option {option}"
        else:
            origin = "default" if value == getattr(default, name) else "pvm.yaml"
        shown.append(Setting(name.replace("_", " "), f"{value:g}", origin))
    return (
        Limits(
            concurrency=call.concurrency or limits.concurrency,
            requests_per_second=call.requests_per_second or limits.requests_per_second,
            timeout_seconds=call.timeout_seconds or limits.timeout_seconds,
            retries=limits.retries,
        ),
        tuple(shown),
    )


def digest_key(target: str, environment: Environment) -> tuple[bytes | None, Setting]:
    """`PVM_DIGEST_KEY` and how it is shown; raises `Misuse` for one that is too short."""
    given = environment.find(target, "DIGEST_KEY")
    if given is None:
        return None, Setting("digest key", "none", "default")
    try:
        key = given.text.encode()
    except UnicodeEncodeError:
        key = b""
    if len(key) < SHORTEST_KEY:
        message = f"the key from {given.origin} has fewer than {SHORTEST_KEY} bytes of UTF-8"
        raise Misuse(message, "make one with: openssl rand -hex 32")
    return key, Setting("digest key", SECRET_SHOWN, given.origin)


def _login(target: str, environment: Environment) -> Login:
    username, password, token = (
        environment.find(target, name) for name in ("USERNAME", "PASSWORD", "TOKEN")
    )
    if token is not None and password is not None:
        if token.specific and not password.specific:
            return Login(token=token)
        if password.specific and not token.specific:
            return Login(username, password)
        message = f"there are two ways to log in: {token.origin} and {password.origin}"
        raise Misuse(message, "unset one of them")
    return Login(username, password, token)


def _login_settings(login: Login) -> tuple[Setting, ...]:
    shown = []
    for name, value in (("password", login.password), ("token", login.token)):
        if value is not None:
            shown.append(Setting(name, SECRET_SHOWN, value.origin))
    if login.username is not None:
        shown.insert(0, Setting("username", login.username.text, login.username.origin))
    return tuple(shown)
