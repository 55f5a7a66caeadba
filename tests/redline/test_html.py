import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redline.html.inline import is_safe_link
from redline.html.page import render_html
from redline.opc.package import Package
from runtime.demo import documents
from schemas.changes import Coverage, NotTracked, Summary
from tests.redline.builders import PNG, docx, footnote_ref, image, link, p, r, tbl, tc, textbox, tr
from tests.redline.tracked import cut, gone, marked, moved, new, signed, styled, tracked

VOID = {"meta", "br", "img", "link", "input", "hr"}
URLS = {"href", "src", "action", "formaction", "data", "poster", "background", "srcset"}


class Page(HTMLParser):
    """Reads a page; remembers elements with their attributes and text, and whether the tags are balanced."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[int, list[str]] = {}
        self.open: list[int] = []
        self.balanced = True
        self.feed(html)
        self.close()
        self.balanced = self.balanced and not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(len(self.elements) - 1)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.elements[self.open.pop()][0] != tag:
            self.balanced = False

    def handle_data(self, data: str) -> None:
        for index in self.open:
            self.texts.setdefault(index, []).append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self, tag: str, **wanted: str) -> list[str]:
        """The text of each element of a tag that has these attributes."""
        return [
            "".join(self.texts.get(index, ()))
            for index, (name, attributes) in enumerate(self.elements)
            if name == tag and wanted.items() <= attributes.items()
        ]


def page(body: str, **parts: object) -> Page:
    return Page(render_html(tracked(body, **parts)))  # type: ignore[arg-type]


def main_text(html: str) -> str:
    return html.partition("<article")[2].partition("</article>")[0]


def test_insertions_and_deletions_are_real_elements_with_author_date_and_change() -> None:
    found = page(p("pay ", gone("12%", "Ann"), new("18%", "Ann"), " now"))
    (deletion,) = [a for a in found.all("del") if "data-author" in a]
    (insertion,) = [a for a in found.all("ins") if "data-author" in a]
    for attributes in (deletion, insertion):
        assert attributes["data-author"] == "Ann"
        assert attributes["datetime"] == attributes["data-date"] == "2026-01-01T00:00:00Z"
        assert attributes["data-change"] == "1"
    assert deletion["title"] == "Deleted by Ann, 2026-01-01"
    assert found.text("del", id="change-1") == ["12%"]
    assert found.balanced


def test_every_change_in_the_list_leads_to_a_place_on_the_page() -> None:
    found = page(
        p("a ", new("b"))
        + moved("moveFrom", "m", "the moved text")
        + p("c ", styled("d", "<w:b/>"))
        + moved("moveTo", "m", "the moved text")
        + tbl(tr("x"), tr(tc(p(new("y"))), trpr=f"<w:ins {signed()}/>"), columns=1)
        + p("split", ppr=marked("ins"))
        + p("end")
    )
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    targets = [a["href"][1:] for a in found.all("a") if a["href"].startswith("#change-")]
    assert len(set(targets)) == 6
    assert set(targets) <= set(ids)
    assert len(ids) == len(set(ids))
    assert "change-3-from" in targets


def test_one_author_is_named_once_and_several_at_each_change() -> None:
    assert page(p(new("a"), "b", gone("c"))).text("p", **{"class": "by"}) == ["All by A. Lawyer, 2026-01-01"]
    two = page(p(new("a", "Ann"), "b", gone("c", "Bo")))
    assert two.text("span", **{"class": "by"}) == ["Ann, 2026-01-01", "Bo, 2026-01-01"]


def test_moves_carry_their_name_on_both_sides() -> None:
    found = page(moved("moveFrom", "m7", "text") + p("x") + moved("moveTo", "m7", "text") + p("end"))
    sides = [(tag, a["class"]) for tag, a in found.elements if a.get("data-move") == "m7"]
    assert {tag for tag, _ in sides} == {"ins", "del"}
    assert all("moved" in classes for _, classes in sides)
    links = {a["href"]: text for a, text in zip(found.all("a"), found.text("a"), strict=True) if "class" in a}
    assert links["#change-1"] == "moved to paragraph 2"
    assert links["#change-1-from"] == "moved from paragraph 1"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(p(r("x", "<w:b/><w:i/>")), "<em><strong>x</strong></em>", id="bold and italic"),
        pytest.param(p(r("x", '<w:u w:val="single"/>')), "<u>x</u>", id="underline"),
        pytest.param(p(r("x", '<w:u w:val="none"/>')), ">x</p>", id="no underline"),
        pytest.param(p(r("2", '<w:vertAlign w:val="superscript"/>')), "<sup>2</sup>", id="superscript"),
        pytest.param(p("x", ppr='<w:jc w:val="center"/>'), '<p class="center">x</p>', id="centred"),
        pytest.param(p("x", ppr="<w:bidi/>"), '<p dir="rtl">x</p>', id="right to left"),
        pytest.param(p("Fees", style="Heading1"), "<h2>Fees</h2>", id="heading"),
        pytest.param(p("a", r(xml="<w:br/>"), "b"), "a<br>b", id="line break"),
        pytest.param(p("x", ppr='<w:ind w:left="720"/>'), '<p class="in720f0">x</p>', id="indented"),
    ],
)
def test_formatting_is_shown(body: str, expected: str) -> None:
    assert expected in main_text(render_html(tracked(body)))


def test_list_items_have_their_labels_and_remember_the_one_before() -> None:
    numbered = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
    found = page(p("one", ppr=numbered) + p(gone("two"), ppr=numbered + marked("del")) + p("three", ppr=numbered))
    labels = [
        (a["class"], a.get("data-before"), text)
        for a, text in zip(
            [a for a in found.all("span") if a.get("class", "").startswith("label")],
            [t for tag in ("label", "label gone") for t in found.text("span", **{"class": tag})],
            strict=True,
        )
    ]
    assert sorted(text for _, _, text in labels) == ["1.", "2.", "2."]
    assert [(kind, before) for kind, before, _ in labels] == [("label", None), ("label gone", None), ("label", "3.")]


def test_rows_and_cells_that_come_and_go_say_so_in_words() -> None:
    html = render_html(
        tracked(
            tbl(
                tr("a", "b"),
                tr(tc(p(new("c"))), tc(p(new("d"))), trpr=f"<w:ins {signed()}/>"),
                tr(tc("e"), tc(p(gone("f")), tcpr=f"<w:cellDel {signed()}/>")),
            )
        )
    )
    assert '<tr class="inserted"' in html
    assert "Row inserted. " in html
    assert '<td class="deleted"' in html
    assert "Cell deleted. " in html


def test_formatting_of_marks_rows_cells_tables_and_sections_is_named_in_place() -> None:
    def changed(name: str, now: str, inside: str = "") -> str:
        return f"{now}<w:{name}Change {signed()}><w:{name}>{inside}</w:{name}></w:{name}Change>"

    table = tbl(
        tr(tc("a", tcpr=changed("tcPr", '<w:vAlign w:val="top"/>')), trpr=changed("trPr", "<w:cantSplit/>")),
        tblpr=changed("tblPr", '<w:jc w:val="center"/>'),
        columns=1,
    )
    mark = f"<w:rPr>{changed('rPr', '<w:b/>')}</w:rPr>"
    section = "<w:sectPr>" + changed("sectPr", '<w:cols w:num="2"/>') + "</w:sectPr>"
    found = page(p("one", ppr=mark) + table, sect=section)
    notes = found.text("span", **{"class": "format-note"})
    assert notes == ["Table: alignment", "Row: break across pages", "Cell: vertical alignment", "Page layout: columns"]
    targets = {a["href"][1:] for a in found.all("a") if a["href"].startswith("#change-")}
    assert len(targets) == 5
    assert targets <= {attributes.get("id") for _, attributes in found.elements}


def test_merged_cells_keep_their_span() -> None:
    merge = '<w:vMerge w:val="restart"/>'
    html = render_html(
        tracked(
            tbl(
                tr(tc("tall", tcpr=merge), tc("a")),
                tr(tc("", tcpr="<w:vMerge/>"), tc("b")),
                tr(tc("wide", tcpr='<w:gridSpan w:val="2"/>')),
            )
        )
    )
    assert '<td rowspan="2"><p>tall</p></td>' in html
    assert '<td colspan="2"><p>wide</p></td>' in html


def test_notes_headers_and_text_boxes_are_on_the_page() -> None:
    found = page(
        p("text", footnote_ref(1)) + p("host", textbox(p("inside the box"))),
        header=p("the header"),
        footnotes=p("the note ", new("more")),
    )
    assert found.text("section", **{"aria-label": "Header"}) == ["Headerthe header"]
    assert "the note more" in found.text("li", id="footnote-1")[0]
    assert found.text("a", href="#footnote-1") == ["1"]
    assert found.text("aside", **{"class": "text-box"}) == ["inside the box"]


def test_pictures_are_embedded_and_what_is_no_picture_is_a_placeholder() -> None:
    shown = render_html(tracked(p(image("rIdP")), images={"rIdP": PNG}))
    assert f'src="data:image/png;base64,{base64.b64encode(PNG).decode()}"' in shown
    hidden = render_html(tracked(p(image("rIdP")), images={"rIdP": b"<svg onload=alert(1)>"}))
    assert "<img" not in hidden
    assert 'role="img" aria-label="Image"' in hidden


def test_a_picture_that_is_too_large_is_a_placeholder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redline.html.inline.LARGEST_IMAGE", len(PNG) - 1)
    assert "<img" not in render_html(tracked(p(image("rIdP")), images={"rIdP": PNG}))


@pytest.mark.parametrize(
    ("target", "safe"),
    [
        ("https://example.com/a?b=1", True),
        ("HTTP://example.com", True),
        ("mailto:a@example.com", True),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        ("java\nscript:alert(1)", False),
        (" https://example.com", False),
        ("data:text/html,<script>", False),
        ("file:///etc/passwd", False),
        ("//example.com", False),
        ("vbscript:x", False),
        ("http://[", False),
        ("", False),
    ],
)
def test_links_lead_only_where_they_may(target: str, safe: bool) -> None:
    assert is_safe_link(target) is safe


def test_an_unsafe_link_keeps_its_text_only() -> None:
    html = render_html(tracked(p(link("click", rid="rIdL")), links={"rIdL": "javascript://x%0aalert(1)"}))
    assert "click" in html
    assert "javascript:" not in main_text(html)


HOSTILE = st.text(st.sampled_from("<>&\"'/= abscriptonle\u2028é()")).map(
    lambda text: f"<script>{text}</script>\" onx='"
)


@settings(max_examples=60, deadline=None)
@given(text=HOSTILE, author=HOSTILE, title=HOSTILE)
def test_nothing_in_a_document_becomes_markup(text: str, author: str, title: str) -> None:
    quoted = author.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    html = render_html(tracked(p(new(text, quoted), gone(text, quoted), text.replace("<", "‹"))), title=title)
    found = Page(html)
    assert found.balanced
    assert len(found.all("script")) == 1
    assert len(found.all("style")) == 1
    for _, attributes in found.elements:
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        assert all(
            value.startswith(("#", "data:image/", "http:", "https:", "mailto:"))
            for name, value in attributes.items()
            if name in URLS
        )
    assert {a["data-author"] for a in found.all("ins") if "data-author" in a} == {author}
    assert found.text("h1") == [title]


def test_the_policy_allows_this_script_and_this_style_and_nothing_else() -> None:
    html = render_html(tracked(p("a ", new("b"), ppr='<w:ind w:left="720"/>')))
    policy = next(a["content"] for a in Page(html).all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    for tag in ("script", "style"):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_the_page_loads_nothing_and_names_its_landmarks() -> None:
    found = page(p("a ", new("b")))
    assert not any("src" in a or tag in ("link", "iframe", "object") for tag, a in found.elements)
    assert [a.get("lang") for a in found.all("html")] == ["en"]
    assert len(found.all("main")) == len(found.all("nav")) == len(found.all("header")) == 1
    assert all(a.get("aria-label") for a in found.all("nav"))


def test_what_is_not_tracked_is_told() -> None:
    gap = NotTracked(part="word/styles.xml", code="style", message="A style <changed>.")
    summary = Summary(coverage=Coverage(complete=False, not_tracked=(gap,), degraded=("One gap was coarse.",)))
    html = render_html(tracked(p("a")), summary=summary)
    assert "A style &lt;changed&gt;." in html
    assert "One gap was coarse." in html
    assert "The two versions do not differ." in html


def test_a_comment_or_equation_or_object_does_not_break_the_page() -> None:
    equation = f"<m:oMath><m:r><w:rPr><w:ins {signed()}/></w:rPr><m:t>x²</m:t></m:r></m:oMath>"
    body = p("a", equation, '<w:r><w:commentReference w:id="4"/></w:r>', cut(r(xml="<w:object/>")))
    found = page(body, comments=f'<w:comment w:id="4" w:author="Bo">{p("why?")}</w:comment>')
    assert found.balanced
    assert found.text("span", **{"class": "equation"}) == ["x²"]
    assert "why?" in found.text("li", id="comment-1")[0]


def test_the_same_document_gives_the_same_page_and_a_plain_one_is_shown_whole() -> None:
    docx = documents()[0]
    html = render_html(docx)
    assert html == render_html(docx)
    shown = Page(html).text("article")[0].replace("\t", "")
    package = Package.open(docx)
    for paragraph in package.tree(package.main).iter("{*}p"):
        assert "".join(str(text) for text in paragraph.itertext("{*}t")) in shown


STYLE = (
    '<w:style w:type="paragraph" w:styleId="S"><w:name w:val="Clause &lt;b&gt;"/><w:pPr><w:jc w:val="center"/>'
    '<w:pPrChange w:id="3" w:author="Ann" w:date="2026-01-02T03:04:05Z"><w:pPr/></w:pPrChange></w:pPr>'
    '<w:rPr><w:sz w:val="24"/><w:rPrChange w:id="4" w:author="{}" w:date="2026-01-02T03:04:05Z"><w:rPr>'
    '<w:sz w:val="22"/></w:rPr></w:rPrChange></w:rPr></w:style>'
)


@pytest.mark.parametrize("other", ["Ann", "Bob"])
def test_changed_styles_are_listed_once_for_each_author_and_lead_to_a_line_below_the_text(other: str) -> None:
    found = Page(render_html(docx(p("Text", style="S"), styles=STYLE.format(other))))
    assert found.balanced
    items = found.text("li", **{"data-kind": "formatting"})
    if other == "Ann":
        (item,) = items
        assert "Clause <b>Formatted style" in item
        assert "alignment, size: size 11 pt → alignment center; size 12 pt" in item
    else:
        assert len(items) == 2
        assert "alignment: nothing → alignment center" in items[0]
    (section,) = found.text("section", **{"aria-label": "Styles"})
    assert section == "StylesClause <b> Style: alignmentStyle: size"
    anchors = {span["id"] for span in found.all("span") if "format-note" in span.get("class", "") and "id" in span}
    assert {link["href"][1:] for link in found.all("a") if link["href"].startswith("#change-")} == anchors
    assert {span["data-author"] for span in found.all("span") if "data-author" in span} == {"Ann", other}


def test_a_page_without_changed_styles_has_no_list_of_them() -> None:
    assert page(p("Text")).text("section", **{"aria-label": "Styles"}) == []


def test_a_page_of_very_many_changes_is_cut_says_so_and_leads_nowhere_it_does_not_show(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("redline.html.anchors.MOST_PLACES", 3)
    texts = [p(new(f"word {number} "), footnote_ref(number + 2)) for number in range(4)]
    notes = {number + 2: p(f"note {number}", new("!")) for number in range(4)}
    rows = tbl(*(tr(f"row {number}") for number in range(3)), columns=1)
    whole = docx("".join(texts) + rows, footnotes=notes, headers={"rId9": p(new("top"))})
    found = Page(render_html(whole))
    assert found.balanced
    shown = "".join(found.text("main"))
    assert "word 2" in shown
    assert "word 3" not in shown
    assert "row 0" not in shown
    assert "note 2!" in shown, "a note of what is shown is shown whole"
    assert "note 3" not in shown
    (notice,) = found.text("div", **{"class": "notice"})
    listed = found.text("li", **{"data-kind": "insertion"})
    assert f"shows {len(listed)} of 9 changes" in notice
    anchors = {attributes["id"] for _, attributes in found.elements if "id" in attributes}
    assert {link["href"][1:] for link in found.all("a") if link["href"].startswith("#")} <= anchors


def test_a_page_that_just_holds_all_changes_is_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redline.html.anchors.MOST_PLACES", 3)
    found = page("".join(p(new(f"word {number}")) for number in range(3)))
    assert found.text("div", **{"class": "notice"}) == []
    assert len(found.text("li", **{"data-kind": "insertion"})) == 3
