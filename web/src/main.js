// Begins the page, and joins its parts: what one of them changes, the others are told.
import './viewer.css';
import { contents } from './files/server.js';
import { Pair } from './files/pair.js';
import { Cells, hasCells } from './map/cells.js';
import { curtain } from './map/curtain.js';
import { graticule } from './map/graticule.js';
import { knowsLand, landOf } from './map/land.js';
import { northArrow } from './map/north.js';
import { outlinesOf } from './map/outlines.js';
import { savePicture } from './map/picture_export.js';
import { ViewMap } from './map/view_map.js';
import { Measure } from './instruments/measure.js';
import { Readout } from './instruments/readout.js';
import { Threshold } from './instruments/threshold.js';
import { tell, tellOnce } from './page/alerts.js';
import { controls, fillChoices } from './page/controls.js';
import { byId, element, replace } from './page/dom.js';
import { showHeader } from './page/header.js';
import { listen } from './page/keys.js';
import { legend } from './page/legend.js';
import { linkOf, readLink } from './page/link.js';
import { Timeline } from './page/timeline.js';
import { time } from './page/numbers.js';
import { picturesOf } from './pictures/catalogue.js';

const state = { pair: 0, mode: 'curtain', split: 0.5, opacity: 0.5, cells: 'none', grid: true, land: true, ...readLink(location.hash) };
const page = document.documentElement;
const readout = new Readout(byId('readout'), byId('status'));
const cells = new Cells();
let pair = null;
let pictures = [];
let land = null;
let outlines = [];
let timeline = null;

const view = new ViewMap(byId('map'), byId('beside'), {
  complete: () => {
    if (view.slots.left && view.slots.right) page.dataset.state = 'complete';
  },
  failed: tellOnce,
  placed: () => {
    page.dataset.state = 'drawing';
    names();
  },
});
const [map] = view.maps;

const measure = new Measure(view, () => pair);
const handle = curtain(byId('curtain'), byId('maps'), (split) => {
  state.split = split;
  view.share({ split });
  remember();
});
view.over(() => cells.layer());
const grids = view.over(graticule);
northArrow(byId('north'), map);

const ui = controls({
  picture: (slot, id) => show(slot, id),
  mode: (mode) => share({ mode }),
  opacity: (opacity) => share({ opacity }),
  over: (name, value) => over(name, value),
});

function share(how) {
  Object.assign(state, how);
  byId('beside').hidden = state.mode !== 'beside';
  byId('curtain').hidden = state.mode !== 'curtain';
  view.share(how);
  ui.mode(state.mode);
  names();
  remember();
}

async function open(number) {
  page.dataset.state = 'opening';
  page.dataset.overlays = 'opening';
  const opened = await Pair.open(number, tellOnce);
  replace(byId('alerts'));
  pair = opened;
  state.pair = number;
  timeline.open(number);
  showHeader(byId('numbers'), pair);
  document.title = `${pair.name} – icepair`;
  pair.problems.forEach(tell);
  if (pair.summary && !pair.plane) {
    tell('This pair lies in the radar\'s own lines and samples (--grid s1), which are no plane to draw a map in. Align with another --grid to see it here.');
  }
  if (!pair.plane) {
    page.dataset.state = 'nothing';
    return;
  }
  pictures = picturesOf(pair);
  if (!pictures.length) {
    tell('The folder has no GeoTIFF to show. Make the result anew: icepair align … --overwrite.');
    page.dataset.state = 'nothing';
    return;
  }
  const place = Number.isFinite(state.res) && state.x !== undefined && state.y !== undefined
    ? { centre: [state.x, state.y], resolution: state.res, rotation: state.rot ?? 0 } : null;
  view.open(pair, timeline.opened ? null : place);
  timeline.opened = true;
  measure.clear();
  fillChoices(pictures, (slot) => chosen(slot));
  await Promise.all(['left', 'right'].map((slot) => show(slot, chosen(slot).id)));
  await overlays();
  page.dataset.overlays = 'complete';
  thresholds();
}

/** Picture of a slot: the one wanted, or the one that most pairs have. */
function chosen(slot) {
  const wanted = pictures.find(({ id }) => id === state[slot]);
  const usual = slot === 'left' ? 'Radar' : 'Optical';
  return wanted ?? pictures.find(({ group }) => group === usual) ?? pictures[0];
}

async function show(slot, id) {
  const picture = pictures.find((each) => each.id === id);
  if (!picture) return;
  state[slot] = id;
  ui.picture(slot, id);
  page.dataset.state = 'drawing';
  await view.show(slot, picture);
  const cut = picture.side && state[picture.side === 's1' ? 'cut1' : 'cut2'];
  if (cut !== undefined && cut !== null && picture.side) view.repaint(slot, { cut });
  remember();
}

function names() {
  const { left, right } = view.slots;
  byId('left-name').textContent = left?.picture.title ?? '';
  byId('right-name').textContent = right?.picture.title ?? '';
  byId('left-name').hidden = state.mode === 'right';
  byId('right-name').hidden = state.mode === 'left';
  const legends = [left, right]
    .filter((placed, i, all) => placed && all.findIndex((other) => other?.picture.id === placed.picture.id) === i)
    .map(({ picture, variables }) => legend(picture.title, picture.legend(variables)));
  if (state.cells !== 'none') legends.push(legend(cells.legend().title, cells.legend()));
  replace(byId('legends'), ...legends);
}

async function overlays() {
  if (land) map.removeLayer(land);
  for (const layer of outlines) map.removeLayer(layer);
  [land, outlines] = [null, []];
  cells.source.clear();
  const rows = [{ name: 'grid', title: 'Graticule', value: state.grid }];
  if (knowsLand(pair)) rows.push({ name: 'land', title: 'Land', value: state.land });
  pair.outlines.forEach((name) => rows.push({ name: `lines ${name}`, title: name.replaceAll('_', ' '), value: false }));
  ui.overlays(rows, hasCells(pair) ? state.cells : null);
  showGrid();
  try {
    if (hasCells(pair)) await cells.load(pair);
    cells.show(hasCells(pair) ? state.cells : 'none');
    if (knowsLand(pair)) {
      land = await landOf(pair);
      land.setVisible(state.land);
      map.addLayer(land);
    }
  } catch (error) {
    tellOnce(error);
  }
  names();
}

function showGrid() {
  for (const layer of grids) layer.setVisible(state.grid);
  for (const each of view.maps) each.dispatchEvent('moveend');
}

async function over(name, value) {
  if (name === 'grid') {
    state.grid = value;
    showGrid();
  } else if (name === 'land') {
    state.land = value;
    land?.setVisible(value);
  } else if (name === 'cells') {
    state.cells = value;
    cells.show(value);
  } else {
    await drawOutlines(name.slice('lines '.length), value);
  }
  names();
  remember();
}

async function drawOutlines(name, value) {
  let layer = outlines.find((each) => each.get('name') === name);
  if (!layer && value) {
    try {
      layer = await outlinesOf(pair, name, pair.outlines.indexOf(name));
    } catch (error) {
      tellOnce(error);
      return;
    }
    layer.set('name', name);
    outlines.push(layer);
    map.addLayer(layer);
  }
  layer?.setVisible(value);
}

/** Sliders of the thresholds; the pixels are counted when the user opens them. */
function thresholds() {
  const panel = byId('cuts');
  replace(panel);
  const own = pictures.filter(({ side }) => side);
  const made = own.map((picture) => {
    const key = picture.side === 's1' ? 'cut1' : 'cut2';
    return new Threshold(panel, pair, picture, state[key] ?? (picture.side === 's1' ? -24 : 0.25), (of, cut) => {
      state[key] = cut;
      repaint(of, cut);
    });
  });
  if (!pair.has('valid') || !own.length) panel.append(element('p', { class: 'small', text: 'This pair lacks what thresholds need: valid.tif and a band of each sensor.' }));
  const details = byId('thresholds');
  details.ontoggle = () => {
    if (details.open && pair.has('valid')) made.forEach((each) => each.count().catch(tellOnce));
  };
  details.ontoggle();
}

async function repaint(picture, cut) {
  const slots = Object.keys(view.slots).filter((slot) => view.slots[slot]?.picture.id === picture.id);
  if (slots.length) slots.forEach((slot) => view.repaint(slot, { cut }));
  else await show(picture.side === 's1' ? 'left' : 'right', picture.id);
  remember();
}

let remembering = 0;

function remember() {
  clearTimeout(remembering);
  remembering = setTimeout(() => {
    const centre = view.view.getCenter();
    if (!centre || !pair?.plane) return;
    Object.assign(state, { x: centre[0], y: centre[1], res: view.view.getResolution(), rot: view.view.getRotation() });
    history.replaceState(null, '', linkOf(state));
  }, 200);
}

function read(place) {
  if (pair?.plane && pictures.length) readout.at(pair, place, cells);
}

function exchange() {
  const [left, right] = [state.left, state.right];
  show('left', right);
  show('right', left);
}

function fold() {
  const folded = document.body.classList.toggle('folded');
  byId('hide').setAttribute('aria-expanded', String(!folded));
  view.maps.forEach((each) => each.updateSize());
}

async function copyLink() {
  const button = byId('copy-link');
  try {
    await navigator.clipboard.writeText(location.href);
    button.textContent = 'Link copied';
  } catch {
    button.textContent = 'The link is in the address bar';
  }
  setTimeout(() => { button.textContent = 'Copy link'; }, 2500);
}

function save() {
  const { left, right } = view.slots;
  const words = [
    `${left?.picture.title ?? ''} | ${right?.picture.title ?? ''}`,
    `${pair.summary.s1.product}, ${time(pair.summary.s1.time)}`,
    `${pair.summary.s2.product}, ${time(pair.summary.s2.time)}`,
    'Contains modified Copernicus Sentinel data',
  ];
  savePicture(view, words, `${pair.name.replace(/[^\w-]+/g, '_')}.png`);
}

for (const each of view.maps) {
  each.on(['pointermove', 'click'], (event) => {
    if (!event.dragging) read(event.coordinate);
  });
}
map.on('moveend', remember);
const zoom = (by) => view.view.animate({ zoom: view.view.getZoom() + by, duration: 150 });
byId('nearer').onclick = () => zoom(1);
byId('farther').onclick = () => zoom(-1);
byId('whole').onclick = () => view.whole();
byId('hide').onclick = fold;
byId('copy-link').onclick = copyLink;
byId('save').onclick = save;
const modes = Object.fromEntries(ui.modes.map((mode, i) => [String(i + 1), () => share({ mode })]));
listen({
  ...modes,
  x: exchange,
  f: () => view.whole(),
  c: () => read(view.view.getCenter()),
  t: () => measure.across(),
  a: () => measure.visible(),
  g: () => ui.toggle('grid'),
  h: fold,
  '[': () => timeline.step(-1),
  ']': () => timeline.step(1),
  Escape: () => measure.stop(),
});

addEventListener('error', (event) => tell(event.message));
addEventListener('unhandledrejection', (event) => tellOnce(event.reason));

const { results } = await contents();
timeline = new Timeline(byId('time'), results, open);
share({ mode: state.mode, opacity: state.opacity });
handle.set(state.split);
await open(state.pair < results.length && state.pair >= 0 ? state.pair : 0);
