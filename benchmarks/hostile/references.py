"""What refers to something else: links, pictures, notes."""

from __future__ import annotations

from random import Random

from benchmarks.hostile.kit import Hostile, case, edited, rewritten, sentences, shuffled, with_parts
from redline.ooxml import NS, RELATIONSHIP
from tests.redline.builders import PNG, docx, footnote_ref, image, link, p, r


@case(15_000)
def links_to_other_places(count: int) -> Hostile:
    def one(texts: list[str], first: int) -> bytes:
        body = "".join(p(r("see "), link(t, rid=f"rId{i + first}")) for i, t in enumerate(texts))
        return docx(body, links={f"rId{i + first}": f"https://example.org/{i + first}" for i in range(count)})

    texts = sentences(count, 3, 1)
    return Hostile(one(texts, 1), one(texts, count + 1))


@case(20_000)
def one_image_everywhere(count: int) -> Hostile:
    def one(texts: list[str]) -> bytes:
        body = "".join(p(r(t), image(f"rIdI{i}", doc_id=i)) for i, t in enumerate(texts))
        data = docx(body, images={"rIdI0": PNG + Random(1).randbytes(50 * count)})
        target = "media/image1.png"
        rows = "".join(
            f'<Relationship Id="rIdI{i}" Type="{RELATIONSHIP}image" Target="{target}"/>' for i in range(1, count)
        )
        return rewritten(data, "word/_rels/document.xml.rels", "</Relationships>", rows + "</Relationships>")

    texts = sentences(count, 3, 1)
    return Hostile(one(texts), one(edited(texts)))


@case(4_000)
def images_that_went(count: int) -> Hostile:
    body = "".join(p(r("image "), image(f"rIdI{i}", doc_id=i)) for i in range(count))
    images = {f"rIdI{i}": PNG + str(i).encode() for i in range(count)}
    return Hostile(docx(body, images=images), docx(p("Nothing is left")))


@case(4_000)
def parts_in_a_chain(count: int) -> Hostile:
    data = docx(p(r("image "), image("rIdI")), images={"rIdI": PNG})
    parts = {}
    for i in range(1, count):
        target = f"image{i + 1}.png"
        parts[f"word/media/_rels/image{i}.png.rels"] = (
            f'<Relationships xmlns="{NS["pr"]}"><Relationship Id="rId1" Type="{RELATIONSHIP}image" '
            f'Target="{target}"/></Relationships>'
        )
        parts[f"word/media/{target}"] = f"image {i}"
    return Hostile(with_parts(data, parts), docx(p("Nothing is left")))


@case(50_000)
def hyperlinks(count: int) -> Hostile:
    def one(texts: list[str]) -> bytes:
        body = "".join(p(r("see "), link(t, rid=f"rIdL{i}")) for i, t in enumerate(texts))
        return docx(body, links={f"rIdL{i}": f"https://example.org/{i}" for i in range(len(texts))})

    texts = sentences(count, 3, 1)
    return Hostile(one(texts), one(edited(texts)))


@case(30_000)
def hyperlinks_that_went(count: int) -> Hostile:
    texts = sentences(count, 3, 1)
    body = "".join(p(r("see "), link(t, rid=f"rIdL{i}")) for i, t in enumerate(texts))
    before = docx(body, links={f"rIdL{i}": f"https://example.org/{i}" for i in range(len(texts))})
    return Hostile(before, docx(p("Nothing is left")))


@case(30_000)
def footnotes(count: int) -> Hostile:
    def one(texts: list[str]) -> bytes:
        body = "".join(p(r(t), footnote_ref(i + 2)) for i, t in enumerate(texts))
        return docx(body, footnotes={i + 2: p(t) for i, t in enumerate(texts)})

    texts = sentences(count, 5, 1)
    return Hostile(one(texts), one(edited(texts)))


@case(30_000)
def footnotes_that_went(count: int) -> Hostile:
    def one(texts: list[str]) -> bytes:
        body = "".join(p(r(t), footnote_ref(i + 2)) for i, t in enumerate(texts))
        return docx(body, footnotes={i + 2: p(t) for i, t in enumerate(texts)})

    return Hostile(one(sentences(count, 5, 1)), one(sentences(3, 5, 2)))


@case(5_000)
def footnotes_that_refer_to_the_next(count: int) -> Hostile:
    notes = {i + 2: p(r("note "), footnote_ref(i + 3)) for i in range(count)}
    return Hostile(
        docx(p(r("text"), footnote_ref(2)), footnotes=notes | {count + 2: p("end")}), docx(p("Nothing is left"))
    )


@case(5_000)
def footnotes_that_refer_to_themselves(count: int) -> Hostile:
    def one(texts: list[str]) -> bytes:
        notes = {i + 2: p(r(t), footnote_ref(i + 2)) for i, t in enumerate(texts)}
        return docx("".join(p(r(t), footnote_ref(i + 2)) for i, t in enumerate(texts)), footnotes=notes)

    texts = sentences(count, 3, 1)
    return Hostile(one(texts), one(edited(texts)))


@case(20_000)
def footnotes_in_one_paragraph(count: int) -> Hostile:
    def one(texts: list[str]) -> bytes:
        notes = (f"{r(t)}{footnote_ref(i + 2)}" for i, t in enumerate(texts))
        return docx(p(*notes), footnotes={i + 2: p(t) for i, t in enumerate(texts)})

    texts = sentences(count, 3, 1)
    return Hostile(one(texts), one(edited(texts)))


@case(15_000)
def footnotes_in_another_order(count: int) -> Hostile:
    def one(texts: list[str]) -> bytes:
        body = "".join(p(r(t), footnote_ref(i + 2)) for i, t in enumerate(texts))
        return docx(body, footnotes={i + 2: p(f"note {t}") for i, t in enumerate(texts)})

    texts = sentences(count, 5, 1)
    return Hostile(one(texts), one(shuffled(texts)))


@case(4_000)
def images_that_were_replaced(count: int) -> Hostile:
    def one(seed: int) -> bytes:
        body = "".join(p(r("image "), image(f"rIdI{i}", doc_id=i)) for i in range(count))
        return docx(body, images={f"rIdI{i}": PNG + f"{i} {seed}".encode() for i in range(count)})

    return Hostile(one(1), one(2))


@case(15_000)
def images_in_one_paragraph(count: int) -> Hostile:
    def one(size: int) -> bytes:
        pictures = (image("rIdI", extent=size + i % 3, doc_id=i) for i in range(count))
        return docx(p(*pictures), images={"rIdI": PNG})

    return Hostile(one(100), one(101))


@case(40_000)
def hyperlinks_in_one_paragraph(count: int) -> Hostile:
    texts = sentences(count, 2, 1)
    one, other = (p(*(link(t, anchor=f"b{i}") for i, t in enumerate(side))) for side in (texts, edited(texts)))
    return Hostile(docx(one), docx(other))
