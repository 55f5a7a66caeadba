"""The rules of the house: which room may know which, who reads the environment, what is never shadowed."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
ROOMS = ("redline", "schemas", "events", "functions", "backends", "runtime")
MAY_IMPORT = {
    "schemas": frozenset({"schemas"}),
    "redline": frozenset({"redline", "schemas"}),
    "events": frozenset({"events", "schemas"}),
    "backends": frozenset({"backends", "schemas"}),
    "functions": frozenset(
        {"functions", "redline", "events", "schemas", "backends.blobs", "backends.search", "runtime.function"}
    ),
    "runtime": frozenset(ROOMS),
}
WORKSHOP = {"schemas/generate.py": frozenset({"schemas", "events"})}
"""Tools that no module imports may look further: this one derives documents from the shapes and the routing table."""
READS_ENVIRONMENT = frozenset({"runtime/settings.py"})


def modules() -> Iterator[tuple[str, ast.Module]]:
    for room in ROOMS:
        for path in sorted((HOUSE / room).rglob("*.py")):
            yield path.relative_to(HOUSE).as_posix(), ast.parse(path.read_text())


MODULES = dict(modules())


def imported(tree: ast.Module) -> Iterator[str]:
    """Dotted names of everything a module imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, allowed: frozenset[str]) -> bool:
    return any(name == each or name.startswith(f"{each}.") for each in allowed)


@pytest.mark.parametrize("path", MODULES)
def test_arrows_only_run_down(path: str) -> None:
    allowed = WORKSHOP.get(path, MAY_IMPORT[path.split("/")[0]])
    own = [name for name in imported(MODULES[path]) if name.split(".")[0] in ROOMS]
    assert [name for name in own if not within(name, allowed)] == []


def test_no_module_imports_a_tool_of_the_workshop() -> None:
    tools = frozenset(path.removesuffix(".py").replace("/", ".") for path in WORKSHOP)
    assert [path for path, tree in MODULES.items() if any(within(name, tools) for name in imported(tree))] == []


def environment_uses(tree: ast.Module) -> list[int]:
    """Lines that read the environment, by any of the ways Python has."""
    names = {"environ", "environb", "getenv", "getenvb"}
    return [
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr in names and isinstance(node.value, ast.Name))
        or (isinstance(node, ast.ImportFrom) and node.module == "os" and names & {alias.name for alias in node.names})
    ]


def test_only_settings_reads_the_environment() -> None:
    readers = {path for path, tree in MODULES.items() if environment_uses(tree)}
    assert readers <= READS_ENVIRONMENT


def test_only_google_doors_import_google_clients() -> None:
    importers = [
        path for path, tree in MODULES.items() if any(within(n, frozenset({"google"})) for n in imported(tree))
    ]
    assert [path for path in importers if not re.fullmatch(r"backends/(\w+/)?google(_\w+)?\.py", path)] == []


def test_schemas_and_events_do_no_input_or_output() -> None:
    outside = frozenset(
        {"os", "pathlib", "socket", "subprocess", "shutil", "tempfile", "httpx", "redis", "urllib.request"}
    )
    pure = {path: tree for path, tree in MODULES.items() if path.split("/")[0] in ("schemas", "events")}
    found = {path for path, tree in pure.items() if any(within(name, outside) for name in imported(tree))}
    assert found <= set(WORKSHOP)


def test_the_engine_knows_no_cloud_no_event_and_no_file_system() -> None:
    outside = frozenset({"os", "pathlib", "socket", "subprocess", "shutil", "httpx", "redis", "cloudevents", "flask"})
    engine = {path: tree for path, tree in MODULES.items() if path.startswith("redline/")}
    assert [path for path, tree in engine.items() if any(within(name, outside) for name in imported(tree))] == []


def test_the_verifier_imports_nothing_of_the_comparer() -> None:
    seen: set[str] = set()
    waiting = ["redline.verifier.verify"]
    while waiting:
        name = waiting.pop()
        path = f"{name.replace('.', '/')}.py"
        if path not in MODULES or name in seen:
            continue
        seen.add(name)
        for found in imported(MODULES[path]):
            waiting += [found, found.rpartition(".")[0]]
    assert "redline.resolver.resolve" in seen
    assert {name for name in seen if name.startswith("redline.comparer.")} == set()


def test_within_the_engine_arrows_only_run_down() -> None:
    """A folder may know those of the rows before its own, and the modules beside the folders."""
    rows = (
        ("opc",),
        ("diff", "resolver", "plain"),
        ("changelist", "coverage", "verifier", "validator"),
        ("comparer", "html"),
    )
    row_of = {folder: number for number, row in enumerate(rows) for folder in row}
    engine = {
        Path(path): tree for path, tree in MODULES.items() if path.startswith("redline/") and path.count("/") == 2
    }
    assert {path.parent.name for path in engine} == set(row_of)
    for path, tree in engine.items():
        known = {name.split(".")[1] for name in imported(tree) if name.startswith("redline.")}
        others = (known & set(row_of)) - {path.parent.name}
        assert [other for other in others if row_of[other] >= row_of[path.parent.name]] == [], path


def test_every_folder_with_code_is_a_package() -> None:
    folders = {path.parent for room in (*ROOMS, "tests") for path in (HOUSE / room).rglob("*.py")}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_no_installed_distribution_provides_a_name_of_ours() -> None:
    provided = metadata.packages_distributions()
    others = {room: [name for name in provided.get(room, []) if name != "redline"] for room in (*ROOMS, "tests")}
    assert {room: names for room, names in others.items() if names} == {}


def test_no_room_has_the_name_of_a_standard_module() -> None:
    assert not set(ROOMS) & set(sys.stdlib_module_names)


@pytest.mark.parametrize("name", ["normalize", "plan", "redline", "render", "join", "audit", "index", "deadletters"])
def test_every_function_has_the_same_shape(name: str) -> None:
    tree = MODULES[f"functions/{name}/main.py"]
    decorated = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and any(isinstance(each, ast.Call) and ast.unparse(each.func) == "function" for each in node.decorator_list)
    ]
    assert [node.name for node in decorated] == [name]
    assert [argument.arg for argument in decorated[0].args.args][1:] == ["ctx"]
    assert decorated[0].returns is not None
    assert ast.unparse(decorated[0].returns).startswith("Iterator[")
