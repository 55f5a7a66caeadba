"""What a comparison used is freed when it returns, so that the next one in the process does not come on top of it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator

import pytest

from redline import compare, render_html, validate, verify
from tests.redline.builders import docx, p, tbl, tr

BEFORE = docx(p("Start") + p("WHEREAS, the disposition of the shares is resolved;") + tbl(tr("Law", "Iowa")))
AFTER = docx(p("Start") + p("WHEREAS, the Board approves the disposition set out;") + tbl(tr("Law", "Ohio")))

REDLINE = compare(BEFORE, AFTER).docx


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.set_debug(0)
    gc.garbage.clear()
    gc.enable()


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize(
    "work",
    [
        pytest.param(lambda: compare(BEFORE, AFTER), id="compare"),
        pytest.param(lambda: compare(BEFORE, AFTER).changes, id="changes"),
        pytest.param(lambda: render_html(compare(BEFORE, AFTER).docx), id="page"),
        pytest.param(lambda: validate(AFTER), id="validate"),
        pytest.param(lambda: verify(REDLINE, BEFORE, AFTER), id="verify"),
    ],
)
def test_no_tree_waits_for_the_collector_of_cycles(work: Callable[[], object]) -> None:
    result = work()
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()
    ours = {type(item).__qualname__ for item in gc.garbage if type(item).__module__.startswith(("redline", "lxml"))}
    assert result is not None
    assert ours == set()
