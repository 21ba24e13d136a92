"""Draw the pictures of the documentation: python docs/images/make.py [folder]."""

import runpy
import sys
from pathlib import Path

import partialpool as pp
from partialpool import plots


def make(folder: Path) -> list[Path]:
    """Write the pictures to a folder, and say which."""
    rats = pp.proportions(pp.datasets.load("rat_tumors"), successes="tumors", trials="rats", group="group", prior="bda")
    schools = pp.estimates(pp.datasets.load("eight_schools"), estimate="effect", se="se", group="school")
    counties = pp.rates(
        pp.datasets.load("kidney_cancer"), events="deaths", exposure="person_years", group=["state", "county"]
    )
    cloth = pp.rates(
        pp.datasets.load("dyed_cloth"), events="nonconformities", exposure="inspection_units", group="roll"
    )
    pupils = pp.measurements(
        pp.datasets.load("hsb82_schools"), mean="mean_math", sd="sd_math", n="pupils", group="school"
    )
    files = []
    for start, fit, names in (
        ("rats", rats, ("shrinkage", "population", "predictive")),
        ("schools", schools, ("forest", "population", "pooling", "prior-posterior")),
        ("counties", counties, ("funnel",)),
        ("cloth", cloth, ("forest",)),
        ("pupils", pupils, ("funnel",)),
    ):
        for name in names:
            files.append(folder / f"{start}_{name.replace('-', '_')}.png")
            plots.save(fit, name, files[-1])
    columns = {"events": ("vaccinated_tb", "control_tb"), "sizes": ("vaccinated_n", "control_n")}
    trials = pp.datasets.load("bcg_vaccine")
    files.append(folder / "bcg_forest.png")
    plots.save(
        pp.estimates(trials, effect="log risk ratio", **columns, group=["author", "year"]), "meta-analysis", files[-1]
    )
    files.append(runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "cost.py"))["draw"](folder))
    return files


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
