"""What `pvm import` must know: from its options, or asked on a terminal."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from reconciler.authoring.store_list import Becomes
from reconciler.core.problem import Misuse
from reconciler.sources.faults import nearest
from reconciler.sources.schema import load_schema
from reconciler.sources.store_list import StoreList, column_of

Ask: TypeAlias = Callable[[str, str], str]
"""Puts a question with a default; an empty default means that there is none."""

_NONE: Final = "-"
_COLUMN: Final = re.compile(r"(?<!\$)\$\{([^}:]*)\}")
_SERVERS: Final = ("server", "pro_server", "pro_server_name", "proservername", "ptt_pro_server")
_APP: Final = "WFC_PRO_ANDROID"
_EXAMPLE: Final = "--site 'site-${{{0}}}' --bootstrap 'store-${{{0}}}' --token 'STORE-${{{0}}}'"


@dataclass(frozen=True, slots=True)
class Answers:
    """What was said so far; empty where nothing was."""

    key: str = ""
    becomes: Becomes = Becomes()  # noqa: RUF009 -- frozen


@dataclass(frozen=True, slots=True)
class Questions:
    """Completes what was given; `ask` is `None` where nobody can be asked."""

    stores: StoreList
    names: Sequence[str]
    scope: Mapping[str, Sequence[str]]
    """Globs by kind name: names are proposed that are in scope."""
    ask: Ask | None

    def complete(self, given: Answers) -> tuple[int, Becomes]:
        """The number of the key's column, and what each line becomes. Raises `Misuse`."""
        key = column_of(given.key or self._ask_key(given), self.stores, self.names)
        if not self.names[key]:
            message = "the key's column is left out by --map"
            raise Misuse(message, "keep it, or choose another --key")
        column = self.names[key]
        becomes = given.becomes
        if not (becomes.site or becomes.bootstrap or becomes.token):
            becomes = self._ask_objects(column, becomes)
        return key, self._checked(self._with_defaults(becomes), column)

    def _ask_key(self, given: Answers) -> str:
        guess = next((n for n, name in enumerate(self.names) if name and self._tells(n)), 0)
        header = self.stores.headers[guess] or self.names[guess]
        if self.ask is None:
            example = _EXAMPLE.format(self.names[guess])
            more = "" if given.becomes.bootstrap else f" {example} …"
            message = "nobody can be asked here: say which column tells stores apart"
            known = ", ".join(filter(None, self.names))
            raise Misuse(message, f"--key {header!r}{more}; columns are {known}")
        shown = ", ".join(h or n for h, n in zip(self.stores.headers, self.names, strict=True))
        return self.ask(f"Columns: {shown}\nWhich one tells stores apart?", header)

    def _tells(self, number: int) -> bool:
        cells = self.stores.cells(number)
        return all(cells) and len(set(cells)) == len(cells)

    def _ask_objects(self, column: str, becomes: Becomes) -> Becomes:
        if self.ask is None:
            message = "nobody can be asked here: say what each line becomes"
            more = "--pro-server SERVER --app-id WFC_PRO_ANDROID"
            raise Misuse(message, f"{_EXAMPLE.format(column)} {more}; each of the three alone too")
        site = self._ask_pattern("Name of a store's site", "Site", f"site-${{{column}}}")
        server = becomes.pro_server
        if site and not server:
            server = self.ask("PTT Pro server of the sites", self._server())
        bootstrap = self._ask_pattern(
            "Name of a store's bootstrap", "Bootstrap", f"store-${{{column}}}"
        )
        token = ""
        if bootstrap:
            token = self._ask_pattern("Name of a store's token", "Token", f"STORE-${{{column}}}")
        app = becomes.app_id
        if token and not app:
            app = self.ask("Application that the token is for", _APP)
        return replace(
            becomes, site=site, pro_server=server, bootstrap=bootstrap, token=token, app_id=app
        )

    def _ask_pattern(self, question: str, kind: str, usual: str) -> str:
        """A pattern, or nothing for `-`; by default one that the project's scope covers."""
        globs = self.scope.get(kind, ())
        fits = next((g for g in globs if g.count("*") == 1 and len(g) > 1 and "?" not in g), "")
        placeholder = usual[usual.index("$") :]
        default = fits.replace("*", placeholder) if fits else usual if globs else _NONE
        answer = self.ask(f"{question} ({_NONE} for none)", default) if self.ask else _NONE
        return "" if answer.strip() == _NONE else answer.strip()

    def _server(self) -> str:
        known = next((name for name in _SERVERS if name in self.names), "")
        return f"${{{known}}}" if known else ""

    def _with_defaults(self, becomes: Becomes) -> Becomes:
        if becomes.site and not becomes.pro_server:
            return replace(becomes, pro_server=self._server())
        return becomes

    def _checked(self, becomes: Becomes, column: str) -> Becomes:
        self._refuse_idle(becomes)
        missing = {
            "--site needs the sites' PTT Pro server": becomes.site and not becomes.pro_server,
            "--token needs a bootstrap": becomes.token and not becomes.bootstrap,
            "--token needs an application": becomes.token and not becomes.app_id,
            "nothing was chosen that a line could become": not (becomes.site or becomes.bootstrap),
        }
        fixes = (
            "--pro-server NAME, or '${column}'",
            f"--bootstrap 'store-${{{column}}}'",
            f"--app-id {_APP}",
            _EXAMPLE.format(column),
        )
        for (message, is_missing), fix in zip(missing.items(), fixes, strict=True):
            if is_missing:
                raise Misuse(message, f"add {fix}")
        apps = load_schema("token")["properties"]["appId"]["enum"]
        if becomes.app_id and becomes.app_id not in apps:
            message = f"there is no application {becomes.app_id!r}"
            raise Misuse(message, f"there is: {', '.join(apps)}")
        for option in ("site", "bootstrap", "token"):
            self._check_name(option, getattr(becomes, option), column)
        for option in ("pro_server", "description"):
            self._check_columns(option, getattr(becomes, option))
        return becomes

    def _refuse_idle(self, becomes: Becomes) -> None:
        """What is said about objects that no line makes."""
        idle = {
            "--pro-server is for sites": becomes.pro_server and not becomes.site,
            "--extends is for bootstraps": becomes.extends and not becomes.bootstrap,
            "--app-id is for tokens": becomes.app_id and not becomes.token,
            "--description is for tokens": becomes.description and not becomes.token,
        }
        for what, is_idle in idle.items():
            if is_idle:
                option = what.split()[-1].removesuffix("s")
                message = f"{what}, and no line makes one"
                raise Misuse(message, f"add --{option} PATTERN, or leave it out")

    def _check_name(self, option: str, pattern: str, column: str) -> None:
        self._check_columns(option, pattern)
        if pattern and column not in _COLUMN.findall(pattern):
            message = (
                f"--{option} {pattern!r} does not hold ${{{column}}}: lines would share a name"
            )
            fix = (
                f"write it in single quotes, as '{option}-${{{column}}}': shells take $ themselves"
            )
            raise Misuse(message, fix)

    def _check_columns(self, option: str, pattern: str) -> None:
        known = [name for name in self.names if name]
        for column in _COLUMN.findall(pattern):
            if column not in known:
                message = f"--{option.replace('_', '-')}: there is no column {column!r}"
                raise Misuse(message, nearest(column, known) or f"there is: {', '.join(known)}")
