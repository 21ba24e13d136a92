"""Pictures by Matplotlib, which draw the tables of a fit and compute nothing themselves.

`fit.plot.shrinkage()`, `fit.plot.forest()` and the others return the axes that they drew on; `save` writes a picture to
a file. Matplotlib is loaded when the first picture is drawn.
"""

from partialpool.plots.accessor import Plots
from partialpool.plots.pictured import Pictured
from partialpool.plots.saving import EXTENSIONS, NAMES, check_name, save
from partialpool.plots.style import needed

__all__ = ["EXTENSIONS", "NAMES", "Pictured", "Plots", "check_name", "needed", "save"]
