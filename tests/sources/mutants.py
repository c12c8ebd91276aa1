"""A document of every kind, and what becomes of it under small blows: most no longer fit."""

import copy
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from hypothesis import strategies as st

Json: TypeAlias = Any

SAMPLES: Mapping[str, dict[str, Any]] = {
    "site": {"kind": "Site", "name": "site-1", "proServerName": "dev03b", "protect": True},
    "bootstrap": {"kind": "Bootstrap", "name": "store-1", "parameters": {"a": [1, {"b": None}]}},
    "layer": {"kind": "Layer", "name": "base", "parameters": {"a": {"b": 1}}},
    "fleet": {
        "kind": "Fleet",
        "name": "stores",
        "rows": ["stores/*.csv"],
        "key": "store",
        "columns": {"store": {"pattern": "^[0-9]{4}$", "enum": ["1"]}, "n": {"type": "integer"}},
        "documents": {"site": {"kind": "Site", "name": "site-${store}"}},
        "exceptions": [
            {
                "row": "1",
                "document": "site",
                "set": {"/a": 1},
                "until": "2026-12-31",
                "reason": "x",
            }
        ],
    },
    "token": {
        "kind": "Token",
        "name": "STORE-1",
        "appId": "WFC_PRO_ANDROID",
        "bootstrap": "store-1",
        "description": "front counter",
    },
    "portal-user": {
        "kind": "PortalUser",
        "name": "j.doe",
        "userName": "Jane Doe",
        "role": "Admin",
        "email": "jane.doe@acme.example",
    },
    "project": {
        "kind": "Project",
        "name": "acme",
        "id": "7f3c",
        "sources": ["sites"],
        "scope": {"sites": ["*"], "users": ["a", "b"]},
        "prune": "scope",
        "safety": {
            "deletes": {"count": 1, "percent": 5},
            "perKind": {"Token": {"updates": {"count": 0}}},
            "allowEmpty": True,
        },
        "secrets": ["/wifi/*/psk"],
        "ignore": [{"kind": "Token", "path": "/a", "reason": "x"}],
        "targets": {
            "prod": {
                "url": "https://pvm.acme.example",
                "customer": "ACME",
                "ca": "ca.pem",
                "limits": {
                    "concurrency": 4,
                    "requestsPerSecond": 9,
                    "timeout": "15s",
                    "retries": 0,
                },
                "endpoints": {"Token": {"list": "/tokens", "items": "/content", "paging": "page"}},
            }
        },
    },
}
LEAVES = st.sampled_from(
    [
        *(
            None,
            True,
            False,
            0,
            1,
            -1,
            100,
            101,
            10**30,
            Decimal("1.5"),
            Decimal(1),
            "",
            "a",
            "a\n",
        ),
        *(
            "x" * 64,
            "x" * 65,
            "x" * 256,
            "é",
            "\u212aIOSK",
            "a@b",
            "a b",
            " a",
            "15s",
            "15s\n",
            "/a",
        ),
        *("https://a", "http://u:p@a", "Token", "Admin", "WFC_PRO_WINDOWS", "never", "owned", "*"),
    ]
)
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["a", "", "kind", "count", "Token"]), inner, max_size=2)
    ),
    max_leaves=4,
)


def paths(value: Json, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    entries: Json = value.items() if isinstance(value, dict) else ()
    entries = enumerate(value) if isinstance(value, list) else entries
    for key, inner in entries:
        found += paths(inner, (*path, key))
    return found


@st.composite
def mutants(draw: st.DrawFn) -> tuple[str, Any]:
    name = draw(st.sampled_from(sorted(SAMPLES)))
    value: Any = copy.deepcopy(SAMPLES[name])
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from(paths(value)[1:] or [()]))
        if not path:
            return name, draw(ANYTHING)
        box = value
        for key in path[:-1]:
            box = box[key]
        action = draw(st.sampled_from(["replace", "remove", "add"]))
        if action == "remove":
            del box[path[-1]]
        elif action == "add" and isinstance(box, dict):
            box[draw(st.sampled_from(["extra", "", "Name", "limits", "parametersFile"]))] = draw(
                ANYTHING
            )
        else:
            box[path[-1]] = draw(ANYTHING)
    return name, value
