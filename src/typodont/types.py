"""Names for the arrays that functions take and give; shapes stand in the docstrings.

Letters: N vertices or points, F faces, K classes, L landmarks, M modes, C channels, B batch.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.floating[Any]]
Int = NDArray[np.integer[Any]]
Bool = NDArray[np.bool_]
