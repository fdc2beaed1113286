// The map with its two pictures: which are shown, how they share the screen, what lies over them.
import Map from 'ol/Map.js';
import View from 'ol/View.js';
import { defaults as defaultInteractions } from 'ol/interaction/defaults.js';
import ScaleLine from 'ol/control/ScaleLine.js';
import WebGLTile from 'ol/layer/WebGLTile.js';
import { styleOf } from '../pictures/catalogue.js';
import { sourceOf } from '../pictures/source.js';

/** What must lie between two redraws of a blinking map. */
const BLINK_MS = 900;

export class ViewMap {
  /**
   * @param {HTMLElement} first Holds the map; `second` the other one when both stand side by side.
   * @param {object} told Functions: `complete()`, `failed(error)`, `placed(slot, placed)`.
   */
  constructor(first, second, told) {
    this.told = told;
    this.mode = 'curtain';
    this.split = 0.5;
    this.opacity = 0.5;
    this.slots = { left: null, right: null };
    this.asked = { left: 0, right: 0 };
    this.overlays = [];
    this.maps = [first, second].map((target) => makeMap(target));
    this.maps[0].on('rendercomplete', () => told.complete());
    this.blinking = 0;
  }

  get view() {
    return this.maps[0].getView();
  }

  /** Begin with a pair: a view in its plane, on the whole of it unless it is in view already. */
  open(pair, place = null) {
    const same = this.pair?.plane === pair.plane;
    this.pair = pair;
    for (const slot of ['left', 'right']) this.#remove(slot);
    if (same && !place) return;
    const view = new View({
      projection: pair.plane,
      extent: widened(pair.extent, 1.5),
      showFullExtent: true,
      constrainOnlyCenter: true,
      minResolution: pair.spacing / 40,
      maxResolution: (pair.extent[2] - pair.extent[0]) / 50,
    });
    this.maps[0].setView(view);
    this.#lend();
    if (place) {
      view.setCenter(place.centre);
      view.setResolution(place.resolution);
      view.setRotation(place.rotation);
    } else {
      this.whole();
    }
  }

  whole() {
    const size = this.maps[0].getSize();
    this.view.fit(this.pair.extent, { size, padding: [16, 16, 16, 16] });
  }

  /** Show a picture in a slot; resolves when its first tiles can be asked for. */
  async show(slot, picture) {
    const turn = ++this.asked[slot];
    const { pair } = this;
    try {
      const [variables, source] = await Promise.all([
        picture.ranges(pair),
        sourceOf(pair, picture.variables),
      ]);
      if (turn !== this.asked[slot]) return;
      this.#remove(slot);
      const layer = new WebGLTile({
        source,
        style: styleOf(picture, variables),
        cacheSize: 128,
        zIndex: slot === 'left' ? 1 : 2,
      });
      layer.on('prerender', (event) => this.#clip(event, slot));
      layer.on('postrender', (event) => event.context.disable(event.context.SCISSOR_TEST));
      this.slots[slot] = { picture, layer, variables };
      this.arrange();
      this.told.placed(slot, this.slots[slot]);
    } catch (error) {
      if (turn === this.asked[slot]) this.told.failed(error);
    }
  }

  /** Change values in the shader; nothing is read anew. */
  repaint(slot, variables) {
    const placed = this.slots[slot];
    if (!placed) return;
    Object.assign(placed.variables, variables);
    placed.layer.updateStyleVariables(placed.variables);
  }

  /** @param {object} how mode, split (share of the width), opacity (of the right picture). */
  share({ mode = this.mode, split = this.split, opacity = this.opacity }) {
    const changed = mode !== this.mode;
    Object.assign(this, { mode, split, opacity });
    if (changed) this.arrange();
    else this.#look();
    for (const map of this.maps) map.render();
  }

  /** Put every layer where the mode wants it. */
  arrange() {
    clearInterval(this.blinking);
    const beside = this.mode === 'beside';
    const homes = { left: this.maps[0], right: beside ? this.maps[1] : this.maps[0] };
    for (const [slot, home] of Object.entries(homes)) {
      const layer = this.slots[slot]?.layer;
      if (!layer) continue;
      for (const map of this.maps) if (map !== home) map.removeLayer(layer);
      if (!home.getLayers().getArray().includes(layer)) home.addLayer(layer);
    }
    this.#look();
    if (this.mode === 'blink') this.blinking = setInterval(() => this.#blink(), BLINK_MS);
    this.#lend();
    for (const map of this.maps) map.updateSize();
  }

  /** Lay something over the pictures of both maps; `make` is called with each of them. */
  over(make) {
    return this.maps.map((map) => {
      const layer = make(map);
      layer.setZIndex(10);
      map.addLayer(layer);
      return layer;
    });
  }

  /** The second map has the view only while it is seen: a view believes the last map's size. */
  #lend() {
    this.maps[1].setView(this.mode === 'beside' ? this.view : new View());
  }

  #look() {
    const { left, right } = this.slots;
    left?.layer.setVisible(this.mode !== 'right');
    right?.layer.setVisible(this.mode !== 'left');
    right?.layer.setOpacity(this.mode === 'blend' ? this.opacity : 1);
  }

  #blink() {
    const layer = this.slots.right?.layer;
    layer?.setVisible(!layer.getVisible());
  }

  #remove(slot) {
    const layer = this.slots[slot]?.layer;
    if (!layer) return;
    for (const map of this.maps) map.removeLayer(layer);
    layer.dispose();
    this.slots[slot] = null;
  }

  /** Each picture keeps to its side of the curtain. */
  #clip(event, slot) {
    if (this.mode !== 'curtain') return;
    const gl = event.context;
    const [width, height] = [gl.drawingBufferWidth, gl.drawingBufferHeight];
    const edge = Math.round(width * this.split);
    gl.enable(gl.SCISSOR_TEST);
    if (slot === 'left') gl.scissor(0, 0, edge, height);
    else gl.scissor(edge, 0, width - edge, height);
  }
}

function makeMap(target) {
  return new Map({
    target,
    layers: [],
    controls: [new ScaleLine({ minWidth: 80 })],
    interactions: defaultInteractions({ altShiftDragRotate: true }),
    pixelRatio: Math.min(2, devicePixelRatio),
  });
}

function widened([west, south, east, north], times) {
  const [x, y] = [((east - west) * times) / 2, ((north - south) * times) / 2];
  const [cx, cy] = [(east + west) / 2, (north + south) / 2];
  return [cx - x, cy - y, cx + x, cy + y];
}
