"""Contracts made up from a grammar: blocks of text that can be edited as a lawyer would, then written as a .docx."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

PARTIES: Final = (
    "the Supplier",
    "the Customer",
    "either Party",
    "the Receiving Party",
    "the Licensor",
    "the Guarantor",
)
DUTIES: Final = (
    "shall deliver", "shall maintain", "may suspend", "shall not disclose", "warrants", "agrees to indemnify",
    "shall promptly notify the other Party of", "may audit", "shall pay for", "shall replace", "may terminate",
)  # fmt: skip
OBJECTS: Final = (
    "the Services", "all Confidential Information", "the Deliverables", "each undisputed invoice", "the Software",
    "any Personal Data", "the records of its subcontractors", "the insurance policies", "such losses", "the Equipment",
    "the licensed materials", "any third-party claim",
)  # fmt: skip
CONDITIONS: Final = (
    "within {n} days of written notice", "up to a total of EUR {n},000", "for a period of {n} months",
    "in accordance with Schedule {n}", "except as set out in clause {n}", "at its own cost and expense",
    "save to the extent required by law", "with a service level of {n}.5%", "unless the Parties agree otherwise",
    "in each case without undue delay", "as determined under the governing law",
)  # fmt: skip
REASONS: Final = (
    "provided that no such right shall be exercised in bad faith",
    "and the rights and remedies under this Agreement are cumulative",
    "subject always to the limitations of liability in clause {n}",
    "it being understood that time is of the essence",
    "notwithstanding anything to the contrary in a purchase order",
    "whether arising in contract, tort (including negligence) or otherwise",
)
TITLES: Final = (
    "Definitions and Interpretation", "Term", "Supply of Services", "Charges and Payment", "Confidentiality",
    "Intellectual Property", "Data Protection", "Warranties", "Limitation of Liability", "Indemnities", "Insurance",
    "Termination", "Consequences of Termination", "Force Majeure", "Assignment", "Notices", "Governing Law",
)  # fmt: skip
TERMS: Final = ("Affiliate", "Business Day", "Change of Control", "Effective Date", "Good Industry Practice", "Losses")
ITEMS: Final = ("Onboarding", "Hosting", "Support, gold", "Support, silver", "Training day", "Migration", "Escrow")
UNITS: Final = ("per month", "per user", "per day", "fixed", "per incident")
TABLE_HEAD: Final = ("Item", "Unit", "Quantity", "Price in EUR")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A heading (`level` 1), a numbered clause (`level` 2 or 3) or plain text (`level` 0)."""

    text: str
    level: int = 0
    term: str = ""
    note: str = ""

    @property
    def words(self) -> int:
        """Words of the paragraph, its note among them."""
        return len(self.text.split()) + len(self.term.split()) + len(self.note.split())


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; the first is the head."""

    rows: tuple[tuple[str, ...], ...]

    @property
    def words(self) -> int:
        """Words of all cells."""
        return sum(len(cell.split()) for row in self.rows for cell in row)


Block = Paragraph | Table


def contract(words: int, random: Random) -> list[Block]:
    """A contract of about `words` words: articles of numbered clauses, some with a note, and price tables."""
    blocks: list[Block] = []
    missing = words
    for block in _articles(random):
        blocks.append(block)
        missing -= block.words
        if missing <= 0:
            break
    return blocks


def long_text(words: int, random: Random) -> str:
    """Sentences without a paragraph end, exactly `words` words."""
    collected: list[str] = []
    while len(collected) < words:
        collected += sentence(random).split()
    return " ".join(collected[:words])


def sentence(random: Random) -> str:
    """One sentence of a clause, 12 to 40 words."""
    duties = [
        f"{random.choice(PARTIES)} {random.choice(DUTIES)} {random.choice(OBJECTS)} {_numbered(CONDITIONS, random)}"
        for _ in range(random.randint(1, 2))
    ]
    reason = f", {_numbered(REASONS, random)}" if random.random() < 0.4 else ""
    text = ", and ".join(duties) + reason + "."
    return text[0].upper() + text[1:]


def edited(blocks: Sequence[Block], random: Random, share: float = 0.05) -> list[Block]:
    """The next version: `share` of the paragraphs changed, deleted, added or moved; rows changed, added or deleted.

    At least one paragraph changes.
    """
    paragraphs = [index for index, block in enumerate(blocks) if isinstance(block, Paragraph)]
    chosen = set(random.sample(paragraphs, max(1, round(share * len(paragraphs)))))
    result: list[Block] = []
    moved: list[Block] = []
    for index, block in enumerate(blocks):
        if isinstance(block, Table):
            result.append(_edited_table(block, random))
        elif index in chosen:
            result += _edited_paragraph(block, random, moved)
        else:
            result.append(block)
        if moved and random.random() < 0.1:
            result.append(moved.pop())
    result += moved
    # A document of one paragraph may have lost it: a version must not be empty, nor be the same as before.
    return result if result and result != list(blocks) else [Paragraph(sentence(random)), *blocks]


def edited_text(text: str, random: Random, share: float = 0.05) -> str:
    """The text with `share` of its words replaced, deleted or followed by a new one."""
    words = text.split()
    for index in random.sample(range(len(words)), round(share * len(words))):
        new = random.choice(OBJECTS).split()[-1]
        words[index] = random.choice((new, "", f"{words[index]} {new}"))
    return " ".join(word for word in words if word)


def _articles(random: Random) -> Iterator[Block]:
    """Blocks without end: a heading, its clauses, now and then a table."""
    while True:
        yield Paragraph(random.choice(TITLES), level=1)
        for _ in range(random.randint(3, 8)):
            yield _clause(random)
            for _ in range(random.choice((0, 0, 0, 2, 3))):
                yield Paragraph(sentence(random), level=3)
        if random.random() < 0.25:
            yield Paragraph("The charges are set out in this table.")
            yield Table((TABLE_HEAD, *(_row(random) for _ in range(random.randint(3, 12)))))


def _clause(random: Random) -> Paragraph:
    text = " ".join(sentence(random) for _ in range(random.randint(1, 4)))
    return Paragraph(
        text,
        level=2,
        term=random.choice(TERMS) if random.random() < 0.15 else "",
        note=sentence(random) if random.random() < 0.03 else "",
    )


def _row(random: Random) -> tuple[str, ...]:
    quantity, price = random.randint(1, 500), random.randint(10, 9000)
    return (random.choice(ITEMS), random.choice(UNITS), str(quantity), f"{price}.00")


def _numbered(choices: Sequence[str], random: Random) -> str:
    return random.choice(choices).replace("{n}", str(random.randint(2, 90)))


def _edited_paragraph(block: Paragraph, random: Random, moved: list[Block]) -> list[Block]:
    match random.choices(("words", "insert", "delete", "move", "rewrite"), (64, 13, 11, 7, 5))[0]:
        case "words":
            return [replace(block, text=_few_words_changed(block.text, random))]
        case "insert":
            return [block, Paragraph(sentence(random), level=block.level if block.level > 1 else 0)]
        case "delete":
            return []
        case "move":
            moved.append(block)
            return []
        case _:
            return [replace(block, text=sentence(random))]


def _few_words_changed(text: str, random: Random) -> str:
    words = text.split()
    for _ in range(random.randint(1, 3)):
        words[random.randrange(len(words))] = random.choice(OBJECTS).split()[-1]
    return " ".join(words)


def _edited_table(table: Table, random: Random) -> Table:
    head, *rows = table.rows
    match random.choices(("keep", "insert", "delete", "cell"), (70, 12, 6, 12))[0]:
        case "insert":
            rows.insert(random.randint(0, len(rows)), _row(random))
        case "delete" if len(rows) > 1:
            rows.pop(random.randrange(len(rows)))
        case "cell" if rows:
            chosen = random.randrange(len(rows))
            rows[chosen] = (*rows[chosen][:3], f"{random.randint(10, 9000)}.00")
    return Table((head, *rows))
