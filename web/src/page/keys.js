// Keys for what hands do most. Not while something is being typed or chosen.

export const KEYS = [
  ['1 – 5', 'curtain, left, right, blend, blink'],
  ['6', 'side by side'],
  ['x', 'exchange the two pictures'],
  ['[  ]', 'earlier, later pair'],
  ['f', 'the whole pair'],
  ['c', 'read out the middle of the map'],
  ['t', 'transect across the middle of the map'],
  ['a', 'concentrations of the visible area'],
  ['g', 'graticule'],
  ['h', 'hide or show the panel'],
  ['Esc', 'stop drawing'],
  ['arrows, + −', 'move and zoom, when the map has the focus'],
];

/** @param {Object<string, function()>} acts By key. */
export function listen(acts) {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest('select, textarea, input:not([type=range]):not([type=radio]):not([type=checkbox])')) return;
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
