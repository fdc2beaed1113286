// Small charts: lines over a distance or a time, and a histogram with a mark.
import { drawing } from './dom.js';

const MARGIN = { left: 40, right: 8, top: 8, bottom: 22 };

/**
 * Chart of one or several lines.
 * @param {object} what `width`, `height`, `x` ([low, high]), `lines` ([{points, colour, name, dots}]),
 *   `unit`, `xWords` (value to text), `label` (for screen readers), `y` (its range; by the values where left out).
 */
export function lineChart({ width, height, x, lines, unit, xWords, label, y = null }) {
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value)).filter(Number.isFinite);
  const range = y ?? padded(values);
  const at = scales(width, height, x, range);
  const marks = lines.flatMap((line) => [
    drawing('path', { d: path(line.points, at), fill: 'none', stroke: line.colour, 'stroke-width': 1.5 }),
    ...(line.dots ? line.points.map((point) => dot(point, line, at)) : []),
  ]);
  return frame({ width, height, x, range, unit, xWords, label, at }, marks);
}

/** Histogram with a mark at the threshold. */
export function histogram({ width, height, low, step, counts, mark, colours, label, xWords }) {
  const most = Math.max(...counts, 1);
  const high = low + step * counts.length;
  const at = scales(width, height, [low, high], [0, most]);
  const bars = counts.map((count, i) => {
    const from = low + i * step;
    const top = at.y(count);
    return drawing('rect', {
      x: at.x(from),
      y: top,
      width: Math.max(0.5, at.x(from + step) - at.x(from)),
      height: at.y(0) - top,
      fill: from + step / 2 < mark ? colours[0] : colours[1],
    });
  });
  const line = drawing('line', {
    x1: at.x(mark), x2: at.x(mark), y1: MARGIN.top, y2: height - MARGIN.bottom,
    class: 'mark',
  });
  return frame({ width, height, x: [low, high], range: null, xWords, label, at }, [...bars, line]);
}

function frame({ width, height, x, range, unit = '', xWords, label, at }, marks) {
  const bottom = height - MARGIN.bottom;
  const ticks = [0, 0.5, 1].map((share) => x[0] + share * (x[1] - x[0]));
  const sides = range ? [range[0], (range[0] + range[1]) / 2, range[1]] : [];
  const anchors = ['start', 'middle', 'end'];
  return drawing(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label, class: 'chart' },
    drawing('line', { x1: MARGIN.left, x2: width - MARGIN.right, y1: bottom, y2: bottom, class: 'axis' }),
    ...marks,
    ...ticks.map((value, i) =>
      drawing('text', { x: at.x(value), y: height - 6, 'text-anchor': anchors[i], text: xWords(value) })),
    ...sides.map((value) =>
      drawing('text', { x: MARGIN.left - 4, y: at.y(value) + 4, 'text-anchor': 'end', text: short(value) + unit })),
  );
}

function scales(width, height, [x0, x1], [y0, y1]) {
  const across = width - MARGIN.left - MARGIN.right;
  const up = height - MARGIN.top - MARGIN.bottom;
  return {
    x: (value) => MARGIN.left + (across * (value - x0)) / (x1 - x0 || 1),
    y: (value) => height - MARGIN.bottom - (up * (value - y0)) / (y1 - y0 || 1),
  };
}

function path(points, at) {
  let open = false;
  return points
    .map(([x, y]) => {
      if (!Number.isFinite(y)) {
        open = false;
        return '';
      }
      const step = `${open ? 'L' : 'M'}${at.x(x).toFixed(1)} ${at.y(y).toFixed(1)}`;
      open = true;
      return step;
    })
    .join('');
}

function dot([x, y, error], { colour }, at) {
  if (!Number.isFinite(y)) return null;
  const circle = drawing('circle', { cx: at.x(x), cy: at.y(y), r: 3, fill: colour });
  if (!error) return circle;
  const bar = drawing('line', {
    x1: at.x(x), x2: at.x(x), y1: at.y(y - error), y2: at.y(y + error), stroke: colour,
  });
  return drawing('g', {}, circle, bar);
}

function padded(values) {
  if (!values.length) return [0, 1];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const more = (high - low) * 0.06 || 0.5;
  return [low - more, high + more];
}

const short = (value) => (Math.abs(value) >= 10 ? value.toFixed(0) : value.toFixed(2));
