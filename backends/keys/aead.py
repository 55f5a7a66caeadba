"""AES-256-GCM as NIST SP 800-38D has it: a random nonce of 96 bits, then the ciphertext, then the tag of 128 bits."""

from __future__ import annotations

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backends.keys import Refused

_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16


def encrypt(key: AESGCM, content: bytes, associated: bytes) -> bytes:
    """Nonce, ciphertext and tag; 28 bytes longer than the content, which may have up to 2 GiB."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + key.encrypt(nonce, content, associated)


def decrypt(key: AESGCM, sealed: bytes, associated: bytes) -> bytes:
    """The content. Raises Refused when it was changed, or when the key or the associated data are others."""
    if len(sealed) < _NONCE_BYTES + _TAG_BYTES:
        raise Refused("What was to be decrypted is too short to be whole.")
    try:
        return key.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], associated)
    except InvalidTag:
        raise Refused("What was to be decrypted was changed, or belongs elsewhere, or has another key.") from None
