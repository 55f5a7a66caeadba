"""Take services away, kill functions and deliver everything again on Google's parts; count what was lost or doubled.

`nox -s e2e -- google --help`. The emulators keep what they hold while a gateway in front of them is cut; Redis is
stopped for good and started again. Two clocks are wrong all the while.
"""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import islice, pairwise
from pathlib import Path
from random import Random
from typing import Final

from backends.audit.answers import QueryRefused
from backends.blobs import Blobs
from backends.bus.google_pull import subscriber
from events.envelope import to_message
from events.ticks import tick
from functions.deadletters.main import CODE
from functions.objects import JSON
from runtime.letters import Letter, Letters
from runtime.requesting import Published
from runtime.sink import ENDED
from schemas.audit import AuditRow
from schemas.batches import RedlineBatchCompleted
from schemas.clock import ClockTicked
from schemas.documents import DocumentNormalized
from schemas.messaging import DEAD_LETTERS, Message, Subscription
from schemas.redlines import RedlineCompleted
from schemas.requests import RedlineOptions
from tests.e2e.chaos_checks import Expected, Verdict, check_facts, check_objects, check_redlines, check_rows
from tests.e2e.chaos_documents import Document, documents
from tests.e2e.chaos_processes import Kind, kill, processes
from tests.e2e.chaos_request import ask, forget_cache, judge_request
from tests.e2e.cluster import FACTS, QUEUES, Cluster, cluster
from tests.e2e.google_facts import Facts
from tests.emulators.backlog import backlog
from tests.emulators.bigquery import BigQuery
from tests.emulators.pubsub import PubSub

FUNCTIONS: Final = ("normalize", "plan", "redline", "join", "audit", "deadletters")
CLOCKS: Final = {"normalize": 300.0, "join": -300.0}
"""Whose clock is off, by how many seconds."""
SERVICES: Final = ("storage", "pubsub", "redis", "bigquery", "kms")
POISON: Final = "poison.txt"
UNLUCKY: Final = "unlucky.txt"
_TICK: Final = 0.2
_UNREADABLE: Final = b"{"
_VERSIONS: Final = (b"The fee is 100.", b"The fee is 200.", b"The fee is 300, and no more.")


@dataclass(frozen=True, slots=True)
class Plan:
    """One run. `outage` is how long each service is away, `patience` how long to wait for rest, in seconds."""

    pairs: int = 100
    outage: float = 20.0
    kills: int = 12
    targets: tuple[Kind, ...] = ("worker", "arbiter", "dispatcher")
    services: tuple[str, ...] = SERVICES
    seed: int = 0
    patience: float = 600.0


@dataclass(slots=True)
class Outcome:
    """What was done and what came of it; `steps` has the seconds that each part took."""

    kills: int = 0
    deliveries: int = 0
    letters: int = 0
    steps: dict[str, float] = field(default_factory=dict)
    verdict: Verdict = field(default_factory=Verdict)


@dataclass(slots=True)
class Storm:
    """One run on one cluster."""

    plan: Plan
    cluster: Cluster
    facts: Facts
    random: Random
    outcome: Outcome = field(default_factory=Outcome)
    uploaded: list[tuple[str, int]] = field(default_factory=list)
    expected: list[Expected] = field(default_factory=list)
    dropped: list[Document] = field(default_factory=list)

    def identity(self, path: str) -> str:
        """The document id behind a path."""
        return self.cluster.parts.identity(self.cluster.parts.settings.tenant, path)

    def upload(self, path: str, *versions: bytes, after: tuple[int, bytes] | None = None) -> list[int]:
        """Upload versions one after the other, and expect a redline of each two neighbours. Their generations.

        `after` is the version before them, by its generation.
        """
        made: list[tuple[int, bytes]] = []
        for data in versions:
            blob = self.cluster.uploads.bucket("uploads").blob(path)
            blob.upload_from_string(data)
            made.append((int(blob.generation), data))
        self.uploaded += [(path, generation) for generation, _ in made]
        for (before, old), (later, new) in pairwise([*([after] if after else []), *made]):
            self.expected.append(Expected(Document(path, old, new), self.identity(path), before, later))
        return [generation for generation, _ in made]

    def drop(self, waiting: Iterator[Document], count: int) -> None:
        """Upload both versions of so many documents."""
        for document in islice(waiting, count):
            self.upload(document.path, document.before, document.after)
            self.dropped.append(document)

    def missing(self) -> set[str]:
        """Documents of which a redline has not been told yet."""
        told = {row.pair_id for row in self.facts.rows() if row.event_type == RedlineCompleted.event_type}
        return {pair.document.path for pair in self.expected if pair.pair_id not in told}

    def wait(self, what: str, is_done: Callable[[], bool]) -> None:
        """Wait until it is done; start meanwhile what was killed."""
        until = time.monotonic() + self.plan.patience
        while not is_done():
            if time.monotonic() > until:
                raise AssertionError(f"{what}: not after {self.plan.patience:.0f} s\n{self.cluster.logs()}")
            self.cluster.mend()
            time.sleep(_TICK)

    def kill(self, count: int) -> None:
        """Kill -9 so many processes, any of the planned kinds."""
        for _ in range(count):
            kinds = [each.pid for each in processes(self.cluster.root) if each.kind in self.plan.targets]
            self.outcome.kills += bool(kinds) and kill(self.random.choice(kinds))
            time.sleep(_TICK)
            self.cluster.mend()


def run(plan: Plan, root: Path, pubsub: PubSub, bigquery: BigQuery) -> Outcome:
    """Go through all faults, one after the other, while documents come in; then count.

    Raises AssertionError with the logs when the pipeline does not come to rest.
    """
    with cluster(root, pubsub, bigquery, f"faults-{secrets.token_hex(4)}-") as made:
        facts = Facts(made)
        storm = Storm(plan, made, facts, Random(plan.seed))
        began = datetime.now(UTC)
        try:
            with _timed(storm, "versions out of order"):
                _out_of_order(storm)
            with _timed(storm, "outages"):
                _outages(storm)
            with _timed(storm, "request"):
                _request(storm)
            storm.outcome.verdict.problems += _counted_outages(storm)
            with _timed(storm, "poison"):
                _poison(storm)
            with _timed(storm, "redeliveries"):
                for forget in (True, False):
                    _redeliver(storm, began, forget=forget)
        finally:
            facts.stop()
        _judge(storm)
        return storm.outcome


def _out_of_order(storm: Storm) -> None:
    """The third version is told first, then the first, and the second when the two have been compared."""
    made = storm.upload("late.txt", *_VERSIONS)
    with subscriber(storm.cluster.pubsub.host) as client:
        path = storm.cluster.bus.subscription_path("uploads-normalize")
        held = {}
        while len(held) < len(made):
            for each in client.pull(subscription=path, max_messages=10).received_messages:
                if each.message.attributes["eventType"] == "OBJECT_FINALIZE":
                    held[int(each.message.attributes["objectGeneration"])] = each.message
                client.acknowledge(subscription=path, ack_ids=[each.ack_id])
    storm.cluster.start(FUNCTIONS, clocks=CLOCKS)
    for number in (2, 0, 1):
        message = held[made[number]]
        storm.cluster.bus.publish("uploads", [Message(message.data, dict(message.attributes))])
        storm.wait("a version told out of order", partial(_is_accepted, storm, made[number]))
    storm.wait("redlines of versions out of order", lambda: not storm.missing())


def _is_accepted(storm: Storm, generation: int) -> bool:
    accepted = (row for row in storm.facts.rows() if row.event_type == DocumentNormalized.event_type)
    return any(row.generation == generation for row in accepted)


def _outages(storm: Storm) -> None:
    """Each service goes away amid work and comes back, while documents keep coming and processes are killed."""
    plan, waiting = storm.plan, documents(storm.plan.pairs, storm.random)
    share = plan.pairs // (2 * len(plan.services))
    kills_amid = plan.kills // (2 * len(plan.services))
    kills_after = plan.kills // len(plan.services) - kills_amid
    for service in plan.services:
        storm.drop(waiting, share)
        with _away(storm.cluster, service):
            until = time.monotonic() + plan.outage
            storm.drop(waiting, share)
            storm.kill(kills_amid)
            time.sleep(max(0.0, until - time.monotonic()))
        storm.kill(kills_after)
    storm.drop(waiting, plan.pairs)
    storm.wait("redlines after the outages", lambda: not storm.missing())


@contextmanager
def _away(cluster: Cluster, service: str) -> Iterator[None]:
    """The service is not there while the block runs."""
    if service == "redis":
        cluster.valkey.stop()
        yield
        cluster.valkey.start()
    else:
        for way in cluster.ways[service]:
            way.cut()
        yield
        for way in cluster.ways[service]:
            way.mend()


def _request(storm: Storm) -> None:
    """All documents once more, in one request, with a cache that forgets and kills amid it."""
    parts, wanted = storm.cluster.parts, storm.dropped
    published = ask(parts, wanted, storm.plan.patience)
    storm.kill(1)
    forget_cache(parts)
    _wait_for_end(storm, published)
    storm.outcome.verdict.problems += judge_request(storm.facts.rows(), published, len(wanted))


def _wait_for_end(storm: Storm, published: Published) -> None:
    """Let the clock tick until the request has ended and is noted as open no more."""

    def has_ended() -> bool:
        storm.cluster.parts.bus.publish(ClockTicked.topic, [to_message(tick(datetime.now(UTC), source="/clock"))])
        time.sleep(1)
        return any(
            row.event_type == RedlineBatchCompleted.event_type and row.batch_id == published.batch_id
            for row in storm.facts.rows()
        )

    storm.wait("the end of a request", has_ended)
    storm.wait("rest after a request", lambda: published.batches.find_open(published.batch_id) is None)


def _counted_outages(storm: Storm) -> list[str]:
    """Attempts that a message lost because a service was away; that a function was killed amid its work counts."""
    failed = [failure for failure in storm.cluster.failures() if failure.reason != ENDED]
    return [f"{each.event_type} {each.event_id} failed: {each.reason}" for each in failed]


def _redeliver(storm: Storm, began: datetime, *, forget: bool) -> None:
    """Every message since the beginning once more, in every queue; `forget` who has seen what.

    All but the dead letters: who takes those back asks to have them again.
    """
    made = storm.cluster
    if forget:
        forget_cache(made.parts)
    queues = [each for each in QUEUES if each.function in FUNCTIONS and each.topic != DEAD_LETTERS]
    queues += FACTS
    before = storm.facts.deliveries
    with subscriber(made.pubsub.host) as client:
        for each in queues:
            client.seek(request={"subscription": made.bus.subscription_path(each.name), "time": began})
    storm.wait("facts delivered again", lambda: storm.facts.deliveries >= before + len(storm.facts.rows()))
    storm.wait("rest after a redelivery", lambda: not any(_waiting(made, each) for each in queues))


def _waiting(cluster: Cluster, queue: Subscription) -> int:
    return backlog(cluster.pubsub, cluster.bus, queue.topic, queue.name)


def _poison(storm: Storm) -> None:
    """What no attempt can take reaches the dead letters: a version, and a pair of a request. Mended, it is replayed.

    The document's record cannot be read, nor can the summary that the pair would take from an earlier redline.
    """
    parts, letters = storm.cluster.parts, Letters(storm.cluster.parts)
    storm.upload(UNLUCKY, *_VERSIONS[:2])
    [first] = storm.upload(POISON, _VERSIONS[0])
    storm.wait("what is there before the damage", lambda: not storm.missing() and _is_accepted(storm, first))
    pair = next(each for each in storm.expected if each.document.path == UNLUCKY)
    damaged = (
        ("records", f"versions/{parts.settings.tenant}/{storm.identity(POISON)}.json"),
        ("redlines", f"{parts.settings.tenant}/{pair.document_id}/{pair.before}-{pair.after}/1/summary.json"),
    )
    good = [parts.blobs.get(bucket, name) for bucket, name in damaged]
    for bucket, name in damaged:
        _overwrite(parts.blobs, bucket, name, _UNREADABLE)
    storm.upload(POISON, _VERSIONS[1], after=(first, _VERSIONS[0]))
    published = ask(parts, [pair.document], storm.plan.patience, request_id=UNLUCKY, options=RedlineOptions())
    storm.wait("dead letters", lambda: letters.count() == len(damaged))
    _wait_for_end(storm, published)
    storm.outcome.letters = letters.count()
    for (bucket, name), data in zip(damaged, good, strict=True):
        _overwrite(parts.blobs, bucket, name, data)
    for letter in list(letters):
        storm.wait("a replay", partial(_is_replayed, letters, letter))
    storm.wait("redlines of what was replayed", lambda: not storm.missing())
    storm.wait("the pair that was replayed", lambda: _attempts(storm, published) == [2])


def _is_replayed(letters: Letters, letter: Letter) -> bool:
    try:
        letters.replay(letter)
    except QueryRefused:  # BigQuery's emulator answers no query amid another call
        return False
    return True


def _overwrite(blobs: Blobs, bucket: str, name: str, data: bytes) -> None:
    generation = next((blob.generation for blob in blobs.list(bucket, name)), 0)
    blobs.put(bucket, name, data, content_type=JSON, if_generation_match=generation)


def _attempts(storm: Storm, published: Published) -> list[int]:
    """At which attempts pairs of the request were completed."""
    rows = (row for row in storm.facts.rows() if row.batch_id == published.batch_id)
    return [row.attempt for row in rows if row.event_type == RedlineCompleted.event_type]


def _judge(storm: Storm) -> None:
    verdict, parts = storm.outcome.verdict, storm.cluster.parts
    rows = storm.facts.rows()
    given_up = [row for row in rows if row.code == CODE]
    if {row.document_id for row in given_up} != {storm.identity(POISON), storm.identity(UNLUCKY)}:
        verdict.problems.append(f"given up, and not poisoned: {[row.document_id for row in given_up]}")
    check_rows([row for row in rows if row not in given_up], verdict)
    _check_trail(rows, [row.event_id for row in parts.audit.rows()], verdict)
    check_facts(rows, storm.uploaded, verdict)
    check_redlines(rows, storm.expected, verdict)
    for pair in storm.expected:
        check_objects(parts, pair, verdict)
    verdict.problems += [f"dead letter {blob.name}" for blob in parts.blobs.list("dead-letters")]
    verdict.audit_rows = len(rows)
    storm.outcome.deliveries = storm.facts.deliveries


def _check_trail(rows: Sequence[AuditRow], ids: Sequence[str], verdict: Verdict) -> None:
    """The trail in BigQuery tells each fact that was said, once, and nothing else."""
    said, told = {row.event_id for row in rows}, Counter(ids)
    verdict.lost += [f"event {event_id} is not in the trail" for event_id in said - told.keys()]
    verdict.doubled += [f"event {event_id}: {count} rows in the trail" for event_id, count in told.items() if count > 1]
    verdict.problems += [f"event {event_id} is in the trail, and was not said" for event_id in told.keys() - said]


@contextmanager
def _timed(storm: Storm, step: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    storm.outcome.steps[step] = time.monotonic() - started


def report(plan: Plan, outcome: Outcome) -> str:
    """The counts, and a sentence for each thing that is not as it should be."""
    verdict = outcome.verdict
    lines = [
        f"pairs     {plan.pairs}; completed redlines {verdict.redlines}, facts {verdict.audit_rows}",
        f"outages   {', '.join(plan.services)}, {plan.outage:.0f} s each; {outcome.kills} kills",
        f"delivered {outcome.deliveries} facts, with every message three times; {outcome.letters} letters replayed",
        f"lost      {len(verdict.lost)}",
        f"doubled   {len(verdict.doubled)}",
        f"problems  {len(verdict.problems)}",
        "seconds   " + ", ".join(f"{step} {seconds:.0f}" for step, seconds in outcome.steps.items()),
    ]
    return "\n".join([*lines, *verdict.lost, *verdict.doubled, *verdict.problems])
