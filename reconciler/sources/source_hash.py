"""What the files say, as one short text: the same for the same files, in any commit.

Line ends count as Git stores them for most: a checkout on Windows has the hash of one on Linux.
"""

from collections.abc import Mapping
from hashlib import sha1, sha256
from typing import Final

_ATTACHING: Final = (b"parametersFile", b"Fleet")


def names_others(data: bytes) -> bool:
    """Whether a file of documents may name other files."""
    return any(word in data for word in _ATTACHING)


def content_id(data: bytes) -> str:
    """Digest of a file's bytes, `CRLF` read as `LF`."""
    return sha256(data.replace(b"\r\n", b"\n")).hexdigest()


def blob_id(data: bytes) -> str:
    """The name that Git gives to these bytes, in a repository of the usual format."""
    digest = sha1(b"blob %d\0" % len(data), usedforsecurity=False)
    digest.update(data)
    return digest.hexdigest()


def source_hash(contents: Mapping[str, str]) -> str:
    """`sha256:…` over paths, relative to the project's folder, and their `content_id`s."""
    digest = sha256()
    for path in sorted(contents):
        digest.update(f"{len(path.encode())}:{path}:{contents[path]}\n".encode())
    return f"sha256:{digest.hexdigest()}"


def known_blobs(content: Mapping[str, bytes]) -> dict[str, str]:
    """`content_id` by `blob_id` of files that are read already, and that name no others."""
    return {blob_id(data): content_id(data) for data in content.values() if not names_others(data)}
