// The numbers of a pair: products, times, both concentrations.
import { element, replace } from './dom.js';
import { hours, percent, plusMinus, time } from './numbers.js';

export function showHeader(panel, pair) {
  const { summary } = pair;
  if (!summary) {
    replace(panel, element('h2', { text: pair.name }));
    return;
  }
  replace(
    panel,
    card('Radar', summary.s1, 's1'),
    card('Optical', summary.s2, 's2'),
    element('p', { class: 'between' },
      `${hours(summary.time_difference_hours ?? 0)} between the looks. ${summary.difference?.words ?? ''}`),
  );
  for (const note of [...(summary.notes ?? [])]) panel.append(element('p', { class: 'small', text: note }));
}

function card(title, side, name) {
  const share = side.ice_concentration;
  return element('div', { class: 'card', 'data-side': name },
    element('div', { class: 'card-top' },
      element('h2', { text: title }),
      element('strong', { text: plusMinus(share, side.ice_concentration_uncertainty) })),
    element('div', { class: 'bar', role: 'img', 'aria-label': `${title}: ${percent(share)} ice` },
      element('i', { style: { width: `${100 * (share ?? 0)}%` } })),
    element('p', { class: 'small', text: `${time(side.time)} · ${percent(side.valid_fraction, 0)} of the area seen` }),
    element('p', { class: 'product', text: side.product ?? '', title: side.product ?? '' }));
}
