"""CME Market Data Platform 3.0 (MDP 3.0): packets of SBE messages, read and written from one description.

The description is a file in the form that the exchange publishes; `data/` holds ours.
"""

from pathlib import Path
from typing import Final

# Here, because this file is never compiled: in a compiled module `__file__` is wrong while the module is imported.
DESCRIPTION_FILE: Final = Path(__file__).parent / "data" / "mdp3_v13.xml"
