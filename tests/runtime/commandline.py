"""The command line as it is typed, and a trail to ask it about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from redline.plain.text import text_to_docx
from runtime import cli, state
from runtime.commands import replay as replaying
from runtime.composition import Services, build
from runtime.settings import Settings
from schemas.audit import AuditRow
from schemas.base import ObjectRef
from schemas.redlines import PairRequested, Plan
from tests.runtime.doubles import FakeBus

BEFORE, AFTER = text_to_docx("One\nTwo three four.\nFive"), text_to_docx("One\nTwo six four.\nFive\nSeven")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with two documents."""
    monkeypatch.chdir(tmp_path)
    Path("before.docx").write_bytes(BEFORE)
    Path("after.docx").write_bytes(AFTER)
    return tmp_path


def redline(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, list(arguments), prog_name="redline")


class Trail:
    """A root with a trail of facts about pairs, and a pipeline that seems to run."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.bus = FakeBus()
        state.prepare(Settings(root=root).layout)
        built = build(Settings(root=root))
        self.parts = Services(**{name: getattr(built, name) for name in Services.__slots__} | {"bus": self.bus})

    def fact(
        self,
        model: type,
        pair: PairRequested,
        attempt: int = 1,
        code: str | None = None,
        before: int = 1_700_000_000_000_000,
        outputs: dict[str, object] | None = None,
    ) -> None:
        row = AuditRow(
            event_id=f"{model.__name__}-{pair.key}-{attempt}",
            event_type=model.event_type,  # type: ignore[attr-defined]
            event_time=datetime(2026, 1, 1, tzinfo=UTC),
            recorded_at=datetime.now(UTC),
            source="/functions/redline",
            tenant="default",
            region="local",
            document_id=pair.document_id,
            pair_id=pair.pair_id,
            batch_id=pair.batch_id,
            batch_index=pair.batch_index,
            before_generation=before,
            after_generation=before + 1_000_000,
            attempt=attempt,
            code=code,
            message="It is too complex; split it." if code else None,
            correlation_id="root",
            causation_id="cause",
            payload_sha256="0" * 64,
            actor="me",
            outputs=outputs,
        )
        self.parts.audit.append([row])

    def pair(self, number: int) -> PairRequested:
        ref = ObjectRef(bucket="normalized", object="x", generation=1, sha256="0" * 64, size=1)
        pair = PairRequested(
            tenant="default",
            region="local",
            pair_id=f"{number:032x}",
            document_id="d" * 32,
            before=ref,
            after=ref,
            before_generation=number,
            after_generation=number + 1,
        )
        plan = Plan(document_id=pair.document_id, generation=number + 1, requested=(pair,))
        name = f"plans/default/{pair.document_id}/{number + 1}.json"
        self.parts.blobs.put("records", name, plan.model_dump_json().encode())
        return pair


@pytest.fixture
def trail(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Trail:
    made = Trail(folder / "root")

    @contextmanager
    def running(_: Path) -> Iterator[tuple[None, Services]]:
        yield None, made.parts

    monkeypatch.setattr(replaying, "running_pipeline", running)
    return made
