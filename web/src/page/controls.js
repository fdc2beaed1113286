// Menus, switches and sliders of the panel.
import { byId, element, replace } from './dom.js';
import { KEYS } from './keys.js';

const MODES = [
  ['curtain', 'Curtain'], ['left', 'Left'], ['right', 'Right'],
  ['blend', 'Blend'], ['blink', 'Blink'], ['beside', 'Side by side'],
];

/** @param {object} told Functions: `picture(slot, id)`, `mode(name)`, `opacity(value)`, `over(name, value)`. */
export function controls(told) {
  byId('modes').append(...MODES.map(([mode, title]) =>
    element('label', {},
      element('input', { type: 'radio', name: 'mode', value: mode, onchange: () => told.mode(mode) }),
      element('span', { text: title }))));
  for (const slot of ['left', 'right']) {
    byId(slot).addEventListener('change', (event) => told.picture(slot, event.target.value));
  }
  byId('opacity').addEventListener('input', (event) => told.opacity(Number(event.target.value)));
  replace(byId('keys'), ...KEYS.map(([key, words]) =>
    element('tr', {}, element('th', { scope: 'row', text: key }), element('td', { text: words }))));
  return {
    modes: MODES.map(([mode]) => mode),
    picture: (slot, id) => { byId(slot).value = id; },
    mode(mode) {
      document.querySelector(`#modes input[value="${CSS.escape(mode)}"]`).checked = true;
      byId('opacity-row').hidden = mode !== 'blend';
    },
    overlays: (rows, cells) => overlays(rows, cells, told),
    toggle: (name) => document.querySelector(`#over input[name="${name}"]`)?.click(),
  };
}

function overlays(rows, cells, told) {
  const switches = rows.map(({ name, title, value }) =>
    element('label', {},
      element('input', { type: 'checkbox', name, checked: value, onchange: (event) => told.over(name, event.target.checked) }),
      title));
  replace(byId('over'), ...switches, cells === null ? null : cellChoice(cells, told));
}

function cellChoice(chosen, told) {
  const choices = [
    ['none', 'no cells'], ['s1', 'concentration, radar'], ['s2', 'concentration, optical'],
    ['difference', 'optical less radar'],
  ];
  return element('div', { class: 'pick' },
    element('label', { for: 'cells', text: 'Cells' }),
    element('select', { id: 'cells', onchange: (event) => told.over('cells', event.target.value) },
      ...choices.map(([value, text]) => element('option', { value, text, selected: value === chosen }))));
}

/** Pictures of a pair in both menus, by group. */
export function fillChoices(pictures, chosen) {
  const groups = [...new Set(pictures.map(({ group }) => group))];
  for (const slot of ['left', 'right']) {
    const wanted = chosen(slot).id;
    replace(byId(slot), ...groups.map((group) =>
      element('optgroup', { label: group },
        ...pictures.filter((each) => each.group === group).map(({ id, title }) =>
          element('option', { value: id, text: title, selected: id === wanted })))));
  }
}
