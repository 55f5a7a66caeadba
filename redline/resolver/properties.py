"""Property changes of a tracked document, accepted or rejected (ECMA-376-1, 17.13.5.29 to .37)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lxml import etree

from redline.ooxml import W

MARKS: Final = frozenset(f"{W}{name}" for name in ("ins", "del", "moveFrom", "moveTo"))
CHANGES: Final = frozenset(
    f"{W}{name}Change" for name in ("rPr", "pPr", "sectPr", "tblPr", "tblPrEx", "trPr", "tcPr", "tblGrid", "numbering")
)
_KEPT: Final = {
    f"{W}pPrChange": frozenset((f"{W}rPr", f"{W}sectPr")),
    f"{W}rPrChange": MARKS,
    f"{W}trPrChange": MARKS,
    f"{W}tcPrChange": frozenset((f"{W}cellIns", f"{W}cellDel", f"{W}cellMerge")),
    f"{W}sectPrChange": frozenset((f"{W}headerReference", f"{W}footerReference")),
}
"""What the stored properties never hold, so that rejecting leaves it as it is."""
_KEPT_FIRST: Final = frozenset((f"{W}rPrChange", f"{W}sectPrChange"))
"""Changes whose kept elements stand before the others in the schema; in pPr, trPr and tcPr they stand after them."""
_EMPTY_MEANS_ABSENT: Final = frozenset((f"{W}rPr", f"{W}pPr", f"{W}trPr", f"{W}tcPr", f"{W}numPr", f"{W}tblPrEx"))


def resolve_change(change: etree._Element, accept: bool) -> None:
    """Take a property change away; when rejecting, put the properties it holds in place.

    `w:numberingChange` holds only the text of a number (17.13.5.30), and what stands in no container of its kind says
    nothing: both are just taken away.
    """
    properties = change.getparent()
    if properties is None:
        return
    properties.remove(change)
    misplaced = change.tag != f"{properties.tag}Change"
    if accept or misplaced:
        drop_if_empty(properties)
        return
    kept_tags = _KEPT.get(str(change.tag), frozenset())
    kept = [child for child in properties if child.tag in kept_tags]
    stored = change[0] if len(change) else ()
    old = [child for child in stored if child.tag not in kept_tags]
    for child in list(properties):
        properties.remove(child)
    properties.extend(kept + old if change.tag in _KEPT_FIRST else old + kept)
    drop_if_empty(properties)


def resolve_numbering(mark: etree._Element, dropped: bool) -> None:
    """A tracked `w:numPr` (17.13.5.19): numbering that is not to be goes as a whole."""
    numbering = mark.getparent()
    if numbering is None:
        return
    numbering.remove(mark)
    owner = numbering.getparent()
    if dropped and owner is not None:
        owner.remove(numbering)
        drop_if_empty(owner)
    else:
        drop_if_empty(numbering)


def resolve_cell_merge(mark: etree._Element, accept: bool) -> None:
    """A vertical merge (17.13.5.3): the revised setting or the original one becomes the cell's `w:vMerge`."""
    properties = mark.getparent()
    if properties is None:
        return
    setting = mark.get(f"{W}vMerge" if accept else f"{W}vMergeOrig")
    for old in properties.findall(f"{W}vMerge"):
        properties.remove(old)
    if setting is not None:
        merge = etree.Element(f"{W}vMerge")
        if setting == "rest":
            merge.set(f"{W}val", "restart")
        properties.replace(mark, merge)
        _before(merge, _FOLLOW_VMERGE)
    else:
        properties.remove(mark)
        drop_if_empty(properties)


_FOLLOW_VMERGE: Final = tuple(
    f"{W}{name}" for name in ("tcBorders", "shd", "noWrap", "tcMar", "textDirection", "tcFitText", "vAlign", "hideMark")
)


def _before(element: etree._Element, followers: Iterable[str]) -> None:
    """Move `element` before the first of its siblings that the schema wants after it."""
    parent = element.getparent()
    first = next(parent.iterchildren(*followers), None) if parent is not None else None
    if first is not None:
        first.addprevious(element)


def drop_if_empty(properties: etree._Element) -> None:
    """An empty property element says nothing: take it away, and its owner when that is then empty, too."""
    while len(properties) == 0 and not properties.attrib and properties.tag in _EMPTY_MEANS_ABSENT:
        owner = properties.getparent()
        if owner is None:
            return
        owner.remove(properties)
        properties = owner
