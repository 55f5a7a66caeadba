"""Whatever was edited and whatever is asked for: the redline verifies, is valid, and comes out the same twice."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redline import CompareOptions, compare, verify

from .builders import everything
from .judging import broken_rules
from .mutate import mutate
from .option_space import VALUES
from .test_compare_properties import as_docx, versions

OPTIONS = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in VALUES.items()}).map(
    lambda chosen: CompareOptions(**chosen)
)
SEED = st.integers(0, 1 << 30)
QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def assert_right(before: bytes, after: bytes, options: CompareOptions) -> None:
    redline = compare(before, after, options).docx
    verdict = verify(redline, before, after, options=options)
    assert verdict.ok, verdict.findings
    assert not broken_rules(redline, before, after)
    assert compare(before, after, options).docx == redline


@QUICK
@given(SEED, st.integers(0, 4), SEED, st.integers(1, 8), OPTIONS)
def test_edited_documents(
    first: int, edits_before: int, second: int, edits_after: int, options: CompareOptions
) -> None:
    before, _ = mutate(everything(), first, edits_before)
    after, _ = mutate(before, second, edits_after)
    assert_right(before, after, options)


@QUICK
@given(versions(), OPTIONS)
def test_documents_made_at_random(blocks: tuple[list[str], list[str]], options: CompareOptions) -> None:
    assert_right(as_docx(blocks[0], "a note"), as_docx(blocks[1], "another note"), options)
