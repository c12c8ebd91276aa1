from reconciler.core.problem import InvalidInput, Misuse, Problem


def test_invalid_input_tells_every_problem() -> None:
    error = InvalidInput([Problem("a", "first"), Problem("b", "second")])
    assert str(error) == "first; second"


def test_misuse_keeps_the_fix_apart() -> None:
    error = Misuse("no project here", "run pvm init")
    assert (str(error), error.fix) == ("no project here", "run pvm init")
