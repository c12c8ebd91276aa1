import signal

import pytest

from reconciler.cli.call import Call
from reconciler.cli.exits import Interruption
from reconciler.cli.interrupts import interrupts


@pytest.mark.parametrize(
    ("number", "kind"),
    [(signal.SIGINT, Interruption.INTERRUPT), (signal.SIGTERM, Interruption.TERMINATE)],
)
def test_the_first_signal_asks_to_stop(
    number: signal.Signals, kind: Interruption, capsys: pytest.CaptureFixture[str]
) -> None:
    with interrupts(Call()) as received:
        assert not received.event.is_set()
        signal.raise_signal(number)

        assert (received.event.is_set(), received.first) == (True, kind)
    assert capsys.readouterr().err.startswith("stopping: ")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_second_signal_ends_at_once(number: signal.Signals, code: int) -> None:
    with interrupts(Call()) as received:
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(SystemExit) as ended:
            signal.raise_signal(number)

    assert ended.value.code == code
    assert received.first is Interruption.TERMINATE


def test_the_handlers_of_before_come_back() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)

    with interrupts(Call()):
        pass

    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before
