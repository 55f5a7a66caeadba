"""The pairs that are measured: made by the project, and read from a corpus of real documents where there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from benchmarks.contracts import Paragraph, contract, edited, edited_text, long_text
from benchmarks.writing import to_docx

BESIDE_THE_CHECKOUT: Final = Path(__file__).resolve().parents[2] / "shared" / "corpus"
_SEED: Final = 20


@dataclass(frozen=True, slots=True)
class Pair:
    """Two versions of a document; `words` of the before version, 0 where nobody counted."""

    name: str
    before: bytes
    after: bytes
    words: int = 0


def contract_pair(name: str, words: int, seed: int = _SEED) -> Pair:
    """A contract of about `words` words and its next version, 5% of the paragraphs edited."""
    random = Random(f"{seed} {name}")
    before = contract(words, random)
    after = edited(before, random)
    return Pair(name, to_docx(before), to_docx(after), sum(block.words for block in before))


def twenty_words() -> Pair:
    """The smallest real job: one sentence, one word of it changed."""
    text = (
        "The Supplier shall deliver the Services within 30 days of written notice "
        "and at its own cost and expense throughout."
    )
    return Pair("20-words", _one_paragraph(text), _one_paragraph(text.replace("30", "45")), len(text.split()))


def one_long_paragraph(words: int = 100_000) -> Pair:
    """One paragraph, 5% of its words changed."""
    random = Random(_SEED)
    text = long_text(words, random)
    return Pair("paragraph-100k", _one_paragraph(text), _one_paragraph(edited_text(text, random)), words)


def unrelated(words: int = 40_000) -> Pair:
    """Two contracts that share a vocabulary and nothing else."""
    documents = [contract(words, Random(f"{_SEED} {side}")) for side in ("one", "other")]
    before, after = map(to_docx, documents)
    return Pair("unrelated-40k", before, after, sum(block.words for block in documents[0]))


def _one_paragraph(text: str) -> bytes:
    return to_docx([Paragraph(text)])


SMALL: Final[dict[str, Callable[[], Pair]]] = {
    "20-words": twenty_words,
    "1-page": lambda: contract_pair("1-page", 400),
    "10-pages": lambda: contract_pair("10-pages", 4_000),
    "8k-words": lambda: contract_pair("8k-words", 8_000),
}
LARGE: Final[dict[str, Callable[[], Pair]]] = {
    "40k-words": lambda: contract_pair("40k-words", 40_000),
    "200k-words": lambda: contract_pair("200k-words", 200_000),
    "400k-words": lambda: contract_pair("400k-words", 400_000),
    "paragraph-100k": one_long_paragraph,
    "unrelated-40k": unrelated,
}


def real_pairs(corpus: Path, folder: str) -> Iterator[Pair]:
    """The pairs below `folder` of a corpus (`pairs` or `scale`), each a folder with before.docx and after.docx."""
    for before in sorted((corpus / folder).rglob("before.docx")):
        after = before.with_name("after.docx")
        yield Pair(str(before.parent.relative_to(corpus / folder)), before.read_bytes(), after.read_bytes())
