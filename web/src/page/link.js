// What is shown, as the part of the address after #: a link holds all of it.

const TEXTS = ['left', 'right', 'mode', 'cells'];
const NUMBERS = ['pair', 'split', 'opacity', 'x', 'y', 'res', 'rot', 'cut1', 'cut2'];
const SWITCHES = ['grid', 'land'];
const MODES = ['curtain', 'left', 'right', 'blend', 'blink', 'beside'];

export function readLink(hash) {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const state = {};
  for (const name of TEXTS) if (given.has(name)) state[name] = given.get(name);
  for (const name of NUMBERS) {
    const value = Number(given.get(name));
    if (given.has(name) && Number.isFinite(value)) state[name] = value;
  }
  for (const name of SWITCHES) if (given.has(name)) state[name] = given.get(name) === '1';
  if (!MODES.includes(state.mode)) delete state.mode;
  return state;
}

export function linkOf(state) {
  const words = new URLSearchParams();
  for (const name of [...TEXTS, ...NUMBERS]) {
    const value = state[name];
    if (value === null || value === undefined) continue;
    words.set(name, typeof value === 'number' ? Number(value.toFixed(5)) : value);
  }
  for (const name of SWITCHES) words.set(name, state[name] ? '1' : '0');
  return `#${words}`;
}
