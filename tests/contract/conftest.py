"""Every contract test runs once through each door."""

from __future__ import annotations

import pytest

from backends.audit import AuditLog
from backends.blobs import Blobs
from backends.cache import SeenMarks
from backends.search import Search
from tests.contract.doors import DOORS, Door


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "door" in metafunc.fixturenames:
        doors = DOORS[metafunc.module.__name__.rpartition("test_")[2]]
        metafunc.parametrize("door", doors, indirect=True, ids=lambda door: door.__name__)


@pytest.fixture
def door(request: pytest.FixtureRequest) -> Door:
    return request.param(request)


@pytest.fixture
def blobs(door: Door) -> Blobs:
    return door.blobs()


@pytest.fixture
def audit(door: Door) -> AuditLog:
    return door.audit()


@pytest.fixture
def marks(door: Door) -> SeenMarks:
    return door.marks()


@pytest.fixture
def search(door: Door) -> Search:
    return door.search()
