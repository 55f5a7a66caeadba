"""Differences as a lawyer would mark them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redline.diff.cuts import cut_alike
from redline.diff.textdiff import diff
from redline.diff.tokens import Token
from tests.redline.builders import p
from tests.redline.test_tokens import tokens as cut


def marked(before: str, after: str) -> str:
    old, now = cut_alike(*(cut(p(x)) if x else [] for x in (before, after)))
    out = ""
    for s in diff(old, now):
        gone, come = text(old[s.b0 : s.b1]), text(now[s.a0 : s.a1])
        out += come if s.equal else (f"[-{gone}]" if gone else "") + (f"[+{come}]" if come else "")
    return out


def text(tokens: Sequence[Token]) -> str:
    return "".join(str(t.key) for t in tokens)


CASES = [
    ("a percentage", "pays 12% a year", "pays 18% a year", "pays [-12%][+18%] a year"),
    ("an amount", "a fee of $1,500 is due", "a fee of $1,750.50 is due", "a fee of [-$1,500][+$1,750.50] is due"),
    ("an amount in words and figures", "thirty (30) days", "sixty (60) days", "[-thirty (30)][+sixty (60)] days"),
    ("a date", "on 3 March 2026 at noon", "on 5 April 2026 at noon", "on [-3 March][+5 April] 2026 at noon"),
    (
        "a date in figures",
        "by 2026-01-31 at the latest",
        "by 2026-02-28 at the latest",
        "by [-2026-01-31][+2026-02-28] at the latest",
    ),
    ("all new", "", "all new", "[+all new]"),
    ("all gone", "all gone", "", "[-all gone]"),
    ("a word taken out", "the big dog", "the dog", "the [-big ]dog"),
    ("a word put in", "shall pay the fee", "shall pay the agreed fee", "shall pay the [+agreed ]fee"),
    ("a sentence put in", "First one. Last one.", "First one. New one. Last one.", "First one. [+New one. ]Last one."),
    ("a sentence at the end", "First one.", "First one. Last one.", "First one.[+ Last one.]"),
    (
        "a sentence that begins like its neighbour",
        "The Buyer pays. The Buyer signs.",
        "The Buyer pays. The Buyer waits. The Buyer signs.",
        "The Buyer pays. [+The Buyer waits. ]The Buyer signs.",
    ),
    (
        "a first sentence that begins like the next",
        "The Seller ships.",
        "The Seller packs. The Seller ships.",
        "[+The Seller packs. ]The Seller ships.",
    ),
    ("a first bracket", "{FOR m IN all}{m.name} pays", "{m.name} pays", "[-{FOR m IN all}]{m.name} pays"),
    (
        "a sentence moved to the end",
        "The Seller invoices monthly. The Buyer pays each invoice in thirty days.",
        "The Buyer pays each invoice in thirty days. The Seller invoices monthly.",
        "[-The Seller invoices monthly. ]The Buyer pays each invoice in thirty days.[+ The Seller invoices monthly.]",
    ),
    ("two words", "a b c d", "a x y d", "a [-b c][+x y] d"),
    ("an article", "in a trial at", "in trials at", "in [-a trial][+trials] at"),
    (
        "a longer list",
        "with care and diligence",
        "with care, diligence and foresight",
        "with care[- and][+,] diligence[+ and foresight]",
    ),
    (
        "one more name",
        "Amsterdam and Berlin",
        "Amsterdam, Berlin and Rotterdam",
        "Amsterdam[- and][+,] Berlin[+ and Rotterdam]",
    ),
    ("a name at the end", "in Amsterdam", "in Amsterdam and Rotterdam", "in Amsterdam[+ and Rotterdam]"),
    (
        "an item in an enumeration",
        "(a) one; (b) two; (d) four.",
        "(a) one; (b) two; (c) three; (d) four.",
        "(a) one; (b) two; [+(c) three; ](d) four.",
    ),
    ("an item taken out", "red, green, blue and white", "red, blue and white", "red, [-green, ]blue and white"),
    ("a negation", "The Seller shall deliver", "The Seller shall not deliver", "The Seller shall [+not ]deliver"),
    ("a negation taken out", "is not liable", "is liable", "is [-not ]liable"),
    (
        "parties swapped",
        "Buyer indemnifies Seller",
        "Seller indemnifies Buyer",
        "[-Buyer][+Seller] indemnifies [-Seller][+Buyer]",
    ),
    ("a defined term", "the “Goods” are sold", "the “Products” are sold", "the “[-Goods][+Products]” are sold"),
    (
        "a defined term throughout",
        "The Vendor pays what the Vendor owes.",
        "The Supplier pays what the Supplier owes.",
        "The [-Vendor][+Supplier] pays what the [-Vendor][+Supplier] owes.",
    ),
    (
        "shall and must",
        "Each party shall pay and shall deliver.",
        "Each party must pay and must deliver.",
        "Each party [-shall][+must] pay and [-shall][+must] deliver.",
    ),
    ("capitals", "the agreement ends", "The Agreement ends", "[-the agreement][+The Agreement] ends"),
    ("all capitals", "NOTICE is given", "Notice is given", "[-NOTICE][+Notice] is given"),
    ("quotes", 'the "Fee" is due', "the “Fee” is due", 'the [-"Fee"][+“Fee”] is due'),
    ("apostrophe", "the party's name", "the party’s name", "the [-party's][+party’s] name"),
    ("a space that does not break", "Section 5 applies", "Section\u00a05 applies", "Section[- ][+\u00a0]5 applies"),
    ("two spaces after a full stop", "One.  Two.", "One. Two.", "One. [- ]Two."),
    ("a word taken out from between its spaces", "the big red dog", "the big  dog", "the big [-red] dog"),
    (
        "a sentence between two spaces",
        "Force Majeure.  Neither is liable.  Either may end it.",
        "Force Majeure.  Either may end it.",
        "Force Majeure.  [-Neither is liable.  ]Either may end it.",
    ),
    ("a full stop", "the end", "the end.", "the end[+.]"),
    ("a comma", "in time or late", "in time, or late", "in time[+,] or late"),
    ("a semicolon for a comma", "paid, or owed", "paid; or owed", "paid[-,][+;] or owed"),
    ("a hyphen", "a non binding offer", "a non-binding offer", "a non[- ][+-]binding offer"),
    ("brackets", "fees (if any) are due", "fees are due", "fees [-(if any) ]are due"),
    ("brackets around", "fees if any are due", "fees (if any) are due", "fees [+(]if any[+)] are due"),
    (
        "a citation",
        "Smith v. Jones, 12 F.3d 345 (2d Cir. 1999)",
        "Smith v. Jones, 14 F.3d 678 (2d Cir. 2001)",
        "Smith v. Jones, [-12][+14] F.3d [-345][+678] (2d Cir. [-1999][+2001])",
    ),
    (
        "a section number",
        "under Section 7.1(a) hereof",
        "under Section 8.2(a) hereof",
        "under Section [-7.1(a)][+8.2(a)] hereof",
    ),
    ("section sign", "§ 24-2-3-2 applies", "§ 24-2-3-4 applies", "§ [-24-2-3-2][+24-2-3-4] applies"),
    ("a sub-clause taken out", "under Section 5.2(c) only", "under Section 5.2 only", "under Section 5.2[-(c)] only"),
    (
        "a sub-clause put in",
        "under § 20-14p(b) and § 3",
        "under § 20-14p(b)(3) and § 3(a)(ii)",
        "under § 20-14p(b)[+(3)] and § 3[+(a)(ii)]",
    ),
    ("items renumbered", "(a) buy; and (b) sell", "(i) buy; and (ii) sell", "[-(a)][+(i)] buy; and [-(b)][+(ii)] sell"),
    (
        "an item put in renumbers those after it",
        "(a) one; and (b) two.",
        "(a) one; (b) new; and (c) two.",
        "(a) one; [+(b) new; ]and [-(b)][+(c)] two.",
    ),
    (
        "a share in words and figures",
        "ten percent (10%) of",
        "five percent (5%) of",
        "[-ten][+five] percent [-(10%)][+(5%)] of",
    ),
    (
        "a version",
        "Terms (v1.2) of API v0.1.0",
        "Terms (v1.3) of API v0.2.0",
        "Terms [-(v1.2)][+(v1.3)] of API [-v0.1.0][+v0.2.0]",
    ),
    ("a version with a name before it", "Terms (v1.2).", "Terms (Ohio) (v1.3).", "Terms [-(v1.2)][+(Ohio) (v1.3)]."),
    (
        "brackets that are others than before",
        "pay, under S.B. 25-083 (2025), amending C.R.S. § 8-2-113(2)(b).",
        "pay (C.R.S. § 8-2-113(2)(b)).",
        "pay[-, under S.B. 25-083 (2025), amending ][+ (]C.R.S. § 8-2-113(2)(b)[+)].",
    ),
    ("millions", "at most $10m for losses", "at most $1.5bn for losses", "at most [-$10m][+$1.5bn] for losses"),
    ("an amount before its currency", "pay 1.200€ now", "pay 1.300€ now", "pay [-1.200€][+1.300€] now"),
    ("years", "of 2019-2021", "of 2019-2023", "of [-2019-2021][+2019-2023]"),
    ("plural", "the party agrees", "the parties agree", "the [-party agrees][+parties agree]"),
    (
        "a relative clause put in",
        "The Tenant shall pay.",
        "The Tenant, who occupies the House, shall pay.",
        "The Tenant[+, who occupies the House,] shall pay.",
    ),
    (
        "a proviso",
        "may end this agreement.",
        "may end this agreement, provided that notice is given.",
        "may end this agreement[+, provided that notice is given].",
    ),
    (
        "a rewritten sentence",
        "If it fails the Buyer may at once end the deal",
        "Where no goods are sent, the Seller loses its claim",
        "[-If it fails the Buyer may at once end the deal][+Where no goods are sent, the Seller loses its claim]",
    ),
    (
        "a clause rewritten between kept ones",
        "The Seller delivers. It bears the risk until then. The Buyer pays.",
        "The Seller delivers. Title passes with the goods. The Buyer pays.",
        "The Seller delivers. [-It bears the risk until then][+Title passes with the goods]. The Buyer pays.",
    ),
    (
        "an island of little words",
        "in the manner of the old rules set by the chair",
        "as laid down in the new code kept by the board",
        "[+as laid down ]in the [-manner of the old rules set][+new code kept] by the [-chair][+board]",
    ),
    (
        "one word kept by chance in a phrase written anew",
        "The parties acknowledge and hereby agree that, under the statute cited above, the court may end it",
        "A court may modify any restrictive covenant that does not comply with the statute, and may end it",
        "[-The parties acknowledge and hereby agree that, under]"
        "[+A court may modify any restrictive covenant that does not comply with] the statute"
        "[- cited above, the court][+, and] may end it",
    ),
    ("Chinese", "甲方应当付款", "甲方必须付款", "甲方[-应当][+必须]付款"),
    ("Japanese", "本契約は有効です", "本契約は無効です", "本契約は[-有][+無]効です"),
    ("Thai", "ส่งมอบภายในสามสิบวัน", "ส่งมอบภายในหกสิบวัน", "ส่งมอบภายใน[-สาม][+หก]สิบวัน"),
    ("Hebrew", "הקונה ישלם את המחיר", "הקונה ישלם את הריבית", "הקונה ישלם את [-המחיר][+הריבית]"),
    ("Arabic", "يدفع المشتري الثمن", "يدفع البائع الثمن", "يدفع [-المشتري][+البائع] الثمن"),
    (
        "a web address",
        "see https://a.example/terms/1.0 now",
        "see https://a.example/terms/2.1 now",
        "see https://a.example/terms/[-1.0][+2.1] now",
    ),
    (
        "a placeholder",
        "between {buyer_name} and us",
        "between {seller_name} and us",
        "between {[-buyer_name][+seller_name]} and us",
    ),
    ("a word said twice", "the the fee", "the fee", "the [-the ]fee"),
    (
        "a clause of which little stays",
        "Suppliers deliver cheap household goods into warehouses beside the docks.",
        "Directors resign together into office younger ones come beside old peers.",
        "[-Suppliers deliver cheap household goods into warehouses beside the docks]"
        "[+Directors resign together into office younger ones come beside old peers].",
    ),
    ("a blank that is filled in", "Name: ____ of Paris", "Name: Ms Roe of Paris", "Name: [-____][+Ms Roe] of Paris"),
]


@pytest.mark.parametrize(("before", "after", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_marks(before: str, after: str, expected: str) -> None:
    assert marked(before, after) == expected


@given(
    st.lists(st.sampled_from(["a", "b", " ", "the", "."]), max_size=30),
    st.lists(st.sampled_from(["a", "c", " ", "the", "."]), max_size=30),
)
def test_segments_cover_both_sides(before: list[str], after: list[str]) -> None:
    old, now = ([Token(x, [(x, None)]) for x in side] for side in (before, after))
    b = a = 0
    for s in diff(old, now):
        assert (s.b0, s.a0) == (b, a)
        assert not s.equal or before[s.b0 : s.b1] == after[s.a0 : s.a1]
        b, a = s.b1, s.a1
    assert (b, a) == (len(before), len(after))
