"""What does ``python -m macros`` start?"""

import gc
import os
import sys

from .cli import main

if sys.argv[1:2] not in (["build"], ["check"]):
    sys.exit(main())
# A process that soon ends need not look for lost cycles, nor give its memory back piece by piece:
# the two take a fifth of its time. All that a command says is flushed as it is said.
gc.disable()
os._exit(main())
