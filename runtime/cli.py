"""The command `redline`. Each command is loaded when it is called, so that `redline --help` is there at once."""

from __future__ import annotations

import importlib
import os
import signal
from typing import Final

import click

_COMMANDS: Final = {
    "up": "Run the pipeline until it is stopped.",
    "demo": "See it work: two versions of a contract, from drop to redline.",
    "compare": "Make the redline of two documents.",
    "request": "Ask a running pipeline for up to 100 redlines at once.",
    "verify": "Check a redline against the two documents it was made from.",
    "validate": "Check a document against the rules of tracked changes.",
    "accept": "Accept every tracked change of a document.",
    "reject": "Reject every tracked change of a document.",
    "status": "Functions, queues and workers of a running pipeline.",
    "config": "The settings in force, where each comes from, and what is wrong with them.",
    "audit": "The trail: what happened to which document, and when.",
    "search": "Find words in documents and redlines.",
    "documents": "What the pipeline knows: paths, versions, states, last redlines.",
    "show": "The story of one document: versions, redlines and events, with traces.",
    "hold": "Legal holds: a document on hold cannot be erased.",
    "erase": "Remove documents for good, wherever they rest.",
    "retention": "Documents that are kept longer than the settings say.",
    "keys": "The keys that seal documents at rest: which are in use, and wrapping anew.",
    "reindex": "Build the search index anew from what is kept.",
    "recovered": "Check that a recovered copy holds what the audit trail says was written.",
    "replay": "Try failed redlines again.",
    "dead-letters": "Messages that could not be delivered: list, show, replay, discard.",
}


class _Lazy(click.Group):
    """A group that imports a command's module only when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names, in the order of their use."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of this name."""
        if name not in _COMMANDS:
            return None
        module = name.replace("-", "_")
        command: click.Command = getattr(importlib.import_module(f"runtime.commands.{module}"), module)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The arguments; what runs until Ctrl-C ends well by it at any time, also while it is still being loaded."""
        if args[:1] == ["up"]:
            # Nothing is there to tidy up yet; and an exception raised amid an import may be swallowed there.
            signal.signal(signal.SIGINT, lambda *_: os._exit(0))
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; what the surroundings lack is said in one sentence, not in a traceback."""
        from runtime.commands.surroundings import in_one_sentence
        from runtime.settings import take_development_file

        take_development_file()
        with in_one_sentence():
            return super().invoke(ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="redline")
def main() -> None:
    r"""Compare two versions of a document and get a verified redline: a Word file with real tracked changes.

    \b
    redline compare draft1.docx draft2.docx -o redline.docx     two files
    redline up                                                  a folder that is watched

    Exit status: 0 done, 1 something was found or did not work, 2 the command was not understood.
    """


if __name__ == "__main__":
    main()
