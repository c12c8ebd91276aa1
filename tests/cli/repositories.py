"""Small repositories in every situation that a command can meet."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PROJECT = """\
kind: Project
name: {prefix}
sources: [files]
scope:
  sites: ["{prefix}-*"]
  bootstraps: ["{prefix}-*"]
{tokens}prune: {prune}
targets:
  test:
{customer}    limits: {{retries: 0}}
policy: {{lints: {{clear-text-key: allow, pro-without-site: allow}}}}
"""
SITE = """\
kind: Site
name: {prefix}-site
proServerName: dev03b
"""
BOOTSTRAP = """\
kind: Bootstrap
name: {prefix}-settings
parameters:
  site: {prefix}-site
  idle: {idle}
  wifi: {{psk: {psk}}}
"""
TOKEN = """\
kind: Token
name: {prefix}-counter
appId: WFC_PRO_ANDROID
bootstrap: {prefix}-settings
"""
PSK = "canary-7c41-psk"


@dataclass(frozen=True, slots=True)
class Repository:
    root: Path
    prefix: str

    def write(
        self, *, prune: str = "never", customer: str = "", tokens: bool = True
    ) -> "Repository":
        """The project file; without `tokens` they are outside its scope."""
        line = f"    customer: {customer}\n" if customer else ""
        globs = f'  tokens: ["{self.prefix}-*"]\n' if tokens else ""
        text = PROJECT.format(prefix=self.prefix, prune=prune, customer=line, tokens=globs)
        (self.root / "files").mkdir(parents=True, exist_ok=True)
        (self.root / "pvm.yaml").write_text(text)
        return self

    def declare(
        self, *kinds: str, idle: int = 30, psk: str = PSK, name: str = "all.yaml"
    ) -> "Repository":
        """One document for each of `kinds`, by default for all three."""
        texts = {"site": SITE, "bootstrap": BOOTSTRAP, "token": TOKEN}
        chosen = [texts[kind] for kind in kinds or texts]
        text = "---\n".join(chosen).format(prefix=self.prefix, idle=idle, psk=psk)
        (self.root / "files" / name).write_text(text)
        return self

    def spare(self) -> Path:
        """One more token, in a file of its own."""
        file = self.root / "files" / "spare.yaml"
        file.write_text(TOKEN.format(prefix=self.prefix).replace("-counter", "-spare"))
        return file

    def spoil(self) -> "Repository":
        """A document that says nothing of use."""
        (self.root / "files" / "bad.yaml").write_text("kind: Sight\nname: 0421\n")
        return self


@dataclass(frozen=True, slots=True)
class Situation:
    """A repository and the environment of the command."""

    repository: Repository
    env: Mapping[str, str]

    def args(self, *args: str) -> tuple[str, ...]:
        return ("-C", str(self.repository.root), *args)
