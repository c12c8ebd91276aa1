"""Documents as people write them: any indentation, any quotes, comments wherever they may stand.

Each comment says where it belongs: `# above k3`, `# beside k3`, `# near k3` (either of them),
`# below k3` (the last entry of what k3 holds).
"""

from collections.abc import Mapping, Sequence
from random import Random
from typing import TypeAlias

Tree: TypeAlias = "str | int | bool | list[Tree] | dict[str, Tree] | None"
"""Keys, and texts in lists, are unique."""

TEXTS = ("a b", "0421", "NO", "it's", 'say "x"', "a\\b", "# no comment", "${column}", "x: y", "")


class Scribe:
    """Writes one document; the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 -- repeatable, no secret
        self.comments: list[str] = []

    def document(self, fields: Mapping[str, Tree]) -> str:
        lines = self.block(list(fields.items()), 0, "document")
        return "\n".join(lines) + "\n"

    def block(self, pairs: Sequence[tuple[str, Tree]], margin: int, owner: str) -> list[str]:
        """A map's fields, or a list's items: those have names for comments only."""
        lines: list[str] = []
        for key, value in pairs:
            lines += self.above(key, margin)
            lines += self.entry(key, f"{' ' * margin}{self.key(key)}:", value, margin)
        return [*lines, *self.below(owner, margin)]

    def items(self, values: Sequence[Tree], margin: int, owner: str) -> list[str]:
        lines: list[str] = []
        for value in values:
            name = value if isinstance(value, str) else ""
            lines += self.above(name, margin)
            lines += self.entry(name, f"{' ' * margin}-", value, margin)
        return [*lines, *(self.below(owner, margin) if margin else [])]

    def entry(self, name: str, head: str, value: Tree, margin: int) -> list[str]:
        step = self.random.randint(1, 4)
        if isinstance(value, dict | list) and value and self.random.random() < 0.75:
            if self.random.random() < 0.3:
                opening, *rest = self.brackets(value, margin + step, name)
                return [f"{head} {opening}", *rest]
            is_map = isinstance(value, dict)
            inner = margin + (step if is_map or self.random.random() < 0.6 or "-" in head else 0)
            beside = [f"{head}{self.beside(name)}"]
            if isinstance(value, dict):
                return [*beside, *self.block(list(value.items()), inner, name)]
            return [*beside, *self.items(value, inner, name)]
        if isinstance(value, str) and "\n" in value:
            sign = "|" if value.endswith("\n") else "|-"
            indent = " " * (margin + step)
            texts = [indent + line if line else "" for line in value.removesuffix("\n").split("\n")]
            return [f"{head} {sign}{self.beside(name)}", *texts]
        text = self.inline(value)
        if text and self.random.random() < 0.1:
            near = name and self.random.random() < 0.5
            behind = f"  {self.comment(f'# near {name}')}" if near else ""
            value = f"{' ' * (margin + step)}{text}{self.beside(name)}"
            return [head + behind, *self.above(name, margin + step), value]
        return [f"{head} {text}{self.beside(name)}"]

    def brackets(self, value: "dict[str, Tree] | list[Tree]", margin: int, owner: str) -> list[str]:
        """In brackets, one entry a line."""
        is_map = isinstance(value, dict)
        pairs = list(value.items()) if isinstance(value, dict) else [("", one) for one in value]
        lines = [f"{'{' if is_map else '['}{self.beside(owner)}"]
        for number, (key, one) in enumerate(pairs):
            name = key or (one if isinstance(one, str) else "")
            lines += self.above(name, margin) if name and "\n" not in name else []
            comma = "," if number < len(pairs) - 1 or self.random.random() < 0.5 else ""
            text = self.inline(one)
            head = f"{self.key(key)}: " if is_map else ""
            known = name and "\n" not in name
            beside = self.beside(name) if known else ""
            lines.append(f"{' ' * margin}{head}{text}{comma}{beside}")
        return [*lines, f"{' ' * margin}{'}' if is_map else ']'}"]

    def inline(self, value: Tree) -> str:
        if isinstance(value, dict):
            pairs = (f"{self.key(key)}: {self.inline(one)}" for key, one in value.items())
            return "{" + ", ".join(pairs) + "}"
        if isinstance(value, list):
            return "[" + ",".join(map(self.inline, value)) + "]"
        if isinstance(value, str):
            return self.text(value)
        words = {None: ["null", "~", "Null"], True: ["true", "True"], False: ["false"]}
        if value is None or isinstance(value, bool):
            return self.random.choice(words[value])
        return str(value)

    def text(self, value: str) -> str:
        if value.isalnum() and not value.isdigit() and value != "NO" and self.random.random() < 0.5:
            return value
        if "\n" not in value and self.random.random() < 0.5:
            return "'" + value.replace("'", "''") + "'"
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'

    def key(self, key: str) -> str:
        return f'"{key}"' if self.random.random() < 0.2 else key

    def above(self, name: str, margin: int) -> list[str]:
        lines = [""] * self.random.choice((0, 0, 0, 1, 3))
        if name and self.random.random() < 0.25:
            lines.append(" " * margin + self.comment(f"# above {name}"))
            lines += [""] * self.random.choice((0, 0, 1))
        return lines

    def beside(self, name: str) -> str:
        if not name or self.random.random() > 0.2:
            return ""
        return " " * self.random.randint(1, 9) + self.comment(f"# beside {name}")

    def below(self, name: str, margin: int) -> list[str]:
        if not name or self.random.random() > 0.15:
            return []
        return ["", " " * margin + self.comment(f"# below {name}")]

    def comment(self, text: str) -> str:
        self.comments.append(text)
        return text
