"""Help in which options stand under headings, as many of them in one list are hard to read."""

from __future__ import annotations

from typing import Any, Final

import click

_OTHERS: Final = "Other"


class GroupedOption(click.Option):
    """An option that stands under a heading."""

    def __init__(self, *names: Any, group: str, **more: Any) -> None:
        super().__init__(*names, **more)
        self.group = group


class GroupedCommand(click.Command):
    """A command whose help shows its options under their headings, in the order of the options."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """A section for each heading."""
        groups: dict[str, list[tuple[str, str]]] = {}
        options = [each for each in self.get_params(ctx) if isinstance(each, click.Option)]
        for option in options:
            record = option.get_help_record(ctx)
            if record is not None:
                heading = option.group if isinstance(option, GroupedOption) else _OTHERS
                groups.setdefault(heading, []).append(record)
        for heading, records in groups.items():
            with formatter.section(heading):
                formatter.write_dl(records, col_max=28)
