"""`python -m partialpool` is the command `partialpool`."""

import sys

from partialpool.cli import main

sys.exit(main())
