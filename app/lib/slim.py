"""Importing this module first keeps numpy out of a process that never computes with it.

advanced-alchemy, which Litestar imports too, loads numpy wherever it is installed, only to know how to write arrays as
JSON: a tenth of a second and 20 MB in every API process. While it is imported here, numpy looks uninstalled.
"""

import sys
from importlib import import_module

_ABSENT = None
if "numpy" not in sys.modules:
    sys.modules["numpy"] = _ABSENT  # type: ignore[assignment]
    try:
        import_module("advanced_alchemy.base")
    finally:
        del sys.modules["numpy"]
