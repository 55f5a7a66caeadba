"""What stands in paragraphs: runs, bookmarks, comments, fields, equations."""

from __future__ import annotations

from random import Random

from benchmarks.hostile.kit import WORDS, Hostile, case, edited, nested, sentences
from tests.redline.builders import docx, p, r
from tests.redline.builders import field as complex_field


@case(100_000)
def tiny_runs(count: int) -> Hostile:
    texts = sentences(1, count, 1)[0].split()
    formats = ("<w:b/>", "<w:i/>")

    def body(shift: int) -> str:
        return "".join(
            p(*(r(w + " ", formats[(k + shift) % 2]) for k, w in enumerate(texts[i : i + 100])))
            for i in range(0, len(texts), 100)
        )

    return Hostile(docx(body(0)), docx(body(1)))


@case(100_000)
def tiny_runs_in_one_paragraph(count: int) -> Hostile:
    random = Random(1)
    texts = random.choices(WORDS, k=count)
    formats = ("<w:b/>", "<w:i/>")
    sides = [p(*(r(w + " ", formats[(k + s) % 2]) for k, w in enumerate(texts))) for s in (0, 1)]
    return Hostile(docx(sides[0]), docx(sides[1]))


@case(200_000)
def bookmarks(count: int) -> Hostile:
    def marked(number: int, word: str) -> str:
        start = f'<w:bookmarkStart w:id="{number}" w:name="b{number}"/>'
        return f'{start}{r(word)}<w:bookmarkEnd w:id="{number}"/>'

    def body(words: list[str]) -> str:
        inline = [marked(number, word) for number, word in enumerate(words)]
        return "".join(p(*inline[i : i + 20]) for i in range(0, count, 20))

    words = Random(1).choices(WORDS, k=count)
    return Hostile(docx(body(words)), docx(body(edited(words, share=0.05))))


@case(100_000)
def bookmarks_in_one_paragraph(count: int) -> Hostile:
    def body(words: list[str]) -> str:
        marks = (f'<w:bookmarkStart w:id="{k}" w:name="b{k}"/><w:bookmarkEnd w:id="{k}"/>' for k in range(count))
        return p(*marks, *map(r, words))

    words = Random(1).choices(WORDS, k=1000)
    return Hostile(docx(body(words)), docx(body(edited(words))))


@case(50_000)
def comments(count: int) -> Hostile:
    def one(texts: list[str]) -> bytes:
        body = "".join(
            p(
                f'<w:commentRangeStart w:id="{i}"/>',
                r(t),
                f'<w:commentRangeEnd w:id="{i}"/><w:r><w:commentReference w:id="{i}"/></w:r>',
            )
            for i, t in enumerate(texts)
        )
        said = "".join(f'<w:comment w:id="{i}" w:author="A">{p(t)}</w:comment>' for i, t in enumerate(texts))
        return docx(body, comments=said)

    texts = sentences(count, 3, 1)
    return Hostile(one(texts), one(edited(texts)))


@case(50_000)
def fields(count: int) -> Hostile:
    def body(texts: list[str]) -> str:
        return "".join(p(complex_field(f"REF b{i}", t)) for i, t in enumerate(texts))

    texts = sentences(count, 2, 1)
    return Hostile(docx(body(texts)), docx(body(edited(texts))))


@case(1_500)
def fields_in_fields(count: int) -> Hostile:
    def body(text: str) -> str:
        inner = r(text)
        for _ in range(60):
            inner = (
                '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>REF x</w:instrText></w:r>'
                f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{inner}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
            )
        return p(inner)

    texts = sentences(count, 3, 1)
    return Hostile(docx("".join(map(body, texts))), docx("".join(map(body, edited(texts, share=1.0)))))


@case(100_000)
def fields_that_never_end(count: int) -> Hostile:
    begin = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
    texts = sentences(2, 50, 1)
    return Hostile(docx(p(begin * count, r(texts[0]))), docx(p(begin * count, r(texts[1]))))


@case(20_000)
def contents_that_never_end(count: int) -> Hostile:
    begin = '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>TOC x</w:instrText></w:r>'
    texts = sentences(count, 3, 1)
    bodies = ("".join(p(begin, r(t)) for t in side) for side in (texts, edited(texts)))
    return Hostile(*map(docx, bodies))


@case(8_000)
def many_contents(count: int) -> Hostile:
    def char(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    def contents(text: str) -> str:
        begin = f"{char('begin')}<w:r><w:instrText>TOC</w:instrText></w:r>{char('separate')}"
        return p(begin, r(f"{text} one")) + p(f"{text} two") + p(r(text), char("end"))

    texts = sentences(count, 2, 1)
    return Hostile(docx("".join(map(contents, texts))), docx("".join(map(contents, edited(texts)))))


@case(100_000)
def a_field_code_in_pieces(count: int) -> Hostile:
    def body(words: list[str]) -> str:
        code = "".join(f"<w:r><w:instrText>{word} </w:instrText></w:r>" for word in words)
        ends = [f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end")]
        return p(ends[0] + code + ends[1] * 100 + r("result") + ends[2])

    words = Random(1).choices(WORDS, k=count)
    return Hostile(docx(body(words)), docx(body(edited(words))))


@case(100_000)
def maths_in_each_other(count: int) -> Hostile:
    def body(words: list[str]) -> str:
        inner = "".join(f"<m:r><m:t>{word}</m:t></m:r>" for word in words)
        return p(nested(150, inner, lambda inside: f"<m:oMath>{inside}</m:oMath>"))

    words = Random(1).choices(WORDS, k=count)
    return Hostile(docx(body(words)), docx(body(edited(words))))


@case(40_000)
def equations(count: int) -> Hostile:
    def body(texts: list[str]) -> str:
        return "".join(
            p(r(t), f"<m:oMath><m:r><m:t>{t}</m:t></m:r><m:f><m:num><m:r><m:t>1</m:t></m:r></m:num></m:f></m:oMath>")
            for t in texts
        )

    texts = sentences(count, 2, 1)
    return Hostile(docx(body(texts)), docx(body(edited(texts))))


@case(300_000)
def one_huge_equation(count: int) -> Hostile:
    def body(texts: list[str]) -> str:
        return p("<m:oMath>" + "".join(f"<m:r><m:t>{t}</m:t></m:r>" for t in texts) + "</m:oMath>")

    texts = Random(1).choices(WORDS, k=count)
    return Hostile(docx(body(texts)), docx(body(edited(texts))))


@case(100_000)
def line_breaks(count: int) -> Hostile:
    texts = sentences(count, 2, 1)

    def body(items: list[str]) -> str:
        return p(r(xml="".join(f"<w:t>{t}</w:t><w:br/>" for t in items)))

    return Hostile(docx(body(texts)), docx(body(edited(texts))))


@case(30_000)
def fields_in_one_paragraph(count: int) -> Hostile:
    texts = sentences(count, 2, 1)
    one, other = (p(*(complex_field(f"REF b{i}", t) for i, t in enumerate(side))) for side in (texts, edited(texts)))
    return Hostile(docx(one), docx(other))


@case(50_000)
def simple_fields_in_one_paragraph(count: int) -> Hostile:
    def body(texts: list[str]) -> str:
        return p(*(f'<w:fldSimple w:instr="REF b{i}">{r(t)}</w:fldSimple>' for i, t in enumerate(texts)))

    texts = sentences(count, 2, 1)
    return Hostile(docx(body(texts)), docx(body(edited(texts))))


@case(15_000)
def fields_over_paragraphs(count: int) -> Hostile:
    def char(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    def one(text: str) -> str:
        begin = f"{char('begin')}<w:r><w:instrText>REF {text}</w:instrText></w:r>{char('separate')}"
        return p(begin, r(text)) + p(r(text), char("end"))

    texts = sentences(count, 2, 1)
    return Hostile(docx("".join(map(one, texts))), docx("".join(map(one, edited(texts)))))


@case(15_000)
def one_field_over_all_paragraphs(count: int) -> Hostile:
    def char(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    def body(texts: list[str], code: str) -> str:
        begin = f"{char('begin')}<w:r><w:instrText>{code}</w:instrText></w:r>{char('separate')}"
        return p(begin) + "".join(p(r(t), complex_field("REF x", t)) for t in texts) + p(char("end"))

    texts = sentences(count, 3, 1)
    return Hostile(docx(body(texts, "REF a")), docx(body(edited(texts), "REF b")))


@case(60_000)
def a_comment_on_each_word(count: int) -> Hostile:
    def one(words: list[str]) -> bytes:
        marked = (
            f'<w:commentRangeStart w:id="{i}"/>{r(f"{w} ")}<w:commentRangeEnd w:id="{i}"/>'
            f'<w:r><w:commentReference w:id="{i}"/></w:r>'
            for i, w in enumerate(words)
        )
        said = "".join(f'<w:comment w:id="{i}" w:author="A">{p(w)}</w:comment>' for i, w in enumerate(words))
        return docx(p(*marked), comments=said)

    words = Random(1).choices(WORDS, k=count)
    return Hostile(one(words), one(edited(words)))


@case(200)
def runs_of_many_properties_edited_often(count: int) -> Hostile:
    """Each piece that came, went or stays needs the properties of its run again."""
    rpr = "".join(f'<w:x{i} w:val="{i}"/>' for i in range(200))

    def body(texts: list[str]) -> str:
        return "".join(p(r(t, rpr)) for t in texts)

    texts = sentences(count, 1_000, 1)
    others = [" ".join(w if k % 3 else f"x{w}" for k, w in enumerate(t.split())) for t in texts]
    return Hostile(docx(body(texts)), docx(body(others)))


@case(60_000)
def runs_formatted_otherwise(count: int) -> Hostile:
    texts = sentences(count, 6, 1)
    one, other = ("".join(p(r(t, rpr)) for t in texts) for rpr in ("<w:b/>", '<w:i/><w:sz w:val="30"/>'))
    return Hostile(docx(one), docx(other))


@case(100_000)
def symbols_and_tabs(count: int) -> Hostile:
    def body(words: list[str]) -> str:
        pieces = (
            f'<w:t>{w}</w:t><w:tab/><w:sym w:font="Wingdings" w:char="F0{k % 89 + 10}"/>' for k, w in enumerate(words)
        )
        return p(r(xml="".join(pieces)))

    words = Random(1).choices(WORDS, k=count)
    return Hostile(docx(body(words)), docx(body(edited(words, share=0.1))))


@case(60_000)
def permissions_and_proofing(count: int) -> Hostile:
    def body(words: list[str]) -> str:
        return p(
            *(
                f'<w:permStart w:id="{k}" w:edGrp="everyone"/><w:proofErr w:type="spellStart"/>{r(f"{w} ")}'
                f'<w:permEnd w:id="{k}"/>'
                for k, w in enumerate(words)
            )
        )

    words = Random(1).choices(WORDS, k=count)
    return Hostile(docx(body(words)), docx(body(edited(words))))
