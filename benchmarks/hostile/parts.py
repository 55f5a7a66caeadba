"""Headers, styles, lists, parts; attributes and namespaces."""

from __future__ import annotations

import string
from random import Random

from benchmarks.hostile.kit import Hostile, case, edited, grid, paragraphs, rewritten, sentences
from tests.redline.builders import docx, p, r


def section(header: str) -> str:
    return f'<w:sectPr><w:headerReference w:type="default" r:id="{header}"/></w:sectPr>'


@case(4_500)
def headers_and_sections(count: int) -> Hostile:
    def one(texts: list[str]) -> bytes:
        body = "".join(p(r(t), ppr=section(f"rIdH{i}")) for i, t in enumerate(texts))
        return docx(body, headers={f"rIdH{i}": p(t) for i, t in enumerate(texts)})

    texts = sentences(count, 4, 1)
    return Hostile(one(texts), one(edited(texts)))


@case(4_500)
def sections_that_went(count: int) -> Hostile:
    def one(texts: list[str]) -> bytes:
        body = "".join(p(r(t), ppr=section(f"rIdH{i}")) for i, t in enumerate(texts))
        return docx(body, headers={f"rIdH{i}": p(t) for i, t in enumerate(texts)})

    return Hostile(one(sentences(count, 4, 1)), docx(p("Nothing is left")))


@case(4_500)
def one_header_for_many(count: int) -> Hostile:
    """Each section had another header, and all show the same one now: the result needs as many of that."""
    texts = sentences(count, 4, 1)
    before = docx(
        "".join(p(r(t), ppr=section(f"rIdH{i}")) for i, t in enumerate(texts)),
        headers={f"rIdH{i}": p(t) for i, t in enumerate(texts)},
    )
    header = paragraphs(sentences(count, 4, 2))
    first, *rest = texts
    body = p(r(first), ppr=section("rIdH")) + "".join(p(r(t), ppr="<w:sectPr/>") for t in rest)
    return Hostile(before, docx(body, headers={"rIdH": header}))


@case(20_000)
def types_of_headers(count: int) -> Hostile:
    kinds = "".join(f'<w:headerReference w:type="x{i}" r:id="rIdH"/>' for i in range(count))
    body = "".join(p(t, ppr="<w:sectPr/>") for t in sentences(count // 10, 4, 1))
    one, other = (docx(p("a", ppr=f"<w:sectPr>{kinds}</w:sectPr>") + body, headers={"rIdH": p(t)}) for t in "ab")
    return Hostile(one, other)


@case(20_000)
def styles_of_one_id(count: int) -> Hostile:
    def one(word: str) -> bytes:
        styles = "".join(
            f'<w:style w:type="paragraph" w:styleId="s"><w:name w:val="{word} {i}"/></w:style>' for i in range(count)
        )
        return docx(p(f"Some {word} text", style="s"), styles=styles)

    return Hostile(one("old"), one("new"))


@case(20_000)
def styles_in_a_chain(count: int) -> Hostile:
    def one(word: str) -> bytes:
        styles = "".join(
            f'<w:style w:type="paragraph" w:styleId="s{i}"><w:name w:val="{word} {i}"/>'
            f'<w:basedOn w:val="s{max(i - 1, 0)}"/></w:style>'
            for i in range(count)
        )
        texts = sentences(count, 3, 1)
        return docx("".join(p(t + word, style=f"s{i}") for i, t in enumerate(texts)), styles=styles)

    return Hostile(one("old"), one("new"))


@case(20_000)
def styles_that_are_missing(count: int) -> Hostile:
    texts = sentences(count, 3, 1)
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="s{i}"><w:name w:val="name {i}"/>'
        f'<w:basedOn w:val="s{i + 1}"/></w:style>'
        for i in range(count)
    )
    before = docx("".join(p(t, style=f"s{i}") for i, t in enumerate(texts)), styles=styles)
    return Hostile(before, docx(p("Nothing is left"), styles='<w:style w:type="paragraph" w:styleId="x"/>'))


@case(15_000)
def lists(count: int) -> Hostile:
    def one(texts: list[str]) -> bytes:
        abstract = "".join(
            f'<w:abstractNum w:abstractNumId="{i}"><w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/>'
            f'<w:lvlText w:val="%1.{i}"/></w:lvl></w:abstractNum>'
            for i in range(len(texts))
        )
        nums = "".join(f'<w:num w:numId="{i + 1}"><w:abstractNumId w:val="{i}"/></w:num>' for i in range(len(texts)))
        body = "".join(
            p(t, ppr=f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{i + 1}"/></w:numPr>') for i, t in enumerate(texts)
        )
        return docx(body, numbering=abstract + nums)

    return Hostile(one(sentences(count, 4, 1)), one(sentences(count, 4, 2)))


@case(4_000)
def a_huge_label(count: int) -> Hostile:
    text = "%1" + "".join(Random(1).choices(string.ascii_lowercase, k=100 * count))
    numbering = (
        f'<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:start w:val="{"9" * 4000}"/>'
        f'<w:numFmt w:val="decimal"/><w:lvlText w:val="{text}"/></w:lvl></w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'
    )

    def body(texts: list[str]) -> str:
        listed = '<w:numPr><w:ilvl w:val="%d"/><w:numId w:val="1"/></w:numPr>'
        return "".join(p(t, ppr=listed % (0 if i else -99)) for i, t in enumerate(texts))

    texts = sentences(count, 4, 1)
    return Hostile(docx(body(texts), numbering=numbering), docx(body(edited(texts)), numbering=numbering))


@case(9_000)
def thousands_of_parts(count: int) -> Hostile:
    texts = sentences(count // 3, 4, 1)
    images = {f"rIdI{i}": f"image {i}".encode() for i in range(count)}
    return Hostile(docx(paragraphs(texts), images=images), docx(paragraphs(edited(texts)), images=images))


@case(40)
def huge_attributes(count: int) -> Hostile:
    def body(texts: list[str]) -> str:
        return "".join(f'<w:p w:rsidR="{"0" * 1_000_000}">{r(t)}</w:p>' for t in texts)

    return Hostile(docx(body(sentences(count, 4, 1))), docx(body(sentences(count, 4, 2))))


@case(6_000)
def many_properties(count: int) -> Hostile:
    rpr = "".join(f'<w:x{i} w:val="{i}"/>' for i in range(200))

    def body(texts: list[str]) -> str:
        return "".join(p(r(t, rpr)) for t in texts)

    texts = sentences(count, 4, 1)
    return Hostile(docx(body(texts)), docx(body(edited(texts))))


@case(20_000)
def many_namespaces_at_the_root(count: int) -> Hostile:
    def one(share: float) -> bytes:
        names = " ".join(f'xmlns:n{i}="urn:{i}"' for i in range(count // 4))
        return rewritten(
            docx(grid(count // 10, 10, 1, share)), "word/document.xml", "<w:document ", f"<w:document {names} "
        )

    return Hostile(one(0.0), one(0.3))


@case(200_000)
def many_attributes(count: int) -> Hostile:
    def one(text: str) -> bytes:
        names = " ".join(f'a{i}="{i}"' for i in range(count))
        return docx(f"<w:p {names}>{r(text)}</w:p>")

    return Hostile(one("one text"), one("another text"))


@case(30_000)
def many_namespaces(count: int) -> Hostile:
    def body(texts: list[str]) -> str:
        return "".join(f'<w:p xmlns:n{i}="urn:{i}" n{i}:a="{i}">{r(t)}</w:p>' for i, t in enumerate(texts))

    texts = sentences(count, 4, 1)
    return Hostile(docx(body(texts)), docx(body(edited(texts))))


@case(4_000)
def sections_of_another_size(count: int) -> Hostile:
    def one(width: int) -> bytes:
        page = f'<w:sectPr><w:pgSz w:w="{width}" w:h="15840"/><w:cols w:num="2"/></w:sectPr>'
        return docx("".join(p(t, ppr=page) + p(t) for t in sentences(count, 4, 1)))

    return Hostile(one(12_240), one(11_900))


@case(4_500)
def sections_that_came(count: int) -> Hostile:
    texts = sentences(4 * count, 4, 1)
    headers = {f"rIdH{i}": p(t) for i, t in enumerate(texts[:count])}
    body = "".join(p(r(t), ppr=section(f"rIdH{i // 4}") if i % 4 == 0 else "") for i, t in enumerate(texts))
    return Hostile(docx(paragraphs(texts)), docx(body, headers=headers))


@case(20)
def headers_as_long_as_the_body(count: int) -> Hostile:
    def one(edit: float) -> bytes:
        headers = {f"rIdH{i}": paragraphs(edited(sentences(1_000, 4, i), share=edit)) for i in range(count)}
        return docx("".join(p("a section", ppr=section(rid)) for rid in headers), headers=headers)

    return Hostile(one(0.0), one(0.3))


@case(20_000)
def styles_defined_otherwise(count: int) -> Hostile:
    def one(size: int) -> bytes:
        styles = "".join(
            f'<w:style w:type="paragraph" w:styleId="s{i}"><w:name w:val="name {i}"/>'
            f'<w:rPr><w:sz w:val="{size}"/></w:rPr></w:style>'
            for i in range(count)
        )
        return docx("".join(p(t, style=f"s{i}") for i, t in enumerate(sentences(count, 3, 1))), styles=styles)

    return Hostile(one(20), one(24))


@case(20_000)
def styles_with_other_ids(count: int) -> Hostile:
    def one(prefix: str) -> bytes:
        styles = "".join(
            f'<w:style w:type="paragraph" w:styleId="{prefix}{i}"><w:name w:val="name {i}"/></w:style>'
            for i in range(count)
        )
        texts = sentences(count, 3, 1)
        return docx("".join(p(t, style=f"{prefix}{i}") for i, t in enumerate(texts)), styles=styles)

    return Hostile(one("a"), one("b"))


@case(60_000)
def relationships_that_nothing_refers_to(count: int) -> Hostile:
    def one(texts: list[str]) -> bytes:
        return docx(paragraphs(texts), links={f"rIdL{i}": f"https://example.org/{i}" for i in range(count)})

    texts = sentences(count // 10, 5, 1)
    return Hostile(one(texts), one(edited(texts)))


@case(9_000)
def properties_replaced(count: int) -> Hostile:
    """Paragraphs of many properties, of which none stays: both sides stand in the result."""
    ppr = "".join(f'<w:x{i} w:val="{i}"/>' for i in range(100))
    one, other = ("".join(p(t, ppr=ppr) for t in sentences(count, 4, seed)) for seed in (1, 2))
    return Hostile(docx(one), docx(other))


@case(100_000)
def properties_without_end(count: int) -> Hostile:
    """Tab stops of one paragraph, columns of one table and of one section."""

    def one(step: int) -> bytes:
        tabs = "".join(f'<w:tab w:val="left" w:pos="{i * step}"/>' for i in range(count))
        columns = "".join(f'<w:col w:w="{i * step}"/>' for i in range(count))
        grid_columns = "".join(f'<w:gridCol w:w="{i * step}"/>' for i in range(count))
        table = f"<w:tbl><w:tblPr/><w:tblGrid>{grid_columns}</w:tblGrid><w:tr><w:tc>{p('x')}</w:tc></w:tr></w:tbl>"
        section = f"<w:sectPr><w:cols>{columns}</w:cols></w:sectPr>"
        return docx(p("text", ppr=f"<w:tabs>{tabs}</w:tabs>") + table + p("end"), sect=section)

    return Hostile(one(10), one(11))


@case(3_000)
def controls_bound_to_many_stores(count: int) -> Hostile:
    def one(word: str) -> bytes:
        stores = [f"{{{i:08X}-0000-0000-0000-000000000000}}" for i in range(count)]
        body = "".join(
            f'<w:sdt><w:sdtPr><w:dataBinding w:xpath="/a" w:storeItemID="{store}"/></w:sdtPr>'
            f"<w:sdtContent>{p(word)}</w:sdtContent></w:sdt>"
            for store in stores
        )
        data = {f"rIdC{i}": f"<a>{word} {i}</a>".encode() for i in range(count)}
        return docx(body, images=data)

    return Hostile(one("old"), one("new"))


@case(50_000)
def one_chain_of_styles_without_end(count: int) -> Hostile:
    """Each is based on the next, and the last on the first."""

    def one(word: str) -> bytes:
        styles = "".join(
            f'<w:style w:type="paragraph" w:styleId="s{i}"><w:name w:val="name {i}"/>'
            f'<w:basedOn w:val="s{(i + 1) % count}"/><w:next w:val="s{(i + 7) % count}"/></w:style>'
            for i in range(count)
        )
        return docx("".join(p(f"{word} {i}", style=f"s{i}") for i in range(count // 50)), styles=styles)

    return Hostile(one("old"), one("new"))


@case(6_000)
def lists_of_nine_levels_defined_otherwise(count: int) -> Hostile:
    def one(sign: str) -> bytes:
        levels = "".join(f'<w:lvl w:ilvl="{k}"><w:lvlText w:val="%{k + 1}{sign}"/></w:lvl>' for k in range(9))
        abstract = "".join(f'<w:abstractNum w:abstractNumId="{i}">{levels}</w:abstractNum>' for i in range(count))
        nums = "".join(f'<w:num w:numId="{i + 1}"><w:abstractNumId w:val="{i}"/></w:num>' for i in range(count))
        numbered = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="%d"/></w:numPr>'
        body = "".join(p(f"item {i}", ppr=numbered % (i + 1)) for i in range(count))
        return docx(body, numbering=abstract + nums)

    return Hostile(one("."), one(")"))
