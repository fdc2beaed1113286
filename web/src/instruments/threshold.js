// A threshold of the user's own: histogram, the concentration it would give, the command for it.
import { ICE } from '../pictures/colours.js';
import { eachValue, shown } from '../pictures/values.js';
import { histogram } from '../page/chart.js';
import { element, replace } from '../page/dom.js';
import { percent, thousands } from '../page/numbers.js';
import { commandFor } from './command.js';

const MOST_TILES = 32;

/**
 * Counts of the pixels that both sensors answered, by value. Of large pairs every so manieth tile
 * is read, in full resolution.
 */
export async function countValues(pair, picture) {
  const [variable] = picture.variables;
  const { least, most, step } = picture.slider;
  const convert = shown(variable);
  const bins = Math.round((most - least) / step);
  const counts = new Float64Array(bins);
  const [values, valid] = await Promise.all([pair.raster(variable), pair.raster('valid')]);
  const { columns, rows } = values.levels[0];
  const every = Math.max(1, Math.ceil((columns * rows) / MOST_TILES));
  let read = 0;
  // Each row of tiles begins elsewhere, so that no column is left out.
  for (let row = 0; row < rows; row++) {
    for (let column = row % every; column < columns; column += every) {
      const [tile, both] = await Promise.all([values.tile(0, column, row), valid.tile(0, column, row)]);
      read += tile.width * tile.height;
      eachValue(tile, (value, at) => {
        if (both.values[at] !== 1 || !values.has(value)) return;
        const bin = Math.floor((convert(value) - least) / step + 1e-6);
        counts[Math.min(bins - 1, Math.max(0, bin))] += 1;
      });
    }
  }
  return { least, step, counts, read, whole: values.width * values.height };
}

/** Share of the counted pixels at a threshold or above it. */
export function shareAbove({ least, step, counts }, cut) {
  const first = Math.round((cut - least) / step);
  let [above, all] = [0, 0];
  counts.forEach((count, i) => {
    all += count;
    if (i >= first) above += count;
  });
  return all ? above / all : null;
}

export class Threshold {
  /** @param {function(string, number)} moved Is told of the picture and its threshold. */
  constructor(panel, pair, picture, cut, moved) {
    this.pair = pair;
    this.picture = picture;
    this.cut = cut;
    this.counted = null;
    const { least, most, step } = picture.slider;
    const unit = picture.side === 's1' ? ' dB' : '';
    this.words = (value) => `${value.toFixed(unit ? 1 : 3)}${unit}`;
    this.value = element('output', { text: this.words(cut) });
    this.chart = element('div', { class: 'histogram' });
    this.result = element('p', { class: 'result', 'aria-live': 'polite' });
    this.slider = element('input', {
      type: 'range', min: least, max: most, step, value: cut, id: `cut-${picture.side}`,
      'aria-valuetext': this.words(cut),
      oninput: () => this.move(Number(this.slider.value), moved),
    });
    const title = picture.side === 's1' ? `Radar: backscatter ${picture.band}` : `Optical: reflectance ${picture.band}`;
    this.command = element('code', { class: 'command' });
    const copy = element('button', { type: 'button', text: 'Copy', onclick: () => this.#copy(copy) });
    this.use = element('details', {},
      element('summary', { text: 'Use this threshold' }),
      element('p', { class: 'small', text: 'This command makes the result with it:' }),
      this.command, copy);
    panel.append(element('section', { class: 'threshold', 'data-side': picture.side },
      element('label', { for: this.slider.id }, `${title} `, this.value),
      this.slider, this.chart, this.result, this.use));
  }

  move(cut, moved) {
    this.cut = cut;
    this.value.textContent = this.words(cut);
    this.slider.setAttribute('aria-valuetext', this.words(cut));
    moved(this.picture, cut);
    this.draw();
  }

  async count() {
    this.counted ??= await countValues(this.pair, this.picture);
    this.draw();
  }

  draw() {
    this.command.textContent = commandFor(this.pair.summary, this.picture, this.cut);
    if (!this.counted) return;
    const { least, step, counts, read, whole } = this.counted;
    const [from, to] = filled(counts);
    replace(this.chart, histogram({
      width: 340, height: 90, low: least + from * step, step, counts: Array.from(counts.slice(from, to)),
      mark: this.cut, colours: ['#3f7cb5', ICE], label: 'Histogram of the pixels seen by both', xWords: this.words,
    }));
    const share = shareAbove(this.counted, this.cut);
    const part = read < whole ? `, from ${thousands(read)} of ${thousands(whole)} pixels` : '';
    this.result.textContent = `Ice: ${percent(share)}${part}`;
    this.result.dataset.share = share;
  }

  async #copy(button) {
    try {
      await navigator.clipboard.writeText(this.command.textContent);
      button.textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(this.command);
      button.textContent = 'Selected';
    }
  }
}

/** Bins between which the histogram has something to show. */
function filled(counts) {
  const most = Math.max(...counts);
  const worth = (count) => count > most / 500;
  const from = counts.findIndex(worth);
  const to = counts.length - [...counts].reverse().findIndex(worth);
  return from < 0 ? [0, counts.length] : [Math.max(0, from - 2), Math.min(counts.length, to + 2)];
}
