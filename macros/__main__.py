"""What does ``python -m macros`` start?"""

import gc
import sys

from .cli import main

if sys.argv[1:2] != ["serve"]:
    gc.disable()  # a process that soon ends need not look for lost cycles, a tenth of its time
sys.exit(main())
