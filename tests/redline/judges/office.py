"""Has LibreOffice resolve tracked changes. Run by the Python that LibreOffice's UNO bridge is installed for.

Takes a JSON list of [action, input, output] as its argument, action being as-is, accept or reject; each output is the
text of the document after the action.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

COMMANDS = {"accept": ".uno:AcceptAllTrackedChanges", "reject": ".uno:RejectAllTrackedChanges"}
START_WITHIN = 60


def named(name, value):
    made = PropertyValue()
    made.Name, made.Value = name, value
    return made


def connect(pipe):
    context = uno.getComponentContext()
    resolver = context.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", context)
    deadline = time.monotonic() + START_WITHIN
    while True:
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def resolve(desktop, dispatcher, action, source, target):
    hidden = (named("Hidden", True),)
    document = desktop.loadComponentFromURL(uno.systemPathToFileUrl(source), "_blank", 0, hidden)
    if action in COMMANDS:
        dispatcher.executeDispatch(document.CurrentController.Frame, COMMANDS[action], "", 0, ())
    text = (named("FilterName", "Text (encoded)"), named("FilterOptions", "UTF8,LF,,,"))
    document.storeToURL(uno.systemPathToFileUrl(target), text)
    document.close(True)


def main():
    pipe = f"redline-{os.getpid()}"
    with tempfile.TemporaryDirectory(prefix="office-") as profile:
        options = ["--headless", "--norestore", "--nologo", "--nodefault", f"--accept=pipe,name={pipe};urp;"]
        office = subprocess.Popen(["soffice", *options, f"-env:UserInstallation=file://{profile}"])
        try:
            remote = connect(pipe)
            create = remote.ServiceManager.createInstanceWithContext
            desktop = create("com.sun.star.frame.Desktop", remote)
            dispatcher = create("com.sun.star.frame.DispatchHelper", remote)
            for action, source, target in json.loads(sys.argv[1]):
                resolve(desktop, dispatcher, action, source, target)
            desktop.terminate()
            office.wait(30)
        finally:
            office.kill()


if __name__ == "__main__":
    main()
