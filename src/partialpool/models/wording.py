"""The words and formulas in which a report states a family, so that reports themselves name no family."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    """How a family is said in prose.

    Attributes:
        theta: what the parameter of a group is called, in the singular.
        thetas: the same in the plural.
        model: the name of the model.
        lines: the formulas of the model, one per level, where `_j` stands for an index.
        weight: the formula of the weight of a group's own data, given the population.
        source: where the model is described.
    """

    theta: str = "parameter"
    thetas: str = "parameters"
    model: str = "hierarchical model"
    lines: tuple[str, ...] = ()
    weight: str = ""
    source: str = "Gelman et al. 2013, chapter 5"
