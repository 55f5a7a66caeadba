from __future__ import annotations

import hashlib
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backends.blobs.embedded import EmbeddedBlobs
from backends.errors import BackendUnavailable
from runtime import intake, notices
from runtime.composition import now
from runtime.intake import Intake
from runtime.notices import Notice, NoticeKind, file_system, is_remote
from runtime.outbox import Notes, Outbox, reconcile
from runtime.watcher import GRACE, OPEN_QUIET, QUIET, TROUBLED_RETRY, WALK_EVERY, Watcher, walk
from schemas.documents import DocumentRejected
from schemas.storage import ObjectDeleted, ObjectFinalized, StorageObject
from tests.runtime.doubles import Clock, FakeBus, services, zipped


class Folder:
    """A watched folder whose news and time the test makes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.bus = FakeBus()
        self.clock = Clock()
        self.told: list[tuple[str, str]] = []
        self.parts = services(root, self.bus)
        self.uploads = self.parts.settings.layout.uploads
        self.start()

    def start(self) -> None:
        """Start watching, as after a stop or a kill."""
        self.notes = Notes(self.root / "notes")
        self.outbox = Outbox(self.bus, self.notes, lambda name: hashlib.sha256(name.encode()).hexdigest()[:32])
        reconcile(self.parts.blobs, "uploads", self.outbox, now())
        self.watcher = Watcher(
            self.uploads, Intake(self.parts, self.outbox), self.outbox, tell=self.heard, clock=self.clock
        )
        self.watcher.step(None)

    def heard(self, path: str, news: str) -> None:
        self.told.append((path, news))

    def write(self, name: str, content: bytes, kind: NoticeKind | None = NoticeKind.WRITTEN) -> None:
        path = self.uploads / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if kind:
            self.tell(kind, name)

    def tell(self, kind: NoticeKind, name: str = "") -> None:
        self.watcher.step(Notice(kind, name))

    def after(self, seconds: float) -> None:
        self.clock.time += seconds
        self.watcher.step(None)

    def walk(self) -> None:
        self.after(WALK_EVERY)

    @property
    def said(self) -> list[tuple[str, str]]:
        """What was announced: kind and name."""
        return [_short(payload) for payload in self.bus.payloads()]


def _short(payload: object) -> tuple[str, str]:
    match payload:
        case ObjectFinalized():
            return "taken", payload.name
        case ObjectDeleted():
            return "deleted", payload.name
        case DocumentRejected():
            return "rejected", payload.code
    raise AssertionError(payload)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_complete_file_is_taken_when_it_is_closed(folder: Folder) -> None:
    folder.write("a/x.docx", zipped("1"))
    assert folder.said == [("taken", "a/x.docx")]
    assert folder.parts.blobs.get("uploads", "a/x.docx") == zipped("1")


def test_a_file_without_an_end_mark_is_taken_after_quiet(folder: Folder) -> None:
    folder.write("x.txt", b"one")
    assert folder.said == []
    folder.after(QUIET - 0.1)
    assert folder.said == []
    folder.write("x.txt", b"one and two")
    folder.after(QUIET - 0.1)
    assert folder.said == []
    folder.after(0.2)
    assert folder.said == [("taken", "x.txt")]


def test_a_file_that_is_still_open_is_waited_for(folder: Folder) -> None:
    whole = zipped("1" * 500)
    folder.write("x.docx", whole[:100], NoticeKind.CREATED)
    folder.after(OPEN_QUIET - 1)
    assert folder.said == []
    folder.write("x.docx", whole)
    assert folder.said == [("taken", "x.docx")]


def test_a_writer_that_never_closes_is_not_waited_for_without_end(folder: Folder) -> None:
    folder.write("x.docx", b"PK\x03\x04 torn", NoticeKind.CREATED)
    folder.after(OPEN_QUIET + 0.1)
    assert folder.said == [("taken", "x.docx")]


def test_a_slow_writer_is_waited_for_as_long_as_the_file_grows(folder: Folder) -> None:
    for size in range(1, 40):
        folder.write("x.docx", zipped("1" * 500)[:size], NoticeKind.CREATED if size == 1 else None)
        folder.after(OPEN_QUIET - 1)
    assert folder.said == []


def test_a_new_version_and_the_same_bytes_again_are_taken(folder: Folder) -> None:
    folder.write("x.docx", zipped("1"))
    folder.write("x.docx", zipped("2"))
    time.sleep(0.02)
    folder.write("x.docx", zipped("2"))
    assert folder.said == [("taken", "x.docx")] * 3
    assert folder.told == [("x.docx", "new"), ("x.docx", "changed"), ("x.docx", "same")]
    assert len(list(folder.parts.blobs.list("uploads", versions=True))) == 3


def test_news_without_a_change_takes_nothing_twice(folder: Folder) -> None:
    folder.write("x.docx", zipped("1"))
    folder.tell(NoticeKind.WRITTEN, "x.docx")
    folder.walk()
    assert folder.said == [("taken", "x.docx")]


def test_a_walk_does_not_take_what_was_only_touched(folder: Folder) -> None:
    folder.write("x.docx", zipped("1"))
    os.utime(folder.uploads / "x.docx", (1, 1))
    folder.walk()
    folder.walk()
    assert folder.said == [("taken", "x.docx")]


@pytest.mark.parametrize("told", [True, False], ids=["the kernel tells of it", "a walk comes by it"])
def test_a_version_of_the_same_size_and_time_is_taken(folder: Folder, told: bool) -> None:
    path = folder.uploads / "x.docx"
    folder.write("x.docx", zipped("1"), None)
    _settle(path)
    folder.tell(NoticeKind.WRITTEN, "x.docx")
    before = path.stat()
    path.write_bytes(zipped("2"))  # as `cp -p` does with what came out of an archive
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = path.stat()
    assert (after.st_size, after.st_mtime_ns, after.st_ino) == (before.st_size, before.st_mtime_ns, before.st_ino)
    if told:
        folder.tell(NoticeKind.WRITTEN, "x.docx")
    else:
        folder.walk()
    assert folder.said == [("taken", "x.docx")] * 2


def _settle(path: Path) -> None:
    """Let the time pass in which a change might leave no trace in the times of a file."""
    while time.time_ns() - path.stat().st_ctime_ns < 2 * intake.RACY_NS:
        time.sleep(0.02)


def test_a_file_that_was_moved_away_and_back_is_no_version(folder: Folder) -> None:
    folder.write("x.docx", zipped("1"))
    _edit(folder, "move:x.docx>aside.tmp", b"")
    _edit(folder, "move:aside.tmp>x.docx", b"")
    folder.after(GRACE + 0.1)
    assert folder.said == [("taken", "x.docx")]


def test_what_was_taken_by_an_earlier_release_is_not_taken_anew(folder: Folder) -> None:
    folder.write("x.docx", zipped("1"), None)
    found = (folder.uploads / "x.docx").stat()
    stamp = {"redline-stamp": f"{found.st_size} {found.st_mtime_ns} {found.st_ino}"}
    folder.outbox.taken(folder.parts.blobs.put("uploads", "x.docx", zipped("1"), metadata=stamp))
    folder.start()
    assert folder.said == [("taken", "x.docx")]


def test_a_file_that_was_read_at_once_is_looked_into_again_however_long_keeping_it_takes(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_put = EmbeddedBlobs.put

    def slow_put(*arguments: object, **options: object) -> object:
        time.sleep(1.5 * intake.RACY_NS / 1e9)
        return real_put(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(EmbeddedBlobs, "put", slow_put)
    folder.write("x.docx", zipped("1"))
    assert Intake(folder.parts, folder.outbox).known()["x.docx"].racy


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param(["new:x.tmp", "move:x.tmp>x.docx"], id="written beside, renamed over"),
        pytest.param(
            ["move:x.docx>~WRL1.tmp", "new:x.docx", "delete:~WRL1.tmp"], id="old one moved away, new one written"
        ),
        pytest.param(["move:x.docx>x.docx~", "new:.x.part", "move:.x.part>x.docx"], id="backup kept"),
        pytest.param(["delete:x.docx", "new:x.docx"], id="deleted and written anew"),
    ],
)
def test_a_save_by_rename_is_a_new_version(folder: Folder, steps: list[str]) -> None:
    folder.write("x.docx", zipped("1"))
    for step in steps:
        _edit(folder, step, zipped("2"))
    folder.after(GRACE + 0.1)
    folder.walk()
    assert folder.said == [("taken", "x.docx"), ("taken", "x.docx")]


def _edit(folder: Folder, step: str, content: bytes) -> None:
    what, _, names = step.partition(":")
    name, _, target = names.partition(">")
    match what:
        case "new":
            folder.write(name, content, NoticeKind.CREATED)
            folder.tell(NoticeKind.WRITTEN, name)
        case "move":
            (folder.uploads / name).rename(folder.uploads / target)
            folder.tell(NoticeKind.GONE, name)
            folder.tell(NoticeKind.WRITTEN, target)
        case "delete":
            (folder.uploads / name).unlink()
            folder.tell(NoticeKind.GONE, name)


def test_a_deletion_is_announced_after_a_grace(folder: Folder) -> None:
    folder.write("x.docx", zipped("1"))
    _edit(folder, "delete:x.docx", b"")
    folder.after(GRACE - 0.1)
    assert folder.said == [("taken", "x.docx")]
    folder.after(0.2)
    assert folder.said == [("taken", "x.docx"), ("deleted", "x.docx")]
    folder.write("x.docx", zipped("1"))
    assert folder.said[2:] == [("taken", "x.docx")]


def test_what_happened_while_nobody_watched_is_made_up_for(folder: Folder) -> None:
    for name in ("kept.docx", "changed.docx", "gone.docx"):
        folder.write(name, zipped(name))
    folder.bus.published.clear()
    (folder.uploads / "gone.docx").unlink()
    folder.write("changed.docx", zipped("other"), None)
    folder.write("new/new.docx", zipped("new"), None)
    folder.start()
    folder.after(GRACE + 0.1)
    assert sorted(folder.said) == [("deleted", "gone.docx"), ("taken", "changed.docx"), ("taken", "new/new.docx")]


def test_a_kill_between_writing_and_announcing_loses_nothing(folder: Folder) -> None:
    folder.bus.away = True
    folder.write("x.docx", zipped("1"))
    folder.write("y.docx", zipped("1"))
    assert folder.said == []
    folder.bus.away = False
    folder.start()
    assert sorted(folder.said) == [("taken", "x.docx"), ("taken", "y.docx")]
    folder.start()
    assert len(folder.said) == 2


def test_a_kill_between_deleting_and_announcing_loses_nothing(folder: Folder) -> None:
    folder.write("x.docx", zipped("1"))
    folder.bus.away = True
    _edit(folder, "delete:x.docx", b"")
    folder.after(GRACE + 0.1)
    folder.bus.away = False
    folder.start()
    assert folder.said == [("taken", "x.docx"), ("deleted", "x.docx")]


def test_announcements_wait_for_the_bus_in_order(folder: Folder) -> None:
    folder.bus.away = True
    folder.write("x.docx", zipped("1"))
    folder.write("x.docx", zipped("2"))
    folder.bus.away = False
    folder.after(1.0)
    first, second = (payload for payload in folder.bus.payloads() if isinstance(payload, StorageObject))
    assert first.generation < second.generation


@pytest.mark.parametrize(
    ("make", "code"),
    [
        pytest.param(lambda path: path.symlink_to("/etc/passwd"), "symlink", id="a link out of the folder"),
        pytest.param(lambda path: path.symlink_to(path.parent / "nowhere"), "symlink", id="a dangling link"),
        pytest.param(lambda path: path.mkdir(), "not-a-file", id="a folder called like a document"),
        pytest.param(lambda path: os.mkfifo(path), "not-a-file", id="a pipe"),
    ],
)
def test_what_is_no_file_is_rejected_once(folder: Folder, make: Callable[[Path], None], code: str) -> None:
    make(folder.uploads / "x.docx")
    folder.tell(NoticeKind.CREATED, "x.docx")
    folder.tell(NoticeKind.FOLDERS)
    folder.walk()
    assert folder.said == [("rejected", code)]
    first = folder.bus.events()[0].id
    folder.start()
    assert {event.id for event in folder.bus.events()} == {first}


def test_a_folder_that_is_a_link_is_not_entered(folder: Folder, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.docx").write_bytes(zipped("1"))
    (folder.uploads / "inner").symlink_to(outside)
    folder.walk()
    assert folder.said == [("rejected", "symlink")]
    folder.tell(NoticeKind.WRITTEN, "inner/secret.docx")
    folder.after(QUIET + 0.1)
    assert all(kind != "taken" for kind, _ in folder.said)


def test_an_unreadable_file_is_rejected_and_later_taken(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    real_open = os.open

    def refuse(path: str | os.PathLike[str], flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if os.fspath(path) == "x.docx":
            raise PermissionError(13, "Permission denied")
        return real_open(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", refuse)
    folder.write("x.docx", zipped("1"))
    folder.walk()
    assert folder.said == [("rejected", "unreadable")]
    monkeypatch.undo()
    folder.walk()
    assert folder.said == [("rejected", "unreadable"), ("taken", "x.docx")]


@pytest.mark.parametrize(
    "name", ["~$x.docx", ".~lock.x.docx#", "x.docx.tmp", "x.swp", ".#x.docx", "x.docx~", "~WRD01.tmp"]
)
def test_working_files_of_editors_are_left_alone(folder: Folder, name: str) -> None:
    folder.write(name, zipped("1"))
    folder.walk()
    folder.after(OPEN_QUIET)
    assert folder.said == []


def test_strange_names_are_taken(folder: Folder) -> None:
    names = ["line\nbreak.docx", 'quote".docx', "\U0001f4c4 emoji.docx", os.fsdecode(b"latin-\xe9.docx")]
    for name in names:
        folder.write(name, zipped(name.encode("utf-8", "replace").decode()))
    assert [name for _, name in folder.said] == [
        "line%0Abreak.docx",
        'quote".docx',
        "\U0001f4c4 emoji.docx",
        "latin-%E9.docx",
    ]


@pytest.mark.parametrize("renamed", [False, True], ids=["written to", "replaced by rename"])
def test_a_file_that_changes_while_it_is_copied_is_copied_again(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, renamed: bool
) -> None:

    real_copy, path = shutil.copyfileobj, folder.uploads / "x.docx"

    def copy_and_write(source: object, target: object, length: int = 0) -> None:
        real_copy(source, target, length)  # type: ignore[arg-type]
        monkeypatch.undo()
        written = path.with_name("x.tmp") if renamed else path
        written.write_bytes(zipped("the later one"))
        written.replace(path)

    monkeypatch.setattr(shutil, "copyfileobj", copy_and_write)
    folder.write("x.docx", zipped("1"))
    assert folder.said == []
    folder.after(1.0)
    assert folder.said == [("taken", "x.docx")]
    assert folder.parts.blobs.get("uploads", "x.docx") == zipped("the later one")


def _away(*_: object, **__: object) -> None:
    raise BackendUnavailable("away")


def test_a_version_waits_until_it_can_be_kept(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as outage:
        outage.setattr(EmbeddedBlobs, "put", _away)
        folder.write("x.docx", zipped("1"))
        folder.after(1.0)
    assert folder.said == []
    folder.after(TROUBLED_RETRY)
    assert folder.said == [("taken", "x.docx")]


def test_a_deletion_waits_until_it_can_be_kept(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write("x.docx", zipped("1"))
    (folder.uploads / "x.docx").unlink()
    with monkeypatch.context() as outage:
        outage.setattr(EmbeddedBlobs, "delete", _away)
        folder.tell(NoticeKind.GONE, "x.docx")
        folder.after(GRACE + 0.1)
    assert folder.said == [("taken", "x.docx")]
    folder.after(1.0)
    assert folder.said == [("taken", "x.docx"), ("deleted", "x.docx")]


def test_a_rejection_waits_until_it_can_be_kept(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder.uploads / "x.docx").symlink_to("/etc/hostname")
    with monkeypatch.context() as outage:
        outage.setattr(EmbeddedBlobs, "put", _away)
        folder.walk()
    assert folder.said == []
    folder.after(1.0)
    assert folder.said == [("rejected", "symlink")]


def test_the_deletion_of_a_damaged_version_ends_in_peace(folder: Folder) -> None:
    folder.write("x.docx", zipped("1"))
    next(folder.parts.settings.layout.blobs.rglob("uploads/**/*.json")).unlink()
    (folder.uploads / "x.docx").unlink()
    folder.tell(NoticeKind.GONE, "x.docx")
    folder.after(GRACE + 0.1)
    assert folder.said == [("taken", "x.docx")]
    folder.write("x.docx", zipped("2"))
    assert folder.said == [("taken", "x.docx")] * 2


def test_an_uploads_folder_that_is_gone_is_no_deletion(folder: Folder) -> None:
    folder.write("x.docx", zipped("1"))
    folder.uploads.rename(folder.root / "elsewhere")
    folder.walk()
    folder.after(GRACE + 1)
    assert folder.said == [("taken", "x.docx")]


def test_a_walk_reports_files_and_folders_called_like_documents(tmp_path: Path) -> None:
    (tmp_path / "a" / "x.docx").mkdir(parents=True)
    (tmp_path / "a" / "x.docx" / "inside").touch()
    (tmp_path / "a" / "y.docx").touch()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "z.docx").touch()
    assert sorted(relative for relative, _ in walk(tmp_path)) == ["a/x.docx", "a/y.docx"]


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Folder]:
    """The same with the kernel's news and the real clock."""
    folder = Folder(tmp_path)
    folder.watcher = Watcher(folder.uploads, Intake(folder.parts, folder.outbox), folder.outbox)
    thread = threading.Thread(target=folder.watcher.run)
    thread.start()
    time.sleep(0.3)
    yield folder
    folder.watcher.stop()
    thread.join()


def _wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.01)


def test_the_kernel_tells_of_files_and_folders(live: Folder, tmp_path: Path) -> None:
    (live.uploads / "copied.docx").write_bytes(zipped("1"))
    (tmp_path / "moved").mkdir()
    (tmp_path / "moved" / "inside.docx").write_bytes(zipped("2"))
    (tmp_path / "moved").rename(live.uploads / "moved")
    (live.uploads / "made" / "deep").mkdir(parents=True)
    (live.uploads / "made" / "deep" / "new.docx").write_bytes(zipped("3"))
    (tmp_path / "one.docx").write_bytes(zipped("4"))
    (tmp_path / "one.docx").rename(live.uploads / "one.docx")
    wanted = {"copied.docx", "moved/inside.docx", "made/deep/new.docx", "one.docx"}
    _wait_for(lambda: {name for _, name in live.said} == wanted)
    (live.uploads / "moved" / "inside.docx").write_bytes(zipped("5"))
    _wait_for(lambda: live.said.count(("taken", "moved/inside.docx")) == 2)


def test_the_unforeseen_does_not_end_the_watching(live: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        monkeypatch.undo()
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(live.outbox, "flush", fail)
    (live.uploads / "x.docx").write_bytes(zipped("1"))
    _wait_for(lambda: live.said == [("taken", "x.docx")])


@pytest.mark.parametrize("reason", [28, 24], ids=["no watches left", "no handles left"])
def test_without_the_kernels_help_there_are_no_notices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: int, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(reason, os.strerror(reason))

    monkeypatch.setattr(notices, "InotifyObserver", refuse)
    assert notices.Notices.open(tmp_path, lambda _: None) is None
    assert "looking every second instead" in caplog.text


def test_on_a_network_mount_there_are_no_notices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(notices, "file_system", lambda *_: "nfs4")
    assert notices.Notices.open(tmp_path, lambda _: None) is None
    assert "nfs4" in caplog.text


def test_without_news_a_folder_is_polled(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    watcher = Watcher(folder.uploads, Intake(folder.parts, folder.outbox), folder.outbox, poll=True, clock=folder.clock)
    watcher.step(None)
    folder.write("x.docx", zipped("1"), None)
    for _ in range(4):
        folder.clock.time += 0.6
        watcher.step(None)
    assert folder.said == [("taken", "x.docx")]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/data/share/uploads", "nfs4"),
        ("/data/with space/x", "cifs"),
        ("/data/other", "ext4"),
        ("/elsewhere", "overlay"),
    ],
)
def test_the_kind_of_file_system_is_that_of_the_deepest_mount(tmp_path: Path, path: str, kind: str) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(
        "22 1 0:21 / / rw - overlay overlay rw\n"
        "30 22 8:1 / /data rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
        "31 30 0:40 / /data/share rw shared:2 master:1 - nfs4 host:/x rw\n"
        "32 30 0:41 / /data/with\\040space rw - cifs //host/x rw\n"
    )
    assert file_system(Path(path), table) == kind


@pytest.mark.parametrize(("kind", "remote"), [("nfs4", True), ("fuse.sshfs", True), ("ext4", False), ("", False)])
def test_remote_file_systems_are_known(kind: str, remote: bool) -> None:
    assert is_remote(kind) is remote
