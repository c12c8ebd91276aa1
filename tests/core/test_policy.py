from collections.abc import Sequence
from decimal import Decimal

import pytest

from reconciler.core.identity import ResourceId
from reconciler.core.origin import Origin
from reconciler.core.pattern import PatternError
from reconciler.core.policy import (
    Breach,
    Declared,
    FileRule,
    ForbidRule,
    NameRule,
    ParameterRule,
    Policy,
    RequireRule,
    Rule,
    check_policy,
    name_origin,
    path_pattern,
)
from reconciler.core.problem import Severity
from reconciler.core.resource import Desired
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS


def bootstrap(name: str, value: dict[str, JsonValue], file: str = "a.yaml") -> Desired:
    return Desired(ResourceId("Bootstrap", name), value, Origin(file, 0, 1, "/parameters"))


def token(name: str, app: str = "WFC_PRO_ANDROID", file: str = "a.yaml") -> Desired:
    value: dict[str, JsonValue] = {"appId": app, "bootstrap": "b1", "description": ""}
    return Desired(ResourceId("Token", name), value, Origin(file, 0, 1))


def breaches(policy: Policy, *objects: Desired) -> list[Breach]:
    return list(check_policy(Declared(objects, KINDS), policy))


def told(policy: Policy, *objects: Desired) -> list[str]:
    """`kind/name file:pointer`."""
    return [f"{b.object.id} {b.origin.file}:{b.origin.pointer}" for b in breaches(policy, *objects)]


class TestNames:
    def rule(self, match: str = "*", severity: Severity = Severity.ERROR) -> Policy:
        rule = Rule("/policy/names/0", "Token", match, severity, "the tills print it")
        return Policy(names=(NameRule(rule, "^STORE-[0-9]{4}$"),))

    def test_a_name_that_does_not_match_is_a_breach_that_says_why(self) -> None:
        (breach,) = breaches(self.rule(), token("STORE-1"), token("STORE-0001"))

        assert (breach.code, breach.object.id.name) == ("policy-name", "STORE-1")
        assert (breach.label, breach.rule) == ("the tills print it", "/policy/names/0")
        assert "^STORE-[0-9]{4}$" in breach.help
        assert breach.origin.pointer == "/name"

    def test_a_name_with_a_line_break_behind_it_does_not_match(self) -> None:
        assert told(self.rule(), token("STORE-0001\n"))

    def test_only_names_that_the_glob_covers_are_looked_at(self) -> None:
        assert not told(self.rule(match="store-*"), token("x"))
        assert told(self.rule(match="store-*"), token("Store-x"))

    def test_a_rule_may_only_warn(self) -> None:
        (breach,) = breaches(self.rule(severity=Severity.WARNING), token("x"))
        assert breach.severity is Severity.WARNING

    def test_other_kinds_are_left_alone(self) -> None:
        assert not told(self.rule(), bootstrap("x", {}))

    def test_the_name_of_a_generated_object_stands_in_its_cell(self) -> None:
        cell = Origin("nl.csv", 0, 7, "/store")
        made = Desired(token("x").id, {}, Origin("nl.csv", 0, 7), inherited={"/name": cell})
        assert name_origin(made) is cell

    def test_a_parameter_called_name_is_not_the_name_of_its_bootstrap(self) -> None:
        item = Desired(
            ResourceId("Bootstrap", "b"),
            {"name": "x"},
            Origin("a.yaml", 1, 9, "/parameters"),
            inherited={"/name": Origin("layer.yaml", 0, 1, "/parameters/name")},
        )
        assert name_origin(item) == Origin("a.yaml", 1, 9, "/name")


class TestRequire:
    def policy(self, path: str, kind: str = "Bootstrap") -> Policy:
        return Policy(require=(RequireRule(Rule("/policy/require/0", kind), path),))

    @pytest.mark.parametrize("proxy", [{}, {"host": None}, {"host": ""}, "none", []])
    def test_what_is_missing_null_or_empty_is_a_breach(self, proxy: JsonValue) -> None:
        assert told(self.policy("/proxy/host"), bootstrap("b", {"proxy": proxy})) == [
            "Bootstrap/b a.yaml:/parameters/proxy/host"
        ]

    @pytest.mark.parametrize("host", ["x", False, 0, {}, []])
    def test_any_other_value_will_do(self, host: JsonValue) -> None:
        assert not told(self.policy("/proxy/host"), bootstrap("b", {"proxy": {"host": host}}))

    def test_a_star_asks_it_of_every_key_and_item(self) -> None:
        networks: dict[str, JsonValue] = {"wifi": [{"psk": "x"}, {"ssid": "a"}, {}]}

        assert told(self.policy("/wifi/*/psk"), bootstrap("b", networks)) == [
            "Bootstrap/b a.yaml:/parameters/wifi/1/psk",
            "Bootstrap/b a.yaml:/parameters/wifi/2/psk",
        ]
        assert not told(self.policy("/wifi/*/psk"), bootstrap("b", {"wifi": "off"}))
        assert not told(self.policy("/wifi/*/psk"), bootstrap("b", {}))
        assert told(self.policy("/*/*"), bootstrap("b", {"a/b": {"c": ""}})) == [
            "Bootstrap/b a.yaml:/parameters/a~1b/c"
        ]

    def test_a_field_that_a_document_leaves_out_is_missing(self) -> None:
        assert told(self.policy("/description", "Token"), token("T")) == [
            "Token/T a.yaml:/description"
        ]


class TestForbid:
    def policy(self, path: str, *values: JsonValue) -> Policy:
        rule = Rule("/policy/forbid/0", "Bootstrap")
        return Policy(forbid=(ForbidRule(rule, path, values or None),))

    def test_one_of_the_values_is_a_breach(self) -> None:
        item = bootstrap("b", {"wifi": {"shop": {"security": "wep"}, "lab": {"security": "wpa3"}}})

        assert told(self.policy("/wifi/*/security", "open", "wep"), item) == [
            "Bootstrap/b a.yaml:/parameters/wifi/shop/security"
        ]

    def test_values_compare_as_json_does(self) -> None:
        assert told(self.policy("/a", 1), bootstrap("b", {"a": Decimal("1.0")}))
        assert not told(self.policy("/a", 1), bootstrap("b", {"a": True}))

    def test_without_values_whatever_is_there_is_a_breach_of_its_key(self) -> None:
        (breach,) = breaches(self.policy("/debug"), bootstrap("b", {"debug": None}))
        assert breach.at_key
        assert not told(self.policy("/debug"), bootstrap("b", {}))

    def test_the_layer_that_sets_it_is_to_blame(self) -> None:
        layer = Origin("layers/base.yaml", 0, 1, "/parameters/debug")
        item = Desired(
            ResourceId("Bootstrap", "b"),
            {"debug": True},
            Origin("a.yaml", 0, 1, "/parameters"),
            inherited={"/debug": layer},
        )
        assert told(self.policy("/debug"), item) == [
            "Bootstrap/b layers/base.yaml:/parameters/debug"
        ]


def grants(*entries: tuple[str, str, str], path: str = "") -> Policy:
    """Pairs of files and what they may declare: kind and glob."""
    return Policy(
        files=tuple(
            FileRule(Rule(f"/policy/files/{number}", kind, match), files, path)
            for number, (files, kind, match) in enumerate(entries)
        )
    )


class TestFiles:
    DUTCH = ("regions/nl/**", "*", "store-nl-*")
    BELGIAN = ("regions/be/**", "*", "store-be-*")

    @pytest.mark.parametrize(
        ("name", "file", "fine"),
        [
            ("STORE-NL-1", "regions/nl/a.yaml", True),
            ("STORE-NL-1", "regions/nl/deep/b.csv", True),
            ("STORE-NL-1", "regions/be/a.yaml", False),
            ("STORE-NL-1", "shared/a.yaml", False),
            ("STORE-FR-1", "regions/nl/a.yaml", False),
            ("STORE-FR-1", "shared/a.yaml", True),
        ],
    )
    def test_an_object_and_its_file_have_to_be_granted_to_each_other(
        self, name: str, file: str, *, fine: bool
    ) -> None:
        found = told(grants(self.DUTCH, self.BELGIAN), token(name, file=file))
        assert bool(found) is not fine

    def test_the_message_says_where_an_object_belongs(self) -> None:
        policy = grants(self.DUTCH, ("central/**", "Token", "store-nl-*"))

        (breach,) = breaches(policy, token("store-nl-1", file="x.yaml"))
        assert breach.help == "declare it in regions/nl/** or central/**"

    def test_the_message_says_what_a_file_may_declare(self) -> None:
        policy = grants(self.DUTCH, ("regions/**", "Site", "*"))

        (breach,) = breaches(policy, token("other", file="regions/nl/x.yaml"))
        assert breach.help == "regions/nl/** may declare objects store-nl-* or Site *"

    def test_a_rule_for_a_whole_kind_binds_every_object_of_it(self) -> None:
        policy = grants(("tokens/**", "Token", "*"))

        assert told(policy, token("a", file="x.yaml"), token("b", file="tokens/x.yaml")) == [
            "Token/a x.yaml:/name"
        ]
        assert told(policy, bootstrap("b", {}, file="tokens/x.yaml"))
        assert not told(policy, bootstrap("b", {}, file="x.yaml"))

    def test_a_path_is_set_only_in_its_files(self) -> None:
        policy = grants(("layers/network.yaml", "Bootstrap", "*"), path="/wifi")
        mine = Origin("layers/network.yaml", 0, 1, "/parameters/wifi")
        value: dict[str, JsonValue] = {"wifi": {"ssid": "a"}, "site": "s"}
        layered = Desired(
            ResourceId("Bootstrap", "b"),
            value,
            Origin("a.yaml", 0, 1, "/parameters"),
            inherited={"/wifi": mine},
        )
        overridden = Desired(
            layered.id,
            value,
            layered.origin,
            inherited={
                "/wifi": mine,
                "/wifi/ssid": Origin("b.yaml", 0, 1, "/parameters/wifi/ssid"),
            },
        )

        assert not told(policy, layered)
        assert told(policy, overridden) == ["Bootstrap/b b.yaml:/parameters/wifi/ssid"]
        assert told(policy, bootstrap("b", value)) == ["Bootstrap/b a.yaml:/parameters/wifi"]
        assert not told(policy, bootstrap("b", {"site": "s"}))
        (breach,) = breaches(policy, bootstrap("b", value))
        assert breach.help == "set it in layers/network.yaml"

    def test_one_that_is_granted_leaves_the_others_of_its_file_as_they_are(self) -> None:
        objects = [token(f"store-nl-{n}", file="regions/nl/a.yaml") for n in range(2)]
        assert not told(grants(("regions/nl/**", "Token", "*")), *objects)

    def test_a_path_of_other_bootstraps_is_nobodys(self) -> None:
        policy = grants(("x.yaml", "Bootstrap", "store-*"), path="/wifi")
        assert not told(policy, bootstrap("lab", {"wifi": {}}))


@pytest.mark.parametrize(
    ("glob", "covered", "left"),
    [
        ("regions/nl/**", ["regions/nl/a.yaml", "regions/nl/b/c.csv"], ["regions/nlx/a.yaml"]),
        ("**/nl.csv", ["nl.csv", "a/b/nl.csv"], ["a/xnl.csv"]),
        ("a/*.yaml", ["a/b.yaml"], ["a/b/c.yaml", "a/byaml"]),
        ("a?.csv", ["ab.csv"], ["a/.csv", "a.csv"]),
        ("a+(b)[c].{d}", ["a+(b)[c].{d}"], ["aab"]),
    ],
)
def test_a_glob_of_paths_knows_folders(glob: str, covered: Sequence[str], left: list[str]) -> None:
    pattern = path_pattern(glob)

    assert [path for path in [*covered, *left] if pattern.found_in(path)] == covered


def test_a_glob_of_paths_that_is_too_long_is_refused() -> None:
    with pytest.raises(PatternError):
        path_pattern("?" * 200)


def test_parameters_are_chosen_by_the_tokens_that_lead_to_them_by_name_or_both() -> None:
    objects = (bootstrap("b1", {}), bootstrap("b2", {}), token("T"))
    declared = Declared(objects, KINDS)

    def chosen(match: str, app_id: str | None) -> list[str]:
        rule = ParameterRule(Rule("", "Bootstrap", match), "x.json", app_id)
        return [item.id.name for item in declared.with_parameters(rule)]

    assert chosen("*", "WFC_PRO_ANDROID") == ["b1"]
    assert chosen("*", "WFC_PRO_IOS") == []
    assert chosen("b*", None) == ["b1", "b2"]
    assert chosen("b2", "WFC_PRO_ANDROID") == []
