from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest
from pydantic import ValidationError
from pydantic_settings import BaseSettings

from backends.bus.sockets import socket_url
from runtime.settings import (
    DispatcherSettings,
    GoogleSettings,
    Settings,
    environment_with,
    explained,
    os_user,
    take_development_file,
)
from schemas.messaging import Subscription


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith("REDLINE_") or name == "K_SINK" or name.endswith("_EMULATOR_HOST"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_without_any_variable_everything_is_below_one_folder_here(tmp_path: Path) -> None:
    settings = Settings()
    layout = settings.layout
    assert layout.root == tmp_path / "redline-data"
    for path in (layout.uploads, layout.redlines, layout.state):
        assert path.parent == layout.root
    for path in (layout.blobs, layout.audit, layout.valkey, layout.run, layout.logs, layout.document_key.parent):
        assert path.parent == layout.state
    assert (settings.tenant, settings.region, settings.actor_source) == ("default", "local", "local")
    assert settings.max_document_bytes == 100 * 1024 * 1024
    assert settings.compare_deadline == 480


def test_the_message_server_is_the_embedded_one_of_the_root_unless_named(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings()
    assert settings.effective_redis_url == socket_url(settings.layout.valkey)
    monkeypatch.setenv("REDLINE_REDIS_URL", "redis://queue:6379/1")
    assert Settings().effective_redis_url == "redis://queue:6379/1"


def test_variables_carry_the_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDLINE_TENANT", "firm-a")
    monkeypatch.setenv("TENANT", "other")
    monkeypatch.setenv("REDLINE_UPLOADS_BUCKET", "firm-a-uploads")
    monkeypatch.setenv("REDLINE_REGION", "")
    settings = Settings()
    assert (settings.tenant, settings.uploads_bucket, settings.region) == ("firm-a", "firm-a-uploads", "local")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDLINE_TENANT", "Not A Name"),
        ("REDLINE_MAX_DOCUMENT_BYTES", "0"),
        ("REDLINE_COMPARE_DEADLINE", "soon"),
        ("REDLINE_LOG_FORMAT", "xml"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError):
        Settings()


def test_the_actor_is_the_user_of_the_operating_system(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().actor == pwd.getpwuid(os.getuid()).pw_name
    monkeypatch.setattr("runtime.settings.os.getuid", lambda: 4_000_000_000)
    assert os_user() == "4000000000"


def test_a_dispatcher_is_told_its_function_and_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError):
        DispatcherSettings()
    monkeypatch.setenv("REDLINE_FUNCTION", "plan")
    monkeypatch.setenv("K_SINK", "http://127.0.0.1:9000")
    monkeypatch.setenv("REDLINE_MAX_IN_FLIGHT", "4")
    settings = DispatcherSettings()
    assert (settings.function, settings.sink, settings.max_in_flight) == ("plan", "http://127.0.0.1:9000", 4)


def test_a_development_file_says_what_the_environment_does_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("REDLINE_TENANT=firm-a\nREDLINE_AUTHOR='A. Counsel'  # for all\nPATH=/nowhere\n")
    monkeypatch.setattr(os, "environ", {"REDLINE_TENANT": "firm-b", "PATH": "/bin"})
    take_development_file()
    assert os.environ == {"REDLINE_TENANT": "firm-b", "PATH": "/bin", "REDLINE_AUTHOR": "A. Counsel"}


def test_a_child_gets_this_environment_and_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDLINE_TENANT", "firm-a")
    environment = environment_with({"PORT": "9000"})
    assert (environment["REDLINE_TENANT"], environment["PORT"]) == ("firm-a", "9000")
    assert "PORT" not in os.environ or os.environ["PORT"] != "9000"


def google(monkeypatch: pytest.MonkeyPatch, **variables: str) -> GoogleSettings:
    needed = {"REDLINE_PROJECT": "p", "REDLINE_DOCUMENT_KEY_FILE": "/secrets/document.key"}
    for name, value in {**needed, **variables}.items():
        monkeypatch.setenv(name, value)
    return GoogleSettings()


def test_emulators_are_where_the_platforms_variables_say(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = google(monkeypatch, PUBSUB_EMULATOR_HOST="127.0.0.1:8085", STORAGE_EMULATOR_HOST="http://127.0.0.1:9")
    assert (settings.pubsub_emulator, settings.storage_emulator) == ("127.0.0.1:8085", "http://127.0.0.1:9")
    assert (settings.storage_class, settings.topic_prefix, settings.kms_key) == ("STANDARD", "", "")


def test_what_somebody_waits_for_is_not_held_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = google(monkeypatch, REDLINE_MAX_IN_FLIGHT="2", REDLINE_AHEAD="10")
    light, waited_for = Subscription("t", "f"), Subscription("t", "f", priority="interactive")
    assert (settings.most_held(light), settings.most_held(waited_for)) == (12, 2)


@pytest.mark.parametrize(
    ("model", "variables", "sentence"),
    [
        (GoogleSettings, {}, "The variable REDLINE_PROJECT is not set."),
        (DispatcherSettings, {"REDLINE_FUNCTION": "plan"}, "The variable K_SINK is not set."),
        (Settings, {"REDLINE_LOG_FORMAT": "xml"}, "The variable REDLINE_LOG_FORMAT cannot be used; input should be"),
        (Settings, {"REDLINE_BACKEND": "google"}, "With REDLINE_BACKEND=google set REDLINE_REDIS_URL too"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, model: type[BaseSettings], variables: dict[str, str], sentence: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as caught:
        model()
    assert explained(caught.value).startswith(sentence)


def test_the_embedded_queues_need_one_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDLINE_REDIS_URL", "redis://127.0.0.1")
    monkeypatch.setenv("REDLINE_REDIS_CLUSTER", "true")
    with pytest.raises(ValidationError, match="REDLINE_REDIS_CLUSTER needs REDLINE_BACKEND=google"):
        Settings()
