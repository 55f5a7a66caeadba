"""A fake of Cloud KMS's gRPC service, in this process: encrypt and decrypt, as far as the door uses them.

Google offers no emulator. The real client speaks to it; that the service itself behaves so is not shown by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

import grpc
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from google.cloud.kms_v1 import KeyManagementServiceClient, types
from google_crc32c import value as crc32c

from backends.keys.google import connect

KEY = "projects/p/locations/europe-west3/keyRings/r/cryptoKeys/documents"
_SERVICE = "google.cloud.kms.v1.KeyManagementService"


class FakeKms:
    """One symmetric key with versions; the last one wraps. `damage` spoils what is answered, `decrypted` counts."""

    def __init__(self) -> None:
        self.versions = [AESGCM(b"\x01" * 32)]
        self.disabled = False
        self.damage: Callable[[Any], None] = lambda answer: None
        self.decrypted = 0

    def rotate(self) -> None:
        self.versions.append(AESGCM(bytes([len(self.versions) + 1]) * 32))

    def encrypt(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._check(request, context)
        last = len(self.versions) - 1
        nonce = last.to_bytes(12, "big")
        sealed = self.versions[last].encrypt(nonce, request.plaintext, request.additional_authenticated_data)
        ciphertext = nonce + sealed
        answer = types.EncryptResponse(
            name=f"{request.name}/cryptoKeyVersions/{last + 1}",
            ciphertext=ciphertext,
            ciphertext_crc32c=crc32c(ciphertext),
            verified_plaintext_crc32c=request.plaintext_crc32c == crc32c(request.plaintext),
            verified_additional_authenticated_data_crc32c=request.additional_authenticated_data_crc32c
            == crc32c(request.additional_authenticated_data),
        )
        self.damage(answer)
        return answer

    def decrypt(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._check(request, context)
        self.decrypted += 1
        if request.ciphertext_crc32c != crc32c(request.ciphertext):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "checksum")
        nonce, sealed = request.ciphertext[:12], request.ciphertext[12:]
        try:
            version = self.versions[int.from_bytes(nonce, "big")]
            plaintext = version.decrypt(nonce, sealed, request.additional_authenticated_data)
        except (IndexError, ValueError, InvalidTag):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "Decryption failed: the ciphertext is invalid.")
        answer = types.DecryptResponse(plaintext=plaintext, plaintext_crc32c=crc32c(plaintext))
        self.damage(answer)
        return answer

    def _check(self, request: Any, context: grpc.ServicerContext) -> None:
        if request.name != KEY:
            context.abort(grpc.StatusCode.NOT_FOUND, "no such key")
        if self.disabled:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "the key version is not enabled")


@contextmanager
def listening(kms: FakeKms, port: int = 0) -> Iterator[str]:
    """host:port of a server that answers as `kms` does."""

    def unary(method: Callable[..., Any], request: Any, response: Any) -> grpc.RpcMethodHandler:
        return grpc.unary_unary_rpc_method_handler(method, request.deserialize, response.serialize)

    methods = {
        "Encrypt": unary(kms.encrypt, types.EncryptRequest, types.EncryptResponse),
        "Decrypt": unary(kms.decrypt, types.DecryptRequest, types.DecryptResponse),
    }
    server = grpc.server(ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_SERVICE, methods),))
    port = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


@contextmanager
def serving(kms: FakeKms) -> Iterator[KeyManagementServiceClient]:
    """The real client of a server that answers as `kms` does."""
    with listening(kms) as host, closing(connect(emulator=host).transport) as transport:
        yield KeyManagementServiceClient(transport=transport)
