"""What is not said is asked in few plain questions, or told where nobody answers."""

from collections.abc import Mapping

import pytest

from reconciler.authoring.store_list import Becomes, column_names
from reconciler.cli.import_questions import Answers, Questions
from reconciler.core.problem import Misuse
from reconciler.sources.store_list import read_store_list

LIST = read_store_list("in.csv", b"Region;Filiaal;Server\nnl;0421;a\nnl;0422;b\n")
ALL = {"Site": ("*",), "Bootstrap": ("shop-*", "x"), "Token": ("*",)}


class Person:
    """Answers some questions and takes the default of the others."""

    def __init__(self, answers: Mapping[str, str] | None = None) -> None:
        self.answers = answers or {}
        self.asked: list[tuple[str, str]] = []

    def __call__(self, question: str, default: str) -> str:
        self.asked.append((question.splitlines()[-1], default))
        found = [text for words, text in self.answers.items() if words in question]
        return found[0] if found else default


def complete(
    person: Person | None, given: Answers, scope: Mapping[str, tuple[str, ...]] = ALL
) -> tuple[int, Becomes]:
    return Questions(LIST, column_names(LIST.headers, {}), scope, person).complete(given)


def test_defaults_are_enough_for_a_whole_store() -> None:
    person = Person()

    key, becomes = complete(person, Answers())

    assert key == 1
    assert becomes == Becomes(
        site="site-${filiaal}",
        pro_server="${server}",
        bootstrap="shop-${filiaal}",
        token="STORE-${filiaal}",
        app_id="WFC_PRO_ANDROID",
    )
    assert person.asked == [
        ("Which one tells stores apart?", "Filiaal"),
        ("Name of a store's site (- for none)", "site-${filiaal}"),
        ("PTT Pro server of the sites", "${server}"),
        ("Name of a store's bootstrap (- for none)", "shop-${filiaal}"),
        ("Name of a store's token (- for none)", "STORE-${filiaal}"),
        ("Application that the token is for", "WFC_PRO_ANDROID"),
    ]


def test_a_kind_out_of_scope_is_proposed_as_none() -> None:
    _, becomes = complete(Person(), Answers(), {"Bootstrap": ("store-*",)})

    assert becomes == Becomes(bootstrap="store-${filiaal}")


def test_what_is_said_is_not_asked() -> None:
    person = Person()
    given = Answers("filiaal", Becomes(site="s-${filiaal}"))

    assert complete(person, given)[1] == Becomes(site="s-${filiaal}", pro_server="${server}")
    assert person.asked == []


@pytest.mark.parametrize(
    ("given", "message", "fix"),
    [
        (Answers(), "tells stores apart", "--key 'Filiaal' --site 'site-${filiaal}'"),
        (Answers("Filiaal"), "what each line becomes", "--bootstrap 'store-${filiaal}'"),
        (Answers("Filial"), "no column 'Filial'", 'did you mean "Filiaal"?'),
        (Answers("Filiaal", Becomes(site="s")), "does not hold ${filiaal}", "single quotes"),
        (
            Answers("Filiaal", Becomes(site="s-${filial}")),
            "no column 'filial'",
            'did you mean "filiaal"?',
        ),
        (Answers("Filiaal", Becomes(token="T-${filiaal}")), "needs a bootstrap", "--bootstrap"),
        (
            Answers("Filiaal", Becomes(bootstrap="b-${filiaal}", token="T-${filiaal}")),
            "needs an application",
            "--app-id WFC_PRO_ANDROID",
        ),
        (
            Answers(
                "Filiaal",
                Becomes(bootstrap="b-${filiaal}", token="T-${filiaal}", app_id="VOICE"),
            ),
            "no application 'VOICE'",
            "WFC_VOICE_ANDROID",
        ),
        (
            Answers("Filiaal", Becomes(bootstrap="b-${filiaal}", description="x")),
            "--description is for tokens",
            "--token",
        ),
        (
            Answers("Filiaal", Becomes(bootstrap="b-${filiaal}", pro_server="x")),
            "--pro-server is for sites",
            "--site",
        ),
    ],
)
def test_what_is_missing_or_wrong_is_said_with_the_option(
    given: Answers, message: str, fix: str
) -> None:
    with pytest.raises(Misuse) as caught:
        complete(None, given)

    assert message in caught.value.message
    assert fix in caught.value.fix


def test_a_person_who_wants_nothing_gets_nothing() -> None:
    with pytest.raises(Misuse, match="nothing was chosen"):
        complete(Person({"(- for none)": "-"}), Answers("Filiaal"))


def test_a_column_that_is_left_out_can_not_be_the_key() -> None:
    names = column_names(LIST.headers, {1: ""})

    with pytest.raises(Misuse, match="left out by --map"):
        Questions(LIST, names, ALL, None).complete(Answers("Filiaal"))
