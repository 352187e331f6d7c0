"""Tables with effective dates and sources: instruments, sessions, calendars, fees, limits.

Reads its files when loaded, never afterwards; no clock.
"""

from pathlib import Path
from typing import Final

# Here, because this file is never compiled: in a compiled module `__file__` is wrong while the module is imported.
DATA_DIRECTORY: Final = Path(__file__).parent / "data"
