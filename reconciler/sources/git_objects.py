"""Objects of a Git repository, asked of one `git cat-file` process."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from reconciler.sources.git_answer import git_environment

if TYPE_CHECKING:
    import subprocess
    from typing import IO

LINK: Final = 0o120000
_FOLDER: Final = 0o040000
_SUBMODULE: Final = 0o160000


class NoObjectError(Exception):
    """The repository lacks an object: its history is cut off, or it is broken."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a tree."""

    mode: int
    blob: str
    """Its id in hexadecimal digits."""


class GitObjects:
    """Reads one object after the other; each tree only once.

    Raises `NoObjectError` without the `git` program.
    """

    def __init__(self, root: Path) -> None:
        import subprocess  # noqa: PLC0415 -- only needed inside Git

        try:
            self._process = subprocess.Popen(
                ("git", "cat-file", "--batch"),  # noqa: S607 -- found as users expect
                cwd=root,
                env=git_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            raise NoObjectError from error
        self._trees: dict[str, dict[str, Entry]] = {}
        self._before: dict[str, dict[str, Entry]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def read(self, name: str) -> bytes:
        """The content of an object; raises `NoObjectError` when there is none."""
        return self._ask(name)[1]

    def folder(self, commit: str, parts: tuple[str, ...]) -> str | None:
        """The id of a folder's tree in a commit; `None` when it has none. Raises as `read`."""
        tree, data = self._ask(f"{commit}^{{tree}}")
        for part in parts:
            found = _entries(data, len(tree) // 2).get(part.encode())
            if found is None or found.mode != _FOLDER:
                return None
            tree, data = found.blob, self.read(found.blob)
        return tree

    def _ask(self, name: str) -> tuple[str, bytes]:
        """Id and content of an object by id or expression."""
        requests, answers = _pipes(self._process)
        try:
            requests.write(name.encode() + b"\n")
            requests.flush()
        except BrokenPipeError as error:
            raise NoObjectError(name) from error
        head = answers.readline().split()
        if len(head) != 3:  # noqa: PLR2004 -- id, type and size; anything else is a refusal
            raise NoObjectError(name)
        size = int(head[2])
        content = answers.read(size)
        answers.read(1)
        if len(content) != size:
            raise NoObjectError(name)
        return head[0].decode(), content

    def files(self, tree: str) -> dict[str, Entry]:
        """All files and links below a tree, by path.

        Names that are not UTF-8 are left out, submodules too. Raises as `read`.
        """
        # Neighbours in a history share most folders; what the last call did not need is dropped,
        # or a long history of large folders would fill the memory.
        self._before, self._trees = self._trees, {}
        return self._below(tree)

    def _below(self, tree: str) -> dict[str, Entry]:
        found = self._trees.get(tree, self._before.get(tree))
        if found is None:
            found = {}
            for raw, entry in _entries(self.read(tree), len(tree) // 2).items():
                name = _name(raw)
                if name is None or entry.mode == _SUBMODULE:
                    continue
                if entry.mode == _FOLDER:
                    below = self._below(entry.blob)
                    found.update((f"{name}/{path}", inner) for path, inner in below.items())
                else:
                    found[name] = entry
        self._trees[tree] = found
        return found


def _pipes(process: "subprocess.Popen[bytes]") -> "tuple[IO[bytes], IO[bytes]]":
    if process.stdin is None or process.stdout is None:
        message = "git was started without pipes"
        raise TypeError(message)
    return process.stdin, process.stdout


def _entries(data: bytes, size: int) -> dict[bytes, Entry]:
    """A tree object: mode, blank, name, NUL and an id of `size` bytes, again and again."""
    found: dict[bytes, Entry] = {}
    position = 0
    while position < len(data):
        end = data.index(b"\0", position)
        mode, _, name = data[position:end].partition(b" ")
        position = end + 1 + size
        found[name] = Entry(int(mode, 8), data[end + 1 : position].hex())
    return found


def _name(raw: bytes) -> str | None:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None
