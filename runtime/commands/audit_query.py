"""Questions to the audit trail in SQL, their answers as people and programs read them, and what SQL cannot check."""

from __future__ import annotations

import csv
import hashlib
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from backends.audit.answers import Answer, Parameters, QueryRefused
from backends.audit.named import NamedQuery, Value, named_queries, typed
from backends.blobs import DamagedError, NotFound
from runtime.commands import tables
from runtime.commands.audit_verify import progress_bar, show_findings
from runtime.commands.files import Refusal, check_outputs, short_path
from runtime.composition import Services

SHOWN: Final = 1000
"""Rows of an answer that a table shows."""
_TYPES: Final = ("STRING", "INT64", "TIMESTAMP")
_OPTIONS: Final = ("document", "redline", "since", "until")
"""Parameters that have an option of their own."""


@dataclass(frozen=True, slots=True)
class Question:
    """BigQuery SQL and its parameters; `name` of a named query, else empty."""

    sql: str
    parameters: Parameters
    name: str = ""


def question(
    sql: str | None, name: str | None, said: Mapping[str, Value | None], given: Sequence[str], retention: int | None
) -> Question:
    """What is asked: `said` by options of their own, `given` as NAME[:TYPE]=VALUE. Raises QueryRefused, UsageError."""
    values = {key: _redline(value) if key == "redline" else value for key, value in said.items() if value is not None}
    texts = dict(_split(each) for each in given)
    if name is None:
        return Question(sql or "", {**values, **{key: typed(key, kind, text) for key, (kind, text) in texts.items()}})
    query = named_queries().get(name)
    if query is None:
        raise QueryRefused(f"There is no query {name}; there are: {', '.join(named_queries())}.")
    if retention is not None:
        texts.setdefault("days", ("INT64", str(retention)))
    return Question(query.sql, _parameters(query, values, {key: text for key, (_, text) in texts.items()}), name)


def _parameters(query: NamedQuery, values: Mapping[str, Value], texts: Mapping[str, str]) -> Parameters:
    found: dict[str, Value] = {}
    for parameter in query.parameters:
        text = texts.get(parameter.name, parameter.default)
        if parameter.name in values:
            found[parameter.name] = values[parameter.name]
        elif text is not None:
            found[parameter.name] = parameter.value(text)
        else:
            raise QueryRefused(f"{query.name} needs the {parameter.about}: give {_option(parameter.name)}.")
    for name in (*values, *texts):
        if name not in found and name != "days":
            takes = ", ".join(_option(each) for each in found) or "nothing"
            raise QueryRefused(f"{query.name} does not take {_option(name)}; it takes {takes}.")
    return found


def _option(parameter: str) -> str:
    return f"--{parameter}" if parameter in _OPTIONS else f"--param {parameter}=VALUE"


def _split(given: str) -> tuple[str, tuple[str, str]]:
    head, equals, text = given.partition("=")
    name, _, kind = head.partition(":")
    if not equals or not name.isidentifier() or (kind or "STRING").upper() not in _TYPES:
        raise click.UsageError(f"--param {given} is not NAME=VALUE or NAME:TYPE=VALUE; TYPE is {', '.join(_TYPES)}.")
    return name.lower(), ((kind or "STRING").upper(), text)


def _redline(value: Value) -> str:
    """The id that was given, or the SHA-256 of the file."""
    path = Path(str(value))
    if path.is_dir():
        raise QueryRefused(f"{short_path(path)} is a folder; name the Word file in it, or the id of its pair.")
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else str(value)


def show_queries() -> None:
    """The named queries with their questions and what they take."""
    listed = tables.table("query", "~question", "takes")
    for query in named_queries().values():
        takes = ", ".join(_option(each.name).removesuffix("=VALUE") for each in query.parameters)
        listed.add_row(query.name, tables.plain(query.question), tables.plain(takes))
    tables.console().print(listed)


def answer(parts: Services, asked: Question, form: str) -> None:
    """Print the answer, and what the check beside it finds. Raises QueryRefused, Refusal; exits with 1 on findings."""
    with (
        progress_bar("reading the trail") as progress,
        parts.audit.query(asked.sql, asked.parameters, progress) as found,
    ):
        checked, wrong = _CHECKED_ROWS[asked.name](parts, found) if asked.name in _CHECKED_ROWS else (found, [])
        {"json": _show_json, "csv": _show_csv}.get(form, _show_table)(checked)
    if asked.name == "gaps":
        wrong += _verify(parts, asked.parameters)
    if wrong:
        sys.exit(1)


def write_parquet(parts: Services, asked: Question, file: Path) -> None:
    """Write the answer by temporary name and rename. Raises QueryRefused, Refusal."""
    check_outputs([file])
    try:
        with tempfile.TemporaryDirectory(prefix=f".{file.name[:80]}.", dir=file.parent) as folder:
            temporary = Path(folder) / "answer.parquet"
            with progress_bar("reading the trail") as progress:
                parts.audit.export(asked.sql, asked.parameters, temporary, progress)
            temporary.replace(file)
    except OSError as error:
        raise Refusal(f"{short_path(file)} cannot be written: {(error.strerror or '').lower()}.") from None
    click.echo(f"written: {short_path(file)}")


def _objects(parts: Services, found: Answer) -> tuple[Answer, list[object]]:
    """Compare each object with its recorded SHA-256: a column more, and the rows where it is not identical."""
    place = {name: found.columns.index(name) for name in ("bucket", "object", "generation", "sha256")}
    rows, wrong = [], list[object]()
    for row in found.rows:
        told = {name: row[index] for name, index in place.items()}
        state = _object(parts, str(told["bucket"]), str(told["object"]), told["generation"], str(told["sha256"]))
        rows.append((*row, state))
        if state != "identical":
            wrong.append(row)
    if not rows:
        raise Refusal("The trail knows no such redline; give the id of its pair, or the file exactly as delivered.")
    return Answer((*found.columns, "object_is"), iter(rows)), wrong


def _object(parts: Services, bucket: str, name: str, generation: object, sha256: str) -> str:
    try:
        content = parts.blobs.get(bucket, name, generation if isinstance(generation, int) else None)
    except NotFound:
        return "gone"
    except DamagedError:
        return "damaged"
    return "identical" if hashlib.sha256(content).hexdigest() == sha256 else "another"


def _verify(parts: Services, parameters: Parameters) -> list[object]:
    since, until = parameters["since"], parameters["until"]
    assert isinstance(since, datetime)  # noqa: S101 - by its type in the query's header
    assert isinstance(until, datetime)  # noqa: S101
    try:
        with progress_bar("verifying the trail") as progress:
            report = parts.audit.verify(since=since, until=until, progress=progress)
    except QueryRefused as refused:  # a trail without seals: what SQL finds is all there is to find
        click.echo(str(refused), err=True)
        return []
    show_findings(report, Console(stderr=True, highlight=False))
    return list(report.findings)


_CHECKED_ROWS: Final[dict[str, Callable[[Services, Answer], tuple[Answer, list[object]]]]] = {"as-delivered": _objects}


def _show_json(found: Answer) -> None:
    for row in found.rows:
        values = dict(zip(found.columns, row, strict=True))
        click.echo(json.dumps(values, ensure_ascii=False, default=_plain))


def _show_csv(found: Answer) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(found.columns)
    writer.writerows([_cell(value) for value in row] for row in found.rows)
    sys.stdout.flush()


def _show_table(found: Answer) -> None:
    """A row a line where that fits, else a value a line."""
    rows = [[_cell(value) for value in row] for row in islice(found.rows, SHOWN + 1)]
    more, rows = len(rows) > SHOWN, rows[:SHOWN]
    if not rows:
        click.echo("No rows.")
        return
    console = tables.console()
    widths = [max(len(name), *(len(row[index]) for row in rows)) for index, name in enumerate(found.columns)]
    if sum(widths) + 2 * len(widths) <= console.width:
        shown = tables.table(*found.columns)
        for row in rows:
            shown.add_row(*map(tables.plain, row))
        console.print(shown)
    else:
        _show_records(found.columns, rows, console)
    if more:
        click.echo(f"These are the first {SHOWN} rows; --csv, --json and --parquet give all of them.")


def _show_records(columns: Sequence[str], rows: Iterable[Sequence[str]], console: Console) -> None:
    widest = max(map(len, columns))
    for number, row in enumerate(rows, start=1):
        console.print(f"[bold]row {number}[/]")
        for name, cell in zip(columns, row, strict=True):
            if cell:
                console.print(tables.plain(f"  {name:{widest}}  {cell}"))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    plain = _plain(value) if isinstance(value, date) else json.dumps(value, ensure_ascii=False, default=_plain)
    return str(plain)


def _plain(value: object) -> object:
    """Times as RFC 3339 has them; whatever else JSON does not know as its text."""
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, date) else str(value)
