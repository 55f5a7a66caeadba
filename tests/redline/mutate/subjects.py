"""What documents hold besides plain text, by subject: as XML to plant, and the tags by which it is found again.

`$id`, `$other` stand for fresh ids of annotations, `$doc` for one of a drawing, `$link`, `$image`, `$chart`... for
relationships to new parts. The text of what is planted says where it stands, so that it can be told apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_WPS: Final = "http://schemas.microsoft.com/office/word/2010/wordprocessingShape"
_PICTURE: Final = "http://schemas.openxmlformats.org/drawingml/2006/picture"
_CHART: Final = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_DIAGRAM: Final = "http://schemas.openxmlformats.org/drawingml/2006/diagram"


@dataclass(frozen=True)
class Subject:
    """`inline` stands between runs, `around` takes a run in at its empty w:r, `block` stands between blocks."""

    inline: tuple[str, ...] = ()
    around: tuple[str, ...] = ()
    block: tuple[str, ...] = ()
    across: tuple[tuple[str, str], ...] = ()
    """What begins in one paragraph and ends in a later one, or between blocks."""
    tags: tuple[str, ...] = ()
    """Names of what can be taken away, copied and moved; with an element of w:sdtContent and the like, unwrapped."""
    edits: tuple[str, ...] = ()
    """Beginnings of the names of further edits that belong to the subject."""


def _r(text: str, props: str = "") -> str:
    return f'<w:r>{f"<w:rPr>{props}</w:rPr>" if props else ""}<w:t xml:space="preserve">{text}</w:t></w:r>'


def _p(*content: str, props: str = "") -> str:
    return f"<w:p>{f'<w:pPr>{props}</w:pPr>' if props else ''}{''.join(content)}</w:p>"


def _drawing(graphic: str, place: str = "inline") -> str:
    return (
        f'<w:drawing><wp:{place}><wp:extent cx="90000" cy="90000"/><wp:docPr id="$doc" name="Drawing $doc"/>'
        f'<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">{graphic}</a:graphic>'
        f"</wp:{place}></w:drawing>"
    )


def _shape(blocks: str) -> str:
    inside = f"<wps:txbx><w:txbxContent>{blocks}</w:txbxContent></wps:txbx>"
    return f'<wps:wsp><wps:cNvSpPr txBox="1"/><wps:spPr/>{inside}<wps:bodyPr/></wps:wsp>'


def _box(*texts: str) -> str:
    shapes = "".join(_shape(blocks) for blocks in texts)
    return f'<a:graphicData uri="{_WPS}" xmlns:wps="{_WPS}">{shapes}</a:graphicData>'


def _vml(blocks: str) -> str:
    return (
        '<w:pict><v:shape id="s$doc" style="width:9pt;height:9pt"><v:textbox><w:txbxContent>'
        f"{blocks}</w:txbxContent></v:textbox></v:shape></w:pict>"
    )


def _alternate(blocks: str) -> str:
    choice = f'<mc:Choice Requires="wps" xmlns:wps="{_WPS}">{_drawing(_box(blocks))}</mc:Choice>'
    return f"<mc:AlternateContent>{choice}<mc:Fallback>{_vml(blocks)}</mc:Fallback></mc:AlternateContent>"


def _picture(blip: str, more: str = "") -> str:
    return (
        f'<a:graphicData uri="{_PICTURE}"><pic:pic xmlns:pic="{_PICTURE}"><pic:nvPicPr>'
        f'<pic:cNvPr id="0" name="p">{more}</pic:cNvPr><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill>{blip}'
        '<a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
        "</pic:spPr></pic:pic></a:graphicData>"
    )


def _field(code: str, result: str, begin: str = "") -> str:
    start = f'<w:r><w:fldChar w:fldCharType="begin"{begin}/></w:r>'
    codes = code if code.startswith("<") else f'<w:r><w:instrText xml:space="preserve"> {code} </w:instrText></w:r>'
    end = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    return f'{start}{codes}<w:r><w:fldChar w:fldCharType="separate"/></w:r>{result}{end}'


def _code(text: str) -> str:
    return f'<w:r><w:instrText xml:space="preserve"> {text} </w:instrText></w:r>'


def _sdt(content: str, props: str = '<w:tag w:val="planted"/>') -> str:
    return f'<w:sdt><w:sdtPr><w:id w:val="$id"/>{props}</w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>'


def _tc(*blocks: str, props: str = "") -> str:
    return f'<w:tc><w:tcPr><w:tcW w:w="1000" w:type="dxa"/>{props}</w:tcPr>{"".join(blocks)}</w:tc>'


def _tr(*cells: str, props: str = "") -> str:
    return f"<w:tr>{f'<w:trPr>{props}</w:trPr>' if props else ''}{''.join(cells)}</w:tr>"


def _tbl(*rows: str, columns: int = 2) -> str:
    grid = '<w:gridCol w:w="1000"/>' * columns
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="0" w:type="auto"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{"".join(rows)}</w:tbl>'
    )


def _run(drawing: str) -> str:
    return f"<w:r>{drawing}</w:r>"


def _image(blip: str, *, cut: str = "", link: str = "", place: str = "inline") -> str:
    return _run(_drawing(_picture(f"<a:blip {blip}/>{cut}", link), place))


def _frame(kind: str, inside: str) -> str:
    return _run(_drawing(f'<a:graphicData uri="{kind}">{inside}</a:graphicData>'))


def _gone(text: str) -> str:
    return f'<w:r><w:delText xml:space="preserve">{text}</w:delText></w:r>'


_CELL: Final = _tc(_p(_r("a planted cell")))
_DATE: Final = 'w:author="B. Reviewer" w:date="2025-03-04T05:06:07Z"'
_HEBREW, _ARABIC = "שלום עולם", "اتفاقية الخدمة بين الطرفين"
_CHECKBOX: Final = '<w14:checkbox><w14:checked w14:val="0"/></w14:checkbox>'
_BOUND: Final = '<w:dataBinding w:xpath="/a/b" w:storeItemID="{00000000-0000-0000-0000-000000000001}"/><w:text/>'
_FORM: Final = '<w:ffData><w:name w:val="Check"/><w:enabled/><w:checkBox><w:sizeAuto/></w:checkBox></w:ffData>'
_EMBED: Final = 'r:embed="$image"'
_FRACTION: Final = "<m:f><m:num><m:r><m:t>x</m:t></m:r></m:num><m:den><m:r><m:t>y</m:t></m:r></m:den></m:f>"
_MATHS: Final = f"<m:oMath><m:r><m:t>E=mc</m:t></m:r>{_FRACTION}</m:oMath>"
_MATRIX: Final = "<m:m><m:mr><m:e><m:r><m:t>1</m:t></m:r></m:e><m:e><m:r><m:t>0</m:t></m:r></m:e></m:mr></m:m>"

SUBJECTS: Final[dict[str, Subject]] = {
    "text-box": Subject(
        inline=(
            f"<w:r>{_alternate(_p(_r('Text in a planted box of both kinds')))}</w:r>",
            f"<w:r>{_vml(_p(_r('Text in an old box')) + _p(_r('and more of it')))}</w:r>",
            f"<w:r>{_drawing(_box(_p(_r('One box of two')), _p(_r('Another box of two'))), 'anchor')}</w:r>",
            f"<w:r><w:t>before </w:t>{_alternate(_tbl(_tr(_CELL, _CELL)) + _p())}<w:t> behind</w:t></w:r>",
        ),
        tags=("w:drawing", "w:pict", "mc:AlternateContent"),
        edits=("textbox-", "text-box-"),
    ),
    "direction": Subject(
        inline=(
            _r(_HEBREW, "<w:rtl/>"),
            _r(_ARABIC, '<w:rFonts w:cs="Arial"/><w:rtl/>') + _r(" 12.5% ", "<w:rtl/>") + _r("Latin"),
            f'<w:dir w:val="rtl">{_r(_HEBREW)}</w:dir>',
            f'<w:bdo w:val="ltr">{_r(_ARABIC)}{_r(" 2026")}</w:bdo>',
        ),
        around=('<w:dir w:val="rtl"><w:r/></w:dir>', '<w:bdo w:val="rtl"><w:r/></w:bdo>'),
        block=(_p(_r(_ARABIC, "<w:rtl/>"), props="<w:bidi/>"),),
        tags=("w:dir", "w:bdo"),
        edits=("hebrew-", "arabic-", "foreign-", "format-rtl", "property-bidi"),
    ),
    "field": Subject(
        inline=(
            _field(_code("IF") + _field("PAGE", _r("3")) + _code('= 3 "yes" "no"'), _r("yes")),
            _field("REF clause", _r("clause ") + _field("PAGEREF clause", _r("7"))),
            f'<w:fldSimple w:instr=" TITLE "><w:fldSimple w:instr=" AUTHOR ">{_r("Ann")}</w:fldSimple></w:fldSimple>',
            _field("FORMCHECKBOX", "").replace('"begin"/>', f'"begin">{_FORM}</w:fldChar>'),
            _field('HYPERLINK "https://example.org/a"', _r("a link by field", '<w:u w:val="single"/>')),
            f'<w:r><w:fldChar w:fldCharType="begin"/></w:r>{_code("PAGE")}<w:r><w:fldChar w:fldCharType="end"/></w:r>',
            _field("DATE", _r("1 May", "<w:b/>") + _r(" 2026"), ' w:dirty="true"'),
            f'<w:ins w:id="$id" {_DATE}>{_field("SEQ Figure", _r("4"))}</w:ins>',
        ),
        across=(
            (
                f'<w:r><w:fldChar w:fldCharType="begin"/></w:r>{_code("INDEX")}'
                '<w:r><w:fldChar w:fldCharType="separate"/></w:r>',
                '<w:r><w:fldChar w:fldCharType="end"/></w:r>',
            ),
        ),
        tags=("w:fldSimple",),
        edits=("field-",),
    ),
    "section": Subject(
        block=(
            _p(props='<w:sectPr><w:pgSz w:w="15840" w:h="12240"/><w:titlePg/></w:sectPr>'),
            _p(_r("A section ends here"), props='<w:sectPr><w:type w:val="continuous"/></w:sectPr>'),
        ),
        edits=("section-", "header-", "default-", "first-", "even-"),
    ),
    "note": Subject(edits=("footnote-", "endnote-", "note-")),
    "comment": Subject(edits=("comment-",)),
    "style": Subject(edits=("paragraph-style", "run-style")),
    "control": Subject(
        inline=(
            _sdt(_r("planted control")),
            _sdt(_r("bound"), _BOUND),
            _sdt(_r("☐"), _CHECKBOX),
            _sdt(_sdt(_r("inner")) + _r(" of outer")),
            _sdt(_r("Click here"), "<w:showingPlcHdr/><w:date/>"),
        ),
        around=(_sdt("<w:r/>"), _sdt("<w:r/>", _BOUND), _sdt(_sdt("<w:r/>"))),
        block=(
            _sdt(_p(_r("A block in a planted control"))),
            _sdt(_p(_r("One of two")) + _p(_r("Two of two"))),
            _sdt(_tbl(_tr(_CELL, _CELL))),
            _tbl(_sdt(_tr(_CELL, _CELL)), _tr(_CELL, _sdt(_CELL))),
        ),
        tags=("w:sdt",),
        edits=("control-", "block-control-"),
    ),
    "table": Subject(
        block=(
            _tbl(_tr(_CELL, _CELL, props="<w:cantSplit/><w:tblHeader/>"), _tr(_CELL, _CELL)),
            _tbl(_tr(_tc(_p(_r("wide")), props='<w:gridSpan w:val="2"/>')), _tr(_CELL, _CELL)),
            _tbl(
                _tr(_tc(_p(_r("tall")), props='<w:vMerge w:val="restart"/>'), _CELL),
                _tr(_tc(_p(), props="<w:vMerge/>"), _CELL),
            ),
            _tbl(_tr(_tc(_tbl(_tr(_CELL, _CELL)), _p()), _CELL)),
            _tbl(_tr(_CELL, props='<w:gridBefore w:val="1"/>'), _tr(_CELL, _CELL)),
            _tbl(_tr(_CELL, _CELL)) + _tbl(_tr(_CELL, _CELL)),
        ),
        tags=("w:tbl", "w:tr", "w:tc"),
        edits=("row-", "column-", "cell-", "cells-", "table-", "nested-"),
    ),
    "equation": Subject(
        inline=(
            _MATHS,
            f"<m:oMathPara>{_MATHS}</m:oMathPara>",
            f"<m:oMath>{_MATRIX}<m:r><w:rPr><w:b/></w:rPr><m:t>+1</m:t></m:r></m:oMath>",
            "<m:oMath><m:rad><m:deg/><m:e><m:r><m:t>2</m:t></m:r></m:e></m:rad></m:oMath>",
        ),
        block=(_p(f"<m:oMathPara>{_MATHS}{_MATHS}</m:oMathPara>"), _p(_MATHS), _p(_MATHS, _r(" is known"))),
        tags=("m:oMath", "m:oMathPara", "m:f", "m:r"),
        edits=("equation-",),
    ),
    "link": Subject(
        inline=(
            f'<w:hyperlink r:id="$link" w:tooltip="tip">{_r("a planted link", "<w:i/>")}{_r(" of two runs")}'
            "</w:hyperlink>",
            f'<w:hyperlink w:anchor="mark">{_field("PAGEREF mark", _r("9"))}</w:hyperlink>',
            f'<w:hyperlink r:id="$link">{_image(_EMBED)}</w:hyperlink>',
        ),
        around=('<w:hyperlink r:id="$link"><w:r/></w:hyperlink>', '<w:hyperlink w:anchor="mark"><w:r/></w:hyperlink>'),
        tags=("w:hyperlink",),
        edits=("link-",),
    ),
    "bookmark": Subject(
        inline=('<w:bookmarkStart w:id="$id" w:name="m$id"/><w:bookmarkEnd w:id="$id"/>',),
        across=(('<w:bookmarkStart w:id="$id" w:name="m$id"/>', '<w:bookmarkEnd w:id="$id"/>'),),
        edits=("bookmark-",),
    ),
    "numbering": Subject(
        block=(
            _p(_r("A planted item"), props='<w:numPr><w:ilvl w:val="0"/><w:numId w:val="$list"/></w:numPr>'),
            _p(_r("An item that restarts"), props='<w:numPr><w:ilvl w:val="0"/><w:numId w:val="$restart"/></w:numPr>'),
        ),
        edits=("list-", "numbering-"),
    ),
    "image": Subject(
        inline=(
            _image(_EMBED, place="anchor"),
            _image('r:link="$linked"'),
            _image(_EMBED, cut='<a:srcRect l="9000"/>'),
            _image(_EMBED, link='<a:hlinkClick r:id="$link"/>'),
            '<w:r><w:pict><v:shape id="s$doc"><v:imagedata r:id="$image"/></v:shape></w:pict></w:r>',
        ),
        tags=("w:drawing", "w:pict"),
        edits=("image-",),
    ),
    "object": Subject(
        inline=(
            _frame(_CHART, f'<c:chart xmlns:c="{_CHART}" r:id="$chart"/>'),
            _frame(
                _DIAGRAM,
                f'<dgm:relIds xmlns:dgm="{_DIAGRAM}" r:dm="$diagram" r:lo="$diagram" r:qs="$diagram" r:cs="$diagram"/>',
            ),
            '<w:r><w:object><v:shape id="s$doc"><v:imagedata r:id="$image"/></v:shape><o:OLEObject Type="Embed" '
            'ProgID="Package" ShapeID="s$doc" DrawAspect="Icon" ObjectID="_1" r:id="$package"/></w:object></w:r>',
        ),
        tags=("w:drawing", "w:object"),
    ),
    "mark": Subject(
        inline=(
            '<w:permStart w:id="$id" w:edGrp="everyone"/><w:permEnd w:id="$id"/>',
            '<w:proofErr w:type="spellStart"/>' + _r("mispelt") + '<w:proofErr w:type="spellEnd"/>',
            f'<w:smartTag w:uri="urn:x" w:element="place">{_r("Paris")}</w:smartTag>',
            f'<w:customXml w:uri="urn:x" w:element="party">{_r("the Client")}</w:customXml>',
            f"<w:r><w:ruby><w:rubyPr/><w:rt>{_r('とう')}</w:rt><w:rubyBase>{_r('東')}</w:rubyBase></w:ruby></w:r>",
            '<w:r><w:ptab w:relativeTo="margin" w:alignment="right" w:leader="none"/><w:pgNum/></w:r>',
            '<w:r><w:lastRenderedPageBreak/><w:br w:type="page"/><w:cr/></w:r>',
            '<w:r><w:sym w:font="Symbol" w:char="F0B7"/><w:t>x</w:t><w:softHyphen/><w:t>y</w:t></w:r>',
        ),
        around=(
            '<w:smartTag w:uri="urn:x" w:element="place"><w:r/></w:smartTag>',
            '<w:customXml w:uri="urn:x" w:element="party"><w:r/></w:customXml>',
        ),
        block=(
            _p(_r("D"), props='<w:framePr w:dropCap="drop" w:lines="3" w:wrap="around" w:vAnchor="text"/>'),
            f'<w:customXml w:uri="urn:x" w:element="clause">{_p(_r("A clause in custom XML"))}</w:customXml>',
        ),
        across=(('<w:permStart w:id="$id" w:edGrp="everyone"/>', '<w:permEnd w:id="$id"/>'),),
        tags=("w:smartTag", "w:customXml", "w:ruby", "w:ptab", "w:sym", "w:br"),
        edits=("symbol-", "tab-", "page-break-", "soft-hyphen-", "no-break-hyphen-"),
    ),
    "tracked": Subject(
        inline=(
            f'<w:ins w:id="$id" {_DATE}>{_r("inserted before ")}</w:ins>',
            f'<w:del w:id="$id" {_DATE}>{_gone("deleted before ")}</w:del>',
            f'<w:ins w:id="$id" {_DATE}><w:del w:id="$other" {_DATE}>{_gone("both ")}</w:del></w:ins>',
            f'<w:r><w:rPr><w:b/><w:rPrChange w:id="$id" {_DATE}><w:rPr><w:i/></w:rPr></w:rPrChange></w:rPr>'
            "<w:t>bold once italic</w:t></w:r>",
            f'<w:hyperlink r:id="$link"><w:ins w:id="$id" {_DATE}>{_r("link inserted before")}</w:ins></w:hyperlink>',
        ),
        around=(f'<w:ins w:id="$id" {_DATE}><w:r/></w:ins>',),
        block=(
            _p(
                f'<w:ins w:id="$id" {_DATE}>{_r("A whole inserted paragraph")}</w:ins>',
                props=f'<w:rPr><w:ins w:id="$other" {_DATE}/></w:rPr>',
            ),
            _p(
                f'<w:del w:id="$id" {_DATE}>{_gone("A whole deleted paragraph")}</w:del>',
                props=f'<w:rPr><w:del w:id="$other" {_DATE}/></w:rPr>',
            ),
            _p(
                _r("Centred now"), props=f'<w:jc w:val="center"/><w:pPrChange w:id="$id" {_DATE}><w:pPr/></w:pPrChange>'
            ),
            _tbl(_tr(_CELL, _CELL, props=f'<w:ins w:id="$id" {_DATE}/>'), _tr(_CELL, _CELL)),
            _tbl(_tr(_CELL, _CELL), _tr(_CELL, _CELL, props=f'<w:del w:id="$id" {_DATE}/>')),
            _tbl(_tr(_CELL, _tc(_p(_r("new cell")), props=f'<w:cellIns w:id="$id" {_DATE}/>'))),
            f'<w:moveFromRangeStart w:id="$id" {_DATE} w:name="v$id"/>'
            + _p(
                f'<w:moveFrom w:id="$other" {_DATE}>{_r("A paragraph that had moved before")}</w:moveFrom>',
                props=f'<w:rPr><w:moveFrom w:id="$third" {_DATE}/></w:rPr>',
            )
            + f'<w:moveFromRangeEnd w:id="$id"/><w:moveToRangeStart w:id="$fourth" {_DATE} w:name="v$id"/>'
            + _p(
                f'<w:moveTo w:id="$fifth" {_DATE}>{_r("A paragraph that had moved before")}</w:moveTo>',
                props=f'<w:rPr><w:moveTo w:id="$sixth" {_DATE}/></w:rPr>',
            )
            + '<w:moveToRangeEnd w:id="$fourth"/>',
        ),
    ),
}
