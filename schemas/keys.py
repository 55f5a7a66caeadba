"""What is stored about the keys that seal documents."""

from __future__ import annotations

from typing import Literal

from pydantic import Base64Bytes, Field

from schemas.base import Shape


class KeyRecord(Shape):
    """A data key, in wrapped form alone. A new wrapping is a new generation of the record."""

    format: Literal[1] = 1
    subject: str = Field(description="what the data key is bound to")
    key: str = Field(description="the key that wraps it, and the version of that")
    wrapped: Base64Bytes
