"""The Open Packaging Conventions package (ECMA-376-2) of a Word document: guarded reading, raw-copy writing."""

from __future__ import annotations

import posixpath
import zlib
from collections.abc import Callable, Set
from hashlib import blake2b
from string import digits
from typing import Final, NamedTuple, TypeVar
from urllib.parse import unquote

from lxml import etree

from redline.errors import DocumentError
from redline.ooxml import CT, PR, RELATIONSHIP
from redline.opc import sniff, strict
from redline.opc.looks import is_usual, look_into
from redline.opc.tables import Rows, content_types, read_table, relationships, rows_of
from redline.opc.xmlguard import check_size, parse, printable, too_heavy, weight
from redline.opc.zipguard import Limits, Member, deflate, inflate, read_directory, write_archive

__all__ = ["CONTENT_TYPES", "Limits", "Package", "Relationship", "rels_name"]

CONTENT_TYPES: Final = "[Content_Types].xml"

_T = TypeVar("_T")
READABLE: Final = Limits()
"""Within which a part can be read again."""
_REMEMBERED: Final = 32 * 1024
"""Bytes of a table, and compressed ones of a part, up to which what was read of it is remembered."""
_RELS_TYPE: Final = "application/vnd.openxmlformats-package.relationships+xml"
_EMPTY_RELS: Final = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>'


class Relationship(NamedTuple):
    """A relationship of a part (ECMA-376-2, 8.5). `target` is a part name, or the URL as written when `external`."""

    id: str
    type: str
    target: str
    external: bool


def rels_name(part: str) -> str:
    """The part that holds the relationships of `part`; '' is the package itself."""
    folder, slash, name = part.rpartition("/")
    return f"{folder}{slash}_rels/{name}.rels"


class Package:
    """A package in memory. Parts are inflated and parsed when asked for; what was not set is saved as it was read."""

    def __init__(self, data: bytes, members: dict[str, Member], limits: Limits) -> None:
        self._data = data
        self._members = members
        self._limits = limits
        self._names: dict[str, None] = dict.fromkeys(members)
        self._by_folded = {name.casefold(): name for name in members}
        self._changed: dict[str, bytes | etree._Element] = {}
        self._trees: dict[str, etree._Element] = {}
        self._unparsed: dict[str, bytes] = {}
        """What was inflated for a look at its bytes, until it is parsed."""
        self._rels: dict[str, dict[str, Relationship]] = {}
        self._numbers: dict[str, int] = {}
        """The last number that `unused` gave to names with this beginning."""
        self._by_target: dict[str, dict[tuple[str, str, bool], str]] = {}
        self._rids: dict[str, int] = {}
        """The last number that `add_relationship` gave, by part."""
        self._declared: tuple[dict[str, str], dict[str, str]] | None = None
        self._digests: dict[str, str] = {}
        self._weights: dict[str, int] = {}
        """About the bytes that each parsed part takes; `_parsed` is their sum."""
        self._parsed = 0
        self.main: str = ""
        """Name of the main document part."""

    @classmethod
    def open(cls, data: bytes, limits: Limits = Limits()) -> Package:  # noqa: B008 (frozen)
        """Read the directory and find the main part.

        A package in the strict conformance class is translated to transitional. Raises `DocumentError`: empty-file,
        too-large, password-protected, legacy-format, unsupported-format, not-a-document, damaged-package, zip-bomb,
        missing-part, damaged-xml, forbidden-xml, too-complex; and `TypeError` for what is not bytes.
        """
        sniff.refuse_unless_bytes(data)
        if len(data) > limits.max_package:
            megabytes = limits.max_package // (1024 * 1024)
            raise DocumentError(
                "too-large", f"The file is larger than the limit of {megabytes} MB; split the document."
            )
        sniff.refuse_unless_zip(data)
        package = cls(data, read_directory(data, limits), limits)
        if package.find(CONTENT_TYPES) is None:
            mimetype = package.read("mimetype") if "mimetype" in package._members else b""
            raise sniff.foreign_archive(package._members, mimetype)
        package.main = package._find_main()
        return package

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all parts, in the order of the file; new ones last."""
        return tuple(self._names)

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def find(self, name: str) -> str | None:
        """The part of this name as the package spells it; part names compare without case (ECMA-376-2, 6.2.2)."""
        if name in self._names:
            return name
        found = self._by_folded.get(name.casefold())
        return self._by_folded.get(unquote(name).casefold()) if found is None and "%" in name else found

    def unused(self, name: str) -> str:
        """The name for a new part, or where a part has it already, the same with the next free number at its end."""
        stem, extension = posixpath.splitext(name)
        stem = stem.rstrip(digits)
        fresh, number = name, self._numbers.get(stem, 0)
        while self.find(fresh) is not None:
            number += 1
            fresh = f"{stem}{number}{extension}"
        self._numbers[stem] = number
        return fresh

    def read(self, name: str) -> bytes:
        """Content of a part. Raises `DocumentError`: missing-part, damaged-package, zip-bomb."""
        changed = self._changed.get(name)
        if isinstance(changed, bytes):
            return changed
        if changed is not None:
            return serialize(changed)
        member = self._members.get(name)
        if member is None or name not in self._names:
            raise DocumentError("missing-part", f"The file has lost {printable(name)}; save it again with Word.")
        return inflate(self._data, member)

    def size(self, name: str) -> int:
        """Length of a part's content; nothing is inflated for it."""
        return len(self.read(name)) if name in self._changed or name not in self._members else self._members[name].size

    def spelled(self, name: str) -> bytes:
        """Content of an XML part as Word spells it: in UTF-8, attributes in double quotes. For a look at its bytes."""
        data = self._unparsed.get(name) or self.read(name)
        if name not in self._changed and name not in self._trees:
            self._unparsed[name] = data
        return data if is_usual(data) else serialize(self.tree(name))

    def look(self, name: str, find: Callable[[bytes], _T]) -> _T:
        """What a function finds in the content of an XML part, `spelled`; for parts that may never be parsed.

        Remembered by the compressed bytes: versions of a document, and their redline, share most parts.
        """
        member = self._members.get(name)
        is_read = name == self.main or name in self._changed or name in self._trees or name in self._unparsed
        if member is None or member.compressed > _REMEMBERED or is_read or name not in self._names:
            return find(self.spelled(name))
        found: tuple[_T] | None = look_into(*self._packed(member), find)
        return find(self.spelled(name)) if found is None else found[0]

    def tree(self, name: str) -> etree._Element:
        """Root element of a part, parsed once. After changing it, call `set_tree`.

        Raises `DocumentError`: missing-part, damaged-package, damaged-xml, forbidden-xml, too-large, too-complex.
        """
        root = self._trees.get(name)
        if root is None:
            data = self._unparsed.pop(name, None) or self.read(name)
            self._weigh(name, data)
            root = self._trees[name] = parse(data, name, self._limits)
        return root

    def _weigh(self, name: str, data: bytes) -> None:
        """Refuse a part that would take, with those that are parsed already, more memory than a package may."""
        self._parsed -= self._weights.get(name, 0)
        self._weights[name] = weight(data)
        self._parsed += self._weights[name]
        if self._parsed > self._limits.max_xml_memory:
            raise too_heavy(name)

    @property
    def parsed(self) -> int:
        """About the bytes that the parsed parts take."""
        return self._parsed

    def forget(self, name: str) -> None:
        """Drop the tree of a part, and with it what was changed there without `set_tree`."""
        self._trees.pop(name, None)
        self._parsed -= self._weights.pop(name, 0)

    def rels(self, part: str) -> dict[str, Relationship]:
        """Relationships of a part by id; '' asks for those of the package."""
        found = self._rels.get(part)
        if found is None:
            found = self._rels[part] = self._read_rels(part)
        return found

    def relationship_to(self, part: str, type: str, target: str, external: bool = False) -> str | None:
        """The id of the first relationship of `part` of this type with this target."""
        found = self._by_target.get(part)
        if found is None:
            found = self._by_target[part] = {}
            for known in self.rels(part).values():
                found.setdefault((known.type, known.target, known.external), known.id)
        return found.get((type, target, external))

    def related(self, part: str, kind: str) -> list[str]:
        """Names of the existing parts that `part` refers to by relationships of a kind, such as 'header'."""
        wanted = RELATIONSHIP + kind
        targets = (r.target for r in self.rels(part).values() if r.type == wanted and not r.external)
        return [target for target in targets if target in self._names]

    def content_type(self, part: str) -> str:
        """Content type of a part (ECMA-376-2, 7.3.7), '' if none is declared."""
        overrides, defaults = self._types()
        extension = posixpath.splitext(part)[1][1:].casefold()
        return overrides.get(part.casefold(), defaults.get(extension, ""))

    def _types(self) -> tuple[dict[str, str], dict[str, str]]:
        """Declared types by the name of a part, and by extension, both without case."""
        if self._declared is None:
            overrides, defaults = self._table(self._content_types(), content_types)
            self._declared = dict(overrides), dict(defaults)
        return self._declared

    def set_bytes(self, name: str, data: bytes) -> None:
        """Change or add a part."""
        self._set(name, data)
        self._trees.pop(name, None)
        if name.endswith(".rels"):
            self._forget_relationships()

    def set_tree(self, name: str, root: etree._Element) -> None:
        """Change or add an XML part; `root` is serialized when the package is saved."""
        self._set(name, root)
        self._trees[name] = root

    def set_rels(self, part: str, root: etree._Element) -> None:
        """Change or add the relationships of a part; some producers name the content type of each file of them."""
        name = rels_name(part)
        self.set_tree(name, root)
        self.ensure_content_type(name, _RELS_TYPE)

    def remove(self, *names: str) -> None:
        """Take parts out, with their relationships and content type overrides; references to them are the caller's."""
        for name in names:
            for gone in (name, rels_name(name)):
                self._names.pop(gone, None)
                self._by_folded.pop(gone.casefold(), None)
                self._changed.pop(gone, None)
                self._trees.pop(gone, None)
                self._unparsed.pop(gone, None)
            self._rels.pop(name, None)
            self._by_target.pop(name, None)
        folded = {name.casefold() for name in names}
        types = self._content_types()
        root = self.tree(types)
        for element in list(root.iterchildren(f"{CT}Override")):
            if element.get("PartName", "").lstrip("/").casefold() in folded:
                root.remove(element)
                self.set_tree(types, root)

    def add_relationship(self, part: str, type: str, target: str, external: bool = False) -> str:
        """Relate `part` to `target` (a part name, or a URL when `external`); returns the new id."""
        known = self.rels(part)
        number = len(known) + 1
        while f"rIdNew{number}" in known:
            number += 1
        new = f"rIdNew{number}"  # what refers to no relationship must not come to mean this one
        name = rels_name(part)
        root = self.tree(name) if name in self._names else etree.fromstring(_EMPTY_RELS)
        written = target if external else posixpath.relpath(f"/{target}", f"/{posixpath.dirname(part)}")
        element = etree.SubElement(root, f"{PR}Relationship", {"Id": new, "Type": type, "Target": written})
        if external:
            element.set("TargetMode", "External")
        self.set_rels(part, root)
        known[new] = Relationship(new, type, target, external)
        if part in self._by_target:
            self._by_target[part].setdefault((type, target, external), new)
        return new

    def remove_relationships(self, part: str, rids: Set[str]) -> None:
        """Take relationships of `part` away; their targets stay."""
        name = self.find(rels_name(part))
        known = self.rels(part)
        gone = rids & known.keys()
        if name is None or not gone:
            return
        for rid in gone:
            del known[rid]
        self._by_target.pop(part, None)
        root = self.tree(name)
        for element in [e for e in root.iterchildren(f"{PR}Relationship") if e.get("Id") in gone]:
            root.remove(element)
        self.set_tree(name, root)

    def targets(self) -> set[str]:
        """The parts that any part, or the package itself, has a relationship to."""
        owners = ["", *(name for name in self._names if rels_name(name) in self._names)]
        return {r.target for owner in owners for r in self.rels(owner).values() if not r.external}

    def ensure_content_type(self, part: str, type: str) -> None:
        """Declare the content type of a part unless it has it already."""
        if self.content_type(part) == type:
            return
        types, folded = self._content_types(), part.casefold()
        overrides, defaults = self._types()
        root = self.tree(types)
        if folded in overrides:
            found = (
                e for e in root.iterchildren(f"{CT}Override") if e.get("PartName", "").lstrip("/").casefold() == folded
            )
            next(found).set("ContentType", type)
        else:
            etree.SubElement(root, f"{CT}Override", {"PartName": f"/{part}", "ContentType": type})
        self.set_tree(types, root)
        overrides[folded] = type
        self._declared = overrides, defaults  # still true, and dear to read anew for each of thousands of parts

    def save(self) -> bytes:
        """The package as a zip: deterministic, unchanged members raw, in the order of the file.

        Raises `DocumentError` (too-large, too-complex) for a part that grew so much that nobody could read it again.
        """
        data = memoryview(self._data)
        entries: list[tuple[Member, bytes | memoryview]] = []
        for name in self._names:
            if name in self._changed:
                content = self.read(name)
                if name.endswith(".xml"):
                    check_size(content, name, READABLE)
                entries.append(deflate(name, content))
            else:
                member = self._members[name]
                entries.append((member, data[member.start : member.start + member.compressed]))
        return write_archive(entries)

    def raw_equal(self, other: Package, name: str) -> bool:
        """Whether both packages have the part with equal content; compares compressed bytes before inflating any."""
        if name not in self._names or name not in other._names:
            return False
        if name in self._changed or name in other._changed:
            return self.read(name) == other.read(name)
        mine, theirs = self._members[name], other._members[name]
        if (mine.crc, mine.size) != (theirs.crc, theirs.size):
            return False
        raw = self._data[mine.start : mine.start + mine.compressed]
        if mine.method == theirs.method and raw == other._data[theirs.start : theirs.start + theirs.compressed]:
            return True
        return self.read(name) == other.read(name)

    def fingerprint(self, name: str) -> str:
        """Checksum and size of a part's content: equal for equal content; nothing is inflated for it."""
        if name in self._changed or name not in self._members:
            content = self.read(name)
            return f"{zlib.crc32(content):08x}-{len(content)}"
        member = self._members[name]
        return f"{member.crc:08x}-{member.size}"

    def digest(self, name: str) -> str:
        """A short name for the content of a part, which is read once, however many refer to it."""
        found = self._digests.get(name)
        if found is None:
            found = self._digests[name] = blake2b(self.read(name), digest_size=16).hexdigest()
        return found

    def _forget_relationships(self) -> None:
        self._rels.clear()
        self._by_target.clear()

    def _set(self, name: str, value: bytes | etree._Element) -> None:
        self._digests.pop(name, None)
        if name == self._content_types():
            self._declared = None
        self._changed[name] = value
        self._unparsed.pop(name, None)
        self._names.setdefault(name)
        self._by_folded[name.casefold()] = name

    def _content_types(self) -> str:
        return self.find(CONTENT_TYPES) or CONTENT_TYPES

    def _read_rels(self, part: str) -> dict[str, Relationship]:
        name = self.find(rels_name(part))
        found: dict[str, Relationship] = {}
        for rid, type, target, external in () if name is None else self._table(name, relationships):
            found.setdefault(
                rid, Relationship(rid, type, target if external else self._resolve(part, target), external)
            )
        return found

    def _table(self, name: str, form: Callable[[Rows], _T]) -> _T:
        """A part that is a table, in a form: relationships, content types."""
        member = self._members.get(name)
        if member is None or member.size > _REMEMBERED or name in self._changed or name in self._trees:
            return form(rows_of(self.tree(name)))
        table: _T = read_table(*self._packed(member), self._limits, form)
        return table

    def _packed(self, member: Member) -> tuple[bytes, Member]:
        """The compressed bytes of a member, and what is to be known of them wherever they lie."""
        packed = self._data[member.start : member.start + member.compressed]
        return packed, member._replace(start=0, dos_time=0, dos_date=0)

    def _resolve(self, part: str, target: str) -> str:
        """The part a relative target means (RFC 3986, 5.2); a name that leaves the package stays inside its root."""
        folder, slash, _ = part.rpartition("/")
        beside = f"{folder}{slash}{target}"
        if beside in self._names:
            return beside
        path = target.replace("\\", "/").partition("#")[0]
        joined = posixpath.normpath(posixpath.join("/", folder, path)).lstrip("/")
        return self.find(joined) or joined

    def _find_main(self) -> str:
        for relationship in self.rels("").values():
            if relationship.external or not relationship.type.endswith("/officeDocument"):
                continue
            if relationship.type.startswith(strict.RELATIONSHIP):
                self._to_transitional()
            if relationship.target not in self._names:
                raise DocumentError("missing-part", "The file has lost its main document; restore an earlier version.")
            content_type = self.content_type(relationship.target)
            if content_type and "wordprocessingml" not in content_type and "ms-word" not in content_type:
                raise sniff.foreign_main_part(content_type)
            return relationship.target
        raise DocumentError("missing-part", "The file does not name its main document; save it again with Word.")

    def _to_transitional(self) -> None:
        """Give every XML part its transitional names, so that the engine and older programs know one vocabulary."""
        for name in self.names:
            if not name.casefold().endswith((".xml", ".rels", ".vml")):
                continue
            data = self.read(name)
            translated = strict.to_transitional(data)
            if translated is not data:
                self.set_bytes(name, translated)
        self._forget_relationships()


def serialize(root: etree._Element) -> bytes:
    """XML as Word writes it: UTF-8, declared, standalone."""
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True)
