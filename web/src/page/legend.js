// What the colours of a picture mean.
import { element } from './dom.js';

export function legend(title, { classes, colours, low, high, unit }) {
  const body = classes
    ? element('ul', {}, ...classes.map(([colour, words]) =>
        element('li', {}, element('i', { style: { background: colour } }), words)))
    : element('div', { class: 'ramp' },
        element('span', { text: ends(low, unit) }),
        element('i', { style: { background: `linear-gradient(90deg, ${colours.join(', ')})` } }),
        element('span', { text: ends(high, unit) }));
  return element('div', { class: 'legend' }, element('h3', { text: title }), body);
}

const ends = (value, unit) =>
  `${Number.isInteger(value) || Math.abs(value) >= 10 ? value.toFixed(0) : value.toFixed(2)}${unit ? ` ${unit}` : ''}`;
