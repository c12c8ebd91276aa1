"""The corpus: a repository and the server's lists for it, both from one seed.

`python -m bench.corpus COUNT SEED FOLDER` writes it and prints what differs in 1 % of the lists.

Of 100 objects 10 are bootstraps, 80 tokens, 8 sites and 2 users, about 140 bytes of YAML each, 100
documents a file. The lists have the rows of the bundled server, field by field.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

from bench.inventory import Row, inventory_rows

PER_HUNDRED: Final = {"Site": 8, "Bootstrap": 10, "Token": 80, "PortalUser": 2}
LISTS: Final = {
    "Site": "sites",
    "Bootstrap": "bootstraps",
    "Token": "tokens",
    "PortalUser": "users",
}
"""Kind to the last part of its list's address, in the order of creation."""

_PER_FILE: Final = 100
_APPS: Final = ("WFC_PRO_ANDROID", "WFC_VOICE_ANDROID", "WFC_PC_ANDROID", "WFC_PRO_IOS")
_SCHEMES: Final = {
    "WFC_PRO_ANDROID": "wfctp",
    "WFC_VOICE_ANDROID": "wfcvp",
    "WFC_PC_ANDROID": "wfcpp",
}
_CITIES: Final = ("Utrecht", "Gent", "Köln", "Zwolle", "Liège", "Aachen", "Breda", "Namur")
_STAMP: Final = "2026-11-20T08:15:30.125Z"
_PROJECT: Final = """\
kind: Project
name: bench
sources: [objects]
scope: {sites: ["*"], bootstraps: ["*"], tokens: ["*"], users: ["*"]}
safety: {updates: {count: 1000000}}
"""


@dataclass(frozen=True, slots=True)
class Thing:
    """One object: as a document says it, and as the server lists it."""

    kind: str
    name: str
    yaml: str
    row: Row


def make_corpus(count: int, seed: int) -> list[Thing]:
    """`count` objects, a multiple of 100; the same for the same arguments."""
    random = Random(seed)  # noqa: S311 -- the same corpus each time, no secrets
    things = [
        make(number, random)
        for kind, share in PER_HUNDRED.items()
        for make in (_MAKERS[kind],)
        for number in range(count * share // 100)
    ]
    random.shuffle(things)
    return things


def write_repository(things: list[Thing], folder: Path) -> None:
    """Write `pvm.yaml` and the documents, 100 a file."""
    (folder / "objects").mkdir()
    (folder / "pvm.yaml").write_text(_PROJECT, encoding="utf-8")
    for start in range(0, len(things), _PER_FILE):
        text = "---\n".join(thing.yaml for thing in things[start : start + _PER_FILE])
        path = folder / "objects" / f"{start // _PER_FILE:05d}.yaml"
        path.write_text(text, encoding="utf-8")


def change_some(things: list[Thing], seed: int) -> tuple[list[Thing], set[tuple[str, str]]]:
    """The same objects as a server has them that differs in 1 %, and which differ."""
    changed = Random(seed).sample(range(len(things)), max(1, len(things) // 100))  # noqa: S311 -- as above
    live = list(things)
    for spot in changed:
        thing = things[spot]
        live[spot] = Thing(thing.kind, thing.name, thing.yaml, _changed(thing))
    return live, {(things[spot].kind, things[spot].name) for spot in changed}


def write_lists(things: list[Thing], folder: Path, reserved: Sequence[Row] = ()) -> None:
    """Write what the server answers: `<list>.ndjson` for each kind, sorted by name.

    `reserved` are rows of bootstraps that are not of the corpus.
    """
    folder.mkdir()
    for kind, collection in LISTS.items():
        found = [thing.row for thing in things if thing.kind == kind]
        found += reserved if kind == "Bootstrap" else ()
        rows = sorted(found, key=lambda row: str(row.get("name") or row.get("loginName")))
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{collection}.ndjson").write_text(text, encoding="utf-8")


def _changed(thing: Thing) -> Row:
    row = dict(thing.row)
    if thing.kind == "Bootstrap":
        # true in the document: a comparison in Python's own sense would not see the difference
        row["parameters"] = {**row["parameters"], "enableDeviceAuth": 1}
    else:
        field = {"Site": "proServerName", "Token": "description", "PortalUser": "userName"}
        row[field[thing.kind]] = "changed by hand"
    return row


def _site(number: int, random: Random) -> Thing:
    name, server = f"site-{number:06d}", f"dev{random.randrange(10):02d}b"
    text = (
        f"# {random.choice(_CITIES)}, store {number} of the region; devices register here\n"
        f"kind: Site\nname: {name}\nproServerName: {server}\n"
    )
    return Thing("Site", name, text, _row(name, {"proServerName": server, "deviceCount": 0}))


def _parameters(number: int) -> Row:
    """The same for the bootstrap and for the tokens that lead to it."""
    random = Random(number)  # noqa: S311 -- as in make_corpus
    return {
        "site": f"site-{number * 8 // 10:06d}",
        "enableDeviceAuth": True,
        "idleSeconds": random.randrange(10, 600),
        "volume": random.randrange(10, 990) / 10,
        "apps": [{"name": "scanner", "version": "9.8.1"}],
    }


def _bootstrap(number: int, _: Random) -> Thing:
    name, parameters = f"store-{number:06d}", _parameters(number)
    text = (
        f"kind: Bootstrap\nname: {name}\nparameters:\n  site: {parameters['site']}\n"
        f"  enableDeviceAuth: true\n  idleSeconds: {parameters['idleSeconds']}\n"
        f"  volume: {parameters['volume']}\n"
        '  apps: [{name: scanner, version: "9.8.1"}]\n'
    )
    tokens = [f"STORE-{8 * number + device:06d}" for device in range(8)]
    return Thing("Bootstrap", name, text, _row(name, {"parameters": parameters, "tokens": tokens}))


def _token(number: int, random: Random) -> Thing:
    name, app = f"STORE-{number:06d}", random.choice(_APPS)
    bootstrap, city = f"store-{number // 8:06d}", random.choice(_CITIES)
    declared = {
        "appId": app,
        "bootstrap": bootstrap,
        "description": f"{city}, sales floor and stock room, device {number % 8}",
    }
    text = (
        f"kind: Token\nname: {name}\nappId: {app}\nbootstrap: {bootstrap}\n"
        f"description: {declared['description']}\n"
    )
    uri = f"{_SCHEMES[app]}://{name}" if app in _SCHEMES else None
    adb = uri and f'adb shell am start -a android.intent.action.VIEW -d "{uri}"'
    made: Row = {
        "parameters": _parameters(number // 8),
        "qrCode": f"/admin/api/v1/token/qr?name={name}",
        "intent": uri,
        "adb": adb,
        "lastUsedAt": None,
        "useCount": 0,
    }
    return Thing("Token", name, text, _row(name, {**declared, **made}))


def _user(number: int, random: Random) -> Thing:
    name, role = f"user.{number:05d}", random.choice(("Admin", "User"))
    declared = {"userName": f"User {number}", "role": role, "email": f"{name}@acme.example"}
    text = (
        f"kind: PortalUser\nname: {name}\nuserName: {declared['userName']}\n"
        f"role: {role}\nemail: {declared['email']}\n"
    )
    row = _row(
        name, {**declared, "status": "INVITED", "lastLoginAt": None, "serviceAccount": False}
    )
    row["loginName"] = row.pop("name")
    del row["updatedBy"]
    return Thing("PortalUser", name, text, row)


def _row(name: str, fields: Mapping[str, Any]) -> Row:
    made = {"createdAt": _STAMP, "updatedAt": _STAMP, "updatedBy": "ops", "version": 1}
    return {"name": name, **fields, "source": f"bench objects/{name}.yaml:1", **made}


_MAKERS: Final[Mapping[str, Callable[[int, Random], Thing]]] = {
    "Site": _site,
    "Bootstrap": _bootstrap,
    "Token": _token,
    "PortalUser": _user,
}


def write_corpus(count: int, seed: int, folder: Path) -> dict[str, Any]:
    """Write `repository`, and the lists of two servers: `equal`, and `changed` in 1 %.

    Returns the names of what was changed, and the mean size of a document in bytes.
    """
    things = make_corpus(count, seed)
    live, changed = change_some(things, seed)
    (folder / "repository").mkdir()
    write_repository(things, folder / "repository")
    reserved = inventory_rows([(t.kind, t.name, t.row) for t in things], "bench")
    write_lists(things, folder / "equal", reserved)
    write_lists(live, folder / "changed", reserved)
    size = sum(len(thing.yaml.encode()) for thing in things) / len(things)
    return {"changed": sorted(changed), "bytes": round(size)}


if __name__ == "__main__":
    print(json.dumps(write_corpus(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))))
