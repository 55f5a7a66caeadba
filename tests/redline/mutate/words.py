"""Edits inside a paragraph: words, runs and their formatting."""

from __future__ import annotations

import re
from copy import deepcopy

from lxml import etree

from redline.ooxml import W

from .draft import EDITS, Draft, Edit, Element, drop, edit, make, properties, put, run_of, set_text, toggle

WORDS = (
    *("shall", "reasonable", "notice", "Supplier", "agreement", "thirty", "consent", "schedule", "liability", "the"),
    *("of", "and", "12%", "18.5", "$1,000", "(a)", "Party's", "non-binding;", "hereto."),
)
FOREIGN = {
    "cjk": "本協議自簽署之日起生效",
    "rtl": "هذا الاتفاق שלום",
    "emoji": "👩‍⚖️ ok 🇨🇭",
    "combining": "e\u0301te\u0301 n\u0303o",
}


def _spans(text: Element) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(r"\S+", text.text or "")]


def _replace(draft: Draft, text: Element, new: str) -> None:
    """Replace one word of a text; an empty one takes the space with it, and never the last word."""
    start, end = draft.random.choice(_spans(text))
    old = text.text or ""
    if not new and old[end : end + 1] == " ":
        end += 1
    set_text(text, old[:start] + new + old[end:] or WORDS[0])
    draft.touch(text)


def change_a_word(draft: Draft, texts: list[Element]) -> bool:
    """Put another word in the place of one in one of the texts; False if there is none."""
    text = draft.pick(texts)
    if text is None:
        return False
    words = (text.text or "").split(" ")
    words[draft.random.randrange(len(words))] = draft.random.choice(WORDS)
    set_text(text, " ".join(words))
    draft.touch(text)
    return True


def _word_edit(place: str, verb: str) -> Edit:
    def change(draft: Draft) -> str | None:
        text = draft.text(place)
        if text is None:
            return None
        word = draft.random.choice(WORDS)
        if verb == "deleted":
            _replace(draft, text, "")
        elif verb == "replaced":
            _replace(draft, text, word)
        else:
            at = draft.random.choice([start for start, _ in _spans(text)])
            old = text.text or ""
            set_text(text, old[:at] + word + " " + old[at:])
            draft.touch(text)
        return f"a word {verb} {place}"

    return change


for _place in ("", "link", "field", "textbox", "note", "header", "cell", "control", "comment"):
    for _verb in ("replaced", "inserted", "deleted"):
        EDITS[f"word-{_verb}{'-in-' + _place if _place else ''}"] = _word_edit(_place, _verb)


@edit
def sentence_rewritten(draft: Draft) -> str | None:
    text = draft.text()
    if text is None:
        return None
    words = (text.text or "").split()
    draft.random.shuffle(words)
    set_text(text, " ".join([*words[: len(words) // 2], *draft.random.sample(WORDS, 4)]) + " ")
    draft.touch(text)
    return "a sentence rewritten"


@edit
def case_changed(draft: Draft) -> str | None:
    text = draft.text()
    if text is None:
        return None
    start, end = draft.random.choice(_spans(text))
    old = text.text or ""
    set_text(text, old[:start] + old[start:end].swapcase() + old[end:])
    draft.touch(text)
    return "the case of a word"


@edit
def space_changed(draft: Draft) -> str | None:
    text = draft.pick([t for t in draft.texts() if " " in (t.text or "")])
    if text is None:
        return None
    old = text.text or ""
    at = draft.random.choice([i for i, c in enumerate(old) if c == " "])
    new = draft.random.choice(["  ", "\u00a0", "", "\u2009"])
    set_text(text, old[:at] + new + old[at + 1 :])
    draft.touch(text)
    return f"a space made {new!r}"


def _foreign_edit(script: str) -> Edit:
    def change(draft: Draft) -> str | None:
        text = draft.text()
        if text is None:
            return None
        _replace(draft, text, FOREIGN[script])
        return f"{script} text"

    return change


for _script in FOREIGN:
    EDITS[f"{_script}-text"] = _foreign_edit(_script)


@edit
def foreign_text_edited(draft: Draft) -> str | None:
    text = draft.pick([t for t in draft.texts() if any(ord(c) > 0x2FF for c in t.text or "")])
    if text is None:
        return None
    old = text.text or ""
    at = draft.random.randrange(len(old))
    set_text(text, old[:at] + old[at + 1 :])
    draft.touch(text)
    return "a character of a foreign text"


def split_run(text: Element, at: int) -> Element | None:
    """Cut the run of a text in two at an offset of the text; returns the second run."""
    run = run_of(text)
    if run is None:
        return None
    old = text.text or ""
    second = etree.Element(f"{W}r")
    for name, value in run.attrib.items():
        second.set(name, value)
    props = run.find(f"{W}rPr")
    if props is not None:
        second.append(deepcopy(props))
        for change in list(second.iter(f"{W}rPrChange")):
            drop(change)  # a copy may not have its id
    rest = etree.SubElement(second, f"{W}t")
    set_text(rest, old[at:])
    for later in list(text.itersiblings()):
        second.append(later)
    set_text(text, old[:at])
    run.addnext(second)
    return second


def cut_run(draft: Draft) -> Element | None:
    """Split a run somewhere within its text; returns the second run."""
    text = draft.pick([t for t in draft.texts() if len(t.text or "") > 1 and run_of(t) is not None])
    if text is None:
        return None
    second = split_run(text, draft.random.randrange(1, len(text.text or "")))
    draft.touch(text)
    return second


@edit
def run_split(draft: Draft) -> str | None:
    return None if cut_run(draft) is None else "a run split, unseen"


@edit
def runs_merged(draft: Draft) -> str | None:
    def same(one: Element, two: Element | None) -> bool:
        if two is None or two.tag != one.tag or one.getparent() is None:
            return False
        props = [b"" if (p := r.find(f"{W}rPr")) is None else etree.tostring(p, method="c14n") for r in (one, two)]
        return props[0] == props[1]

    runs = [run for run in (run_of(t) for t in draft.texts()) if run is not None and same(run, run.getnext())]
    run = draft.pick(runs)
    if run is None:
        return None
    second = run.getnext()
    assert second is not None
    run.extend([e for e in second if e.tag != f"{W}rPr"])
    parent = second.getparent()
    assert parent is not None
    parent.remove(second)
    draft.touch(run)
    return "two runs merged, unseen"


def _format_edit(name: str, **attributes: str) -> Edit:
    def change(draft: Draft) -> str | None:
        text = draft.text()
        run = cut_run(draft) if draft.random.random() < 0.6 or text is None else run_of(text)
        if run is None:
            return None
        props = properties(run, "rPr")
        if attributes and props.find(f"{W}{name}") is not None:
            put(props, name, **attributes)
        else:
            toggle(props, name, **attributes)
        draft.touch(run)
        return f"run formatting {name}"

    return change


_RUN_PROPERTIES: dict[str, dict[str, str]] = {
    "b": {},
    "i": {},
    "u": {"val": "single"},
    "strike": {},
    "caps": {},
    "vanish": {},
    "sz": {"val": "31"},
    "color": {"val": "3344AA"},
    "highlight": {"val": "yellow"},
    "rFonts": {"ascii": "Georgia", "hAnsi": "Georgia"},
    "vertAlign": {"val": "superscript"},
    "lang": {"val": "fr-CH"},
    "rtl": {},
}
for _name, _attributes in _RUN_PROPERTIES.items():
    EDITS[f"run-{_name}"] = _format_edit(_name, **_attributes)


@edit
def run_style(draft: Draft) -> str | None:
    styles = [
        style.get(f"{W}styleId", "")
        for part in draft.package.related(draft.package.main, "styles")
        for style in draft.package.tree(part).iter(f"{W}style")
        if style.get(f"{W}type") == "character"
    ]
    run = cut_run(draft)
    if run is None or not styles:
        return None
    put(properties(run, "rPr"), "rStyle", val=draft.random.choice(styles))
    draft.touch(run)
    return "a run's style"


def _insert_edit(name: str, xml: str) -> Edit:
    def change(draft: Draft) -> str | None:
        run = cut_run(draft)
        if run is None:
            return None
        run.addprevious(make(xml))
        draft.touch(run)
        return f"{name} inserted"

    return change


for _name, _xml in {
    "tab": "<w:r><w:tab/></w:r>",
    "line-break": "<w:r><w:br/></w:r>",
    "page-break": '<w:r><w:br w:type="page"/></w:r>',
    "symbol": '<w:r><w:sym w:font="Wingdings" w:char="F0FC"/></w:r>',
    "no-break-hyphen": "<w:r><w:noBreakHyphen/></w:r>",
    "soft-hyphen": "<w:r><w:softHyphen/></w:r>",
    "hidden-text": "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>",
    "equation": "<m:oMath><m:f><m:num><m:r><m:t>x</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f>"
    "</m:oMath>",
}.items():
    EDITS[f"{_name}-inserted"] = _insert_edit(_name, _xml)


@edit
def tab_or_break_deleted(draft: Draft) -> str | None:
    runs = [run for run in (run_of(t) for t in draft.texts()) if run is not None]
    mark = draft.pick(
        [e for run in runs for e in run if e.tag in (f"{W}tab", f"{W}br", f"{W}sym", f"{W}noBreakHyphen")]
    )
    if mark is None:
        return None
    run = mark.getparent()
    assert run is not None
    run.remove(mark)
    draft.touch(run)
    return "a tab, break or symbol deleted"
