"""Copy the browser files that the server ships, and check them later without a network.

`tools/vendor.py` packs each package of vendor.toml with npm (install scripts never run), compares
the archive with the recorded integrity and writes files, manifest.json and THIRD_PARTY.md.
`tools/vendor.py --check` compares the files in the tree with manifest.json; exit 1 on a difference.
"""

import argparse
import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENDOR = HERE.parent / "reconciler" / "server" / "api" / "static" / "vendor"


@dataclass(frozen=True, slots=True)
class Package:
    """One row of vendor.toml; `integrity` is the registry's own form, sha512 in base64."""

    name: str
    version: str
    integrity: str
    licence: str
    files: tuple[str, ...]

    @property
    def folder(self) -> str:
        """The folder that carries the version, so that a browser may keep it for ever."""
        return f"{self.name}-{self.version}"


def read_packages(path: Path) -> tuple[Package, ...]:
    """The wanted packages, in file order."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["package"]
    return tuple(Package(**{**row, "files": tuple(row["files"])}) for row in rows)


def digest(content: bytes) -> str:
    """`sha512-` and base64, as package registries write it."""
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode("ascii")


def fetch(package: Package, into: Path) -> Mapping[str, bytes]:
    """The wanted files of one package.

    Raises:
        SystemExit: the archive is not the one that was recorded.
    """
    command = ["npm", "pack", f"{package.name}@{package.version}", "--ignore-scripts", "--silent"]
    packed = subprocess.run(  # noqa: S603 - two constants of vendor.toml
        command, cwd=into, check=True, capture_output=True, text=True
    )
    archive = into / packed.stdout.strip().splitlines()[-1]
    found = digest(archive.read_bytes())
    if found != package.integrity:
        sys.exit(f"{package.folder}: integrity is {found}, vendor.toml says {package.integrity}")
    with tarfile.open(archive) as tar:
        return {name: _read(tar, name) for name in package.files}


def _read(tar: tarfile.TarFile, name: str) -> bytes:
    member = tar.extractfile(f"package/{name}")
    if member is None:
        sys.exit(f"{name}: is not a file of the package")
    return member.read()


def manifest(contents: Mapping[str, bytes]) -> str:
    """Digest of every vendored file, by its path below the vendor folder."""
    rows = {path: digest(content) for path, content in sorted(contents.items())}
    return json.dumps(rows, indent=2) + "\n"


def third_party(packages: Sequence[Package]) -> str:
    """The notice that names each package, its version and licence."""
    lines = ["# Third-party files in this folder", ""]
    lines += [
        f"- {package.name} {package.version}, {package.licence}: licence and notices in "
        f"`{package.folder}/`"
        for package in packages
    ]
    return "\n".join(lines) + "\n"


def update(packages: Sequence[Package]) -> None:
    """Write files, manifest and notice."""
    contents: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as folder:
        for package in packages:
            files = fetch(package, Path(folder))
            contents |= {f"{package.folder}/{name}": content for name, content in files.items()}
    for path, content in contents.items():
        target = VENDOR / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    (VENDOR / "manifest.json").write_text(manifest(contents), encoding="utf-8")
    (VENDOR / "THIRD_PARTY.md").write_text(third_party(packages), encoding="utf-8")


def differences(packages: Sequence[Package]) -> list[str]:
    """What does not match manifest.json and vendor.toml; empty when all is well."""
    recorded = json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8"))
    wanted = {f"{package.folder}/{name}" for package in packages for name in package.files}
    present = {
        path.relative_to(VENDOR).as_posix(): path
        for path in VENDOR.glob("*/**/*")
        if path.is_file()
    }
    found = [f"{path}: in vendor.toml, not in manifest.json" for path in wanted - recorded.keys()]
    found += [f"{path}: recorded, not in vendor.toml" for path in recorded.keys() - wanted]
    found += [f"{path}: recorded, but missing" for path in recorded.keys() - present.keys()]
    found += [f"{path}: present, but not recorded" for path in present.keys() - recorded.keys()]
    found += [
        f"{path}: content changed"
        for path, file in present.items()
        if path in recorded and digest(file.read_bytes()) != recorded[path]
    ]
    notice = (VENDOR / "THIRD_PARTY.md").read_text(encoding="utf-8")
    if notice != third_party(packages):
        found.append("THIRD_PARTY.md: does not name the packages of vendor.toml")
    return sorted(found)


def main() -> int:
    """Exit code: 0 when the tree is as recorded."""
    parser = argparse.ArgumentParser(description="Vendored browser files")
    parser.add_argument("--check", action="store_true", help="compare only, without a network")
    packages = read_packages(HERE / "vendor.toml")
    if parser.parse_args().check:
        found = differences(packages)
        sys.stderr.writelines(f"{line}\n" for line in found)
        return 1 if found else 0
    update(packages)
    return 0


if __name__ == "__main__":
    sys.exit(main())
