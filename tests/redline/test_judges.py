"""Programs from outside judge what we deliver: LibreOffice resolves the redline, a browser runs the page."""

from __future__ import annotations

import json
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from redline import compare, render_html
from runtime.demo import documents
from tests.outside import program, python_with_uno
from tests.redline.builders import docx, p, r, tbl, tc, tr

OFFICE = Path(__file__).parent / "judges" / "office.py"


def _table(*rows: tuple[str, ...]) -> str:
    return tbl(*(tr(*(tc(p(r(cell))) for cell in row)) for row in rows))


def _document(paragraphs: tuple[str, ...], *rows: tuple[str, ...]) -> bytes:
    return docx("".join(p(r(text)) for text in paragraphs) + _table(*rows) + p(r("The end.")))


FEE, TAX, RENT = ("Fee", "100 EUR"), ("Tax", "21 %"), ("Rent", "900 EUR")
CASES = {
    "ten-page contract": documents(),
    "words and paragraphs": (
        _document(("The term is three years.", "It renews.", "Notices are in writing."), FEE, TAX),
        _document(("The term is five years.", "Notices are given in writing.", "Nothing else."), FEE, TAX),
    ),
    "rows": (
        _document(("Charges", "as follows"), FEE, TAX, RENT),
        _document(("Charges", "as follows:"), FEE, ("Deposit", "50 EUR"), RENT),
    ),
    "split and merge": (
        _document(("One sentence. Another sentence follows it here.", "Third.", "Fourth."), FEE),
        _document(("One sentence.", " Another sentence follows it here.", "Third.Fourth."), FEE),
    ),
}


def _resolved(folder: Path, jobs: list[tuple[str, str, bytes]]) -> dict[str, list[str]]:
    """Lines of each document after its action, as LibreOffice sees it, by name.

    Empty ones are left out: LibreOffice keeps an emptied paragraph in front of a table, where Word does not.
    """
    given = []
    for name, action, content in jobs:
        (folder / f"{name}.docx").write_bytes(content)
        given.append([action, str(folder / f"{name}.docx"), str(folder / f"{name}.txt")])
    python = python_with_uno()
    subprocess.run([python, OFFICE, json.dumps(given)], check=True, capture_output=True, timeout=180)
    texts = {name: (folder / f"{name}.txt").read_text(encoding="utf-8-sig") for name, _, _ in jobs}
    return {name: [line for line in text.splitlines() if line] for name, text in texts.items()}


def test_libreoffice_finds_both_versions_in_the_redline(tmp_path: Path) -> None:
    program("libreoffice")
    jobs = []
    for number, (before, after) in enumerate(CASES.values()):
        redline = compare(before, after).docx
        jobs += [(f"{number}-before", "as-is", before), (f"{number}-rejected", "reject", redline)]
        jobs += [(f"{number}-after", "as-is", after), (f"{number}-accepted", "accept", redline)]
    texts = _resolved(tmp_path, jobs)
    for wanted, got in list(pairwise(jobs))[::2]:
        assert texts[got[0]] == texts[wanted[0]], got[0]


@pytest.mark.parametrize("name", CASES)
def test_a_browser_runs_the_script_of_the_page(name: str, tmp_path: Path) -> None:
    redline = compare(*CASES[name])
    page = tmp_path / "redline.html"
    page.write_text(render_html(redline.docx), encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    quiet = [
        "--disable-quic",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={tmp_path / 'profile'}",
    ]
    command = [program("chromium"), *flags, *quiet, "--virtual-time-budget=2000", "--dump-dom", page.as_uri()]
    shown = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout
    assert f"– / {len(redline.changes)}" in shown
