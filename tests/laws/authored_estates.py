"""Repositories as a good administrator writes them, to be found again from what they render to."""

from collections.abc import Mapping
from random import Random

PROJECT = """\
kind: Project
name: acme
sources: [sites, bootstraps, tokens, layers, fleets]
scope: {sites: ["*"], bootstraps: ["*"], tokens: ["*"]}
"""
_LAYERS = """\
kind: Layer
name: retail-base
parameters:
  proxy: {host: proxy.acme.example, port: 3128, bypass: [10.0.0.0/8, "*.acme.example"]}
  kiosk: {idleSeconds: 30, enabled: true, apps: [launcher, scanner]}
  apps: [{name: scanner, version: "9.8.1"}, {name: ptt, version: "4.2"}]
  telemetry: {url: "https://telemetry.acme.example/v2", everySeconds: 300, guest: null}
"""
_REGION = """\
---
kind: Layer
name: region-{region}
parameters:
  locale: {{zone: {zone}, currency: {currency}, language: {language}}}
  help: "{phone}"
"""
_CLASS = """\
---
kind: Layer
name: class-{name}
parameters: {{device: {{scan: {scan}, volume: {volume}, keys: {keys}}}}}
"""
_FLEET = """\
kind: Fleet
name: stores
rows: [stores/*.csv]
key: store
columns:
  store: {pattern: "^[0-9]{5}$"}
  region: {enum: [nl, be, de, uk, se]}
  class: {enum: [tc52, ec50, mc33]}
  city: {}
  server: {enum: [dev03b, dev04a, dev05c]}
  voice: {optional: true}
  idle: {type: integer, optional: true}
documents:
  site: {kind: Site, name: "site-${store}", proServerName: "${server}"}
  settings:
    kind: Bootstrap
    name: "store-${store}"
    extends: [retail-base, "region-${region}", "class-${class}"]
    parameters:
      site: "site-${store}"
      store: {region: "${region}", class: "${class}"}
      config: "https://cfg.acme.example/sites/${store}/cfg"
      kiosk: {idleSeconds: "${idle}"}
  counter:
    kind: Token
    name: "STORE-${store}"
    appId: WFC_PRO_ANDROID
    bootstrap: "store-${store}"
    description: "${city}, counter"
  voice:
    kind: Token
    name: "STORE-${store}-${voice}"
    appId: WFC_PRO_IOS
    bootstrap: "store-${store}"
    description: "${city}, sales floor"
exceptions:
"""
_EXCEPTION = """\
  - row: "{store}"
    document: settings
    set: {values}
    until: "2027-12-31"
    reason: "INC-{number}"
"""
_REGIONS = {
    "nl": ("Europe/Amsterdam", "EUR", "nl-NL", "+31 20 555 0100"),
    "be": ("Europe/Brussels", "EUR", "nl-BE", "+32 2 555 0100"),
    "de": ("Europe/Berlin", "EUR", "de-DE", "+49 30 555 0100"),
    "uk": ("Europe/London", "GBP", "en-GB", "+44 20 5550 0100"),
    "se": ("Europe/Stockholm", "SEK", "sv-SE", "+46 8 555 0100"),
}
_CLASSES = {
    "tc52": ("true", 7, "[scan, ptt]"),
    "ec50": ("true", 5, "[scan]"),
    "mc33": ("false", 9, "[]"),
}
_CITIES = (
    "Utrecht",
    "Gent",
    "Köln",
    "Zwolle",
    "Liège",
    "Aachen",
    "Breda",
    "Namur",
    "York",
    "Malmö",
)
_EXCEPTIONS = (
    '{{/parameters/apps/0/version: "9.9.0-{number}"}}',
    "{{/parameters/telemetry/everySeconds: {number}}}",
    '{{/parameters/pilot: {{ring: {number}, since: "2026-11-01"}}}}',
    "{{/parameters/proxy/host: proxy-{number}.acme.example}}",
)
_IRREGULAR = 50
"""One store in so many has an exception."""


def authored_estate(stores: int, seed: int) -> Mapping[str, str]:
    """Path to text; one list of rows for each region."""
    random = Random(seed)  # noqa: S311 -- the same estate each time, no secrets
    rows: dict[str, list[str]] = {region: [] for region in _REGIONS}
    exceptions: list[str] = []
    for number in range(stores):
        store, region = f"{10000 + number * 7}", random.choice(tuple(_REGIONS))
        cells = (
            *(store, region, random.choice(tuple(_CLASSES)), random.choice(_CITIES)),
            random.choice(("dev03b", "dev04a", "dev05c")),
            *(random.choice(("", "", "V")), "600" if random.random() < 1 / 20 else ""),
        )
        rows[region].append(",".join(cells))
        if number % _IRREGULAR == _IRREGULAR // 2:
            values = random.choice(_EXCEPTIONS).format(number=random.randrange(1000, 9999))
            exceptions.append(_EXCEPTION.format(store=store, values=values, number=number))
    layers = _LAYERS
    for region, (zone, currency, language, phone) in _REGIONS.items():
        layers += _REGION.format(
            region=region, zone=zone, currency=currency, language=language, phone=phone
        )
    for name, (scan, volume, keys) in _CLASSES.items():
        layers += _CLASS.format(name=name, scan=scan, volume=volume, keys=keys)
    head = "store,region,class,city,server,voice,idle\n"
    return {
        "layers/layers.yaml": layers,
        "fleets/stores.yaml": _FLEET + "".join(exceptions),
        **{f"fleets/stores/{region}.csv": head + "\n".join(rows[region]) + "\n" for region in rows},
    }
