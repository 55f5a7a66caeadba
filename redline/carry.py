"""Brings what deleted content needs from the before package: relationships, media, notes, styles, numbering."""

from __future__ import annotations

import posixpath
from copy import deepcopy
from typing import Final

from redline.canon import canonical
from redline.context import Context, drop_attribute, new
from redline.ooxml import RELATIONSHIP, Element, R, W
from redline.package import Package, rels_name

_DRAWING_BASE: Final = 0x40000000
_NUMBERING: Final = "numbering"
_NOTE_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.%s+xml"


def part_of(package: Package, kind: str) -> str | None:
    """The part of the main document that holds its styles, numbering, footnotes..., if there is one."""
    found = package.related(package.main, kind)
    return found[0] if found else None


class Carrier:
    """Copies parts, definitions and notes at most once each; names and ids are fresh where they would collide."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self._relationships: dict[tuple[str, str, str], str] = {}
        self._parts: dict[str, str] = {}
        self._notes: dict[tuple[str, str], str] = {}
        self._styles: set[str] = set()
        self._after_styles: dict[str, Element] | None = None
        self._before_styles: dict[str, Element] = {}
        self._drawing = _DRAWING_BASE

    def drawing_id(self) -> int:
        """A wp:docPr id above those that Word gives."""
        self._drawing += 1
        return self._drawing

    # -- relationships and the parts behind them

    def relationship(self, before_part: str, after_part: str, rid: str) -> str:
        """The id in `after_part` that means what `rid` means in `before_part`."""
        key = (before_part, after_part, rid)
        found = self._relationships.get(key)
        if found is None:
            found = self._relationships[key] = self._relate(before_part, after_part, rid)
        return found

    def _relate(self, before_part: str, after_part: str, rid: str) -> str:
        old = self.ctx.before.rels(before_part).get(rid)
        if old is None:
            return rid
        target = old.target if old.external else self._part(old.target)
        for known in self.ctx.after.rels(after_part).values():
            if (known.type, known.target, known.external) == (old.type, target, old.external):
                return known.id
        return self.ctx.after.add_relationship(after_part, old.type, target, old.external)

    def _part(self, name: str) -> str:
        """The name, in the after package, of a part with this content; copied there with what it refers to."""
        before, after = self.ctx.before, self.ctx.after
        if name in self._parts or name not in before:
            return self._parts.get(name, name)
        if after.raw_equal(before, name) and not before.rels(name):
            self._parts[name] = name
            return name
        fresh, number = name, 0
        stem, extension = posixpath.splitext(name)
        while fresh in after:
            number += 1
            fresh = f"{stem}_{number}{extension}"
        self._parts[name] = fresh
        after.set_bytes(fresh, before.read(name))
        kind = before.content_type(name)
        if kind:
            after.ensure_content_type(fresh, kind)
        relationships = before.rels(name)
        if relationships:
            for old in relationships.values():
                if not old.external:
                    self._part(old.target)
            self._copy_relationships(name, fresh)
        return fresh

    def _copy_relationships(self, name: str, fresh: str) -> None:
        root = deepcopy(self.ctx.before.tree(rels_name(name)))
        for element in root:
            old = self.ctx.before.rels(name).get(element.get("Id", ""))
            if old is not None and not old.external:
                target = self._parts.get(old.target, old.target)
                element.set("Target", posixpath.relpath(f"/{target}", f"/{posixpath.dirname(fresh)}"))
        self.ctx.after.set_tree(rels_name(fresh), root)

    # -- notes

    def note(self, kind: str, note_id: str) -> str:
        """The id of a copy, in the after package, of a note whose reference was deleted."""
        key = (kind, note_id)
        found = self._notes.get(key)
        if found is None:
            found = self._notes[key] = self._copy_note(kind, note_id)
        return found

    def _copy_note(self, kind: str, note_id: str) -> str:
        from redline.sides import Sides

        source = part_of(self.ctx.before, kind + "s")
        if source is None:
            return note_id
        note = next((n for n in self.ctx.before.tree(source) if n.get(W + "id") == note_id), None)
        if note is None:
            return note_id
        target = part_of(self.ctx.after, kind + "s") or self._new_notes_part(kind, source)
        root = self.ctx.after.tree(target)
        fresh = str(max((int(n.get(W + "id", "0")) for n in root if isinstance(n.tag, str)), default=0) + 1)
        self._notes[(kind, note_id)] = fresh
        copied = Sides(self.ctx, self, source, target).adopt(note)
        copied.set(W + "id", fresh)
        root.append(copied)
        self.ctx.after.set_tree(target, root)
        return fresh

    def _new_notes_part(self, kind: str, source: str) -> str:
        """A notes part with the separators of the before document only (17.11.23)."""
        before, after = self.ctx.before, self.ctx.after
        name = f"word/{kind}s.xml"
        root = deepcopy(before.tree(source))
        for note in list(root):
            if note.get(W + "type") is None:
                root.remove(note)
        after.set_tree(name, root)
        after.ensure_content_type(name, _NOTE_TYPE % f"{kind}s")
        after.add_relationship(after.main, f"{RELATIONSHIP}{kind}s", name)
        return name

    # -- styles

    def style(self, style_id: str) -> None:
        """Bring a style that the after document lacks, and those it is based on."""
        if not style_id or style_id in self._styles:
            return
        self._styles.add(style_id)
        part = part_of(self.ctx.after, "styles")
        source = part_of(self.ctx.before, "styles")
        if part is None or source is None:
            return
        if self._after_styles is None:
            self._after_styles = {s.get(W + "styleId", ""): s for s in self.ctx.after.tree(part).iter(W + "style")}
            self._before_styles = {s.get(W + "styleId", ""): s for s in self.ctx.before.tree(source).iter(W + "style")}
        style = self._before_styles.get(style_id)
        if style_id in self._after_styles or style is None:
            return
        copied = deepcopy(style)
        drop_attribute(copied, W + "default")
        for related in copied.iter(W + "basedOn", W + "next", W + "link"):
            self.style(related.get(W + "val", ""))
        self.ctx.after.tree(part).append(copied)
        self._after_styles[style_id] = copied
        self.ctx.after.set_tree(part, self.ctx.after.tree(part))


def align_numbering(ctx: Context, *trees: Element) -> None:
    """Rewrite the w:numId values of before trees to ids that mean the same list in the after package (17.9.18)."""
    source, target = part_of(ctx.before, _NUMBERING), part_of(ctx.after, _NUMBERING)
    if source is None or (source == target and ctx.after.raw_equal(ctx.before, source)):
        return
    used = {n.get(W + "val", "0") for tree in trees for n in tree.iter(W + "numId")} - {"0"}
    if not used:
        return
    before = _Lists(ctx.before.tree(source))
    root = ctx.after.tree(target) if target else new(_NUMBERING)
    after = _Lists(root)
    mapping: dict[str, str] = {}
    for num_id in sorted(used):
        if num_id in before.nums:
            mapping[num_id] = after.same(num_id, before.meaning(num_id)) or after.add(before, num_id)
    if after.added:
        if target is None:
            target = "word/numbering.xml"
            ctx.after.ensure_content_type(target, _NOTE_TYPE % _NUMBERING)
            ctx.after.add_relationship(ctx.after.main, RELATIONSHIP + _NUMBERING, target)
        ctx.after.set_tree(target, root)
    for tree in trees:
        for node in tree.iter(W + "numId"):
            node.set(W + "val", mapping.get(node.get(W + "val", ""), node.get(W + "val", "")))


class _Lists:
    """The lists of a numbering part: w:num by id, with the w:abstractNum each refers to."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.nums = {n.get(W + "numId", ""): n for n in root.iterchildren(W + "num")}
        self.abstract = {a.get(W + "abstractNumId", ""): a for a in root.iterchildren(W + "abstractNum")}
        self.added = False

    def definition(self, num_id: str) -> Element | None:
        reference = self.nums[num_id].find(W + "abstractNumId")
        return None if reference is None else self.abstract.get(reference.get(W + "val", ""))

    def meaning(self, num_id: str) -> bytes:
        """What the list looks like: levels and overrides, without ids."""
        definition = self.definition(num_id)
        parts = [] if definition is None else [canonical(c, str) for c in definition if _shapes_list(c)]
        parts += [canonical(c, str) for c in self.nums[num_id] if c.tag == W + "lvlOverride"]
        return b"".join(parts)

    def same(self, num_id: str, meaning: bytes) -> str | None:
        """The id of a list with this meaning, the same id first."""
        candidates = ([num_id] if num_id in self.nums else []) + [i for i in self.nums if i != num_id]
        return next((i for i in candidates if self.meaning(i) == meaning), None)

    def add(self, other: _Lists, num_id: str) -> str:
        """Copy a list from another numbering part under fresh ids."""
        self.added = True
        fresh = str(max((int(i) for i in self.nums if i.isdigit()), default=0) + 1)
        num = deepcopy(other.nums[num_id])
        num.set(W + "numId", fresh)
        definition = other.definition(num_id)
        reference = num.find(W + "abstractNumId")
        if definition is not None and reference is not None:
            abstract_id = str(max((int(i) for i in self.abstract if i.isdigit()), default=-1) + 1)
            copied = deepcopy(definition)
            copied.set(W + "abstractNumId", abstract_id)
            reference.set(W + "val", abstract_id)
            self.abstract[abstract_id] = copied
            at = sum(1 for c in self.root if c.tag in (W + "numPicBullet", W + "abstractNum"))
            self.root.insert(at, copied)
        last = max((k for k, c in enumerate(self.root) if c.tag in (W + "num", W + "abstractNum")), default=-1)
        self.root.insert(last + 1, num)
        self.nums[fresh] = num
        return fresh


def _shapes_list(element: Element) -> bool:
    return element.tag not in (W + "nsid", W + "tmpl", W + "name") and R not in str(element.tag)
