"""`python -m benchmarks.autoscaling`: simulate every scenario with the sizes of an overlay."""

from __future__ import annotations

from pathlib import Path

import click
import yaml

from benchmarks.autoscaling.report import plot, row, section, table
from benchmarks.autoscaling.scenarios import SCENARIOS, run
from benchmarks.autoscaling.sizes import ManifestError, of_manifests, of_overlay

CHECKOUT = Path(__file__).parents[2]
NAMES = {scenario.name: scenario for scenario in SCENARIOS}


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(NAMES)))
@click.option("--overlay", default="prod-us", show_default=True, help="Overlay of knative/ whose sizes are used.")
@click.option("--manifests", type=click.Path(exists=True, path_type=Path), help="A YAML file instead of an overlay.")
@click.option("--plots", type=click.Path(file_okay=False, path_type=Path), help="Folder to write an SVG of each into.")
@click.option("--seed", default=1, show_default=True)
def main(names: tuple[str, ...], overlay: str, manifests: Path | None, plots: Path | None, seed: int) -> None:
    """Simulate NAMES, by default every scenario, and print a table over them and one of each."""
    try:
        if manifests:
            sizes = of_manifests(yaml.safe_load_all(manifests.read_text()))
        else:
            sizes = of_overlay(CHECKOUT / "knative" / "overlays" / overlay)
    except ManifestError as error:
        raise click.ClickException(str(error)) from None
    rows, sections = [], []
    for scenario in (NAMES[name] for name in names or NAMES):
        click.echo(f"simulating {scenario.name}: {scenario.told}", err=True)
        outcome = run(scenario, sizes, seed)
        rows.append(row(outcome))
        sections.append(section(outcome, plots.name if plots else "."))
        if plots:
            plots.mkdir(parents=True, exist_ok=True)
            plot(outcome, plots / f"{scenario.name}.svg")
    click.echo("\n".join([table(rows), *sections]))


if __name__ == "__main__":
    main()
