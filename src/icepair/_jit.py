"""Our one numba decorator.

Kernels release the GIL, so that dask's threads scale, and are cached on disk, so that compile
time is paid once per machine and never at import. They run sequentially inside a block: the
parallelism is dask's. ``fastmath`` stays off because NaN is our "no answer".
"""

from __future__ import annotations

import numba

jit = numba.njit(nogil=True, cache=True, error_model="numpy")
