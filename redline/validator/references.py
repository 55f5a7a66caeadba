"""Rules for references: whatever is named exists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, cast

from lxml import etree

from redline.ooxml import CT, NS, PR, W14, W
from redline.opc.package import CONTENT_TYPES, Package
from redline.opc.parts import details_of_comments
from redline.validator.rules import Book, Subject, Violation

BOOK: Final = Book()
_NAMED: Final = etree.XPath("//@r:*", namespaces=NS)
_NOTES: Final = (("footnoteReference", "footnotes"), ("endnoteReference", "endnotes"), ("commentReference", "comments"))


@BOOK.rule("relationship", "ECMA-376-2, 8.5", "A relationship that the part names does not exist.")
def _relationship_ids(subject: Subject) -> Iterator[Violation]:
    for part in subject.parts:
        known = subject.package.rels(part.name)
        # Not by asking elements for attributes: each is looked for from the first, and there may be 200,000.
        named = cast("list[etree._ElementUnicodeResult]", _NAMED(part.root))
        yield from ((part.name, name.getparent()) for name in named if name and name not in known)


@BOOK.rule("relationship-target", "ECMA-376-2, 8.5", "The part that a relationship names does not exist.")
def _targets(subject: Subject) -> Iterator[Violation]:
    package = subject.package
    for owner in ("", *package.names):
        for relationship in package.rels(owner).values():
            if not relationship.external and relationship.target and relationship.target not in package:
                yield owner or "the package", None


@BOOK.rule("relationship-id", "ECMA-376-2, 8.5.3", "Two relationships of a part have the same id.")
def _relationship_unique(subject: Subject) -> Iterator[Violation]:
    package = subject.package
    for name in package.names:
        if name.endswith(".rels"):
            identifiers = [e.get("Id") for e in package.tree(name).iterchildren(f"{PR}Relationship")]
            if len(identifiers) != len(set(identifiers)):
                yield name, None


@BOOK.rule("content-type", "ECMA-376-2, 7.3.7", "A part has no content type.")
def _content_types(subject: Subject) -> Iterator[Violation]:
    package = subject.package
    defaults, overrides = _declared(package)
    for name in package.names:
        if name == package.find(CONTENT_TYPES):
            continue
        extension = name.rpartition("/")[2].rpartition(".")[2].casefold()
        if name.casefold() not in overrides and extension not in defaults:
            yield name, None


@BOOK.rule("content-type-part", "ECMA-376-2, 7.3.7", "A content type is declared for a part that does not exist.")
def _content_type_parts(subject: Subject) -> Iterator[Violation]:
    package = subject.package
    _, overrides = _declared(package)
    for name in sorted(overrides):
        if package.find(name) is None:
            yield CONTENT_TYPES, None


def _declared(package: Package) -> tuple[set[str], set[str]]:
    root = package.tree(package.find(CONTENT_TYPES) or CONTENT_TYPES)
    defaults = {e.get("Extension", "").casefold() for e in root.iterchildren(f"{CT}Default")}
    overrides = {e.get("PartName", "").lstrip("/").casefold() for e in root.iterchildren(f"{CT}Override")}
    return defaults, overrides


@BOOK.rule("note-reference", "17.11.14, 17.13.4.5", "A reference names a note or comment that does not exist.")
def _notes(subject: Subject) -> Iterator[Violation]:
    package = subject.package
    for reference, kind in _NOTES:
        known = {
            e.get(f"{W}id") for p in package.related(package.main, kind) for e in package.tree(p).iterchildren("*")
        }
        for part in subject.parts:
            yield from ((part.name, e) for e in part.all(reference) if e.get(f"{W}id") not in known)


@BOOK.rule("note-id", "17.11.10, 17.13.4.2", "Two notes or comments have the same id.")
def _note_ids(subject: Subject) -> Iterator[Violation]:
    for part in subject.parts:
        for name in ("footnote", "endnote", "comment"):
            seen: set[str | None] = set()
            for note in part.all(name):
                if note.get(f"{W}id") in seen and note.getparent() is part.root:
                    yield part.name, note
                seen.add(note.get(f"{W}id"))


@BOOK.rule("comment-details", "[MS-DOCX] 2.5.3.1, 2.8.3.1", "What is told of a comment names one that does not exist.")
def _comment_details(subject: Subject) -> Iterator[Violation]:
    package = subject.package
    known = {
        p.get(f"{W14}paraId")
        for part in package.related(package.main, "comments")
        for p in package.tree(part).iter(f"{W}p")
    }
    for part in details_of_comments(package):
        for entry in package.tree(part).iterchildren("*"):
            named = {v for k, v in entry.attrib.items() if etree.QName(k).localname in ("paraId", "paraIdParent")}
            if named - known:
                yield part, entry


@BOOK.rule("note-separator", "17.11.23, 17.11.1", "The separator of notes that the settings name is missing.")
def _separators(subject: Subject) -> Iterator[Violation]:
    package = subject.package
    for settings in package.related(package.main, "settings"):
        root = package.tree(settings)
        for holder, kind, tag in (("footnotePr", "footnotes", "footnote"), ("endnotePr", "endnotes", "endnote")):
            parts = package.related(package.main, kind)
            known = {e.get(f"{W}id") for p in parts for e in package.tree(p).iterchildren(f"{W}{tag}")}
            for reference in root.iterfind(f"{W}{holder}/{W}{tag}"):
                if reference.get(f"{W}id") not in known:
                    yield settings, reference


@BOOK.rule("numbering-reference", "17.9.1, 17.9.15, 17.9.18", "A list, or the definition of a list, does not exist.")
def _numbering(subject: Subject) -> Iterator[Violation]:
    package = subject.package
    parts = package.related(package.main, "numbering")
    known = {e.get(f"{W}numId") for p in parts for e in package.tree(p).iterchildren(f"{W}num")} | {"0"}
    for name in parts:
        root = package.tree(name)
        defined = {e.get(f"{W}abstractNumId") for e in root.iterchildren(f"{W}abstractNum")}
        references = root.iterfind(f"{W}num/{W}abstractNumId")
        yield from ((name, reference) for reference in references if reference.get(f"{W}val") not in defined)
    for part in subject.parts:
        yield from ((part.name, e) for e in part.all("numId") if e.get(f"{W}val") not in known)


@BOOK.rule("style-reference", "17.7.4.17", "A paragraph, run or table names a style that does not exist.")
def _styles(subject: Subject) -> Iterator[Violation]:
    package = subject.package
    parts = package.related(package.main, "styles")
    known = {e.get(f"{W}styleId") for p in parts for e in package.tree(p).iterchildren(f"{W}style")}
    for part in subject.parts:
        for name in ("pStyle", "rStyle", "tblStyle") if parts else ():
            yield from ((part.name, e) for e in part.all(name) if e.get(f"{W}val") not in known)
