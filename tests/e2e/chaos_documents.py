"""What is dropped while parts of the pipeline are killed: pairs of versions, and the ways in which people save them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Final

from benchmarks.contracts import contract, edited, edited_text, long_text
from benchmarks.writing import to_docx

_FOLDERS: Final = ("", "Acme Ltd", "Acme Ltd/2026", "Müller & Söhne", "契約")
_SIZES: Final = (30, 120, 400, 1_200, 3_000)
_CHUNK: Final = 2_048


@dataclass(frozen=True, slots=True)
class Document:
    """Two versions of one path below the uploads folder."""

    path: str
    before: bytes
    after: bytes

    @property
    def hashes(self) -> tuple[str, str]:
        """SHA-256 of the two versions."""
        return sha256(self.before).hexdigest(), sha256(self.after).hexdigest()


def documents(count: int, random: Random) -> Iterator[Document]:
    """Contracts of one to twelve pages, most in Word, some as text or Markdown, in folders with all sorts of names."""
    for number in range(count):
        folder = random.choice(_FOLDERS)
        kind = random.choices(("docx", "txt", "md"), (8, 1, 1))[0]
        path = "/".join(filter(None, (folder, f"Agreement {number:03}.{kind}")))
        words = random.choice(_SIZES)
        if kind == "docx":
            blocks = contract(words, random)
            yield Document(path, to_docx(blocks), to_docx(edited(blocks, random)))
        else:
            text = long_text(words, random)
            yield Document(path, _lines(text), _lines(edited_text(text, random) + " Signed."))


def _lines(text: str) -> bytes:
    return text.replace(". ", ".\n\n").encode()


def written_at_once(target: Path, data: bytes) -> None:
    """As `cp` does."""
    target.write_bytes(data)


def renamed_into_place(target: Path, data: bytes) -> None:
    """As editors and `rsync` do."""
    working = target.with_name(f".{target.name}.part")
    working.write_bytes(data)
    working.replace(target)


def written_slowly(target: Path, data: bytes) -> None:
    """As a slow link does: the file is there, and not yet whole."""
    with target.open("wb", buffering=0) as file:
        for start in range(0, len(data), _CHUNK):
            file.write(data[start : start + _CHUNK])
            time.sleep(0.02)


WAYS: Final[tuple[Callable[[Path, bytes], None], ...]] = (written_at_once, renamed_into_place, written_slowly)


def save(uploads: Path, path: str, data: bytes, random: Random) -> None:
    """Save one version in one of the ways; text shows no end of its own, so nobody saves it piece by piece."""
    target = uploads / path
    target.parent.mkdir(parents=True, exist_ok=True)
    way = random.choice(WAYS if path.endswith(".docx") else WAYS[:2])
    way(target, data)
