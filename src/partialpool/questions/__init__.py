"""The methods of `Posterior`, in classes by subject; each loads the module that answers it only when it is called."""

from partialpool.questions.attached import Attached
from partialpool.questions.compared import Compared
from partialpool.questions.exported import Exported
from partialpool.questions.judged import Judged
from partialpool.questions.pooled import MetaAnalysed
from partialpool.questions.predicted import Predicted
from partialpool.questions.reported import Reported
from partialpool.questions.updated import Updated


class Questions(Compared, Predicted, Judged, MetaAnalysed, Exported, Attached, Reported, Updated):
    """All methods that answer questions about a posterior."""
