import pytest
from lxml import etree

from redline.changelist.labels import Counters, Lists
from redline.changelist.stylesheet import Facts, StyleSheet
from tests.redline.builders import XMLNS


def level(index: int, kind: str, text: str, extra: str = "", start: int = 1) -> str:
    return (
        f'<w:lvl w:ilvl="{index}"><w:start w:val="{start}"/><w:numFmt w:val="{kind}"/>{extra}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


def numbering(levels: str, numbers: str = '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>') -> etree._Element:
    return etree.fromstring(
        f'<w:numbering {XMLNS}><w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>{numbers}</w:numbering>'
    )


def counted(root: etree._Element, steps: list[tuple[str, int]]) -> list[str]:
    counters = Counters(Lists(root, StyleSheet()))
    return [counters.next(number, index) for number, index in steps]


LEGAL = level(0, "upperRoman", "Article %1") + level(1, "decimal", "%1.%2", "<w:isLgl/>")
OUTLINE = level(0, "decimal", "%1.") + level(1, "lowerLetter", "(%2)") + level(2, "lowerRoman", "(%3)")
RESTART = "<w:lvlOverride w:ilvl='0'><w:startOverride w:val='{}'/></w:lvlOverride>"


@pytest.mark.parametrize(
    ("levels", "steps", "expected"),
    [
        pytest.param(OUTLINE, [0, 1, 1, 2, 0, 1], ["1.", "(a)", "(b)", "(i)", "2.", "(a)"], id="lower levels restart"),
        pytest.param(LEGAL, [0, 0, 1], ["Article I", "Article II", "2.1"], id="legal style counts in decimal"),
        pytest.param(OUTLINE, [1, 0], ["(a)", "1."], id="a level may come before the one above it"),
        pytest.param(
            level(0, "decimal", "%1.") + level(1, "decimal", "%2)", '<w:lvlRestart w:val="0"/>'),
            [0, 1, 0, 1],
            ["1.", "1)", "2.", "2)"],
            id="a level that never restarts",
        ),
        pytest.param(level(0, "decimal", "%1", start=7), [0, 0], ["7", "8"], id="a start of its own"),
        pytest.param(level(0, "bullet", "\uf0b7"), [0, 0], ["•", "•"], id="a bullet of the Symbol font"),
        pytest.param(level(0, "none", ""), [0], [""], id="no number at all"),
        pytest.param(level(0, "decimal", "%1") + level(1, "decimal", "%1.%2.%3"), [0, 1], ["1", "1.1.1"], id="unknown"),
    ],
)
def test_labels_are_those_that_word_shows(levels: str, steps: list[int], expected: list[str]) -> None:
    assert counted(numbering(levels), [("1", index) for index in steps]) == expected


def test_lists_of_one_definition_go_on_counting_unless_they_start_anew() -> None:
    def number(identity: int, override: str = "") -> str:
        return f'<w:num w:numId="{identity}"><w:abstractNumId w:val="0"/>{override}</w:num>'

    root = numbering(level(0, "decimal", "%1."), number(1) + number(2) + number(3, RESTART.format(5)))
    steps = [("1", 0), ("2", 0), ("3", 0), ("3", 0), ("1", 0)]
    assert counted(root, steps) == ["1.", "2.", "5.", "6.", "7."]


def test_a_style_puts_its_paragraphs_into_a_list_and_the_level_that_names_it() -> None:
    styles = StyleSheet.of(
        etree.fromstring(
            f'<w:styles {XMLNS}><w:style w:type="paragraph" w:styleId="Base"><w:pPr><w:numPr><w:numId w:val="1"/>'
            '</w:numPr></w:pPr></w:style><w:style w:type="paragraph" w:styleId="Clause">'
            '<w:basedOn w:val="Base"/></w:style></w:styles>'
        )
    )
    root = numbering(level(0, "decimal", "%1.") + level(1, "decimal", "%1.%2", '<w:pStyle w:val="Clause"/>'))
    lists = Lists(root, styles)
    assert lists.place(Facts(style="Base")) == ("1", 0)
    assert lists.place(Facts(style="Clause")) == ("1", 1)
    assert lists.place(Facts(style="Clause", number="0")) is None
    assert lists.place(Facts(style="Other")) is None


def test_a_definition_may_point_to_a_numbering_style() -> None:
    root = etree.fromstring(
        f'<w:numbering {XMLNS}><w:abstractNum w:abstractNumId="0"><w:numStyleLink w:val="Legal"/></w:abstractNum>'
        f'<w:abstractNum w:abstractNumId="1">{level(0, "decimal", "§ %1")}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>'
        "</w:numbering>"
    )
    styles = StyleSheet.of(
        etree.fromstring(
            f'<w:styles {XMLNS}><w:style w:type="numbering" w:styleId="Legal"><w:pPr><w:numPr><w:numId w:val="2"/>'
            "</w:numPr></w:pPr></w:style></w:styles>"
        )
    )
    assert Counters(Lists(root, styles)).next("1", 0) == "§ 1"


def test_styles_that_are_based_on_each_other_in_a_circle_end() -> None:
    styles = StyleSheet.of(
        etree.fromstring(
            f'<w:styles {XMLNS}><w:style w:type="paragraph" w:styleId="A"><w:basedOn w:val="B"/></w:style>'
            '<w:style w:type="paragraph" w:styleId="B"><w:basedOn w:val="A"/></w:style></w:styles>'
        )
    )
    assert styles.paragraph("A").outline is None
