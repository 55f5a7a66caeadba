"""What hostile documents are made of: the table of their kinds, texts, and packages spelled otherwise."""

from __future__ import annotations

import string
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from random import Random
from typing import Final

from redline.options import CompareOptions
from tests.redline.builders import docx, p, r, tbl, tc, tr

LARGEST_INPUT: Final = 5_000_000
MARK: Final = 'w:author="A" w:date="2020-01-01T00:00:00Z"'


@dataclass(frozen=True, slots=True)
class Hostile:
    """Two documents, and the options they are compared with."""

    before: bytes
    after: bytes
    options: CompareOptions = field(default_factory=CompareOptions)


Make = Callable[[int], Hostile]


@dataclass(frozen=True, slots=True)
class Case:
    """A kind of pairs, and how many of whatever it is made of fit into 5 MB, or are more than enough."""

    make: Make
    count: int

    def pair(self, part: int = 1) -> Hostile:
        """The pair; or one of a fraction of its size."""
        return self.make(max(self.count // part, 2))


CASES: Final[dict[str, Case]] = {}


def case(count: int) -> Callable[[Make], Make]:
    """Put a kind of pairs into the table under the name of the function that makes it."""

    def enter(make: Make) -> Make:
        CASES[make.__name__.replace("_", "-")] = Case(make, count)
        return make

    return enter


def vocabulary(count: int = 3000) -> list[str]:
    random = Random(1)
    return ["".join(random.choices(string.ascii_lowercase, k=random.randint(3, 9))) for _ in range(count)]


WORDS: Final = vocabulary()


def sentences(count: int, words: int, seed: int) -> list[str]:
    random = Random(seed)
    return [" ".join(random.choices(WORDS, k=words)) for _ in range(count)]


def shuffled(items: Iterable[str], seed: int = 2) -> list[str]:
    result = list(items)
    Random(seed).shuffle(result)
    return result


def edited(items: list[str], seed: int = 3, share: float = 0.3) -> list[str]:
    """The items, a share of them with a word put before."""
    random = Random(seed)
    return [f"{random.choice(WORDS)} {item}" if random.random() < share else item for item in items]


def paragraphs(texts: Iterable[str]) -> str:
    return "".join(map(p, texts))


def repeated(texts: Iterable[str], seed: int) -> str:
    """Paragraphs of few different texts, with Word's marks of editing sessions: else they are refused as a zip bomb."""
    random = Random(seed)
    return "".join(f'<w:p w:rsidR="{random.getrandbits(32):08X}">{r(text)}</w:p>' for text in texts)


def of_texts(before: Iterable[str], after: Iterable[str]) -> Hostile:
    return Hostile(docx(paragraphs(before)), docx(paragraphs(after)))


def rewritten(data: bytes, name: str, old: str, new: str) -> bytes:
    """The package with a piece of one part spelled otherwise."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        parts = {known: archive.read(known) for known in archive.namelist()}
    parts[name] = parts[name].replace(old.encode(), new.encode(), 1)
    return packed(parts)


def with_parts(data: bytes, more: Mapping[str, str]) -> bytes:
    """The package with further parts."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        parts = {known: archive.read(known) for known in archive.namelist()}
    return packed(parts | {name: content.encode() for name, content in more.items()})


def packed(parts: Mapping[str, bytes]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def nested(depth: int, inner: str, wrap: Callable[[str], str]) -> str:
    for _ in range(depth):
        inner = wrap(inner)
    return inner


def grid(rows: int, columns: int, seed: int, share: float = 0.0) -> str:
    random = Random(seed)
    change = Random(seed + 1)
    cells = ["".join(random.choices(string.ascii_lowercase, k=4)) for _ in range(rows * columns)]
    cells = [c if change.random() >= share else c + " more" for c in cells]
    return tbl(*(tr(*(tc(c) for c in cells[i : i + columns])) for i in range(0, len(cells), columns)), columns=columns)
