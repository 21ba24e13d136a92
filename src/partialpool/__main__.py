"""Run the command line by `python -m partialpool`."""

import sys

from partialpool.cli import main

sys.exit(main())
