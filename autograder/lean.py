"""To be imported by a program before anything that reads notebooks: it spares each command two seconds.

jsonschema, where it can, builds a grammar of web addresses that no notebook's schema needs.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)
