"""The redlines that judges see, each beside its two inputs."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from random import Random

from redline.comparer.compare import compare
from redline.errors import DocumentError
from redline.options import CompareOptions
from runtime.demo.contract import documents
from tests.redline.builders import docx, footnote_ref, link, p, r, sdt, section, tbl, tc, textbox, tr
from tests.redline.mutate import KINDS, mutate

OPTIONS = CompareOptions(date=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
EDITS = 8
CLAUSES = tuple(
    p(f"Clause {n}: the {who} keeps what it was given safe.") for n, who in enumerate(("Buyer", "Seller", "Agent"))
)
HEADER = section(header_default="rIdA")
MARKED = '<w:bookmarkStart w:id="4" w:name="Here"/>', '<w:bookmarkEnd w:id="4"/>'
STYLE = '<w:style w:type="paragraph" w:styleId="S"><w:name w:val="Clause"/><w:pPr>{}</w:pPr><w:rPr>{}</w:rPr></w:style>'
LOOKS = (("", ""), ('<w:keepNext/><w:spacing w:before="240"/><w:jc w:val="center"/>', '<w:b/><w:sz w:val="40"/>'))


@dataclass(frozen=True)
class Sample:
    name: str
    before: bytes
    after: bytes

    @cached_property
    def redline(self) -> bytes:
        return compare(self.before, self.after, OPTIONS).docx


def built() -> Iterator[Sample]:
    """One small pair for each kind of markup that the engine writes."""
    first, second, third = CLAUSES
    fees = [tr(f"The fee of the {who} party", f"{amount} euro") for who, amount in (("first", 100), ("second", 200))]
    fees.append(tr("The sum of all fees that are due", "300 euro"))
    columns = [tbl(*(tr(*row[:n]) for row in ("abc", "def")), columns=n) for n in (2, 3)]
    rows = [
        tbl(*(tr(x, f"{x} is long enough") for x in names)) for names in (["one", "two", "three"], ["one", "three"])
    ]
    cells = [tbl(tr(tc("left"), tc(x, tcpr=f'<w:shd w:val="clear" w:fill="{x}"/>'))) for x in ("FF0000", "00FF00")]
    bodies = {
        "words": (p("Pay within 30 days."), p("Pay within 45 working days.")),
        "paragraph-inserted": (first + third, first + second + third),
        "paragraph-deleted": (first + second + third, first + third),
        "paragraph-moved": (first + second + third, second + third + first),
        "paragraph-split": (p("One sentence here. Another there."), p("One sentence here.") + p("Another there.")),
        "paragraphs-merged": (p("One sentence here. ") + p("Another there."), p("One sentence here. Another there.")),
        "run-formatting": (p("This is ", r("bold")), p("This is ", r("bold", "<w:b/>"))),
        "paragraph-formatting": (p("centred"), p("centred", ppr='<w:jc w:val="center"/>')),
        "row": (rows[0] + p(), rows[1] + p()),
        "column": (columns[0] + p(), columns[1] + p()),
        "cell-formatting": (cells[0] + p(), cells[1] + p()),
        "table": (first, first + columns[0] + p("after it")),
        "table-moved": (tbl(*fees) + first + second + third, first + second + tbl(*fees) + third),
        "row-moved": (tbl(*fees) + third, tbl(*fees[1:], fees[0]) + third),
        "content-control": (p("A ", sdt(r("first"))), p("A ", sdt(r("second")))),
        "text-box": tuple(p("By ", textbox(p(MARKED[0], f"the {x} box", MARKED[1]))) for x in ("old", "new")),
        "link": (p("See ", link("there", anchor="Here")), p("See ", link("over there", anchor="Here"), " now")),
        "bookmark": (p("a", *MARKED), p("b ", MARKED[0], "more", MARKED[1])),
    }
    for name, (before, after) in bodies.items():
        yield Sample(f"built-{name}", docx(before), docx(after))
    styled = [docx(p("Clause", style="S"), styles=STYLE.format(*look)) for look in LOOKS]
    yield Sample("built-style-changed", *styled)
    yield Sample("built-style-emptied", *styled[::-1])
    noted = [docx(p("Text", footnote_ref(2)), footnotes={2: p(f"The {x} note.")}) for x in ("old", "new")]
    yield Sample("built-note-changed", *noted)
    yield Sample("built-note-inserted", docx(p("Text")), noted[0])
    headed = [docx(first, headers={"rIdA": p(f"{x} draft")}, sect=HEADER) for x in ("First", "Second")]
    yield Sample("built-header-changed", *headed)
    yield Sample("built-header-inserted", docx(first), headed[0])


def mutated(count: int, without: Collection[str] = ()) -> Iterator[Sample]:
    """The demonstration agreement against versions of it that the seeded mutator edited, not by kinds in `without`.

    Which kinds a sample has does not depend on how many there are: a new one leaves most samples as they were.
    """
    agreement = documents()[0]
    for seed in range(count):
        drawn = sorted(set(KINDS) - set(without), key=lambda kind: blake2b(f"{seed} {kind}".encode()).digest())
        edited = agreement
        for kind in drawn[:EDITS]:
            edited, _ = mutate(edited, seed, 1, [kind])
        yield Sample(f"mutated-{seed}", agreement, edited)


def own(mutations: int, without: Collection[str] = ()) -> list[Sample]:
    """The samples that need nothing but the project."""
    return [Sample("demo", *documents()), *built(), *mutated(mutations, without)]


def real_pairs(corpus: Path, count: int, largest: int = 300_000) -> Iterator[Sample]:
    """Pairs of real documents, drawn evenly from all kinds of the corpus; `largest` in bytes."""
    paths = sorted((corpus / "pairs").rglob("before.docx"))
    for path in paths[:: max(1, len(paths) // count)][:count]:
        before, after = path.read_bytes(), path.with_name("after.docx").read_bytes()
        if max(len(before), len(after)) <= largest:
            yield Sample(str(path.parent.relative_to(corpus / "pairs")), before, after)


def real_mutated(corpus: Path, count: int, largest: int = 200_000) -> Iterator[Sample]:
    """Real documents that the engine reads against edited versions of themselves; `largest` in bytes."""
    random = Random(count)
    paths = sorted((corpus / "singles").rglob("*.docx"))
    for path in random.sample(paths, min(count, len(paths))):
        before, seed = path.read_bytes(), random.randrange(1000)
        if len(before) > largest:
            continue
        try:
            after = mutate(before, seed, 6)[0]
            compare(before, before, OPTIONS)
        except DocumentError:
            continue
        yield Sample(f"{path.relative_to(corpus / 'singles')} mutated-{seed}", before, after)
