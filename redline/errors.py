"""The one error the engine raises for a document it cannot use."""

from __future__ import annotations

from typing import Final, Literal

ErrorCode = Literal[
    "empty-file",
    "not-a-document",
    "wrong-extension",
    "unsupported-format",
    "legacy-format",
    "password-protected",
    "damaged-package",
    "damaged-xml",
    "forbidden-xml",
    "missing-part",
    "too-large",
    "zip-bomb",
    "too-complex",
    "encoding",
    "not-rendered",
]
"""Machine-readable codes; stable: they travel in events and audit rows."""

CODES: Final[tuple[str, ...]] = ErrorCode.__args__  # type: ignore[attr-defined]


class DocumentError(ValueError):
    """A document cannot be read, compared or rendered.

    `code` is machine-readable and stable. `message` is one sentence for a person: what is wrong and what to do; it
    holds no document content and no path, so it may travel in events and logs.
    """

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code: ErrorCode = code
        self.message = message
