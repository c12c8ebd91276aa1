import subprocess
import sys

_PROGRAM = """
import sys
from pathlib import Path
from reconciler.remote.access import Access, Credentials
from reconciler.remote.connection import connect_reader
before = "httpx" in sys.modules
with connect_reader(Access("http://127.0.0.1:1", Credentials(token="t"))):
    loaded = {name for name, module in sys.modules.items() if module is not None}
    blocked = {name for name, module in sys.modules.items() if module is None}
print(before, "httpx" in loaded, "rich" in loaded, "httpx._main" in loaded | blocked)
"""


def test_httpx_is_loaded_when_a_connection_opens_and_without_its_command_line() -> None:
    done = subprocess.run(  # noqa: S603 -- our own program
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "True", "False", "False"]
