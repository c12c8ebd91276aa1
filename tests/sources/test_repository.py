import gc
import os
import socket
from pathlib import Path

import pytest

from reconciler.core.identity import ResourceId
from reconciler.core.problem import InvalidInput, Severity
from reconciler.sources.repository import read_repository
from tests.sources.projects import PROJECT, brief, briefly, problems_in, write_project

SITE = "kind: Site\nname: site-1\nproServerName: dev03b\n"
BOOTSTRAP = "kind: Bootstrap\nname: store-1\nparameters: {site: site-1}\n"
LAYER = "kind: Layer\nname: base\nparameters: {a: 1}\n"
TOKEN = "kind: Token\nname: STORE-1\nappId: WFC_PRO_ANDROID\nbootstrap: store-1\n"


def test_documents_become_objects_with_their_origin(tmp_path: Path) -> None:
    user = "kind: PortalUser\nname: j.doe\nuserName: Jane\nrole: Admin\nemail: j@acme.example\n"
    text = f"{SITE}---\n{BOOTSTRAP}protect: true\n---\n{TOKEN}"
    repository = read_repository(
        write_project(tmp_path, {"objects/a.yaml": text, "objects/deep/b.yml": user})
    )
    assert repository.problems == ()
    assert [str(item.id) for item in repository.declared] == [
        "Site/site-1",
        "Bootstrap/store-1",
        "Token/STORE-1",
        "PortalUser/j.doe",
    ]
    site, bootstrap, token, person = repository.declared
    assert site.value == {"proServerName": "dev03b"}
    assert (bootstrap.value, bootstrap.protect) == ({"site": "site-1"}, True)
    assert (bootstrap.origin.line, bootstrap.origin.pointer) == (5, "/parameters")
    assert token.value == {
        "appId": "WFC_PRO_ANDROID",
        "bootstrap": "store-1",
        "description": "",
    }
    assert (token.origin.document, token.origin.line) == (2, 10)
    assert person.origin.file == "objects/deep/b.yml"
    assert repository.files == ("objects/a.yaml", "objects/deep/b.yml", "pvm.yaml")


def test_objects_come_in_the_order_of_paths(tmp_path: Path) -> None:
    files = {
        f"objects/{name}.yaml": f"kind: Site\nname: {name.replace('/', '-')}\nproServerName: x\n"
        for name in ("b", "a/z", "a", "c")
    }
    repository = read_repository(write_project(tmp_path, files))
    assert [item.id.name for item in repository.declared] == ["a", "a-z", "b", "c"]


def test_all_sorts_of_problems_are_found_at_once(tmp_path: Path) -> None:
    root = write_project(
        tmp_path,
        {
            "objects/a.yaml": "kind: Token\nname: T-1\nappId: X\nbootstrap: nowhere\n",
            "objects/b.yaml": "a: 0421\n",
            "objects/c.yaml": "kind: Bootstrap\nname: b\nparameters: {}\nparametrs: {}\n",
            "objects/d.yaml": TOKEN.replace("store-1", "store-2"),
            "objects/e.yaml": f"{SITE}---\n{SITE}",
            "objects/f.yaml": "kind: Fleets\nname: x\n",
            "objects/g.yaml": "[\n",
            "objects/h.yaml": b"\xff",
        },
    )
    assert briefly(root) == [
        "objects/a.yaml:3:8 wrong-value",
        "objects/b.yaml:1:4 yaml-ambiguous",
        "objects/c.yaml:4:1 unknown-field",
        "objects/d.yaml:4:12 token-unknown-bootstrap",
        "objects/e.yaml:6:7 site-declared-twice",
        "objects/f.yaml:1:7 unknown-kind",
        "objects/g.yaml:2:1 yaml-syntax",
        "objects/h.yaml:1:1 file-encoding",
    ]


def test_one_cause_in_many_places_is_one_problem(tmp_path: Path) -> None:
    text = "---\n".join(TOKEN.replace("STORE-1", f"T-{n}") for n in range(300))
    (problem,) = problems_in(write_project(tmp_path, {"objects/a.yaml": text}))
    assert problem.count == 300
    assert brief(problem) == "objects/a.yaml:4:12 token-unknown-bootstrap"
    assert len(problem.related) == 19


def test_a_duplicate_names_both_places(tmp_path: Path) -> None:
    files = {"objects/a.yaml": TOKEN, "objects/b.yaml": f"{BOOTSTRAP}---\n{TOKEN}".swapcase()}
    files["objects/b.yaml"] = f"{BOOTSTRAP}---\n{TOKEN.replace('STORE-1', 'Store-1')}"
    (problem,) = (
        p for p in problems_in(write_project(tmp_path, files)) if p.severity is Severity.ERROR
    )
    assert brief(problem) == "objects/b.yaml:6:7 token-declared-twice"
    assert [(place.file, place.line) for place in problem.related] == [("objects/a.yaml", 2)]


def test_what_refers_to_a_broken_document_is_not_at_fault_as_well(tmp_path: Path) -> None:
    broken = "kind: Bootstrap\nname: store-1\nparameters: {}\nextra: 1\n"
    unreadable = "kind: Bootstrap\nname: store-2\nparameters: {a: [}\n"
    second = TOKEN.replace("store-1", "store-2").replace("STORE-1", "STORE-2")
    files = {
        "objects/a.yaml": broken,
        "objects/b.yaml": unreadable,
        "objects/c.yaml": f"{TOKEN}---\n{second}",
    }
    assert briefly(write_project(tmp_path, files)) == [
        "objects/a.yaml:4:1 unknown-field",
        "objects/b.yaml:3:18 yaml-syntax",
    ]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (TOKEN.replace("STORE-1", "A" * 65), "2:7 bad-name"),
        (TOKEN.replace("STORE-1", '"STORE-1\\n"'), "2:7 bad-name"),
        (TOKEN.replace("STORE-1", "\u212aIOSK"), "2:7 bad-name"),
        (TOKEN.replace("STORE-1", "a b"), "2:7 bad-name"),
        (TOKEN.replace("STORE-1", "421"), "2:7 wrong-type"),
        (TOKEN.replace("STORE-1", "null"), "2:7 wrong-type"),
        (TOKEN.replace("name: STORE-1\n", ""), "1:1 missing-field"),
        (TOKEN.replace("WFC_PRO_ANDROID", "WFC_PRO_WINDOWS"), "3:8 wrong-value"),
        (TOKEN + "protect: 1\n", "5:10 wrong-type"),
        (TOKEN + f"description: {'x' * 256}\n", "5:14 wrong-value"),
        (TOKEN + "extends: [a]\n", "5:1 unknown-field"),
        (TOKEN + "renamedFrom: [a b]\n", "5:15 wrong-value"),
        (TOKEN + "renamedFrom: []\n", "5:1 wrong-value"),
        (TOKEN + "renamedFrom: OLD\n", "5:14 wrong-type"),
        (BOOTSTRAP + "remove: [/a]\n", "4:1 wrong-field"),
        (BOOTSTRAP + "extends: []\n", "4:1 wrong-value"),
        (BOOTSTRAP + "extends: base\n", "4:10 wrong-type"),
        (BOOTSTRAP + "extends: [base]\n", "4:11 bootstrap-unknown-layer"),
        (f"{LAYER}---\n{BOOTSTRAP}extends: [bsae]\n", "8:11 bootstrap-unknown-layer"),
        (f"{LAYER}---\n{BOOTSTRAP}extends: [base]\nremove: [/b]\n", "9:10 removes-nothing"),
        (f"{LAYER}---\n{BOOTSTRAP}extends: [base]\nremove: [a]\n", "9:10 wrong-value"),
        (f"{LAYER}---\n{LAYER}", "6:7 layer-declared-twice"),
        (LAYER + "protect: true\n", "4:1 unknown-field"),
        (LAYER.replace("parameters: {a: 1}\n", ""), "1:1 missing-field"),
        (BOOTSTRAP.replace("site-1", '"${store}"'), "3:20 column-misplaced"),
        (BOOTSTRAP.replace("site:", '"${a}":'), "3:14 column-misplaced"),
        (TOKEN.replace("STORE-1", '"STORE-${n}"'), "2:7 column-misplaced"),
        (BOOTSTRAP.replace("parameters: {site: site-1}\n", ""), "1:1 missing-field"),
        (BOOTSTRAP.replace("{site: site-1}", "[]"), "3:1 wrong-type"),
        (BOOTSTRAP + "parametersFile: x.json\n", "4:1 wrong-field"),
        ("kind: Fleet\nname: x\n", "1:1 missing-field"),
        ("kind: Project\nname: x\n", "1:7 unknown-kind"),
        ("kind: Bootstraps\n", "1:7 unknown-kind"),
        ("kind: 1\n", "1:7 unknown-kind"),
        ("name: x\n", "1:1 missing-field"),
        ("- kind: Site\n", "1:1 wrong-type"),
        ("just text\n", "1:1 wrong-type"),
    ],
)
def test_a_wrong_document_is_refused_at_its_place(tmp_path: Path, text: str, where: str) -> None:
    problems = problems_in(write_project(tmp_path, {"objects/a.yaml": text}))
    errors = [p for p in problems if p.severity is Severity.ERROR]
    assert [brief(p).removeprefix("objects/a.yaml:") for p in errors][:1] == [where]


def test_a_bootstrap_takes_over_its_layers(tmp_path: Path) -> None:
    """Whatever the order of the files: the layer stands in the last one."""
    text = "kind: Bootstrap\nname: store-1\nextends: [base]\n"
    files = {"objects/a.yaml": text, "objects/z.yaml": LAYER}
    repository = read_repository(write_project(tmp_path, files))
    assert repository.problems == ()
    (one,) = repository.declared
    assert one.value == {"a": 1}
    assert str(one.origin_of("/a")) == "objects/z.yaml:1"


def test_a_broken_layer_is_the_only_fault_of_what_extends_it(tmp_path: Path) -> None:
    files = {
        "objects/a.yaml": f"{BOOTSTRAP}extends: [base]\n---\n{TOKEN}",
        "objects/z.yaml": f"{LAYER}protect: true\n",
    }
    assert briefly(write_project(tmp_path, files)) == ["objects/z.yaml:4:1 unknown-field"]


def test_an_unknown_field_is_answered_with_the_nearest(tmp_path: Path) -> None:
    (problem,) = (
        p
        for p in problems_in(write_project(tmp_path, {"objects/a.yaml": TOKEN + "descripton: x\n"}))
    )
    assert problem.help == 'did you mean "description"?'
    assert problem.object == ResourceId("Token", "STORE-1")


def test_a_doubled_dollar_is_a_literal_one(tmp_path: Path) -> None:
    text = 'kind: Bootstrap\nname: b\nparameters: {"$${a}": ["x$${y}", "$$${z}", "$", 1]}\n'
    repository = read_repository(write_project(tmp_path, {"objects/a.yaml": text}))
    assert repository.problems == ()
    assert repository.declared[0].value == {"${a}": ["x${y}", "$${z}", "$", 1]}


def test_no_secret_is_shown_whatever_is_wrong_with_it(tmp_path: Path) -> None:
    lines = [
        "kind: Bootstrap",
        "name: b",
        "parameters:",
        "  password: 04211",
        "  door: 04212",
        "  wifi: {psk: {inner: 04213}}",
        "  api_key: ${04214}",
        "  deep:",
        "    secret:",
        "      - 04215",
    ]
    project = PROJECT + "secrets: [/door]\n"
    root = write_project(tmp_path, {"objects/a.yaml": "\n".join(lines)}, project)
    problems = problems_in(root)
    assert sum(problem.count for problem in problems) == 4
    assert "0421" not in repr(problems)


class TestParametersFile:
    TEXT = "kind: Bootstrap\nname: b\nparametersFile: voice.json\n"

    def test_its_object_is_the_value(self, tmp_path: Path) -> None:
        files = {"objects/a.yaml": self.TEXT, "objects/voice.json": '{\n "a": 1.10,\n "b": [2]\n}'}
        repository = read_repository(write_project(tmp_path, files))
        assert repository.problems == ()
        (item,) = repository.declared
        assert str(item.value["a"]) == "1.10"
        assert item.origin.file == "objects/a.yaml"
        assert str(item.origin_of("/b/0")) == "objects/voice.json:3"
        assert "objects/voice.json" in repository.files

    @pytest.mark.parametrize(
        ("content", "where"),
        [
            ('{"a": 1,\n "a": 2}', "voice.json:2:2 parameters-json"),
            ('{"a": NaN}', "voice.json:1:7 parameters-json"),
            ('{"a": 1,}', "voice.json:1:9 parameters-json"),
            ("[]", "voice.json:1:1 parameters-json"),
            ("null", "voice.json:1:1 parameters-json"),
            (b"\xff", "voice.json:1:1 file-encoding"),
            ('{"a":' * 64 + "{}" + "}" * 64, "voice.json:1:1 parameters-json"),
            ("[" * 100_000, "voice.json:1:129 parameters-json"),
            ('{"a": "${x}"}', "voice.json:1:7 column-misplaced"),
            ('{"a": "' + "x" * 300 * 1024 + '"}', "a.yaml:3:1 parameters-too-large"),
        ],
    )
    def test_a_wrong_file_is_refused_at_its_place(
        self, tmp_path: Path, content: str | bytes, where: str
    ) -> None:
        files = {"objects/a.yaml": self.TEXT, "objects/voice.json": content}
        assert briefly(write_project(tmp_path, files)) == [f"objects/{where}"]

    @pytest.mark.parametrize(
        "path", ["voice.txt", "../../x.json", "/etc/x.json", "missing.json", "link.json", "../.."]
    )
    def test_only_a_file_of_the_project_is_read(self, tmp_path: Path, path: str) -> None:
        root = write_project(tmp_path / "p", {"objects/a.yaml": self.TEXT})
        (root / "objects/a.yaml").write_text(self.TEXT.replace("voice.json", path))
        (tmp_path / "x.json").write_text("{}")
        (root / "objects/link.json").symlink_to(tmp_path / "x.json")
        assert briefly(root) == ["objects/a.yaml:3:17 parameters-file"]


def test_parameters_above_256_kib_are_refused_and_those_below_are_not(tmp_path: Path) -> None:
    fits = "x" * (256 * 1024 - len('{"a":""}'))
    text = "kind: Bootstrap\nname: {}\nparameters: {{a: {}}}\n"
    root = write_project(
        tmp_path,
        {
            "objects/a.yaml": text.format("fits", fits),
            "objects/b.yaml": text.format("b", fits + "x"),
        },
    )
    assert briefly(root) == ["objects/b.yaml:3:1 parameters-too-large"]


def test_parameters_that_grow_by_aliases_are_measured(tmp_path: Path) -> None:
    text = (
        "kind: Bootstrap\nname: b\nparameters:\n"
        f"  a: &a {'x' * 1000}\n  b: &b [{', '.join(['*a'] * 20)}]\n"
        f"  c: [{', '.join(['*b'] * 20)}]\n"
    )
    assert briefly(write_project(tmp_path, {"objects/a.yaml": text})) == [
        "objects/a.yaml:3:1 parameters-too-large"
    ]


def test_the_source_hash_is_that_of_paths_and_bytes(tmp_path: Path) -> None:
    def hash_of(files: dict[str, str | bytes]) -> str:
        root = tmp_path / str(len(list(tmp_path.iterdir())))
        return read_repository(write_project(root, files)).source_hash

    first = hash_of({"objects/a.yaml": SITE})
    assert first.startswith("sha256:")
    assert first == hash_of({"objects/a.yaml": SITE, "other/x.yaml": SITE, "objects/x.txt": "x"})
    others = [
        hash_of({"objects/b.yaml": SITE}),
        hash_of({"objects/a.yaml": SITE + "# x\n"}),
        hash_of({"objects/a.yaml": SITE, "objects/b.yaml": ""}),
    ]
    assert len({first, *others}) == 4


def test_hidden_files_and_other_endings_are_left_out(tmp_path: Path) -> None:
    files = dict.fromkeys(
        ["objects/.a.yaml", "objects/.git/a.yaml", "objects/a.txt", "objects/a.yaml~"], "["
    )
    repository = read_repository(write_project(tmp_path, {**files, "objects/B.YAML": SITE}))
    assert repository.problems == ()
    assert repository.files == ("objects/B.YAML", "pvm.yaml")


def test_folders_that_overlap_are_read_once(tmp_path: Path) -> None:
    project = PROJECT.replace("[objects]", "[., objects, objects/deep, ./objects]")
    root = write_project(tmp_path, {"objects/deep/a.yaml": SITE}, project)
    assert [str(item.id) for item in read_repository(root).declared] == ["Site/site-1"]


class TestLinks:
    def test_one_that_leads_out_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "x.yaml").write_text(SITE)
        (tmp_path / "folder").mkdir()
        root = write_project(tmp_path / "p", {})
        (root / "objects/a.yaml").symlink_to(tmp_path / "x.yaml")
        (root / "objects/b").symlink_to(tmp_path / "folder")
        (root / "objects/c").symlink_to(tmp_path / "x.yaml")
        (problem,) = problems_in(root)
        assert (brief(problem), problem.count) == ("objects/a.yaml:1:1 file-outside", 2)
        assert [place.file for place in problem.related] == ["objects/b"]

    def test_one_that_stays_inside_is_followed(self, tmp_path: Path) -> None:
        root = write_project(tmp_path, {"common/a.yaml": SITE})
        (root / "objects/b").symlink_to(root / "common")
        assert [item.origin.file for item in read_repository(root).declared] == ["objects/b/a.yaml"]

    def test_a_loop_ends(self, tmp_path: Path) -> None:
        root = write_project(tmp_path, {"objects/a.yaml": SITE})
        (root / "objects/loop").symlink_to(root / "objects")
        assert briefly(root) == ["objects/loop:1:1 file-loop"]

    def test_one_to_nothing_is_a_problem(self, tmp_path: Path) -> None:
        root = write_project(tmp_path, {})
        (root / "objects/a.yaml").symlink_to(root / "gone.yaml")
        assert briefly(root) == ["objects/a.yaml:1:1 file-unreadable"]


def test_a_pipe_or_socket_is_not_waited_for(tmp_path: Path) -> None:
    root = write_project(tmp_path, {})
    os.mkfifo(root / "objects/a.yaml")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(root / "objects/b.yaml"))
        assert briefly(root) == [
            "objects/a.yaml:1:1 file-unreadable",
            "objects/b.yaml:1:1 file-unreadable",
        ]


def test_a_name_that_is_not_utf_8_is_a_problem(tmp_path: Path) -> None:
    root = write_project(tmp_path, {})
    (Path(os.fsdecode(os.fsencode(root / "objects") + b"/\xff.yaml"))).write_text(SITE)
    (problem,) = problems_in(root)
    assert problem.code == "file-name"
    assert str(problem.place).isascii()


def test_a_project_file_that_can_t_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="can't be read"):
        read_repository(tmp_path)


def test_documents_are_checked_although_the_project_file_is_wrong(tmp_path: Path) -> None:
    root = write_project(tmp_path, {"objects/a.yaml": "a: 0421\n"}, PROJECT + "color: red\n")
    assert briefly(root) == ["pvm.yaml:9:1 unknown-field", "objects/a.yaml:1:4 yaml-ambiguous"]


def test_warnings_come_with_their_severity(tmp_path: Path) -> None:
    text = f"{TOKEN.replace('STORE-1', 'STORE_1')}---\n{BOOTSTRAP}---\n{SITE}"
    (problem,) = problems_in(write_project(tmp_path, {"objects/a.yaml": text}))
    assert (brief(problem), problem.severity) == (
        "objects/a.yaml:2:7 token-underscore",
        Severity.WARNING,
    )


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_is_left_as_it_was(tmp_path: Path, *, enabled: bool) -> None:
    root = write_project(tmp_path, {"objects/a.yaml": SITE})
    was_on = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        read_repository(root)
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if was_on else gc.disable)()
