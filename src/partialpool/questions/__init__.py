"""The questions that people ask of a posterior, each answered by a module of its own, loaded when it is asked."""

from partialpool.questions.attached import Attached
from partialpool.questions.compared import Compared
from partialpool.questions.exported import Exported
from partialpool.questions.judged import Judged
from partialpool.questions.pooled import MetaAnalysed
from partialpool.questions.predicted import Predicted


class Questions(Compared, Predicted, Judged, MetaAnalysed, Exported, Attached):
    """All that can be asked."""
