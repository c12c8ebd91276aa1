"""What the action does with what pvm says: one comment, one issue, and the right exit code."""

import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from tests.cli.loopback import listening
from tests.cli.repositories import Repository
from tests.forges.github import Runner
from tests.remote.fake_server import LOGIN_NAME, PASSWORD, FakeServer

# Writes a result that tells how it was called, and ends as it is told.
STAND_IN = (
    'echo "pvm $*" >> "$RUNNER_TEMP/calls"',
    'for word in "$@"; do case "$word" in',
    '  markdown=*) if [ -z "$SAYS_NOTHING" ]; then echo "${SAYS:-### pvm $*}" > "${word#*=}"; fi;;',
    "esac; done",
    "exit ${CODE:-0}",
)
PLAN_MARK, DRIFT_MARK = "<!-- pvm plan . -->", "<!-- pvm drift . -->"
BOT, PERSON = {"type": "Bot"}, {"type": "User"}

Make = Callable[..., Runner]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def made(pvm: Sequence[str] = STAND_IN) -> Runner:
        checkout = tmp_path / "checkout"
        checkout.mkdir(exist_ok=True)
        machine = tmp_path / "machine"
        machine.mkdir()
        return Runner(machine, checkout).write(pvm)

    return made


@pytest.fixture
def runner(make: Make) -> Runner:
    return make()


def calls(runner: Runner) -> list[str]:
    return (runner.folder / "temp" / "calls").read_text(encoding="utf-8").splitlines()


def test_the_second_plan_takes_the_place_of_the_first(runner: Runner) -> None:
    first = runner.run("plan", PULL_REQUEST="5", SAYS="### one")
    second = runner.run("plan", PULL_REQUEST="5", SAYS="### two")

    (comment,) = runner.state["comments"]
    assert (first.code, second.code, comment["issue"]) == (0, 0, 5)
    assert comment["body"].startswith(f"{PLAN_MARK}\n### two\n")
    assert "0123456789ab" in comment["body"]
    assert second.summary == "### two\n"


def test_each_target_has_its_comment(runner: Runner) -> None:
    runner.run("plan", PULL_REQUEST="5", INPUT_TARGET="staging")
    runner.run("plan", PULL_REQUEST="5", INPUT_TARGET="prod")

    marks = [comment["body"].splitlines()[0] for comment in runner.state["comments"]]
    assert marks == ["<!-- pvm plan staging -->", "<!-- pvm plan prod -->"]
    assert "--target prod --out" in calls(runner)[1]


def test_projects_in_different_folders_have_a_comment_each(runner: Runner) -> None:
    """Their targets often have the same name."""
    for folder in ("nl", "be"):
        (runner.checkout / folder).mkdir()
        runner.run("plan", PULL_REQUEST="5", INPUT_DIRECTORY=folder, INPUT_TARGET="prod")

    marks = [comment["body"].splitlines()[0] for comment in runner.state["comments"]]
    assert marks == ["<!-- pvm plan nl prod -->", "<!-- pvm plan be prod -->"]


def test_the_words_of_a_person_are_left_alone_whatever_they_begin_with(runner: Runner) -> None:
    runner.put("comments", {"id": 1, "issue": 5, "user": PERSON, "body": f"{PLAN_MARK} mine"})
    runner.put("comments", {"id": 2, "issue": 5, "user": BOT, "body": "another bot's"})

    runner.run("plan", PULL_REQUEST="5")

    assert [comment["body"] for comment in runner.state["comments"]][:2] == [
        f"{PLAN_MARK} mine",
        "another bot's",
    ]
    assert len(runner.state["comments"]) == 3


def test_the_longest_plan_fits_into_a_comment(runner: Runner) -> None:
    ran = runner.run("plan", PULL_REQUEST="5", SAYS="x" * 60_000)

    assert ran.code == 0
    assert len(runner.state["comments"][0]["body"]) < 60_500


@pytest.mark.parametrize("code", [65, 77])
def test_a_plan_that_can_not_be_made_fails_and_replaces_the_last_one(
    runner: Runner, code: int
) -> None:
    runner.run("plan", PULL_REQUEST="5", SAYS="### one")

    ran = runner.run("plan", PULL_REQUEST="5", CODE=str(code), SAYS_NOTHING="1")

    (comment,) = runner.state["comments"]
    assert ran.code == code
    assert f"### There is no plan\n\npvm ended with exit code {code};" in comment["body"]
    assert "https://github.example/acme/stores/actions/runs/77" in comment["body"]


def test_without_a_pull_request_a_plan_is_a_summary_alone(runner: Runner) -> None:
    ran = runner.run("plan", SAYS="### one")

    assert (ran.code, ran.summary, runner.state["asked"]) == (0, "### one\n", [])


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_comment_that_can_not_be_written_fails_and_is_not_written_twice(
    runner: Runner, method: str
) -> None:
    ran = runner.run("plan", PULL_REQUEST="5", FAKE_GH_FAILS=method)

    assert ran.code == 1
    assert "HTTP 503" in ran.said
    assert runner.state["comments"] == []


def test_drift_is_one_issue_until_it_is_gone(runner: Runner) -> None:
    for _ in range(2):
        ran = runner.run("drift", CODE="3", SAYS="### drift")
        assert (ran.code, ran.output) == (0, "exit-code=3\nartifact=pvm-drift-.\n")
        (issue,) = runner.state["issues"]
        assert issue["title"] == "The server differs from Git: ."
        assert issue["body"].startswith(f"{DRIFT_MARK}\n### drift\n")

    gone = runner.run("drift")

    (issue,) = runner.state["issues"]
    assert (gone.code, issue["state"], issue["state_reason"]) == (0, "closed", "completed")
    assert "as the files say again" in runner.state["comments"][0]["body"]


def test_drift_that_comes_back_is_a_new_issue(runner: Runner) -> None:
    for code in ("3", "0", "3"):
        runner.run("drift", CODE=code)

    assert [issue["state"] for issue in runner.state["issues"]] == ["closed", "open"]


def test_without_drift_and_issue_nothing_is_written(runner: Runner) -> None:
    runner.run("drift")

    assert runner.state["asked"] == [
        "GET repos/acme/stores/issues?state=open&sort=created&direction=asc&per_page=100"
    ]


@pytest.mark.parametrize("code", [1, 65, 77])
def test_not_knowing_whether_there_is_drift_fails_and_leaves_the_issue(
    runner: Runner, code: int
) -> None:
    runner.run("drift", CODE="3")
    before = runner.state["issues"]

    ran = runner.run("drift", CODE=str(code), SAYS_NOTHING="1")

    assert ran.code == code
    assert f"exit-code={code}\n" in ran.output
    assert runner.state["issues"] == before


def test_a_pull_request_and_a_person_s_issue_are_not_taken_for_ours(runner: Runner) -> None:
    theirs = {"number": 1, "state": "open", "body": DRIFT_MARK}
    runner.put("issues", {**theirs, "user": BOT, "pull_request": {"url": "…"}})
    runner.put("issues", {**theirs, "number": 2, "user": PERSON})
    runner.put("issues", {**theirs, "number": 3, "user": BOT, "body": None})

    runner.run("drift")

    assert [issue["state"] for issue in runner.state["issues"]] == ["open"] * 3


def test_an_issue_that_can_not_be_looked_for_is_not_opened_again(runner: Runner) -> None:
    ran = runner.run("drift", CODE="3", FAKE_GH_FAILS="GET")

    assert ran.code == 1
    assert runner.state["issues"] == []


def test_apply_does_nothing_but_the_plan_that_is_kept(runner: Runner) -> None:
    assert runner.run("apply", INPUT_TARGET="prod").code == 0

    folder = runner.folder / "temp" / "pvm"
    report = f"--report markdown={folder / 'result.md'}"
    assert calls(runner) == [
        f"pvm -C . plan --target prod --out {folder / 'plan.json'} {report}",
        f"pvm -C . apply {folder / 'plan.json'} --target prod {report}",
    ]


@pytest.mark.parametrize("code", [4, 7])
def test_what_apply_could_not_do_fails(make: Make, code: int) -> None:
    ends = f'if [ "$3" = apply ]; then exit {code}; fi'
    runner = make((ends, *STAND_IN))

    ran = runner.run("apply")

    assert ran.code == code
    assert f"exit-code={code}\n" in ran.output


def test_what_became_of_the_plan_stands_below_it(make: Make) -> None:
    """Also where an apply does only a part; one that can't begin leaves no second summary."""
    runner = make((*STAND_IN[:-1], 'if [ "$3" = apply ]; then exit 7; fi'))
    ran = runner.run("apply")

    first, second = ran.summary.strip().split("\n\n")
    assert (ran.code, " plan " in first, " apply " in second) == (7, True, True)
    assert runner.run("apply", SAYS_NOTHING="1").summary.count("###") == 1


def test_without_a_plan_nothing_is_applied(runner: Runner) -> None:
    assert runner.run("apply", CODE="69").code == 69
    assert len(calls(runner)) == 1


@pytest.mark.parametrize("code", [0, 65])
def test_checking_the_files_ends_as_pvm_does_and_asks_github_nothing(
    runner: Runner, code: int
) -> None:
    assert runner.run("validate", CODE=str(code), PULL_REQUEST="5").code == code
    assert runner.state["asked"] == []


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("plan", {"INPUT_TARGET": "prod; rm -rf /"}),
        ("plan", {"INPUT_DIRECTORY": '"; id; "'}),
        ("export", {}),
    ],
)
def test_what_could_be_taken_for_a_command_is_refused(
    runner: Runner, command: str, said: Mapping[str, str]
) -> None:
    ran = runner.run(command, **said)

    assert ran.code == 64
    assert "::error::" in ran.said
    assert not (runner.folder / "temp" / "calls").exists()


@pytest.fixture
def server() -> Iterator[tuple[FakeServer, str]]:
    fake = FakeServer()
    with listening(fake.handle) as url:
        yield fake, url


def test_a_change_goes_the_whole_way_with_the_real_program(
    make: Make, server: tuple[FakeServer, str]
) -> None:
    fake, url = server
    runner = make(pvm=())
    access = {"PVM_URL": url, "PVM_USERNAME": LOGIN_NAME, "PVM_PASSWORD": PASSWORD}
    repository = Repository(runner.checkout, "acme").write().declare("site")
    _git(runner.checkout, "init", "--quiet", "--initial-branch=main")
    _commit(runner.checkout)
    _git(runner.checkout, "update-ref", "refs/remotes/origin/main", "HEAD")
    repository.declare()
    _commit(runner.checkout)

    assert "acme-counter" in runner.run("diff").summary
    planned = runner.run("plan", PULL_REQUEST="5", **access)
    applied = runner.run("apply", **access)
    calm = runner.run("drift", **access)
    fake.rows["bootstrap"]["acme-settings"]["parameters"] = {"site": "acme-site", "idle": 45}
    drifted = runner.run("drift", **access)

    assert [ran.code for ran in (planned, applied, calm, drifted)] == [0] * 4, applied.said
    assert "acme-counter" in runner.state["comments"][0]["body"]
    assert [*(runner.checkout / ".pvm" / "journal").iterdir()]
    assert [*(runner.checkout / ".pvm" / "undo").iterdir()]
    codes = [ran.output.splitlines()[0] for ran in (calm, drifted)]
    assert codes == ["exit-code=0", "exit-code=3"]
    assert "/idle" in runner.state["issues"][0]["body"]


def _commit(folder: Path) -> None:
    _git(folder, "add", "--all")
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@acme.example")
    _git(folder, *who, "commit", "--quiet", "--message", "change")


def _git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True)  # noqa: S603, S607 -- Git of the machine
