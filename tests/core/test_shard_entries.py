import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.fingerprint import canonical
from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Entry, State
from reconciler.core.shard_entries import LINE_BYTES
from reconciler.core.shards import Untrusted, pack
from reconciler.core.values import ABSENT, JsonValue
from tests.core.inventories import OURS, UNSIGNED, announced, form, owned
from tests.laws.values import json_values

NAMES = st.text("abcXYZ-09", min_size=1, max_size=8)
TEXTS = st.text(max_size=8)
ENTRIES = st.builds(
    Entry,
    st.builds(ResourceId, st.sampled_from(["Site", "Bootstrap", "Token"]), NAMES),
    st.sampled_from(State),
    asked=TEXTS,
    seen=TEXTS,
    content=st.one_of(st.just(ABSENT), st.dictionaries(TEXTS, json_values(), max_size=3)),
    kept=st.dictionaries(
        st.sampled_from(["/a", "/b/c", "/é~0"]),
        st.one_of(st.just(ABSENT), json_values()),
        max_size=2,
    ),
    references=st.dictionaries(TEXTS, TEXTS, max_size=2),
    protect=st.booleans(),
)
USER = Entry(
    ResourceId("PortalUser", "J.Doe"),
    State.OWNED,
    asked="hmac-sha256:1",
    seen="hmac-sha256:2",
    content={"email": "j.doe@acme.example"},
    kept={"/role": "Admin"},
)


def plain(entry: Entry) -> JsonValue:
    """An entry as JSON, to compare numbers as JSON does."""
    content: JsonValue = ["absent"] if entry.content is ABSENT else [entry.content, 1]
    kept: JsonValue = {p: ["absent"] if v is ABSENT else [v, 1] for p, v in entry.kept.items()}
    rest: list[JsonValue] = [str(entry.id), entry.state.value, entry.asked, entry.seen]
    return [*rest, content, kept, dict(entry.references), entry.protect]


@given(ENTRIES)
def test_an_entry_comes_back_from_its_line(entry: Entry) -> None:
    line = form().line(entry)
    assert "\n" not in line
    assert canonical(plain(form().entry(line))) == canonical(plain(entry))


def test_digests_that_follow_from_the_content_take_no_room() -> None:
    entry = owned("Bootstrap", "store-1", {"a": 1, "b": {"c": 2}}, {"/a": ABSENT, "/b/c": 3})
    line = form().line(entry)
    assert "sha256" not in line
    assert form().entry(line) == entry


def test_other_digests_are_kept() -> None:
    entry = owned("Bootstrap", "store-1", {"a": 1}, key=None)
    line = form().line(entry)
    assert entry.asked in line
    assert form().entry(line) == entry


def test_an_announced_entry_that_was_never_seen_stays_so() -> None:
    assert form().entry(form().line(announced("T-1"))).seen == ""


def test_of_an_account_only_keyed_digests_are_kept() -> None:
    line = form().line(USER)
    for personal in ("Doe", "doe", "acme", "Admin", "role"):
        assert personal not in line
    found = form(logins=["x", "j.doe"]).entry(line)
    assert found.id == ResourceId("PortalUser", "j.doe")
    assert (found.asked, found.seen, found.content) == (USER.asked, USER.seen, ABSENT)


def test_an_account_that_nobody_knows_any_more_keeps_its_hash() -> None:
    line = form().line(USER)
    found = form(logins=["x"]).entry(line)
    assert found.id.name.startswith("hmac-sha256:")
    assert form().line(found) == line
    assert form().stored_key(found.id) == form().stored_key(USER.id)


@pytest.mark.parametrize("kind", ["Site", "PortalUser"])
def test_without_a_key_neither_sites_nor_accounts_are_believed(kind: str) -> None:
    bare = form(UNSIGNED)
    assert not bare.is_recorded(kind)
    with pytest.raises(Untrusted, match="would not write"):
        bare.entry(canonical({"kind": kind, "name": "x", "state": "owned"}))


def test_without_a_key_no_account_can_be_named() -> None:
    with pytest.raises(ValueError, match="key only"):
        form(UNSIGNED).stored_name(USER.id)


def test_an_entry_that_would_fill_a_shard_keeps_its_digests_only() -> None:
    noise: JsonValue = {str(n): hash_of(n) for n in range(3000)}
    entry = owned("Bootstrap", "large", noise, {"/1": "other"})
    found = form().entry(form().line(entry))
    assert (found.asked, found.seen) == (entry.asked, entry.seen)
    assert (found.content, found.kept) == (ABSENT, {})


def test_large_content_that_packs_well_is_kept() -> None:
    entry = owned("Bootstrap", "dull", {str(n): "the same again" for n in range(3000)})
    assert form().entry(form().line(entry)) == entry


def test_references_go_too_when_there_are_far_too_many() -> None:
    references = {f"/{hash_of(n)}": "${env:X}" for n in range(3000)}
    entry = Entry(
        ResourceId("Token", "t"), State.OWNED, asked="a", references=references, protect=True
    )
    line = form().line(entry)
    assert len(pack([line])) <= LINE_BYTES
    assert form().entry(line) == Entry(entry.id, State.OWNED, asked="a", protect=True)


def test_half_a_surrogate_pair_takes_only_the_content_along() -> None:
    entry = owned("Token", "t", {"x": "\ud800"})
    found = form().entry(form().line(entry))
    assert (found.content, found.asked, found.seen) == (ABSENT, entry.asked, entry.seen)


def test_a_name_that_nobody_can_send_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="can't be recorded"):
        form().line(Entry(ResourceId("Token", "\ud800"), State.OWNED))


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        "{",
        '{"kind":"Token"}',
        '{"kind":"Token","name":1,"state":"owned"}',
        '{"kind":"Token","name":"t","state":"lost"}',
        '{"kind":"Planet","name":"t","state":"owned"}',
        '{"kind":"Token","name":"t","state":"owned","more":1}',
        '{"kind":"Token","name":"t","state":"owned","asked":1}',
        '{"kind":"Token","name":"t","state":"owned","kept":[]}',
        '{"kind":"Token","name":"t","state":"owned","kept":{"/a":1}}',
        '{"kind":"Token","name":"t","state":"owned","kept":{"/a":[1,2]}}',
        '{"kind":"Token","name":"t","state":"owned","content":[],"kept":{"/x/y":[1]}}',
        '{"kind":"Token","name":"t","state":"owned","content":{},"kept":{"a":[1]}}',
        '{"kind":"Token","name":"t","state":"owned","references":{"/a":1}}',
        '{"kind":"Token","name":"t","state":"owned","content":' + "[" * 200 + "]" * 200 + "}",
    ],
)
def test_a_line_that_pvm_would_not_write_is_damage(line: str) -> None:
    with pytest.raises(Untrusted) as caught:
        form().entry(line)
    assert caught.value.sort == "damaged"


def test_a_name_of_another_project_is_read_without_its_key() -> None:
    line = form(OURS).line(USER)
    assert form(UNSIGNED).owned(line).kind == "PortalUser"
    assert form(logins=["j.doe"]).known_key(line) == ("PortalUser", "j.doe")


def hash_of(number: int) -> str:
    return announced(str(number)).asked
