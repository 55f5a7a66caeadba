from __future__ import annotations

from typing import Any

import pytest

from backends.blobs.embedded import EmbeddedBlobs
from schemas.redlines import RedlineCompleted, RedlineRendered, RenderingFailed
from tests.functions.test_redline import completed, requested
from tests.functions.world import World
from tests.redline.builders import docx, p

UNREADABLE = docx(p("Text", ppr='<w:spacing w:line="abc"/>'))
"""Word takes such a value for none; the renderer does not take the document."""


def made(world: World, **changed: Any) -> RedlineCompleted:
    return completed(world, world.event(requested(world))).model_copy(update=changed)


def rendered(world: World, redline: RedlineCompleted) -> RedlineRendered:
    [said] = world.run("render", world.event(redline))
    assert isinstance(said, RedlineRendered)
    return said


def test_a_redline_becomes_a_pdf_beside_the_word_file(world: World) -> None:
    redline = made(world)
    said = rendered(world, redline)
    assert world.read(said.pdf).startswith(b"%PDF-")
    assert said.pdf.object == redline.redline.object.replace("redline.docx", "redline.pdf")
    assert (said.pair_id, said.key) == (redline.pair_id, redline.key)


def test_a_redelivery_finds_the_pdf_and_says_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    redline = made(world)
    first = rendered(world, redline)
    world.forget_marks()
    monkeypatch.setattr(EmbeddedBlobs, "put", lambda *_, **__: pytest.fail("written again"))
    assert rendered(world, redline) == first


@pytest.mark.parametrize(("outputs", "count"), [(None, 1), (("pdf",), 1), (("docx", "changes"), 0)])
def test_a_pdf_is_made_where_it_is_wanted(world: World, outputs: tuple[str, ...] | None, count: int) -> None:
    assert len(world.run("render", world.event(made(world, outputs=outputs)))) == count


def test_what_cannot_be_laid_out_is_said(world: World) -> None:
    redline = completed(world, world.event(requested(world, after=UNREADABLE)))
    [said] = world.run("render", world.event(redline))
    assert isinstance(said, RenderingFailed)
    assert (said.code, "print the Word file" in said.message) == ("not-rendered", True)


def test_a_redline_that_is_gone_is_said(world: World) -> None:
    redline = made(world)
    gone = redline.redline.model_copy(update={"generation": redline.redline.generation + 1})
    [said] = world.run("render", world.event(redline.model_copy(update={"redline": gone})))
    assert isinstance(said, RenderingFailed)
    assert said.code == "damaged-object"
