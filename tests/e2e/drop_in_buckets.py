"""`python -m tests.e2e.drop_in_buckets UPLOADS REDLINES`: drop two versions into a deployed pipeline's bucket and wait.

Uses the credentials of the platform. Exit status 1 when no redline comes, or one without the change.
"""

from __future__ import annotations

import io
import sys
import time
import uuid
import zipfile
from datetime import UTC, datetime

from google.cloud import storage

WITHIN = 900.0
"""Seconds: pods start cold, and where dispatchers went to zero, Cloud Monitoring tells of the backlog minutes late."""
BEFORE = "The term is two years.\n"
AFTER = "The term is three years.\n"


def shows_the_change(docx: bytes) -> bool:
    """Whether a Word document has tracked changes, and among them ours."""
    with zipfile.ZipFile(io.BytesIO(docx)) as package:
        text = package.read("word/document.xml").decode()
    return "<w:ins " in text and "<w:del " in text and "three" in text


def wait_for_redline(client: storage.Client, bucket: str, since: datetime) -> bool:
    """Look until a redline with the change was written since then."""
    give_up = time.monotonic() + WITHIN
    while time.monotonic() < give_up:
        for blob in client.list_blobs(bucket):
            if (
                blob.name.endswith(".docx")
                and blob.time_created >= since
                and shows_the_change(blob.download_as_bytes())
            ):
                print(f"a redline came after {(datetime.now(UTC) - since).total_seconds():.0f} s")
                return True
        time.sleep(5)
    return False


def drop(client: storage.Client, uploads: str, redlines: str) -> int:
    """Exit status."""
    since = datetime.now(UTC)
    document = client.bucket(uploads).blob(f"default/drop-{uuid.uuid4().hex}.txt")
    for version in (BEFORE, AFTER):
        document.upload_from_string(version, content_type="text/plain")
    if wait_for_redline(client, redlines, since):
        return 0
    print(f"no redline within {WITHIN:.0f} s", file=sys.stderr)
    return 1


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(drop(storage.Client(), *sys.argv[1:]))
