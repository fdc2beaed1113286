// The pairs of a folder in the order of time, and the concentrations that both sensors saw.
import { lineChart } from './chart.js';
import { BLUE, ORANGE } from '../pictures/colours.js';
import { element, replace } from './dom.js';
import { time } from './numbers.js';

export class Timeline {
  /** @param {function(number)} chosen Is told the number of the result to open. */
  constructor(panel, results, chosen) {
    this.panel = panel;
    this.chosen = chosen;
    this.steps = results
      .map((result, number) => ({ ...result, number, at: Date.parse(result.s1?.time ?? '') }))
      .sort((a, b) => (a.at || 0) - (b.at || 0));
    this.current = 0;
    panel.hidden = results.length < 2;
  }

  open(number) {
    this.current = Math.max(0, this.steps.findIndex((step) => step.number === number));
    if (!this.panel.hidden) this.#draw();
  }

  step(by) {
    const next = this.steps[this.current + by];
    if (next) this.chosen(next.number);
  }

  #draw() {
    const now = this.steps[this.current];
    const choice = element('select', {
      'aria-label': 'Pair',
      onchange: (event) => this.chosen(Number(event.target.value)),
    }, ...this.steps.map(({ number, name, s1 }) =>
      element('option', { value: number, text: `${s1 ? time(s1.time) : 'damaged'} · ${name}`, selected: number === now.number })));
    const button = (text, label, by) => element('button', {
      type: 'button', text, 'aria-label': label, title: label,
      disabled: !this.steps[this.current + by], onclick: () => this.step(by),
    });
    replace(this.panel,
      element('div', { class: 'steps' }, button('‹', 'Earlier pair  [', -1), choice, button('›', 'Later pair  ]', 1)),
      this.#series(now));
  }

  #series(now) {
    const dated = this.steps.filter(({ at }) => Number.isFinite(at));
    if (dated.length < 2) return null;
    const line = (side, colour) => ({
      colour, name: side, dots: true,
      points: dated.map((step) => [step.at, step[side].ice_concentration ?? NaN, step[side].ice_concentration_uncertainty]),
    });
    const chart = lineChart({
      width: 340, height: 110, x: [dated[0].at, dated.at(-1).at], y: [0, 1],
      lines: [line('s1', ORANGE), line('s2', BLUE), ...(Number.isFinite(now.at) ? [{ colour: '#ffffff', name: 'now', points: [[now.at, 0], [now.at, 1]] }] : [])],
      xWords: (at) => new Date(at).toISOString().slice(0, 10),
      label: `Ice concentration of ${dated.length} pairs over time; orange radar, blue optical`,
    });
    return element('figure', {},
      element('figcaption', {}, 'Concentration: ', key(ORANGE, 'radar'), key(BLUE, 'optical')), chart);
  }
}

const key = (colour, text) => element('span', { class: 'key' }, element('i', { style: { background: colour } }), text);
