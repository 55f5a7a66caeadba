"""What the door to Cloud KMS holds besides the contract, on a fake of its service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backends.errors import BackendUnavailable
from backends.guard import Guard
from backends.keys import KeyAbsent
from backends.keys.google import GoogleKeyWrapper
from tests.emulators.kms import KEY, FakeKms, serving


def spoil(field: str) -> Callable[[Any], None]:
    def damage(answer: Any) -> None:
        if hasattr(answer, field):
            setattr(answer, field, not getattr(answer, field) if field.startswith("verified") else b"other")

    return damage


@pytest.mark.parametrize(
    "field", ["ciphertext", "plaintext", "verified_plaintext_crc32c", "verified_additional_authenticated_data_crc32c"]
)
def test_what_was_damaged_on_the_way_is_never_used(field: str) -> None:
    kms = FakeKms()
    with serving(kms) as client:
        keys = GoogleKeyWrapper(client, KEY, region="r", guard=Guard("kms"))
        wrapped = keys.wrap(b"d" * 32, "a")
        kms.damage = spoil(field)
        with pytest.raises(BackendUnavailable, match="damaged"):
            keys.unwrap(wrapped, "a") if field == "plaintext" else keys.wrap(b"d" * 32, "a")


def test_after_a_rotation_old_wrapped_keys_still_unwrap_and_new_ones_use_the_new_version() -> None:
    kms = FakeKms()
    with serving(kms) as client:
        keys = GoogleKeyWrapper(client, KEY, region="r", guard=Guard("kms"))
        before = keys.wrap(b"d" * 32, "a")
        kms.rotate()
        after = keys.wrap(keys.unwrap(before, "a"), "a")
        assert (before.key, after.key) == (f"{KEY}/cryptoKeyVersions/1", f"{KEY}/cryptoKeyVersions/2")
        assert keys.unwrap(after, "a") == b"d" * 32


def test_a_disabled_or_missing_key_says_nothing_about_the_document() -> None:
    kms = FakeKms()
    with serving(kms) as client:
        wrapped = GoogleKeyWrapper(client, KEY, region="r", guard=Guard("kms")).wrap(b"d" * 32, "a")
        other = GoogleKeyWrapper(client, f"{KEY}-other", region="r", guard=Guard("kms"))
        with pytest.raises(BackendUnavailable, match="NotFound"):
            other.wrap(b"d" * 32, "a")
        with pytest.raises(KeyAbsent, match="cryptoKeyVersions/1"):
            other.unwrap(wrapped, "a")
        kms.disabled = True
        with pytest.raises(BackendUnavailable, match="FailedPrecondition"):
            GoogleKeyWrapper(client, KEY, region="r", guard=Guard("kms")).unwrap(wrapped, "a")
