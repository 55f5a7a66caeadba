from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from runtime import page
from runtime.state import Scaling
from runtime.status import FunctionStatus, QueueStatus, Result, Status
from runtime.web import Views, Web
from tests.outside import program

NASTY = "<script>alert(1)</script>/a&b \x1b[31m\u202e.docx"


def queue(name: str, **numbers: float) -> QueueStatus:
    counts = {"ready": 0, "leased": 0, "delayed": 0, "oldest_seconds": 0.0, **numbers}
    return QueueStatus.model_validate({"name": name, **counts})


def result(kind: str, path: str = "lease.docx", message: str = "") -> Result:
    told = {"time": datetime.now(UTC), "kind": kind, "path": path, "changes": 3, "message": message, "seconds": 0.4}
    return Result.model_validate(told)


STATUS = Status(
    phase="ready",
    version="1.2.3",
    pid=7,
    url="http://127.0.0.1:8080",
    uptime_seconds=7300,
    functions=(
        FunctionStatus(name="plan", running=True, workers=1, queues=(queue("documents-plan"),)),
        FunctionStatus(
            name="redline",
            running=False,
            workers=2,
            scaling=Scaling(time=0.0, before=1, workers=2, reason="14 events wait"),
            queues=(queue("redline-pairs-redline", ready=12, leased=2, oldest_seconds=75, per_minute=33.5),),
        ),
    ),
    delivery=(queue("redlines-deliver"),),
    dead_letters=2,
    results=(result("redline"), result("failed", message="Too complex."), result("rejected", NASTY, "An image.")),
)


def parsed(status: Status, *, refreshing: bool = True) -> html.HtmlElement:
    return html.document_fromstring(page.render(status, refreshing=refreshing))


def rows(tree: html.HtmlElement, title: str) -> list[list[str]]:
    [table] = tree.xpath(f'//section[h2="{title}"]//table')
    return [[cell.text_content() for cell in row.xpath("./th|./td")] for row in table.xpath("./tbody/tr")]


def test_the_page_tells_what_the_status_tells() -> None:
    tree = parsed(STATUS)
    assert tree.xpath("string(//h1)") == "Redline is ready"
    assert "Up for 2 h, 14 messages waiting or in work." in tree.xpath("string(//header)")
    assert ["redline-pairs-redline", "redline", "12", "2", "0", "75 s", "33.5"] in rows(tree, "Queues")
    assert rows(tree, "Functions")[0] == ["plan", "running", "1", "none"]
    assert rows(tree, "Functions")[1][:3] == ["redline", "starting", "2"]
    assert rows(tree, "Functions")[1][3].startswith("2 instead of 1 at ")
    assert rows(tree, "Functions")[1][3].endswith(": 14 events wait")
    assert [row[1] for row in rows(tree, "Last results")] == [
        "redline with 3 changes",
        "no redline: Too complex.",
        "rejected: An image.",
    ]
    assert "2 messages could not be delivered" in tree.xpath("string(//main)")


def test_where_there_is_nothing_it_is_said() -> None:
    told = parsed(STATUS.model_copy(update={"results": (), "dead_letters": 0})).xpath("string(//main)")
    assert "None since the pipeline was started." in told
    assert "None: every message could be delivered." in told


def test_every_table_has_headers_and_a_caption() -> None:
    tree = parsed(STATUS)
    assert len(tree.xpath("//table")) == 3
    for table in tree.xpath("//table"):
        assert len(table.xpath("./caption")) == 1
        heads = table.xpath('./thead/tr/th[@scope="col"]')
        for row in table.xpath("./tbody/tr"):
            assert len(row.xpath('./th[@scope="row"]')) == 1
            assert len(row.xpath("./th|./td")) == len(heads)
    assert tree.get("lang") == "en"
    assert len(tree.xpath("//h1")) == len(tree.xpath("//main")) == 1


def test_nothing_comes_from_elsewhere_and_nothing_runs() -> None:
    tree = parsed(STATUS)
    assert tree.xpath("//script|//img|//iframe|//object|//form|//@onclick|//@src") == []
    assert set(tree.xpath("//@href")) == {"data:,", "/?still", "/status", "/metrics"}
    assert "url(" not in tree.xpath("string(//style)")


@given(st.text())
def test_a_path_is_only_ever_text(path: str) -> None:
    status = STATUS.model_copy(update={"results": (result("redline", path),)})
    rendered = page.render(status, refreshing=True)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x1b]", rendered)
    assert len(html.document_fromstring(rendered).xpath("//body//*")) == len(
        parsed(STATUS.model_copy(update={"results": (result("redline"),)})).xpath("//body//*")
    )


def test_the_page_may_be_kept_from_loading_anew() -> None:
    assert parsed(STATUS).xpath('//meta[@http-equiv="refresh"]/@content') == ["5"]
    still = parsed(STATUS, refreshing=False)
    assert still.xpath('//meta[@http-equiv="refresh"]') == []
    assert "/" in still.xpath("//header//@href")


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2) of #rrggbb."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_text_stands_out_from_its_ground(mode: int) -> None:
    style = parsed(STATUS).xpath("string(//style)")
    block = re.findall(r":root \{([^}]*)\}", style)[mode]
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block))
    assert colours.keys() == {"ink", "faint", "paper", "line", "head", "good", "bad", "link"}
    for ground in ("paper", "head"):
        for text in ("ink", "faint", "good", "bad", "link"):
            dark, light = sorted((luminance(colours[text]), luminance(colours[ground])))
            assert (light + 0.05) / (dark + 0.05) >= 7, (text, ground)


@pytest.fixture
def web() -> Iterator[Web]:
    made = Web(0, Views(lambda: True, lambda: STATUS, lambda: b""))
    made.start()
    yield made
    made.close()


def test_the_browser_is_told_to_let_nothing_in_but_the_style(web: Web) -> None:
    with urllib.request.urlopen(f"{web.url}/") as answer:
        policy, body = answer.headers["Content-Security-Policy"], answer.read().decode()
    assert "default-src 'none'" in policy
    style = html.document_fromstring(body).xpath("string(//style)")
    assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in policy


@pytest.mark.parametrize(
    ("host", "code"), [("evil.example:80", 421), ("localhost:80", 200), ("127.0.0.1:80", 200), ("x", 421)]
)
def test_another_name_for_this_machine_is_not_answered(web: Web, host: str, code: int) -> None:
    request = urllib.request.Request(f"{web.url}/status", headers={"Host": host})
    try:
        with urllib.request.urlopen(request) as answer:
            found = answer.status
    except urllib.error.HTTPError as error:
        found = error.code
        error.close()
    assert found == code


def first_pixel(png: bytes) -> tuple[int, int, int]:
    """Colour of the corner of a picture of 8 bits a channel: no filter of PNG changes the very first pixel."""
    at, data = 8, b""
    while at < len(png):
        size, kind = int.from_bytes(png[at : at + 4], "big"), png[at + 4 : at + 8]
        data += png[at + 8 : at + 8 + size] if kind == b"IDAT" else b""
        at += size + 12
    red, green, blue = zlib.decompressobj().decompress(data, 4)[1:4]
    return red, green, blue


@pytest.mark.parametrize(
    ("flags", "ground"),
    [((), (255, 255, 255)), (("--blink-settings=preferredColorScheme=0", "--force-dark-mode"), (0x16, 0x18, 0x1B))],
    ids=["light", "dark"],
)
def test_a_browser_shows_the_page_in_its_colours(
    web: Web, tmp_path: Path, flags: tuple[str, ...], ground: tuple[int, int, int]
) -> None:
    quiet = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
    profile, picture = f"--user-data-dir={tmp_path / 'profile'}", f"--screenshot={tmp_path / 'page.png'}"
    command = [program("chromium"), *quiet, *flags, profile, picture, f"{web.url}/?{page.STILL}"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert first_pixel((tmp_path / "page.png").read_bytes()) == ground
