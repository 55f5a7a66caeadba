"""What `verify` overlooks on the side of the before document because the redline was made without it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from redline.options import CompareOptions
from redline.verifier.items import FRAME, NOTE, Item

_NUMBER: Final = re.compile(r"\d+(?:[.,:/]\d+)*")
_PUNCTUATION: Final = re.compile(r"[^\w\s\ufffc\u2020\u25ad]|_")
_SPACE: Final = re.compile(r"\s+")


class Leniency:
    """Brings items to a form that is equal for what the options do not tell apart."""

    def __init__(self, options: CompareOptions) -> None:
        self._options = options
        self.formatting = options.track_formatting
        self.headers = options.track_headers
        self._text = not options.track_case or not options.track_white_space
        self._text |= options.ignore_numbers or options.ignore_punctuation
        self._text |= not (options.track_notes and options.track_text_boxes and options.track_fields)
        self._left_out = frozenset(
            kind
            for kind, wanted in (
                ("table", options.track_tables),
                ("box", options.track_text_boxes),
                ("note", options.track_notes),
            )
            if not wanted
        )
        self._strict = self.formatting and not self._text and not self._left_out

    def apply(self, items: list[Item]) -> list[Item]:
        """The items without what is left out."""
        if self._strict:
            return items
        return [self._form(item) for item in self._remaining(items)]

    def _remaining(self, items: list[Item]) -> list[Item]:
        found: list[Item] = []
        inside = ""
        depth = 0
        for item in items:
            if inside:
                depth += (item.kind == inside) - (item.kind == "end" and item.text == inside)
                inside = inside if depth else ""
            elif item.kind in self._left_out:
                inside, depth = item.kind, 1
            else:
                found.append(item)
        return found

    def _form(self, item: Item) -> Item:
        if not self.formatting:
            item = replace(item, formats=[], properties="", numbering=("", ""), mark="", section="")
        if not self._text or item.kind != "paragraph":
            return item
        atoms = [(0, kind, value) for _, kind, value in item.atoms if self._keeps(kind)]
        links = [(0, target) for target in dict.fromkeys(target for _, target in item.links)]
        return replace(item, text=self._words(item.text), atoms=atoms, links=links, formats=[])

    def _keeps(self, kind: str) -> bool:
        if kind == "field":
            return self._options.track_fields
        return kind != "frame" or self._options.track_text_boxes

    def _words(self, text: str) -> str:
        options = self._options
        text = text if options.track_notes else text.replace(NOTE, "")
        text = text if options.track_text_boxes else text.replace(FRAME, "")
        text = text if options.track_case else text.casefold()
        text = _NUMBER.sub("0", text) if options.ignore_numbers else text
        text = _PUNCTUATION.sub("", text) if options.ignore_punctuation else text
        return text if options.track_white_space else _SPACE.sub("", text)


STRICT: Final = Leniency(CompareOptions())
