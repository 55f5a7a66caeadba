"""redline request: ask a running pipeline for redlines, and wait for them."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from backends.errors import BackendUnavailable
from runtime import requestfolder, requesting
from runtime.commands.common import duration, root_option, running_pipeline, unknown_document
from runtime.commands.compare import IGNORABLE, check_author
from runtime.commands.files import Refusal, read_document, short_path
from runtime.composition import Services, now
from runtime.documents import Documents, UnknownDocumentError
from runtime.ingress import TOO_LARGE
from schemas.batches import BatchPlan, BatchResults, PairResult, RequestRejected
from schemas.messaging import MAX_MESSAGE_BYTES
from schemas.requests import MAX_PAIRS, OUTPUTS, DocumentVersion, RedlineOptions, RedlineRequested, RequestedPair

_ANSWER_WITHIN: Final = 30.0
_READ_WITHIN: Final = 60.0
_DELIVERED_WITHIN: Final = 10.0


@click.command(
    epilog="""\b
Examples:
  redline request contracts/lease.docx contracts/lease.docx --wait      its two newest versions
  redline request contracts/lease.docx@1 contracts/lease.docx@3 --wait
  redline request ./theirs.docx ./ours.docx --wait --output docx
  redline request --file request.json --wait --json

A request.json holds the data of the event: see docs/requests.md. Results are in ROOT/redlines/requests.

Exit status: 0 accepted (with --wait: all were made), 1 rejected or not all were made, 2 misuse.""",
)
@root_option
@click.argument("sides", metavar="[BEFORE AFTER]...", nargs=-1)
@click.option("--file", type=click.Path(path_type=Path), help="Take the request from this file, as JSON.")
@click.option("--wait", is_flag=True, help="Show progress until all is done, then the results.")
@click.option("--output", "outputs", type=click.Choice(OUTPUTS), multiple=True, help="Only this; may be repeated.")
@click.option("--author", callback=lambda c, p, value: value and check_author(c, p, value), help="Author of changes.")
@click.option("--by", "granularity", type=click.Choice(["word", "character"]), help="Mark words, or characters.")
@click.option("--existing", "existing_revisions", type=click.Choice(["accept", "reject", "keep"]), help="See compare.")
@click.option(
    "--ignore", "ignored", type=click.Choice(list(IGNORABLE)), metavar="KIND", multiple=True, help="See compare."
)
@click.option("--no-moves", is_flag=True, help="Show text that moved as deleted and inserted.")
@click.option(
    "--deadline",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="What is not done by then counts as timed out.",
)
@click.option("--request-id", metavar="ID", help="The same id and content is the same request, however often.")
@click.option("--priority", type=click.Choice(["interactive", "bulk"]), help="Several pairs are bulk unless told.")
@click.option("--json", "as_json", is_flag=True, help="Tell the outcome as one JSON object.")
def request(
    root: Path,
    sides: tuple[str, ...],
    file: Path | None,
    wait: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Ask a running pipeline for the redlines of up to 100 pairs at once.

    A side is a document that the pipeline knows, by its path below ROOT/uploads or its id, with @VERSION for a version
    by its number; or a local file, which is uploaded first. One document on both sides is its two newest versions. All
    pairs are looked at before anything is begun: if one is faulty, nothing is.
    """
    if file is not None and (sides or any(asked.values())):
        raise click.UsageError("With --file the file says everything; leave the rest out.")
    if file is None and (not sides or len(sides) % 2):
        raise click.UsageError("Name two sides for each pair, or a --file.")
    if len(sides) > 2 * MAX_PAIRS:
        raise Refusal(f"These are {len(sides) // 2} pairs; a request has at most {MAX_PAIRS}, so make several.")
    with running_pipeline(root) as (_, parts):
        try:
            data = _of_file(file) if file else _of_sides(sides, asked, parts)
            if len(data) > MAX_MESSAGE_BYTES:
                raise Refusal(f"The request has {len(data)} bytes. {TOO_LARGE}")
            published = requesting.publish(parts, data)
            sys.exit(_see_through(published, parts, wait=wait, as_json=as_json))
        except BackendUnavailable:
            raise Refusal("The message server is being restarted; try again in a moment.") from None


def _of_file(file: Path) -> bytes:
    data = read_document(file)
    try:
        told = json.loads(data)
    except ValueError as error:
        raise Refusal(f"{short_path(file)} is not JSON: {error}.") from None
    unknown = next(_unknown(told, RedlineRequested, ""), None)
    if unknown:
        raise Refusal(f"{short_path(file)}: a request has no field {unknown}; see docs/requests.md.")
    return json.dumps(told).encode()


def _unknown(told: Any, shape: Any, where: str) -> Any:
    """Fields that the shape does not have: an event may carry them, in a file they are slips."""
    inner = {"before": DocumentVersion, "after": DocumentVersion, "options": RedlineOptions}
    for name, value in told.items() if isinstance(told, dict) else ():
        if name not in shape.model_fields:
            yield f"{where}{name}"
        elif name in inner:
            yield from _unknown(value, inner[name], f"{where}{name}.")
        elif name == "pairs" and isinstance(value, list):
            for index, pair in enumerate(value):
                yield from _unknown(pair, RequestedPair, f"pairs[{index}].")


def _of_sides(sides: tuple[str, ...], asked: dict[str, Any], parts: Services) -> bytes:
    finder = requesting.Sides(parts, patience=_READ_WITHIN)
    found = []
    for number, given in enumerate(sides):
        try:
            found.append(finder.find(given))
        except (requesting.SideError, OSError) as error:
            raise Refusal(f"Pair {number // 2 + 1}: {error}") from None
        except UnknownDocumentError as error:
            raise Refusal(f"Pair {number // 2 + 1}: {unknown_document(error).message}") from None
    said = dict(IGNORABLE[kind] for kind in asked["ignored"])
    if asked["no_moves"]:
        said["track_moves"] = False
    for name in ("author", "granularity", "existing_revisions"):
        if asked[name] is not None:
            said[name] = asked[name]
    made = requesting.make(
        list(zip(found[::2], found[1::2], strict=True)),
        options=RedlineOptions(**said) if said else None,
        outputs=asked["outputs"] or None,
        request_id=asked["request_id"],
        priority=asked["priority"],
        deadline=now() + timedelta(seconds=asked["deadline"]) if asked["deadline"] else None,
    )
    return requesting.spelled(made)


def _see_through(published: requesting.Published, parts: Services, *, wait: bool, as_json: bool) -> int:
    """Say what comes of the request; the exit status."""
    answer = published.wait_for_answer(_ANSWER_WITHIN)
    if answer is None:
        raise Refusal(f"The request waits to be planned for {_ANSWER_WITHIN:.0f} s now; see: redline status")
    if isinstance(answer, RequestRejected):
        _show_rejection(answer, as_json)
        return 1
    folder = requestfolder.folder_of(parts.settings.layout, answer.batch_id, published.event.time)
    if not wait:
        told = {"state": "accepted", "batch_id": answer.batch_id, "request_id": answer.request_id}
        sentence = f"Accepted: {len(answer.pairs)} pairs. Results appear in {short_path(folder)}"
        click.echo(json.dumps({**told, "folder": str(folder)}) if as_json else sentence)
        return 0
    results = _with_progress(published, answer)
    _wait_for_files(folder)
    _show_results(results, folder, parts, as_json)
    return 0 if all(pair.state == "completed" for pair in results.pairs) else 1


def _show_rejection(rejected: RequestRejected, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"state": "rejected", **rejected.model_dump(mode="json")}))
        return
    for item in rejected.items:
        where = "The request" if item.index is None else f"Pair {item.index + 1}"
        click.echo(f"redline: {where}: {item.message} ({item.code})", err=True)
    click.echo("redline: The request was rejected; nothing of it was begun.", err=True)


def _with_progress(published: requesting.Published, plan: BatchPlan) -> BatchResults:
    """Wait for the end with a bar on the terminal; on anything else a line each few seconds would only be noise."""
    total = len(plan.pairs)
    columns = (BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("waiting", total=total)

        def tell(done: dict[int, PairResult]) -> None:
            states = Counter(result.state for result in done.values())
            left = (plan.deadline - now()).total_seconds()
            failed = len(done) - states["completed"]
            text = f"{states['completed']} done, {failed} failed, {total - len(done)} running or waiting"
            progress.update(task, completed=len(done), description=f"{text}; deadline in {duration(max(left, 0))}")

        return published.follow(plan, tell)


def _wait_for_files(folder: Path) -> None:
    """The end is known before its last files are in the folder for people."""
    until = time.monotonic() + _DELIVERED_WITHIN
    while not (folder / requestfolder.RESULTS_FILE).exists() and time.monotonic() < until:
        time.sleep(0.05)


def _show_results(results: BatchResults, folder: Path, parts: Services, as_json: bool) -> None:
    documents = Documents(parts)
    told: list[dict[str, object]] = []
    for pair in results.pairs:
        path = documents.path(pair.document_id)
        place = folder / requestfolder.name_of_pair(pair.index, path)
        told.append({"index": pair.index, "state": pair.state, "document": path, "folder": str(place)})
        told[-1] |= {"code": pair.code, "message": pair.message, "reused_from": pair.reused_from}
    counts = Counter(pair.state for pair in results.pairs)
    if as_json:
        known = {"state": "ended", "batch_id": results.batch_id, "request_id": results.request_id}
        click.echo(json.dumps({**known, "folder": str(folder), "counts": counts, "pairs": told}, indent=1))
        return
    for each in told:
        made = each["state"] == "completed"
        again = " (made before)" if each["reused_from"] else ""
        what = f"-> {short_path(Path(str(each['folder'])))}{again}" if made else f"{each['state']}. {each['message']}"
        click.echo(f"{int(str(each['index'])) + 1:3} {repr(each['document'])[1:-1]}: {what}")
    click.echo(", ".join(f"{count} {state}" for state, count in counts.items()) + f" in {short_path(folder)}")
