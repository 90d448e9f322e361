"""To be imported by a program before anything else of the project: it spares each command seconds.

jsonschema, where it can, builds a grammar of web addresses that no notebook's schema needs; and Python looks for
garbage after each 700 new objects, which importing torch and nbgrader makes by the million and keeps.
"""

import gc
import sys

sys.modules.setdefault("rfc3987_syntax", None)
gc.set_threshold(100_000, 10, 10)
