// Every layer at one place, from the pixel of full resolution that holds it.
import { wordsOf } from '../pictures/reasons.js';
import { isBackscatter, shown } from '../pictures/values.js';
import { globeWords, toGlobe } from '../map/plane.js';
import { element, replace } from '../page/dom.js';

const MASK = { 0: 'water', 1: 'ice' };

/** Rows of the table: words and value of every variable that the pair has. */
export async function readAt(pair, place) {
  const raster = await pair.raster(anyOf(pair));
  const column = Math.floor((place[0] - raster.extent[0]) / raster.resolution);
  const row = Math.floor((raster.extent[3] - place[1]) / raster.resolution);
  const variables = variablesOf(pair);
  const values = await Promise.all(
    variables.map(async ({ name }) => (await pair.raster(name)).valueOf(column, row)),
  );
  return {
    place,
    globe: toGlobe(place, pair.plane),
    column,
    row,
    inside: column >= 0 && row >= 0 && column < raster.width && row < raster.height,
    rows: variables.map((variable, i) => ({ ...variable, value: values[i] })),
  };
}

function variablesOf(pair) {
  const listed = [
    ...pair.polarisations.map((each) => [`s1_sigma0_${each.toLowerCase()}`, `Radar ${each}`]),
    ['s1_ice', 'Radar says'],
    ['s1_flags', 'Radar remarks'],
    ...pair.bands.map((each) => [`s2_${each.toLowerCase()}`, `Optical ${each}`]),
    ['s2_ice', 'Optical says'],
    ['s2_flags', 'Optical remarks'],
  ];
  return listed.filter(([name]) => pair.has(name)).map(([name, title]) => ({ name, title }));
}

const anyOf = (pair) => variablesOf(pair)[0].name;

function words({ name, value }) {
  if (value === null) return 'no answer';
  if (name.endsWith('_ice')) return MASK[value] ?? 'no answer';
  if (name.endsWith('_flags')) return wordsOf(name.slice(0, 2), value);
  if (isBackscatter(name)) return `${shown(name)(value).toFixed(2)} dB`;
  return value.toFixed(4);
}

/** Table that follows the pointer; what is slow never comes after what is new. */
export class Readout {
  constructor(panel, status) {
    this.panel = panel;
    this.status = status;
    this.wanted = null;
    this.busy = false;
  }

  async at(pair, place, cells) {
    this.wanted = [pair, place, cells];
    if (this.busy) return;
    this.busy = true;
    while (this.wanted) {
      const [of, where, from] = this.wanted;
      this.wanted = null;
      try {
        this.#show(of, await readAt(of, where), from?.at(where));
      } catch {
        // The damage is told where it was found; the next place may be sound.
      }
    }
    this.busy = false;
  }

  #show(pair, { place, globe, column, row, inside, rows }, cell) {
    this.status.textContent = globeWords(globe);
    const lines = [
      ['Place', globeWords(globe)],
      ['In the plane', `${place[0].toFixed(0)} E  ${place[1].toFixed(0)} N (m)`],
      ['Pixel', inside ? `row ${row}, column ${column}` : 'outside the pair'],
      ...(inside ? rows.map((each) => [each.title, words(each), each]) : []),
      ...(cell ?? []),
    ];
    replace(this.panel, ...lines.map(([title, text, of]) => line(title, text, of)));
    this.panel.dataset.row = row;
    this.panel.dataset.column = column;
  }
}

function line(title, text, of) {
  return element(
    'tr',
    { 'data-variable': of?.name, 'data-value': of ? String(of.value) : null },
    element('th', { scope: 'row', text: title }),
    element('td', { text }),
  );
}
