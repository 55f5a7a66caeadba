"""Data keys wrapped by Cloud KMS; the key-encryption key never leaves it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from google.api_core import exceptions
from google.cloud.kms_v1 import KeyManagementServiceClient
from google.cloud.kms_v1.services.key_management_service.transports import KeyManagementServiceGrpcTransport
from google_crc32c import value as crc32c

from backends.errors import BackendUnavailable
from backends.google import TRY_WITHIN, channel, identified, reaching, retry
from backends.guard import Guard
from backends.keys import KeyAbsent, Refused, Wrapped, bound_to


class GoogleKeyWrapper:
    """KeyWrapper with a symmetric key of Cloud KMS: its primary version wraps, older ones unwrap what they did."""

    def __init__(self, client: KeyManagementServiceClient, key: str, *, region: str, guard: Guard) -> None:
        """`key` is the full name, projects/P/locations/L/keyRings/R/cryptoKeys/K; `guard` that of the service."""
        self._client = client
        self._key = key
        self._region = region
        self._guard = guard

    def wrap(self, data_key: bytes, document: str) -> Wrapped:
        """A document's data key, wrapped by the primary version. Raises BackendUnavailable."""
        associated = bound_to(self._region, document)
        request = {
            "name": self._key,
            "plaintext": data_key,
            "plaintext_crc32c": crc32c(data_key),
            "additional_authenticated_data": associated,
            "additional_authenticated_data_crc32c": crc32c(associated),
        }
        with self._calling():
            answer = self._client.encrypt(request=request, retry=retry(), timeout=TRY_WITHIN)
            arrived = answer.verified_plaintext_crc32c and answer.verified_additional_authenticated_data_crc32c
            _check(arrived and answer.ciphertext_crc32c == crc32c(answer.ciphertext))
        return Wrapped(answer.name, bytes(answer.ciphertext))

    def unwrap(self, wrapped: Wrapped, document: str) -> bytes:
        """The data key again. Raises Refused, KeyAbsent, BackendUnavailable."""
        if not wrapped.key.startswith(f"{self._key}/"):
            raise KeyAbsent(f"A data key is wrapped by {wrapped.key}, not by {self._key}; see: redline keys status")
        associated = bound_to(self._region, document)
        request = {
            "name": self._key,
            "ciphertext": wrapped.ciphertext,
            "ciphertext_crc32c": crc32c(wrapped.ciphertext),
            "additional_authenticated_data": associated,
            "additional_authenticated_data_crc32c": crc32c(associated),
        }
        try:
            with self._calling():
                answer = self._client.decrypt(request=request, retry=retry(), timeout=TRY_WITHIN)
                _check(answer.plaintext_crc32c == crc32c(answer.plaintext))
        except exceptions.InvalidArgument:
            raise Refused("The wrapped key was changed, or belongs to another document or region.") from None
        return bytes(answer.plaintext)

    @contextmanager
    def _calling(self) -> Iterator[None]:
        """A key that is disabled, missing or to be destroyed can be restored: nothing is given up for it."""
        with reaching(self._guard):
            try:
                yield
            except (exceptions.FailedPrecondition, exceptions.NotFound) as error:
                why = f"The Cloud KMS key cannot be used; check that it is enabled: {type(error).__name__}"
                raise BackendUnavailable(why) from error


def connect(*, emulator: str = "") -> KeyManagementServiceClient:
    """A client; `emulator` is host:port of one. Raises BackendUnavailable without credentials."""
    made = channel(KeyManagementServiceGrpcTransport.create_channel, emulator)
    with identified():
        return KeyManagementServiceClient(transport=KeyManagementServiceGrpcTransport(channel=made))


def _check(intact: bool) -> None:
    """As Cloud KMS's guide to data integrity has it: what was damaged on the way is asked for again."""
    if not intact:
        raise BackendUnavailable("What Cloud KMS was sent or answered was damaged on the way.")
