from datetime import date, time
from pathlib import Path

import pytest

from reconciler.core.problem import InvalidInput, Misuse
from reconciler.core.project import (
    DEFAULT_SAFETY,
    Adopt,
    DriftPolicy,
    Hold,
    Ignore,
    Limits,
    Project,
    Prune,
    Rollout,
    Scope,
    Target,
    Threshold,
    Wave,
    Window,
)
from reconciler.kinds import KINDS
from reconciler.sources.project import find_project
from reconciler.sources.repository import read_repository
from tests.sources.projects import PROJECT, brief, problems_in, write_project

FULL = """\
kind: Project
name: acme-retail
id: 7f3c9a
sources: [objects, .]
scope:
  bootstraps: ["store-*", "retail-*"]
  users: ["*"]
drift: revert
prune: scope
adopt: always
safety:
  deletes: {count: 7}
  updates: {percent: 20}
  adopt: {count: 3}
  perKind: {Token: {deletes: {count: 0}, updates: {count: 1, percent: 2}, adopt: {percent: 4}}}
  allowEmpty: true
  usedTokenDays: 7
  expired: error
rollout:
  waves: [{percent: 10}, {percent: 20}, {rest: true}]
  window: {allow: "21:00-05:00", zone: Europe/Amsterdam}
holds:
  - {object: bootstrap/store-0421, until: "2026-12-01", reason: INC-4417}
release: ["Bootstrap/pilot-*", "users/*"]
secrets: [/wifi/*/psk, /door]
ignore:
  - {kind: Bootstrap, path: /telemetry, reason: "written by the device"}
targets:
  staging: {url: "https://pvm.stg.acme.example:8443/base"}
  prod:
    url: https://pvm.acme.example
    customer: ACME
    ca: certs/acme-ca.pem
    limits: {concurrency: 4, requestsPerSecond: 9, timeout: 2m, retries: 0}
    endpoints: {Token: {list: /tokens, items: /content, paging: none}, Site: {list: "", get: ""}}
    vars: {ring: canary, _N: "1"}
"""


def project_of(root: Path, text: str) -> Project:
    return read_repository(write_project(root, {}, text)).project


def test_every_field_is_read(tmp_path: Path) -> None:
    project = project_of(tmp_path, FULL)
    assert (project.name, project.id, project.prune) == ("acme-retail", "7f3c9a", Prune.SCOPE)
    assert project.sources == ("objects", ".")
    assert project.scope.globs == {"Bootstrap": ("store-*", "retail-*"), "PortalUser": ("*",)}
    assert not project.scope.covers(KINDS["Token"], "x")
    assert project.secrets == ("/wifi/*/psk", "/door")
    assert project.ignore == (Ignore("Bootstrap", "/telemetry", "written by the device"),)
    assert project.targets == {
        "staging": Target("staging", "https://pvm.stg.acme.example:8443/base"),
        "prod": Target(
            "prod",
            "https://pvm.acme.example",
            "ACME",
            "certs/acme-ca.pem",
            Limits(4, 9, 120.0, 0),
            {
                "Token": {"list": "/tokens", "items": "/content", "paging": "none"},
                "Site": {"list": "", "get": ""},
            },
            {"ring": "canary", "_N": "1"},
        ),
    }
    assert (project.drift, project.adopt) == (DriftPolicy.REVERT, Adopt.ALWAYS)
    assert project.holds == (Hold("Bootstrap", "store-0421", date(2026, 12, 1), "INC-4417"),)
    place = project.holds[0].place
    assert place is not None
    assert FULL.splitlines()[place.line - 1].endswith("reason: INC-4417}")
    assert project.release == (("Bootstrap", "pilot-*"), ("PortalUser", "*"))
    assert project.rollout == Rollout(
        (Wave(10), Wave(20), Wave(None)), Window(time(21), time(5), "Europe/Amsterdam")
    )


def test_a_threshold_that_is_not_given_keeps_its_default(tmp_path: Path) -> None:
    safety = project_of(tmp_path, FULL).safety
    assert safety.allow_empty
    assert safety.deletes == {
        "": Threshold(7, 5),
        "PortalUser": Threshold(0),
        "Token": Threshold(0),
    }
    assert safety.updates == {"": Threshold(100, 20), "Token": Threshold(1, 2)}
    assert safety.adopt == {"": Threshold(3), "Token": Threshold(None, 4)}
    assert (safety.used_token_days, safety.expired_is_error) == (7, True)


def test_what_is_left_out_is_careful(tmp_path: Path) -> None:
    project = project_of(tmp_path, PROJECT)
    assert project == Project("acme", ("objects",), Scope(dict.fromkeys(KINDS, ("*",))))
    assert (project.drift, project.adopt) == (DriftPolicy.KEEP, Adopt.IF_EQUAL)
    assert project.prune is not Prune.SCOPE
    assert project.safety == DEFAULT_SAFETY


@pytest.mark.parametrize("prune", Prune)
def test_each_way_to_prune_can_be_chosen(tmp_path: Path, prune: Prune) -> None:
    assert project_of(tmp_path, PROJECT + f"prune: {prune}\n").prune is prune


def test_two_customers_of_one_server_are_two_targets(tmp_path: Path) -> None:
    text = (
        PROJECT
        + "targets:\n  a: {url: 'http://h', customer: A}\n  b: {url: 'http://h', customer: B}\n"
    )
    assert set(project_of(tmp_path, text).targets) == {"a", "b"}


@pytest.mark.parametrize(
    ("duration", "seconds"), [("15s", 15.0), ("0.5s", 0.5), ("2m", 120.0), ("1h", 3600.0)]
)
def test_durations_have_a_unit(tmp_path: Path, duration: str, seconds: float) -> None:
    text = PROJECT + f"targets: {{prod: {{limits: {{timeout: {duration}}}}}}}\n"
    assert project_of(tmp_path, text).targets["prod"].limits.timeout_seconds == seconds


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ("drift: revrt\n", "9:8 wrong-value"),
        ("adopt: true\n", "9:8 wrong-value"),
        ("rollout: {}\n", "9:1 wrong-value"),
        ("rollout: {waves: []}\n", "9:11 wrong-value"),
        ("rollout: {waves: [{rows: {region: nl}}, {rest: true}]}\n", "9:27 wave-column"),
        ("rollout: {waves: [{rows: {}}, {rest: true}]}\n", "9:20 wrong-value"),
        ("rollout: {waves: [{rows: {a: [b]}}, {rest: true}]}\n", "9:27 wrong-type"),
        ("rollout: {waves: [{rows: {a: b}, percent: 5}, {rest: true}]}\n", "9:19 wrong-value"),
        ("rollout: {waves: [{percent: 0}]}\n", "9:29 wrong-value"),
        ("rollout: {waves: [{percent: 10}]}\n", "9:19 wrong-value"),
        ("rollout: {waves: [{rest: true}, {rest: true}]}\n", "9:19 wrong-value"),
        ("rollout: {waves: [{rest: false}]}\n", "9:19 wrong-value"),
        ("rollout: {waves: [{percent: 5, rest: true}]}\n", "9:19 wrong-value"),
        ("rollout: {waves: [{percent: 60}, {percent: 41}, {rest: true}]}\n", "9:11 wrong-value"),
        ("rollout: {window: {allow: '21:00-05:00'}}\n", "9:11 missing-field"),
        ("rollout: {window: {allow: '9-17', zone: UTC}}\n", "9:27 wrong-value"),
        ("rollout: {window: {allow: '24:00-05:00', zone: UTC}}\n", "9:27 wrong-value"),
        ("rollout: {window: {allow: '05:00-05:00', zone: UTC}}\n", "9:27 wrong-value"),
        ("rollout: {window: {allow: '21:00-05:00', zone: CET/x}}\n", "9:48 wrong-value"),
        ("rollout: {window: {allow: '21:00-05:00', zone: ../UTC}}\n", "9:48 wrong-value"),
        ("rollout: {window: {allow: '21:00-05:00', zone: Europe}}\n", "9:48 wrong-value"),
        ("holds: [{object: Site/a, until: '2026-12-01'}]\n", "9:9 missing-field"),
        ("holds: [{object: Sight/a, until: '2026-12-01', reason: x}]\n", "9:18 wrong-value"),
        ("holds: [{object: Site/a*, until: '2026-12-01', reason: x}]\n", "9:18 wrong-value"),
        ("holds: [{object: site, until: '2026-12-01', reason: x}]\n", "9:18 wrong-value"),
        ("holds: [{object: Site/a, until: '2026-02-30', reason: x}]\n", "9:33 wrong-value"),
        ("holds: [{object: Site/a, until: '1.12.2026', reason: x}]\n", "9:33 wrong-value"),
        ("holds: [{object: Site/a, until: 2026-12-01, reason: x}]\n", "9:33 yaml-ambiguous"),
        ("release: ['pilot-*']\n", "9:11 wrong-value"),
        ("release: ['*/pilot-*']\n", "9:11 wrong-value"),
        ("release: ['Sight/pilot-*']\n", "9:11 wrong-value"),
        ("safety: {usedTokenDays: -1}\n", "9:25 wrong-value"),
        ("safety: {expired: fatal}\n", "9:19 wrong-value"),
        ("safety: {adopt: {count: true}}\n", "9:25 wrong-type"),
        ("safety: {perKind: {Site: {adopt: {}}}}\n", "9:27 wrong-value"),
        ("prune: always\n", "9:8 wrong-value"),
        ("safety: {deletes: {count: -1}}\n", "9:27 wrong-value"),
        ("safety: {deletes: {percent: 101}}\n", "9:29 wrong-value"),
        ("safety: {deletes: {}}\n", "9:10 wrong-value"),
        ("safety: {deletes: 5}\n", "9:19 wrong-type"),
        ("safety: {perKind: {Layer: {}}}\n", "9:20 unknown-field"),
        ("secrets: [psk]\n", "9:11 wrong-value"),
        ("ignore: [{kind: Token, path: /a}]\n", "9:10 missing-field"),
        ("targets: {prod: {vars: {a-b: c}}}\n", "9:25 bad-name"),
        ("targets: {prod: {vars: {a: [1]}}}\n", "9:25 wrong-type"),
        ("targets: {prod: {endpoints: {Site: {write: ''}}}}\n", "9:44 wrong-value"),
        ("targets: {a: {url: 'http://h'}, b: {url: 'http://H:80/'}}\n", "9:42 target-twice"),
        (
            "targets: {a: {url: 'http://h', customer: A}, b: {url: 'http://h'}}\n",
            "9:55 target-twice",
        ),
        ("targets: {prod: {url: ftp://a}}\n", "9:23 wrong-value"),
        ("targets: {prod: {url: 'https://u:p@a'}}\n", "9:23 wrong-value"),
        ("targets: {prod: {url: 'https://a?b=c'}}\n", "9:23 wrong-value"),
        ("targets: {'a b': {}}\n", "9:11 bad-name"),
        ("targets: {prod: {limits: {timeout: 15}}}\n", "9:36 wrong-type"),
        ("targets: {prod: {limits: {timeout: 15s5}}}\n", "9:36 wrong-value"),
        ("targets: {prod: {limits: {timeout: 0s}}}\n", "9:36 wrong-value"),
        ("targets: {prod: {limits: {concurrency: 0}}}\n", "9:40 wrong-value"),
        ("targets: {prod: {endpoints: {Token: {lists: /a}}}}\n", "9:38 unknown-field"),
        ("targets: {prod: {password: x}}\n", "9:18 unknown-field"),
        ("colour: red\n", "9:1 unknown-field"),
        ("name: x\n", "9:1 yaml-duplicate-key"),
        ("id: 0421\n", "9:5 yaml-ambiguous"),
        ("---\nkind: Project\n", "1:1 project-file"),
    ],
)
def test_a_wrong_field_is_refused_at_its_place(tmp_path: Path, more: str, where: str) -> None:
    problems = problems_in(write_project(tmp_path, {}, PROJECT + more))
    assert [brief(problem) for problem in problems] == [f"pvm.yaml:{where}"]
    assert problems[0].message


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("kind: Project", "kind: Site", "1:7 wrong-value"),
        ("kind: Project\n", "", "1:1 missing-field"),
        ("name: acme", f"name: {'a' * 41}", "2:7 wrong-value"),
        ("[objects]", "[]", "3:1 wrong-value"),
        ("[objects]", "[missing]", "3:11 project-sources"),
        ("[objects]", f"[{'a' * 300}]", "3:11 project-sources"),
        ("[objects]", "[../p]", "3:11 project-sources"),
        ("[objects]", "[/etc]", "3:11 project-sources"),
        ("[objects]", "[pvm.yaml]", "3:11 project-sources"),
        ("[objects]", "['a\\b']", "3:11 project-sources"),
        ("[objects]", "[link]", "3:11 project-sources"),
        ("[objects]", '["a\\0"]', "3:11 project-sources"),
        ("  sites:", "  site:", "5:3 unknown-field"),
        ('  sites: ["*"]', "  sites: []", "5:3 wrong-value"),
    ],
)
def test_a_wrong_frame_is_refused_at_its_place(
    tmp_path: Path, old: str, new: str, where: str
) -> None:
    root = write_project(tmp_path / "root", {}, PROJECT.replace(old, new))
    (root / "link").symlink_to(tmp_path)
    assert [brief(problem) for problem in problems_in(root)] == [f"pvm.yaml:{where}"]


@pytest.mark.parametrize("text", ["", "# nothing\n", b"\xff", "- a\n", "[" * 1000])
def test_a_file_that_is_no_project_is_refused(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(InvalidInput) as invalid:
        read_repository(write_project(tmp_path, {}, text))
    assert all(p.place and p.place.file == "pvm.yaml" for p in invalid.value.problems)


def test_a_hold_outside_the_scope_is_refused_at_its_object(tmp_path: Path) -> None:
    hold = "holds: [{object: Site/other, until: '2026-12-01', reason: x}]\n"
    text = PROJECT.replace('sites: ["*"]', 'sites: ["store-*"]') + hold
    assert [brief(problem) for problem in problems_in(write_project(tmp_path, {}, text))] == [
        "pvm.yaml:9:18 hold-out-of-scope"
    ]


def test_several_wrong_fields_are_all_reported(tmp_path: Path) -> None:
    text = PROJECT.replace("acme", "x" * 41) + "drift: kept\nprune: 1\n"
    assert [brief(problem) for problem in problems_in(write_project(tmp_path, {}, text))] == [
        "pvm.yaml:2:7 wrong-value",
        "pvm.yaml:9:8 wrong-value",
        "pvm.yaml:10:8 wrong-value",
    ]


class TestFindProject:
    def test_it_is_the_folder_itself(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write_project(tmp_path, {})
        assert find_project(tmp_path) == tmp_path
        monkeypatch.chdir(tmp_path)
        assert find_project(Path()) == tmp_path

    def test_a_folder_above_is_named_but_not_used(self, tmp_path: Path) -> None:
        root = write_project(tmp_path, {})
        with pytest.raises(Misuse, match=r"no pvm\.yaml") as misuse:
            find_project(root / "objects")
        assert f"pvm -C {root}" in misuse.value.fix

    def test_no_project_anywhere_is_said_so(self, tmp_path: Path) -> None:
        with pytest.raises(Misuse, match=r"no pvm\.yaml"):
            find_project(tmp_path)

    def test_no_folder_is_said_so(self, tmp_path: Path) -> None:
        with pytest.raises(Misuse, match="not a folder"):
            find_project(tmp_path / "missing")
