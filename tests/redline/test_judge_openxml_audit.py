"""openxml-audit, a port of the Open XML SDK's validation, as a judge: a redline has no complaint that its inputs lack.

https://github.com/BramAlkema/openxml-audit
"""

from __future__ import annotations

from pathlib import Path

import openxml_audit
import pytest

from .builders import docx, p
from .judges.findings import Complaint, added, complaint
from .judges.samples import Sample, own, real_pairs

FALSE_ALARMS = {
    # The XML schema asks for a property beside the revision in w:trPr; Word itself writes rows without one, and the
    # Open XML SDK, which openxml-audit ports, accepts them.
    Complaint("schema", "trPr", "Required sequence content is missing"),
}
MUTATIONS = 6
PAIRS = 10


def complaints(document: bytes, folder: Path) -> set[Complaint]:
    path = folder / "judged.docx"
    path.write_bytes(document)
    # A validator for each document: one that is used again may take a part of an earlier document for this one's.
    validator = openxml_audit.OpenXmlValidator(openxml_audit.FileFormat.MICROSOFT_365, max_errors=0)
    errors = validator.validate(path).errors
    return {complaint(e.error_type.value, e.path, f"{e.id} {e.description}".strip()) for e in errors}


def new_complaints(sample: Sample, folder: Path) -> list[Complaint]:
    inputs = complaints(sample.before, folder) | complaints(sample.after, folder)
    return added(complaints(sample.redline, folder), inputs, FALSE_ALARMS)


@pytest.mark.parametrize("sample", own(MUTATIONS), ids=lambda sample: sample.name)
def test_own_documents(sample: Sample, tmp_path: Path) -> None:
    assert new_complaints(sample, tmp_path) == []


def test_real_pairs(corpus: Path, tmp_path: Path) -> None:
    found = {sample.name: new_complaints(sample, tmp_path) for sample in real_pairs(corpus, PAIRS, largest=40_000)}
    assert {name: new for name, new in found.items() if new} == {}


def test_the_judge_sees_what_is_wrong(tmp_path: Path) -> None:
    broken = docx(p(ppr='<w:jc w:val="center"/><w:keepNext/>'))
    assert added(complaints(broken, tmp_path), complaints(docx(p()), tmp_path))
