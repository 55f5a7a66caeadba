"""Whole documents as a lawyer would mark them: lines in, marked lines out.

A line is a paragraph, or a row of a table where it begins with a bar. [-gone-] and {+come+} are revisions, [<gone<] and
{>come>} the two places of a move; ¶ is a paragraph mark that went or came.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import pytest

from redline.ooxml import Element, W

from .builders import docx, p, tbl, tr
from .judging import assert_invariants, redlined, root

_MARKS = {
    "": ("", ""),
    W + "ins": ("{+", "+}"),
    W + "del": ("[-", "-]"),
    W + "moveFrom": ("[<", "<]"),
    W + "moveTo": ("{>", ">}"),
}


def written(lines: str) -> str:
    """The body of a document with these lines."""
    blocks: list[str] = []
    for in_table, group in groupby(lines.splitlines(), key=lambda line: line.startswith("|")):
        if in_table:
            rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in group]
            blocks.append(tbl(*(tr(*row) for row in rows), columns=len(rows[0])))
        else:
            blocks += map(p, group)
    return "".join(blocks)


def marked(document: bytes) -> str:
    """The lines of a redline with their marks."""
    lines = []
    for block in root(document).iterfind(f"{W}body/*"):
        if block.tag == W + "p":
            lines.append(paragraph(block))
        for row in block.iterfind(W + "tr"):
            lines.append(
                "|" + "|".join("/".join(map(paragraph, cell.iter(W + "p"))) for cell in row.iter(W + "tc")) + "|"
            )
    return "\n".join(lines)


def paragraph(element: Element) -> str:
    out = ""
    for state, pieces in groupby(_pieces(element), key=lambda piece: piece[0]):
        opening, closing = _MARKS[state]
        out += opening + "".join(text for _, text in pieces) + closing
    return out


def _pieces(element: Element) -> Iterator[tuple[str, str]]:
    """Stretches of text, each with the revision it is in."""
    for child in element:
        state = str(child.tag) if child.tag in _MARKS else ""
        text = "".join(t.text or "" for t in child.iter(W + "t", W + "delText"))
        if text:
            yield state, text
    for mark in element.iterfind(f"{W}pPr/{W}rPr/*"):
        if mark.tag in _MARKS:
            yield str(mark.tag), "¶"


CASES = [
    (
        "an item put in among items that are much alike",
        "(a) the Seller shall ship the goods;\n(b) the Seller shall insure the goods;\n(c) the Seller shall invoice;",
        "(a) the Seller shall ship the goods;\n(b) the Seller shall label the goods;\n"
        "(c) the Seller shall insure the goods;\n(d) the Seller shall invoice;",
        "(a) the Seller shall ship the goods;\n{+(b) the Seller shall label the goods;¶+}\n"
        "[-(b)-]{+(c)+} the Seller shall insure the goods;\n[-(c)-]{+(d)+} the Seller shall invoice;",
    ),
    (
        "a heading put in renumbers those after it",
        "1. Term\n2. Fees\n3. Notices",
        "1. Scope\n2. Term\n3. Fees\n4. Notices",
        "{+1. Scope¶+}\n[-1-]{+2+}. Term\n[-2-]{+3+}. Fees\n[-3-]{+4+}. Notices",
    ),
    (
        "a clause that says something else under its number",
        "1. Term\n2. Exclusivity\n3. Law",
        "1. Term\n2. [Intentionally omitted]\n3. Law",
        "1. Term\n2. [-Exclusivity-]{+[Intentionally omitted]+}\n3. Law",
    ),
    (
        "headings in capitals",
        "Payment Terms of the Customer and its Affiliates\nThe Customer pays.",
        "PAYMENT TERMS OF THE CUSTOMER AND ITS AFFILIATES\nThe Customer pays.",
        "[-Payment Terms of the Customer and its Affiliates-]{+PAYMENT TERMS OF THE CUSTOMER AND ITS AFFILIATES+}\n"
        "The Customer pays.",
    ),
    (
        "answers, where the questions stay",
        "Is the Seller insured?\nYes\nIs the Buyer insured?\nNo\nIs there a guarantor?\nYes",
        "Is the Seller insured?\nNo\nIs the Buyer insured?\nYes\nIs there a guarantor?\nYes",
        "Is the Seller insured?\n[-Yes-]{+No+}\nIs the Buyer insured?\n[-No-]{+Yes+}\nIs there a guarantor?\nYes",
    ),
    (
        "a clause that moved to the end, with a figure changed",
        "1. The Seller shall ship the goods to the Buyer within thirty days of the order.\n"
        "2. The Buyer shall inspect the goods within ten days after they arrive.\n3. The law of Ohio applies.",
        "1. The Buyer shall inspect the goods within ten days after they arrive.\n2. The law of Ohio applies.\n"
        "3. The Seller shall ship the goods to the Buyer within forty days of the order.",
        "[-1-][<. The Seller shall ship the goods to the Buyer within <][-thirty-][< days of the order.¶<]\n"
        "[-2-]{+1+}. The Buyer shall inspect the goods within ten days after they arrive.\n"
        "[-3-]{+2+}. The law of Ohio applies.{+¶+}\n"
        "{+3+}{>. The Seller shall ship the goods to the Buyer within >}{+forty+}{> days of the order.>}",
    ),
    (
        "two clauses made one",
        "1. The Seller ships the goods on time.\n2. The Seller insures the goods.\n3. Ohio law applies.",
        "1. The Seller ships the goods on time. The Seller insures the goods.\n2. Ohio law applies.",
        "1. The Seller ships the goods on time.[-¶-]\n[-2.-] The Seller insures the goods.\n"
        "[-3-]{+2+}. Ohio law applies.",
    ),
    (
        "a sentence made a list",
        "The Seller shall (a) ship the goods, and (b) insure them.",
        "The Seller shall:\n(a) ship the goods, and\n(b) insure them.",
        "The Seller shall[- -]{+:¶+}\n(a) ship the goods, and[- -]{+¶+}\n(b) insure them.",
    ),
    (
        "a definition put in, another renamed",
        "“Affiliate” means who controls a party.\n“Buyer” means the person named on the Cover Page.",
        "“Affiliate” means who controls a party.\n“Applicable Law” means what law applies to a party.\n"
        "“Client” means the person named on the Cover Page.",
        "“Affiliate” means who controls a party.\n{+“Applicable Law” means what law applies to a party.¶+}\n"
        "“[-Buyer-]{+Client+}” means the person named on the Cover Page.",
    ),
    (
        "a row put in, and amounts",
        "|Item|Price|\n|Licence|€ 10,000|\n|Support|€ 500|\nEnd",
        "|Item|Price|\n|Licence|€ 12,000|\n|Hosting|€ 900|\n|Support|€ 550|\nEnd",
        "|Item|Price|\n|Licence|€ [-10,000-]{+12,000+}|\n|{+Hosting+}|{+€ 900+}|\n|Support|€ [-500-]{+550+}|\nEnd",
    ),
    (
        "a row taken out from among others",
        "|Tier|Users|Price|\n|Small|10|€ 100|\n|Medium|100|€ 900|\n|Large|1,000|€ 8,000|\nEnd",
        "|Tier|Users|Price|\n|Small|10|€ 120|\n|Large|1,000|€ 9,000|\nEnd",
        "|Tier|Users|Price|\n|Small|10|€ [-100-]{+120+}|\n|[-Medium-]|[-100-]|[-€ 900-]|\n"
        "|Large|1,000|€ [-8,000-]{+9,000+}|\nEnd",
    ),
    (
        "a signature block filled in",
        "Signed for Acme Corporation\nName: ________\nTitle: Director\nDate: ________",
        "Signed for Beta Limited\nName: Carol White\nTitle: Managing Director\nDate: 15 April 2026",
        "Signed for [-Acme Corporation-]{+Beta Limited+}\nName: [-________-]{+Carol White+}\n"
        "Title: {+Managing +}Director\nDate: [-________-]{+15 April 2026+}",
    ),
    (
        "a translation",
        "The Seller shall ship the goods to the Buyer within thirty days.\nThe Buyer shall pay the price.",
        "Le Vendeur livre les marchandises dans les trente jours.\nL’Acheteur paie le prix convenu.",
        "[-The Seller shall ship the goods to the Buyer within thirty days.¶-]\n"
        "{+Le Vendeur livre les marchandises dans les trente jours.¶+}\n"
        "[-The Buyer shall pay the price-]{+L’Acheteur paie le prix convenu+}.",
    ),
    (
        "French",
        "Le Prestataire livre dans un délai de trente (30) jours ; à défaut, le Client pourra résilier.",
        "Le Fournisseur livre dans un délai de quarante (40) jours ; à défaut, le Client peut résilier.",
        "Le [-Prestataire-]{+Fournisseur+} livre dans un délai de [-trente (30)-]{+quarante (40)+} jours ; à défaut, "
        "le Client [-pourra-]{+peut+} résilier.",
    ),
    (
        "German",
        "Der Käufer zahlt gemäß § 3 Abs. 2 Satz 1 innerhalb von 30 Tagen 10.000,50 € (vgl. Anlage 1).",
        "Der Besteller zahlt gemäß § 4 Abs. 2 Satz 2 innerhalb von 45 Tagen 12.500,00 € (vgl. Anlage 2).",
        "Der [-Käufer-]{+Besteller+} zahlt gemäß § [-3-]{+4+} Abs. 2 Satz [-1-]{+2+} innerhalb von [-30-]{+45+} Tagen "
        "[-10.000,50-]{+12.500,00+} € (vgl. Anlage [-1-]{+2+}).",
    ),
    (
        "Japanese",
        "第5条（支払）買主は、納品後30日以内に代金を振り込む。",
        "第6条（支払）買主は、検収後60日以内に代金を振り込む。",
        "第[-5-]{+6+}条（支払）買主は、[-納品後30-]{+検収後60+}日以内に代金を振り込む。",
    ),
    (
        "Korean",
        "매수인은 송장 수령 후 30일 이내에 대금을 지급한다.",
        "매수인은 송장 수령 후 60일 이내에 대금 전액을 지급한다.",
        "매수인은 송장 수령 후 [-30-]{+60+}일 이내에 대금{+ 전액+}을 지급한다.",
    ),
    (
        "Arabic",
        "يلتزم الطرف الأول بسداد المبلغ خلال ثلاثين يوماً.",
        "يلتزم الطرف الثاني بسداد كامل المبلغ خلال ستين يوماً.",
        "يلتزم الطرف [-الأول-]{+الثاني+} بسداد {+كامل +}المبلغ خلال [-ثلاثين-]{+ستين+} يوماً.",
    ),
]


@pytest.mark.parametrize(("before", "after", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_documents_are_marked_as_a_lawyer_would(before: str, after: str, expected: str) -> None:
    old, now = docx(written(before)), docx(written(after))
    redline = redlined(old, now).docx
    assert marked(redline) == expected
    assert_invariants(redline, old, now)
