// Both concentrations within an outline, from every pixel of the masks whose centre lies in it.
import { getArea } from 'ol/sphere.js';
import { element, replace } from '../page/dom.js';
import { percent, thousands } from '../page/numbers.js';

/**
 * Columns whose centres lie within rings, for one row of pixels (even-odd rule).
 * @return {number[][]} [first, stop) pairs.
 */
export function spans(rings, y, left, resolution, width) {
  const crossings = [];
  for (const ring of rings) {
    for (let i = 1; i < ring.length; i++) {
      const [[x0, y0], [x1, y1]] = [ring[i - 1], ring[i]];
      if (y0 > y !== y1 > y) crossings.push(x0 + ((y - y0) * (x1 - x0)) / (y1 - y0));
    }
  }
  crossings.sort((a, b) => a - b);
  const column = (x) => Math.min(width, Math.max(0, Math.ceil((x - left) / resolution - 0.5)));
  const found = [];
  for (let i = 0; i + 1 < crossings.length; i += 2) {
    found.push([column(crossings[i]), column(crossings[i + 1])]);
  }
  return found.filter(([first, stop]) => stop > first);
}

/** Counts of pixels within rings by what both masks say. */
export async function countIn(pair, rings) {
  const [radar, optical] = await Promise.all([pair.raster('s1_ice'), pair.raster('s2_ice')]);
  const { tile: side, columns, rows } = radar.levels[0];
  const [left, , , top] = radar.extent;
  const ys = rings.flat().map(([, y]) => y);
  const rowOf = (y) => Math.floor((top - y) / radar.resolution);
  const first = Math.max(0, rowOf(Math.max(...ys)));
  const last = Math.min(radar.height - 1, rowOf(Math.min(...ys)));
  const counts = { pixels: 0, s1: 0, s2: 0, both: 0, ice1: 0, ice2: 0, ice1Own: 0, ice2Own: 0 };
  for (let band = Math.floor(first / side); band <= Math.min(rows - 1, Math.floor(last / side)); band++) {
    const found = [];
    for (let row = Math.max(first, band * side); row <= Math.min(last, band * side + side - 1); row++) {
      const y = top - (row + 0.5) * radar.resolution;
      found.push([row - band * side, spans(rings, y, left, radar.resolution, radar.width)]);
    }
    for (let column = 0; column < columns; column++) {
      const [low, high] = [column * side, (column + 1) * side];
      if (!found.some(([, each]) => each.some(([a, b]) => a < high && b > low))) continue;
      const tiles = await Promise.all([radar.tile(0, column, band), optical.tile(0, column, band)]);
      for (const [row, each] of found) tally(counts, tiles, row, each, low);
    }
  }
  return counts;
}

function tally(counts, [radar, optical], row, ranges, low) {
  for (const [from, to] of ranges) {
    const stop = Math.min(to - low, radar.width);
    for (let column = Math.max(0, from - low); column < stop; column++) {
      const one = radar.values[row * radar.stride + column];
      const two = optical.values[row * optical.stride + column];
      const [has1, has2] = [one <= 1, two <= 1];
      counts.pixels += 1;
      if (has1) counts.s1 += 1;
      if (has2) counts.s2 += 1;
      if (one === 1) counts.ice1Own += 1;
      if (two === 1) counts.ice2Own += 1;
      if (!has1 || !has2) continue;
      counts.both += 1;
      counts.ice1 += one;
      counts.ice2 += two;
    }
  }
}

export async function showArea(panel, pair, polygon) {
  const counts = await countIn(pair, polygon.getCoordinates());
  const share = (ice, of) => (of ? ice / of : null);
  const size = getArea(polygon, { projection: pair.plane }) / 1e6;
  const rows = [
    ['Radar', share(counts.ice1, counts.both), share(counts.ice1Own, counts.s1)],
    ['Optical', share(counts.ice2, counts.both), share(counts.ice2Own, counts.s2)],
  ];
  replace(
    panel,
    element('table', { class: 'values' },
      element('thead', {}, element('tr', {}, ...['', 'seen by both', 'own pixels'].map((text) =>
        element('th', { scope: 'col', text })))),
      element('tbody', {}, ...rows.map(([title, both, own]) =>
        element('tr', {},
          element('th', { scope: 'row', text: title }),
          element('td', { text: percent(both) }),
          element('td', { text: percent(own) }))))),
    element('p', { class: 'small', text:
      `${size.toFixed(size < 10 ? 2 : 0)} km², ${thousands(counts.pixels)} pixels, `
      + `${percent(share(counts.both, counts.pixels), 0)} of them seen by both. `
      + 'Share of pixels that the masks call ice.' }),
  );
  Object.assign(panel.dataset, counts);
}
