"""One self-contained HTML page about a fit, with charts that can be searched, sorted and zoomed.

The page reads the tables of a fit and computes nothing itself. It needs no network: styles, scripts and data are in the
one file, and a content security policy lets nothing else run. The parts, from the bottom:

    elements     pieces of HTML, through which all text is escaped
    policy       the scripts, and the policy that names them by their hashes
    reported     the fit as a report sees it
    answers      the questions that are asked of the fit, and why some have no answer
    rows         the table of groups as data for the page
    words        names and numbers in sentences
    findings, model, sections, reproduce    what the page says
    page         the page as a whole, and `write`, which writes it to a file
"""

from partialpool.report.page import EXTENSIONS, page, write
from partialpool.report.reported import Reported

__all__ = ["EXTENSIONS", "Reported", "page", "write"]
