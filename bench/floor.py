"""The floor: what no program can leave out that compares YAML with a server's lists.

Read the files, compose and convert them, GET each list, parse it, compare strictly. No check, no
positions, no report: it prints the names of what differs, as JSON. It stands alone, so that nothing
but its own imports is measured: `python bench/floor.py REPOSITORY URL TOKEN`.
"""

import gc
import http.client
import json
import re
import sys
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

import yaml
from yaml._yaml import CParser

Json: TypeAlias = Any
Found: TypeAlias = dict[tuple[str, str], Json]
"""By kind and name."""

LISTS: Final = (
    ("Site", "sites"),
    ("Bootstrap", "bootstraps"),
    ("Token", "tokens"),
    ("PortalUser", "users"),
)
FIELDS: Final = {
    "Site": ("proServerName",),
    "Bootstrap": ("parameters",),
    "Token": ("appId", "bootstrap", "description"),
    "PortalUser": ("userName", "role", "email"),
}
_WORDS: Final = {"true": True, "false": False, "null": None, "~": None, "": None}
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")


class Composer(CParser):
    """libyaml's parser with the resolver of tags taken out."""

    def resolve(self, *_: object) -> str:
        """No tag: the converter looks at the text itself."""
        return ""

    def descend_resolver(self, *_: object) -> None:
        """Nothing to prepare."""

    def ascend_resolver(self, *_: object) -> None:
        """Nothing to tidy up."""


class Converter:
    """Nodes to values; every text is looked at once."""

    def __init__(self) -> None:
        self.known: dict[str, Json] = dict(_WORDS)

    def value(self, node: yaml.Node | None) -> Json:
        """What a node stands for."""
        if isinstance(node, yaml.ScalarNode):
            return node.value if node.style else self.plain(node.value)
        if isinstance(node, yaml.MappingNode):
            return {key.value: self.value(value) for key, value in node.value}
        return [self.value(item) for item in node.value] if node else None

    def plain(self, text: str) -> Json:
        """What a scalar without quotes stands for."""
        if text not in self.known:
            number = _NUMBER.fullmatch(text)
            self.known[text] = (float(text) if number[1] else int(text)) if number else text
        return self.known[text]


def read_documents(folder: Path) -> Found:
    """Every document of the repository."""
    converter, found = Converter(), {}
    for path in sorted(folder.glob("objects/*.yaml")):
        composer = Composer(path.read_bytes())
        while composer.check_node():
            document = converter.value(composer.get_node())
            found[document["kind"], document["name"]] = document
    return found


def read_rows(url: str, token: str) -> Found:
    """Every row of every list."""
    parts, found = urlsplit(url), {}
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/x-ndjson"}
    for kind, collection in LISTS:
        connection.request("GET", f"/admin/api/v1/{collection}", headers=headers)
        identity = "loginName" if kind == "PortalUser" else "name"
        for line in connection.getresponse().read().splitlines():
            row = json.loads(line)
            found[kind, row[identity]] = row
    connection.close()
    return found


def equal(a: Json, b: Json) -> bool:
    """JSON's equality: `true` is not `1`."""
    if type(a) is not type(b):
        return {type(a), type(b)} == {int, float} and a == b
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(equal(value, b[key]) for key, value in a.items())
    if isinstance(a, list):
        return len(a) == len(b) and all(map(equal, a, b))
    return bool(a == b)


def main(folder: str, url: str, token: str) -> None:
    """Print what differs."""
    gc.disable()
    declared, live = read_documents(Path(folder)), read_rows(url, token)
    different = [
        key
        for key, document in declared.items()
        if key not in live
        or not all(equal(document[field], live[key][field]) for field in FIELDS[key[0]])
    ]
    print(json.dumps(different))


if __name__ == "__main__":
    main(*sys.argv[1:])
