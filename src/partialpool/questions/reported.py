"""The method that writes a report of a fit."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

from partialpool.groups.groups import origin
from partialpool.questions.base import QuestionBase

if TYPE_CHECKING:
    from partialpool.report import Reported as Fit


class Reported(QuestionBase):
    """The method that writes a report of a fit."""

    def report(
        self, path: str | os.PathLike[str], title: str | None = None, *, transform: str | None = "natural"
    ) -> None:
        """Write a report of the fit: one HTML page with findings, interactive charts, tables, checks and methods.

        The page is one file that needs no network. Its charts and its table of groups can be searched, sorted and
        printed. Of more than 500 groups it leaves out what takes long, such as ranks, and of more than 10,000 it shows
        10,000, the extreme ones among them; it says so where it does.

        Args:
            path: the file to write, whose name ends in .html or .htm; an existing file is replaced.
            title: the title of the page; by default what was estimated, and of how many groups.
            transform: for estimates and measurements: "exp", "tanh" or "expit" of theta, in which results are shown
                too; None for none. "natural" is the usual transform of effects named log odds ratio, log risk ratio,
                log hazard ratio, log rate ratio or Fisher's z.

        Raises:
            RequestError: the title is no text, or there is no such transform.
            OutputError: the file cannot be written; what was there before is unchanged.
        """
        from partialpool.report import write  # few need it

        write(cast("Fit", self), path, title=title, transform=transform, sources=origin(self.data))
