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
            for column in range(first, stop):
                t = np.float64(column - node)
                line[r, column - column_start] = y + t * dy
                sample[r, column - column_start] = x + t * dx


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
def nearest(source, origin, net, row_start, column_start, out):
    """Value of the source pixel that holds each target pixel; `out` is left alone elsewhere.

    `source` is the window of the whole source that begins at `origin`. Ties go to the higher
    index.
    """
    lines, samples = source.shape
    rows, columns = out.shape
    spans = np.empty((columns, 3), np.int64)
    paths = np.empty((columns, 4))
    for r in range(rows):
        count = _runs(net, row_start + r, column_start, column_start + columns, spans, paths)
        for n in range(count):
            first, stop, node = spans[n]
            y, dy, x, dx = paths[n]
            y0, y1 = y + (first - node) * dy - origin[0], y + (stop - 1 - node) * dy - origin[0]
            x0, x1 = x + (first - node) * dx - origin[1], x + (stop - 1 - node) * dx - origin[1]
            # A run is straight: what holds at its ends holds between them.
            if (
                _is_inside(y0, lines)
                and _is_inside(y1, lines)
                and _is_inside(x0, samples)
                and _is_inside(x1, samples)
            ):
                for column in range(first, stop):
                    t = np.float64(column - node)
                    i = np.int32(y + t * dy - origin[0] + 0.5)
                    j = np.int32(x + t * dx - origin[1] + 0.5)
                    out[r, column - column_start] = source[np.uint64(i), np.uint64(j)]
                continue
            for column in range(first, stop):
                t = np.float64(column - node)
                line, sample = y + t * dy - origin[0], x + t * dx - origin[1]
                if _is_inside(line, lines) and _is_inside(sample, samples):
                    i, j = math.floor(line + 0.5), math.floor(sample + 0.5)
                    out[r, column - column_start] = source[i, j]


@jit
def _bilinear_at(source, line, sample, minimum_share):
    """Bilinear mean of the valid ones among four neighbours, and whether there is one."""
    lines, samples = source.shape
    i0, j0 = math.floor(line), math.floor(sample)
    v, u = line - i0, sample - j0
    total = 0.0
    share = 0.0
    for di in range(2):
        i = i0 + di
        wi = v if di else 1.0 - v
        if wi == 0.0 or i < 0 or i >= lines:
            continue
        for dj in range(2):
            j = j0 + dj
            weight = wi * (u if dj else 1.0 - u)
            if weight == 0.0 or j < 0 or j >= samples:
                continue
            value = source[i, j]
            if not np.isnan(value):
                total += weight * value
                share += weight
    # A share of exactly 1 keeps whole-pixel positions bit for bit.
    return (total if share == 1.0 else total / share), share >= minimum_share


@jit
def bilinear(source, origin, net, minimum_share, row_start, column_start, out):
    """Bilinear mean of the valid ones among four neighbours; `out` is left alone elsewhere.

    As `nearest`; weights as in `icepair.resample._kernels.bilinear`.
    """
    lines, samples = source.shape
    rows, columns = out.shape
    spans = np.empty((columns, 3), np.int64)
    paths = np.empty((columns, 4))
    for r in range(rows):
        count = _runs(net, row_start + r, column_start, column_start + columns, spans, paths)
        for n in range(count):
            first, stop, node = spans[n]
            y, dy, x, dx = paths[n]
            for column in range(first, stop):
                t = np.float64(column - node)
                line, sample = y + t * dy - origin[0], x + t * dx - origin[1]
                if not (_is_inside(line, lines) and _is_inside(sample, samples)):
                    continue
                if 0.0 <= line < lines - 1 and 0.0 <= sample < samples - 1:
                    i, j = np.uint64(np.int32(line)), np.uint64(np.int32(sample))
                    v, u = line - np.float64(np.int32(line)), sample - np.float64(np.int32(sample))
                    w00, w01 = (1.0 - v) * (1.0 - u), (1.0 - v) * u
                    w10, w11 = v * (1.0 - u), v * u
                    one = np.uint64(1)
                    # From 0, so that -0 comes out as where neighbours are missing.
                    total = (
                        0.0
                        + w00 * source[i, j]
                        + w01 * source[i, j + one]
                        + w10 * source[i + one, j]
                        + w11 * source[i + one, j + one]
                    )
                    share = w00 + w01 + w10 + w11
                    if not np.isnan(total):
                        value = total if share == 1.0 else total / share
                        out[r, column - column_start] = value
                        continue
                value, answered = _bilinear_at(source, line, sample, minimum_share)
                if answered:
                    out[r, column - column_start] = value
