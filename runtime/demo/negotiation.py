"""What the other side's lawyers did to the agreement: edits of its source text."""

from __future__ import annotations

from typing import Final

REPLACEMENTS: Final = (
    ("~ Dated 3 March 2026", "~ Dated 27 March 2026"),
    (
        "in a trial at the port of Cork, that it can meet the requirements",
        "in trials at the ports of Cork and Rotterdam, that it is able to meet the requirements",
    ),
    ("where control means the right to appoint a majority", "where control means the power to appoint a majority"),
    (
        "“**Good Industry Practice**” means the skill, care and diligence that a capable and experienced supplier",
        "“**Good Industry Practice**” means the skill, care, diligence and foresight that a leading supplier",
    ),
    ("an initial period of three years", "an initial period of five years"),
    ("at least ninety days’ written notice before", "at least 120 days’ written notice before"),
    ("no later than 120 days before", "no later than 180 days before"),
    ("Time is of the essence for the Go-Live Date only.", "**Time is of the essence** for the Go-Live Date only."),
    ("shall test the Deliverable within fifteen Business Days", "shall test the Deliverable within ten Business Days"),
    ("within 30 days of receiving it.", "within 45 days of receiving it."),
    ("interest on it at 4% above", "interest on it at 2% above"),
    (
        "by no more than the increase in the harmonised index of consumer prices for the euro area over the twelve "
        "months before the notice, and in any event by no more than 5%",
        "by no more than the increase in the harmonised index of consumer prices for the euro area over the twelve "
        "months before the notice, and in any event by no more than 3%",
    ),
    ("shall not exceed 15% of the subscription Charges", "shall not exceed 20% of the subscription Charges"),
    ("once every 24 hours, keep each backup for 35 days", "once every 12 hours, keep each backup for 90 days"),
    ("within 72 hours of becoming aware of it", "within 24 hours of becoming aware of it"),
    ("continue for five years after this Agreement ends", "continue for seven years after this Agreement ends"),
    ("shall not exceed 100% of the Charges paid", "shall not exceed 150% of the Charges paid"),
    ("in any contract year shall not exceed EUR 2,000,000", "in any contract year shall not exceed EUR 5,000,000"),
    (
        "on at least six months’ written notice.",
        "on at least three months’ written notice and payment of the Charges for that period.",
    ),
    ("the law of Ireland.", "the law of England and Wales."),
    ("The seat of the arbitration is Dublin", "The seat of the arbitration is London"),
    ("| 185,000.00", "| 172,500.00"),
    ("submits import, export and transit declarations", "submits import, export, transit and excise declarations"),
    ("container movements is reduced by 10%", "container movements is reduced by 12.5%"),
    ("agreement dated 12 January 2026 forms", "agreement dated 20 March 2026 forms"),
    ("| 99.8% |", "| 99.9% |"),
    ("Clauses 9, 10, 13, 17, 20, 23 and 26,", "Clauses 9, 10, 13, 17, 20, 22 and 25,"),
)
"""Each old text stands exactly once in the agreement."""

DELETED: Final = (
    "# Exclusivity",
    "## During the initial period the Customer shall not obtain berth planning software",
    "## The Supplier may use feedback that the Customer gives",
)
"""How each line that goes begins."""

MOVED: Final = (("## During the Term and for twelve months after it neither party", "## A failure or delay in"),)
"""(how the moved line begins, how the line begins that it then follows)."""

ADDED: Final = (
    (
        "### in compliance with all laws",
        (
            "## The Supplier shall attend a review meeting with the Customer once a month, and shall circulate minutes "
            "within three Business Days after it.",
        ),
    ),
    (
        "## The Supplier shall encrypt Customer Data",
        (
            "## The Supplier shall notify the Customer of a security incident that affects the Platform within four "
            "hours of becoming aware of it, and shall:",
            "### name one person who answers for the response;",
            "### report on the progress at least every six hours; and",
            "### deliver an analysis of the cause within ten Business Days.",
        ),
    ),
    ("| Consultant | per day", ("| Project manager | per day | 1,120.00",)),
    (
        "## Either party may at any time ask a court",
        ("## The parties exclude the United Nations Convention on Contracts for the International Sale of Goods.",),
    ),
)
"""(how a line begins, the lines that come after it)."""
