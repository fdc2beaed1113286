// What both sensors saw along a line, pixel by pixel.
import { shown } from '../pictures/values.js';
import { lineChart } from '../page/chart.js';
import { element, replace } from '../page/dom.js';
import { metres } from '../page/numbers.js';

const MOST = 2000;
const MASK_COLOURS = { 0: '#2f6ea8', 1: '#eef3f7' };

/** Values of the variables along a line, one each pixel, or 2000 of a longer line. */
export async function along(pair, variables, [from, to]) {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const count = Math.max(2, Math.min(MOST, Math.ceil(length / pair.spacing) + 1));
  const share = (i) => i / (count - 1);
  const distances = Array.from({ length: count }, (_, i) => share(i) * length);
  const values = {};
  for (const variable of variables) {
    const raster = await pair.raster(variable);
    const convert = shown(variable);
    values[variable] = await Promise.all(
      distances.map(async (_, i) => {
        const place = from.map((at, axis) => at + (to[axis] - at) * share(i));
        const value = await raster.valueAt(place);
        return value === null ? NaN : convert(value);
      }),
    );
  }
  return { length, distances, values };
}

export async function showTransect(panel, pair, line) {
  const radar = pair.polarisations.map((each) => `s1_sigma0_${each.toLowerCase()}`);
  const optical = pair.bands.slice(0, 4).map((each) => `s2_${each.toLowerCase()}`);
  const masks = ['s1_ice', 's2_ice'].filter((name) => pair.has(name));
  const { length, distances, values } = await along(pair, [...radar, ...optical, ...masks], line);
  const chart = (names, unit, label) => {
    const lines = names.map((name, i) => ({
      name, colour: LINES[i], points: distances.map((distance, j) => [distance, values[name][j]]),
    }));
    return element('figure', {},
      key(lines, label),
      lineChart({ width: 340, height: 130, x: [0, length], lines, unit, xWords: metres, label }));
  };
  replace(
    panel,
    radar.length && chart(radar, '', 'Backscatter in dB'),
    optical.length && chart(optical, '', 'Reflectance'),
    ...masks.map((name) => strip(name, values[name])),
    element('p', { class: 'small', text: `${metres(length)}, ${distances.length} points, each the pixel that holds it.` }),
  );
}

const LINES = ['#56b4e9', '#e69f00', '#6fd3ab', '#f0a3c8'];

function key(lines, label) {
  const names = lines.map(({ name, colour }) =>
    element('span', { class: 'key' }, element('i', { style: { background: colour } }), shortName(name)));
  return element('figcaption', {}, `${label} `, ...names);
}

const shortName = (name) => name.split('_').at(-1).toUpperCase();

/** Mask along the line as a band of colours. */
function strip(name, values) {
  const canvas = element('canvas', {
    width: values.length, height: 1, class: 'strip', role: 'img',
    'aria-label': `${name}: ${percentOf(values)} % of the answered points are ice`,
  });
  const context = canvas.getContext('2d');
  values.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    context.fillStyle = MASK_COLOURS[value];
    context.fillRect(i, 0, 1, 1);
  });
  const title = name === 's1_ice' ? 'Radar mask' : 'Optical mask';
  return element('div', { class: 'strip-row' }, element('span', { text: title }), canvas);
}

function percentOf(values) {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.length ? Math.round((100 * known.filter((value) => value === 1).length) / known.length) : 0;
}
