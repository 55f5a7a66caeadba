"""Translates BigQuery SQL about the audit trail into DuckDB's, and refuses whatever is no question about the trail."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError, UnsupportedError

from backends.audit.answers import QueryRefused
from schemas.audit import AuditRow
from schemas.bigquery import table_schema

DATASET: Final = "audit"
TABLES: Final = ("events", "events_raw")

_JSON_COLUMNS: Final = frozenset(column["name"] for column in table_schema(AuditRow) if column["type"] == "JSON")
_FORBIDDEN: Final = (exp.DML, exp.DDL, exp.Command, exp.Into, exp.Lock)
_ONLY_TABLES: Final = "the trail has the tables audit.events (one row per event) and audit.events_raw (every row)"
_TERMINAL: Final = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Translated:
    """DuckDB's SQL, and the names of the parameters in it, in the order of their appearance."""

    sql: str
    parameters: tuple[str, ...]


def to_duckdb(sql: str) -> Translated:
    """Translate one SELECT over audit.events and audit.events_raw. Raises QueryRefused."""
    tree = _parse(sql)
    _check_tables(tree)
    _check_expressions(tree)
    parameters = tuple(dict.fromkeys(_lower_case(parameter) for parameter in tree.find_all(exp.Parameter)))
    _name_columns(tree)
    translated = tree.transform(_json_fields)
    for node in reversed(list(translated.walk())):  # from the leaves up, as one may stand in another
        node.replace(_meant(node))
    try:
        return Translated(translated.sql(dialect="duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE), parameters)
    except UnsupportedError as error:
        raise QueryRefused(f"This cannot be translated for one machine: {error}.") from None


def _parse(sql: str) -> exp.Query:
    try:
        statements = [each for each in sqlglot.parse(sql, read="bigquery") if each is not None]
    except ParseError as error:
        raise QueryRefused(f"This is not BigQuery SQL: {_where(error)}.") from None
    except SqlglotError as error:
        raise QueryRefused(f"This is not BigQuery SQL: {_TERMINAL.sub('', str(error))}.") from None
    if len(statements) != 1:
        raise QueryRefused(f"Give one SELECT; this is {len(statements) or 'no'} statement{'s' * bool(statements)}.")
    [tree] = statements
    if not isinstance(tree, exp.Query) or any(True for _ in tree.find_all(*_FORBIDDEN)):
        raise QueryRefused("The trail can only be read; give a SELECT.")
    return tree


def _where(error: ParseError) -> str:
    if not error.errors:
        return _TERMINAL.sub("", str(error))
    first = error.errors[0]
    near = f" near {first['highlight']}" if first.get("highlight") else ""
    description = str(first.get("description") or "it cannot be understood").rstrip(".")
    return f"line {first.get('line')}, column {first.get('col')}{near}: {description}"


def _check_tables(tree: exp.Query) -> None:
    """Leave the project off the names of our tables. Raises QueryRefused for any other table."""
    own = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        name, dataset = table.name.lower(), table.db.lower()
        if not isinstance(table.this, exp.Identifier):
            raise QueryRefused(f"{table.this.sql(dialect='bigquery')} is no table; {_ONLY_TABLES}.")
        if table.args.get("version") or table.args.get("sample"):
            raise QueryRefused("FOR SYSTEM_TIME and TABLESAMPLE cannot be translated for one machine.")
        if dataset == DATASET and name in TABLES:
            table.set("catalog", None)
            table.set("db", exp.to_identifier(DATASET))
            table.set("this", exp.to_identifier(name))
        elif dataset or name not in own:
            shown = ".".join(part.name for part in table.parts)
            raise QueryRefused(f"There is no table {shown}; {_ONLY_TABLES}.")


def _check_expressions(tree: exp.Query) -> None:
    for call in tree.find_all(exp.Anonymous, exp.Format):
        name = call.name.upper() if isinstance(call, exp.Anonymous) else call.sql_name()
        raise QueryRefused(f"The function {name} is not one of BigQuery's that can be translated.")
    if any(part.name.upper() == "WEEK" for part in tree.find_all(exp.Extract)):
        raise QueryRefused("EXTRACT(WEEK ...) cannot be translated for one machine; ISOWEEK can.")
    if any(not parameter.name for parameter in tree.find_all(exp.Parameter, exp.SessionParameter)):
        raise QueryRefused("System variables cannot be translated for one machine.")
    if any(True for _ in tree.find_all(exp.Placeholder)):
        raise QueryRefused("Name the parameters: @name in the SQL, --param name=value beside it.")


def _lower_case(parameter: exp.Parameter) -> str:
    name = parameter.name.lower()
    parameter.set("this", exp.to_identifier(name))
    return name


def _name_columns(tree: exp.Query) -> None:
    """Name what has no name as BigQuery does: a field of JSON by its last step, anything else f0_, f1_ ..."""
    for select in tree.find_all(exp.Select):
        unnamed = 0
        for index, column in enumerate(select.expressions):
            if column.is_star or isinstance(column, exp.Alias | exp.Aliases):
                continue
            path = (_json_path(column) or (None, []))[1]
            if isinstance(column, exp.Column) and not path:
                continue
            name = str(path[-1]) if path else f"f{unnamed}_"
            unnamed += not path
            select.expressions[index].replace(exp.alias_(column.copy(), name))


def _meant(node: exp.Expr) -> exp.Expr:
    """Where the generator's DuckDB is not what BigQuery means.

    TIMESTAMP_DIFF counts whole units, as DuckDB's DATE_SUB does, while its DATE_DIFF counts boundaries; and a TIMESTAMP
    made of a number or of text is a moment, not a wall clock's reading.
    """
    if isinstance(node, exp.TimestampDiff):
        unit = exp.Literal.string(str(node.args["unit"].name).lower())
        return exp.Anonymous(this="DATE_SUB", expressions=[unit, node.expression.copy(), node.this.copy()])
    if isinstance(node, exp.Literal) and not node.is_string and "." in node.name and "e" not in node.name.lower():
        return exp.Literal.number(f"{node.name}e0")  # without an exponent DuckDB makes it a DECIMAL
    if isinstance(node, exp.Extract) and node.name.upper() == "DAYOFWEEK":
        return exp.paren(exp.Add(this=node.copy(), expression=exp.Literal.number(1)), copy=False)
    if isinstance(node, exp.DateAdd | exp.DateSub) or (isinstance(node, exp.DateTrunc) and _is_day(node.this)):
        return exp.cast(node.copy(), "date", copy=False)
    made = isinstance(node, exp.UnixToTime | exp.ParseTime | exp.StrToTime)
    if made and not (isinstance(node.parent, exp.Cast) and node.parent.is_type("timestamptz")):
        return exp.cast(node.copy(), "timestamptz", copy=False)
    return node


def _is_day(node: exp.Expr) -> bool:
    return node.name.lower() == "event_day" or node.is_type("date") or isinstance(node, exp.Date | exp.CurrentDate)


def _json_fields(node: exp.Expression) -> exp.Expression:
    """`details.summary.words` and `inputs.before` as DuckDB reads JSON; STRING(...) of such a field is its text."""
    if isinstance(node, exp.String) and (inner := _json_path(node.this)) is not None:
        return exp.JSONExtractScalar(this=inner[0], expression=_path(inner[1]))
    found = _json_path(node)
    if found is None or not found[1]:
        return node
    return exp.JSONExtract(this=found[0], expression=_path(found[1]))


def _json_path(node: exp.Expression) -> tuple[exp.Column, list[str | int]] | None:
    """A JSON column and the way into it; None for whatever is no field of a JSON column."""
    if isinstance(node, exp.Column):
        return _column_path(node)
    if isinstance(node, exp.Dot):
        inner = _json_path(node.this)
        return (inner[0], [*inner[1], node.expression.name]) if inner else None
    if isinstance(node, exp.Bracket) and len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Literal):
        inner = _json_path(node.this)
        key = node.expressions[0]
        return (inner[0], [*inner[1], key.name if key.is_string else int(key.name)]) if inner else None
    return None


def _column_path(column: exp.Column) -> tuple[exp.Column, list[str | int]] | None:
    names = [part.name for part in column.parts]
    for place in (0, 1):
        if len(names) > place and names[place].lower() in _JSON_COLUMNS:
            table = names[0] if place else None
            return exp.column(names[place], table=table), list(names[place + 1 :])
    return None


def _path(steps: Iterable[str | int]) -> exp.Expression:
    return exp.Literal.string("$" + "".join(_steps(steps)))


def _steps(steps: Iterable[str | int]) -> Iterator[str]:
    for step in steps:
        quoted = str(step).replace('"', '\\"')
        yield f"[{step}]" if isinstance(step, int) else f'."{quoted}"'
