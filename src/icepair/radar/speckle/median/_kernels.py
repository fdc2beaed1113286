"""Inner loops of the median over windows: plain arrays in, plain arrays out.

`padded` has half a window more than `out` on each side, NaN where nothing was measured. Windows
without NaN go through networks of comparators, which the compiler turns into vector instructions:
no branch depends on a value. A window that holds a NaN is done over, its values selected one by
one.
"""

from __future__ import annotations

import numpy as np

from icepair._jit import jit


@jit
def median_3(padded, out):
    """Median over 3 x 3 pixels."""
    holes = np.zeros(padded.shape[1], np.int32)
    for r in range(out.shape[0]):
        a, b, c = padded[r], padded[r + 1], padded[r + 2]
        medians = out[r]
        for j in range(medians.size):
            a0, b0, c0 = _sorted_3(a[j], b[j], c[j])
            a1, b1, c1 = _sorted_3(a[j + 1], b[j + 1], c[j + 1])
            a2, b2, c2 = _sorted_3(a[j + 2], b[j + 2], c[j + 2])
            # Largest of the small, middle of the middle, smallest of the large.
            _, _, low = _sorted_3(a0, a1, a2)
            _, middle, _ = _sorted_3(b0, b1, b2)
            high, _, _ = _sorted_3(c0, c1, c2)
            _, medians[j], _ = _sorted_3(low, middle, high)
        _do_over(padded, 3, r, holes, out)


@jit
def median_5(padded, out):
    """Median over 5 x 5 pixels.

    Sorting columns once for all windows that share them takes a third fewer comparators, but goes
    through memory, and compilers then find no vector instructions.
    """
    holes = np.zeros(padded.shape[1], np.int32)
    for r in range(out.shape[0]):
        a, b, c, d, e = padded[r], padded[r + 1], padded[r + 2], padded[r + 3], padded[r + 4]
        medians = out[r]
        for j in range(medians.size):
            a0, b0, c0, d0, e0 = _sorted_5(a[j], b[j], c[j], d[j], e[j])
            a1, b1, c1, d1, e1 = _sorted_5(a[j + 1], b[j + 1], c[j + 1], d[j + 1], e[j + 1])
            a2, b2, c2, d2, e2 = _sorted_5(a[j + 2], b[j + 2], c[j + 2], d[j + 2], e[j + 2])
            a3, b3, c3, d3, e3 = _sorted_5(a[j + 3], b[j + 3], c[j + 3], d[j + 3], e[j + 3])
            a4, b4, c4, d4, e4 = _sorted_5(a[j + 4], b[j + 4], c[j + 4], d[j + 4], e[j + 4])
            medians[j] = _median_of_sorted_columns(
                _sorted_5(a0, a1, a2, a3, a4),
                _sorted_5(b0, b1, b2, b3, b4),
                _sorted_5(c0, c1, c2, c3, c4),
                _sorted_5(d0, d1, d2, d3, d4),
                _sorted_5(e0, e1, e2, e3, e4),
            )
        _do_over(padded, 5, r, holes, out)


@jit
def median_any(padded, size, out):
    """Median over `size` x `size` pixels, each window by itself."""
    held = np.empty(size * size, padded.dtype)
    half = size // 2
    for r in range(out.shape[0]):
        for c in range(out.shape[1]):
            if np.isnan(padded[r + half, c + half]):
                out[r, c] = np.nan
            else:
                out[r, c] = _median_of_valid(padded, size, r, c, held)


@jit
def _count_holes(padded, size, r, holes):
    """Bring the NaNs of each column from the windows of the row before to those of row r."""
    first = 0 if r == 0 else r + size - 1
    for i in range(first, r + size):
        for j in range(padded.shape[1]):
            holes[j] += np.isnan(padded[i, j])
    if r > 0:
        for j in range(padded.shape[1]):
            holes[j] -= np.isnan(padded[r - 1, j])


@jit
def _do_over(padded, size, r, holes, out):
    """Answer the windows of a row that hold a NaN: over what is valid, NaN in place of NaN."""
    _count_holes(padded, size, r, holes)
    half = size // 2
    held = np.empty(size * size, padded.dtype)
    inside = 0
    for j in range(padded.shape[1]):
        inside += holes[j]
        if j >= size:
            inside -= holes[j - size]
        c = j - size + 1
        if c >= 0 and inside > 0:
            if np.isnan(padded[r + half, c + half]):
                out[r, c] = np.nan
            else:
                out[r, c] = _median_of_valid(padded, size, r, c, held)


@jit
def _median_of_valid(padded, size, r, c, held):
    """Median of what is not NaN in the window that starts at (r, c).

    Of an even number, the mean of the two in the middle.
    """
    count = 0
    for i in range(r, r + size):
        for j in range(c, c + size):
            if not np.isnan(padded[i, j]):
                held[count] = padded[i, j]
                count += 1
    upper = _select(held, count, count // 2)
    if count % 2 == 1:
        return upper
    lower = held[0]
    for k in range(1, count // 2):
        lower = max(lower, held[k])
    return 0.5 * (np.float64(lower) + upper)


@jit
def _select(held, count, rank):
    """Value of a rank (from 0) among the first `count`; smaller ones are before it afterwards.

    Hoare's quickselect.
    """
    first, last = 0, count - 1
    while first < last:
        pivot = held[(first + last) // 2]
        i, j = first, last
        while i <= j:
            while held[i] < pivot:
                i += 1
            while pivot < held[j]:
                j -= 1
            if i <= j:
                held[i], held[j] = held[j], held[i]
                i += 1
                j -= 1
        if rank <= j:
            last = j
        elif rank >= i:
            first = i
        else:
            break
    return held[rank]


@jit
def _ordered(a, b):
    """The smaller and the larger."""
    return (a if a < b else b), (b if a < b else a)


@jit
def _sorted_3(a, b, c):
    """Three values in ascending order."""
    a, b = _ordered(a, b)
    b, c = _ordered(b, c)
    a, b = _ordered(a, b)
    return a, b, c


@jit
def _sorted_5(a, b, c, d, e):
    """Five values in ascending order, by nine comparators (Knuth 1998, section 5.3.4)."""
    a, b = _ordered(a, b)
    d, e = _ordered(d, e)
    c, e = _ordered(c, e)
    c, d = _ordered(c, d)
    b, e = _ordered(b, e)
    a, d = _ordered(a, d)
    a, c = _ordered(a, c)
    b, d = _ordered(b, d)
    b, c = _ordered(b, c)
    return a, b, c, d, e


@jit
def _median_of_sorted_columns(lowest, low, middle, high, highest):
    """Median of 25 values: each tuple ascends, and so do the tuples at each place.

    12 of the 25 cannot be the median: they have more than half of the others above or below them.
    Of the 13 that are left these comparators find it; that they do for every input follows from
    all 7776 inputs of zeros and ones (Knuth 1998, theorem Z of section 5.3.4), which a test tries.
    """
    _, _, _, p, q = lowest
    _, _, a, b, c = low
    _, d, e, f, _ = middle
    g, h, i, _, _ = high
    s, t, _, _, _ = highest
    d, p = _ordered(d, p)
    a, g = _ordered(a, g)
    p, g = _ordered(p, g)
    e, s = _ordered(e, s)
    b, q = _ordered(b, q)
    e, b = _ordered(e, b)
    s, q = _ordered(s, q)
    s, b = _ordered(s, b)
    g, s = _ordered(g, s)
    s, b = _ordered(s, b)
    h, c = _ordered(h, c)
    t, i = _ordered(t, i)
    h, f = _ordered(h, f)
    b, h = _ordered(b, h)
    s, t = _ordered(s, t)
    g, s = _ordered(g, s)
    s, b = _ordered(s, b)
    return b
