"""The variables that a process on Google's parts needs at least, for one that a test starts or builds."""

from __future__ import annotations

from pathlib import Path


def google_variables(folder: Path, *, redis_url: str, project: str, prefix: str = "") -> dict[str, str]:
    """Root and key file are in `folder`; where the emulators are is for others to say."""
    key = folder / "document.key"
    key.write_bytes(b"k" * 32)
    key.chmod(0o400)
    return {
        "REDLINE_BACKEND": "google",
        "REDLINE_REDIS_URL": redis_url,
        "REDLINE_ROOT": str(folder / "data"),
        "REDLINE_PROJECT": project,
        "REDLINE_TOPIC_PREFIX": prefix,
        "REDLINE_DOCUMENT_KEY_FILE": str(key),
    }
