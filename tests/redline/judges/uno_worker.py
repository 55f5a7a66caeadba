"""Reads documents with a running LibreOffice. Needs the Python that has LibreOffice's `uno` module, and nothing else.

Argument: the name of LibreOffice's pipe. Takes {"path": ..., "resolve": "accept" or "reject"} a line. Answers
{"lines": [...]}, the text of body, notes, headers and footers after all tracked changes were resolved, or
{"error": ...}.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

COMMANDS = {"accept": ".uno:AcceptAllTrackedChanges", "reject": ".uno:RejectAllTrackedChanges"}
START_SECONDS = 60


def connect(pipe):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    last = time.monotonic() + START_SECONDS
    while True:
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            if time.monotonic() > last:
                raise
            time.sleep(0.1)


def option(name, value):
    return PropertyValue(Name=name, Value=value)


class Reader:
    def __init__(self, context):
        self.desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        self.dispatcher = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.DispatchHelper", context)
        self.export = Path(tempfile.mkdtemp()) / "text.txt"

    def lines(self, path, resolve):
        document = self.desktop.loadComponentFromURL(Path(path).as_uri(), "_blank", 0, (option("Hidden", True),))
        try:
            frame = document.CurrentController.Frame
            self.dispatcher.executeDispatch(frame, COMMANDS[resolve], "", 0, ())
            return [*self.body(document), *notes(document), *margins(document)]
        finally:
            document.close(True)

    def body(self, document):
        filtered = option("FilterName", "Text (encoded)"), option("FilterOptions", "UTF8,LF,,,")
        document.storeToURL(self.export.as_uri(), filtered)
        return self.export.read_text(encoding="utf-8-sig").split("\n")


def notes(document):
    for kind in (document.Footnotes, document.Endnotes):
        for index in range(kind.Count):
            yield f"note: {kind.getByIndex(index).String}"


def margins(document):
    styles = document.StyleFamilies.getByName("PageStyles")
    for style in map(styles.getByName, styles.ElementNames):
        for margin in ("Header", "Footer"):
            if style.isInUse() and style.getPropertyValue(f"{margin}IsOn"):
                for paragraph in style.getPropertyValue(f"{margin}Text"):
                    yield f"{margin.lower()}: {marginal_text(paragraph)}"


def marginal_text(paragraph):
    """A paragraph without the results of its fields: page numbers follow the layout. Tables are left out."""
    if not paragraph.supportsService("com.sun.star.text.Paragraph"):
        return ""
    return "".join("{field}" if x.TextPortionType == "TextField" else x.String for x in paragraph)


def main():
    reader = Reader(connect(sys.argv[1]))
    for line in sys.stdin:
        job = json.loads(line)
        try:
            answer = {"lines": reader.lines(job["path"], job["resolve"])}
        except Exception as error:
            answer = {"error": repr(error)}
        print(json.dumps(answer), flush=True)
    reader.desktop.terminate()


if __name__ == "__main__":
    main()
