"""What does ``python -m macros`` start?"""

import sys

from .cli import main

sys.exit(main())
