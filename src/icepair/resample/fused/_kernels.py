"""Inner loops that go from a net of nodes to target pixels: plain arrays in, plain arrays out.

A *net* is the tuple ``(row_nodes, column_nodes, spacing, borders, table, first_sample,
spacing_samples)``: node (i, j) belongs to target pixel (i * spacing, j * spacing); the rest are the
steps of the sample, see `icepair.geo.steps`. A *run* is a stretch of a target row along which the
source position is ``(y + t * dy, x + t * dx)``, t counting columns from the node on its left.
Only absolute indices enter, so that no bit depends on how the target is cut into blocks.
"""

from __future__ import annotations

import math

import numpy as np

from icepair._jit import jit


@jit
def _at_row(nodes, i, j, v):
    """Value on the net's column j, a share v of a cell below node i."""
    upper = nodes[i, j]
    # On a node's own row the one below, which may have no answer, has no say.
    return upper if v == 0.0 else upper + v * (nodes[i + 1, j] - upper)


@jit
def _record(borders, line, guess):
    """Number of borders that lie before a line; NaN keeps the guess."""
    k = guess
    while k < borders.size and borders[k] < line:
        k += 1
    while k > 0 and borders[k - 1] >= line:
        k -= 1
    return k


@jit
def _step(table, k, first_sample, spacing_samples, smooth_sample):
    """What record k adds to a smooth sample; NaN outside the table."""
    if table.shape[1] == 0:
        return 0.0
    last = table.shape[1] - 1
    position = (smooth_sample - first_sample) / spacing_samples
    if not (0.0 <= position <= last):
        return np.nan
    j = min(int(position), last - 1)
    w = position - j
    return (1.0 - w) * table[k, j] + w * table[k, j + 1]


@jit
def _runs(net, row, column_start, column_stop, spans, paths):
    """Runs of one target row; returns how many.

    `spans` (n, 3) receives first column, column after the last and the node's column, `paths`
    (n, 4) receives y, dy, x, dx; n is at least the number of columns. A run ends where its cell
    ends and where a record gives way to the next. Runs without an answer are left out.
    """
    row_nodes, column_nodes, spacing, borders, table, first_sample, spacing_samples = net
    i = row // spacing
    v = (row - i * spacing) / spacing
    count = 0
    k = 0
    j = column_start // spacing
    y1 = _at_row(row_nodes, i, j, v)
    x1 = _at_row(column_nodes, i, j, v)
    first = column_start
    while first < column_stop:
        node = j * spacing
        stop = min(node + spacing, column_stop)
        y0, x0 = y1, x1
        # With a node on every pixel nothing is interpolated, beside an empty node neither.
        if spacing > 1 or stop < column_stop:
            y1 = _at_row(row_nodes, i, j + 1, v)
            x1 = _at_row(column_nodes, i, j + 1, v)
        dy = (y1 - y0) / spacing if spacing > 1 else 0.0
        # False for NaN and for infinity.
        if abs(y0 + dy) < np.inf:
            k = _record(borders, y0 + (first - node) * dy, k)
            last = _record(borders, y0 + (stop - 1 - node) * dy, k)
            while first < stop:
                end = stop
                if k != last:
                    end = first + 1
                    while end < stop and _record(borders, y0 + (end - node) * dy, k) == k:
                        end += 1
                x = x0 + _step(table, k, first_sample, spacing_samples, x0)
                dx = 0.0
                if spacing > 1:
                    dx = (x1 + _step(table, k, first_sample, spacing_samples, x1) - x) / spacing
                if abs(x + dx) < np.inf:
                    spans[count, 0], spans[count, 1], spans[count, 2] = first, end, node
                    paths[count, 0], paths[count, 1] = y0, dy
                    paths[count, 2], paths[count, 3] = x, dx
                    count += 1
                first = end
                if first < stop:
                    k = _record(borders, y0 + (first - node) * dy, k)
        first = stop
        j += 1
    return count


@jit
def positions(net, row_start, column_start, line, sample):
    """Fill in the source position of every pixel of a block; NaN where there is none."""
    rows, columns = line.shape
    spans = np.empty((columns, 3), np.int64)
    paths = np.empty((columns, 4))
    for r in range(rows):
        line[r, :] = np.nan
        sample[r, :] = np.nan
        count = _runs(net, row_start + r, column_start, column_start + columns, spans, paths)
        for n in range(count):
            first, stop, node = spans[n]
            y, dy, x, dx = paths[n]
            c = first - column_start
            for m in range(np.int32(stop - first)):
                t = float(np.int32(np.int32(first - node) + np.int32(m)))
                line[r, c + m] = y + t * dy
                sample[r, c + m] = x + t * dx


@jit
def extent(net, block, limits, box):
    """Fill in the least and greatest y and x of the runs of a block, cut at `limits`.

    `block` is (row start, stop, column start, stop), `limits` and `box` are (least y, greatest y,
    least x, greatest x); `box` is left empty, least above greatest, where no run comes near.
    """
    row_start, row_stop, column_start, column_stop = block
    spans = np.empty((column_stop - column_start, 3), np.int64)
    paths = np.empty((column_stop - column_start, 4))
    box[0], box[1], box[2], box[3] = np.inf, -np.inf, np.inf, -np.inf
    for row in range(row_start, row_stop):
        count = _runs(net, row, column_start, column_stop, spans, paths)
        for n in range(count):
            t0, t1 = spans[n, 0] - spans[n, 2], spans[n, 1] - 1 - spans[n, 2]
            y, dy, x, dx = paths[n]
            y0, y1 = min(y + t0 * dy, y + t1 * dy), max(y + t0 * dy, y + t1 * dy)
            x0, x1 = min(x + t0 * dx, x + t1 * dx), max(x + t0 * dx, x + t1 * dx)
            if y1 < limits[0] or y0 > limits[1] or x1 < limits[2] or x0 > limits[3]:
                continue
            box[0], box[1] = min(box[0], max(y0, limits[0])), max(box[1], min(y1, limits[1]))
            box[2], box[3] = min(box[2], max(x0, limits[2])), max(box[3], min(x1, limits[3]))


@jit
def along_nodes(nodes, spacing, row_start, column_start, out):
    """Fill in the bilinear value of any net of nodes for a block of target pixels."""
    rows, columns = out.shape
    for r in range(rows):
        i = (row_start + r) // spacing
        v = (row_start + r - i * spacing) / spacing
        first = column_start
        while first < column_start + columns:
            j = first // spacing
            node = j * spacing
            left = _at_row(nodes, i, j, v)
            slope = 0.0
            if spacing > 1:
                slope = (_at_row(nodes, i, j + 1, v) - left) / spacing
            stop = min(node + spacing, column_start + columns)
            for column in range(first, stop):
                out[r, column - column_start] = left + np.float64(column - node) * slope
            first = stop


@jit
def _is_inside(position, size):
    """Whether a position is on the image's footprint; False for NaN."""
    return -0.5 <= position < size - 0.5


@jit
def _ends(span, start, slope, origin):
    """Lesser and greater end of a run along one axis, counted from `origin`."""
    first = start + (span[0] - span[2]) * slope - origin
    last = start + (span[1] - 1 - span[2]) * slope - origin
    return min(first, last), max(first, last)


# The loops below are cut into short ones over the pixels of a run, and count in 32 bits, so that
# the compiler turns all but the look-ups into vector instructions: half the time.


@jit
def _nearest_of_run(source, origin, span, path, i, j, out):
    """Fill in a run (n,) that lies on the source's footprint from end to end."""
    y, dy, x, dx = path[0], path[1], path[2], path[3]
    top, left = float(origin[0]), float(origin[1])
    t0 = np.int32(span[0] - span[2])
    for n in range(np.int32(out.size)):
        t = float(np.int32(t0 + np.int32(n)))
        i[n] = np.int32(y + t * dy - top + 0.5)
        j[n] = np.int32(x + t * dx - left + 0.5)
    for n in range(out.size):
        out[n] = source[np.uint64(i[n]), np.uint64(j[n])]


@jit
def nearest(source, origin, net, row_start, column_start, out):
    """Value of the source pixel that holds each target pixel; `out` is left alone elsewhere.

    `source` is the window of the whole source that begins at `origin`. Ties go to the higher
    index.
    """
    lines, samples = source.shape
    rows, columns = out.shape
    spans = np.empty((columns, 3), np.int64)
    paths = np.empty((columns, 4))
    i, j = np.empty(columns, np.int32), np.empty(columns, np.int32)
    for r in range(rows):
        count = _runs(net, row_start + r, column_start, column_start + columns, spans, paths)
        for n in range(count):
            span, path = spans[n], paths[n]
            y0, y1 = _ends(span, path[0], path[1], origin[0])
            x0, x1 = _ends(span, path[2], path[3], origin[1])
            # A run is straight: what holds at its ends holds between them.
            if y0 >= -0.5 and y1 < lines - 0.5 and x0 >= -0.5 and x1 < samples - 0.5:
                part = out[r, span[0] - column_start : span[1] - column_start]
                _nearest_of_run(source, origin, span, path, i, j, part)
            elif y1 >= -0.5 and y0 < lines - 0.5 and x1 >= -0.5 and x0 < samples - 0.5:
                for column in range(span[0], span[1]):
                    t = float(column - span[2])
                    line, sample = path[0] + t * path[1], path[2] + t * path[3]
                    line, sample = line - origin[0], sample - origin[1]
                    if _is_inside(line, lines) and _is_inside(sample, samples):
                        value = source[math.floor(line + 0.5), math.floor(sample + 0.5)]
                        out[r, column - column_start] = value
