"""What operators copy: it parses, names what exists, and holds nothing secret."""

import re
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.server.api.metrics import PATH
from reconciler.server.settings import ADMIN_PASSWORD, Settings

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "running-the-server.md"
FILES = (
    "Dockerfile",
    "compose.yaml",
    "deploy/nginx.conf",
    "deploy/pvm.service",
    "deploy/pvm-backup.service",
    "docs/running-the-server.md",
)
KNOWN = {f"PVM_SERVER_{field.upper()}" for field in Settings.model_fields} - {
    "PVM_SERVER_ADMIN_PASSWORD"
} | {ADMIN_PASSWORD}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def compose() -> Any:  # noqa: ANN401 - YAML
    return yaml.safe_load(read("compose.yaml"))


def unit(name: str) -> ConfigParser:
    parser = ConfigParser(interpolation=None, strict=False, comment_prefixes="#", delimiters="=")
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # configparser's own way to keep the case of names
    parser.read_string(read(f"deploy/{name}"))
    return parser


@pytest.mark.parametrize("name", FILES)
def test_every_setting_that_is_named_exists(name: str) -> None:
    named = set(re.findall(r"PVM_(?:SERVER|ADMIN)_[A-Z_]*[A-Z]", read(name))) - KNOWN
    assert {one.removesuffix("_FILE") for one in named} - KNOWN == set()


def test_every_setting_is_described_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(PVM_\w+)` \| (.+?) \|", PAGE.read_text("utf-8"), re.MULTILINE))
    assert set(rows) == KNOWN
    for field, info in Settings.model_fields.items():
        default = info.default
        if isinstance(default, bool | int | float | str) and default != "":
            shown = str(default).lower() if isinstance(default, bool) else f"{default}"
            assert rows[f"PVM_SERVER_{field.upper()}"] == f"`{shown.removesuffix('.0')}`"


def test_every_metric_is_described() -> None:
    source = read("reconciler/server/api/metrics.py")
    named = set(re.findall(r"\b(pvm_[a-z_]+[a-z])\b", source))
    described = set(re.findall(r"^\| `(pvm_[a-z_]+)", PAGE.read_text("utf-8"), re.MULTILINE))
    assert named == described


def test_both_servers_and_the_proxy_may_do_no_more_than_they_need() -> None:
    services = compose()["services"]
    for name in ("migrate", "server", "proxy"):
        assert services[name]["read_only"] is True, name
        assert services[name]["cap_drop"] == ["ALL"], name
        assert services[name]["security_opt"] == ["no-new-privileges:true"], name
    assert services["server"]["deploy"]["replicas"] == 2
    assert "ports" not in services["database"] | services["server"]


def test_no_secret_stands_in_a_file_that_is_kept() -> None:
    found = compose()
    used = {name for one in found["services"].values() for name in one.get("secrets", ())}
    assert used == set(found["secrets"])
    for secret in found["secrets"].values():
        assert secret["file"].startswith("deploy/secrets/")
        assert f"{secret['file'].removeprefix('deploy/secrets/')}" in PAGE.read_text("utf-8")
    for service in found["services"].values():
        for name, value in service.get("environment", {}).items():
            if "PASSWORD" in name or "DATABASE" in name:
                assert value.startswith("/run/secrets/"), name
    assert read("deploy/secrets/.gitignore").splitlines()[1:] == ["*", "!.gitignore"]
    ignored = read(".dockerignore").splitlines()
    assert ignored[1] == "*"
    assert not any(line.startswith("!deploy") for line in ignored)


def test_the_servers_believe_the_network_of_their_proxy_alone() -> None:
    found = compose()
    (network,) = found["networks"]["inside"]["ipam"]["config"]
    assert found["services"]["server"]["environment"]["PVM_SERVER_PROXIES"] == network["subnet"]


def test_the_image_runs_as_nobody_special_and_is_asked_for_its_health() -> None:
    _, _, last = read("Dockerfile").rpartition("\nFROM ")
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert last.index("USER") < last.index("ENTRYPOINT")
    assert "/admin/api/v1/health" in last
    assert "ARG" not in last
    for name in ("server.txt", "dev.txt"):
        assert f"requirements/{name}" in read("Dockerfile")
    assert read("Dockerfile").count("--require-hashes") == 2


def test_the_image_is_built_from_what_the_wheel_needs() -> None:
    copied = set(re.findall(r"^COPY (?!--)(.+) \S+$", read("Dockerfile"), re.MULTILINE))
    names = {name for line in copied for name in line.split()}
    allowed = {line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")}
    assert all((ROOT / name).exists() for name in names)
    assert all(any(name == one or name.startswith(f"{one}/") for one in allowed) for name in names)


def test_the_proxy_closes_idle_connections_first_and_hides_the_metrics() -> None:
    text = read("deploy/nginx.conf")
    assert f"location = {PATH} {{ return 404; }}" in text
    assert "$request_uri" not in text
    assert "$args" not in text
    assert re.search(r"^ +keepalive_timeout 4s;$", text, re.MULTILINE)


def test_the_units_are_one_user_with_one_place_to_write() -> None:
    server, backup = unit("pvm.service")["Service"], unit("pvm-backup.service")["Service"]
    for name in ("User", "DynamicUser", "ProtectSystem", "UMask", "NoNewPrivileges"):
        assert server[name] == backup[name], name
    assert server["DynamicUser"] == "yes"
    assert server["ProtectSystem"] == "strict"
    assert server["StateDirectory"] in backup["StateDirectory"].split()
    assert int(server["TimeoutStopSec"]) > Settings.model_fields["shutdown_seconds"].default
    assert unit("pvm-backup.timer")["Timer"]["OnCalendar"].endswith("UTC")


def test_links_of_the_page_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", PAGE.read_text("utf-8"))
    assert [link for link in links if not (PAGE.parent / link).exists()] == []
