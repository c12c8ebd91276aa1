"""Stores by seed: a site, a bootstrap and two tokens each, with every sort of JSON value."""

from collections.abc import Iterator
from decimal import Decimal
from random import Random

from reconciler.core.identity import ResourceId
from reconciler.core.origin import Origin
from reconciler.core.project import Limits, Project, Scope, Target
from reconciler.core.resource import Desired
from reconciler.core.values import JsonValue

SCOPE = Scope({"Site": ("site-*",), "Bootstrap": ("store-*",), "Token": ("STORE-*",)})
_CITIES = ("Utrecht", "Zürich", "Łódź", "Αθήνα", "京都", "São Paulo", "👩🏽‍🚒 yard", "Ankara\tEast")


def stores(count: int, seed: int = 0) -> tuple[Desired, ...]:
    """`4 * count` objects, the same for the same arguments."""
    random = Random(seed)  # noqa: S311 -- the same stores each time, not secrets
    return tuple(one for number in range(count) for one in _store(number, random))


def store_project(url: str = "http://127.0.0.1:1", *, secrets: tuple[str, ...] = ()) -> Project:
    """A project that owns them."""
    return Project(
        name="acme-retail",
        sources=("stores",),
        scope=SCOPE,
        secrets=secrets,
        targets={"default": store_target(url)},
    )


def store_target(url: str, concurrency: int = 8) -> Target:
    """A target that may be worked as hard as it can take."""
    limits = Limits(concurrency=concurrency, requests_per_second=100_000, retries=3)
    return Target(name="default", url=url, limits=limits)


def _store(number: int, random: Random) -> Iterator[Desired]:
    name = f"{number:05d}"
    city = random.choice(_CITIES)
    yield _desired("Site", f"site-{name}", {"proServerName": f"dev{random.randrange(9):02d}b"}, 1)
    yield _desired("Bootstrap", f"store-{name}", _parameters(name, city, random), 2)
    for line, suffix in enumerate(("", "-K"), 3):
        fields: dict[str, JsonValue] = {
            "appId": random.choice(("WFC_PRO_ANDROID", "WFC_VOICE_ANDROID")),
            "bootstrap": f"store-{name}",
            "description": f"Store {name}, {_one_line(city)}" if random.random() < 0.8 else "",
        }
        yield _desired("Token", f"STORE-{name}{suffix}", fields, line)


def _one_line(text: str) -> str:
    """Descriptions may not hold control characters; parameters may hold anything."""
    return text.replace("\t", " ")


def _parameters(name: str, city: str, random: Random) -> dict[str, JsonValue]:
    return {
        "site": f"site-{name}",
        "city": city,
        "nothing": None,
        "flag": True,
        "one": 1,
        "flags": [True, 1, False, 0, None, "1", ""],
        "big": 2**64 + random.randrange(2**70),
        "exact": Decimal(random.randrange(10**9)).scaleb(-7),
        "negative": -random.randrange(2**53),
        "kiosk": {
            "idleSeconds": random.randrange(30, 600),
            "apps": [{"id": f"app-{item}", "on": item % 2 == 0} for item in range(3)],
            "empty": {},
            "none": [],
            "a/b~c": {"": "an empty key", "ключ": city},
        },
    }


def _desired(kind: str, name: str, value: dict[str, JsonValue], line: int) -> Desired:
    pointer = "/parameters" if kind == "Bootstrap" else ""
    origin = Origin(f"stores/{name.lower()}.yaml", document=line - 1, line=line, pointer=pointer)
    return Desired(ResourceId(kind, name), value, origin)
