// Drawing on the map: a line to be read along, an outline to be counted in.
import Feature from 'ol/Feature.js';
import LineString from 'ol/geom/LineString.js';
import Polygon from 'ol/geom/Polygon.js';
import Draw from 'ol/interaction/Draw.js';
import VectorLayer from 'ol/layer/Vector.js';
import VectorSource from 'ol/source/Vector.js';
import { Fill, Stroke, Style } from 'ol/style.js';
import { tellOnce } from '../page/alerts.js';
import { byId, element, replace } from '../page/dom.js';
import { showArea } from './area.js';
import { showTransect } from './transect.js';

const STYLE = [
  new Style({ stroke: new Stroke({ color: '#0a131c', width: 5 }) }),
  new Style({ stroke: new Stroke({ color: '#ffd166', width: 2.5 }), fill: new Fill({ color: 'rgba(255, 209, 102, 0.12)' }) }),
];

export class Measure {
  /** @param {function(): Pair} pair The one that is open. */
  constructor(view, pair) {
    this.view = view;
    this.pair = pair;
    this.source = new VectorSource();
    this.drawing = null;
    this.panel = byId('measured');
    for (const layer of view.over(() => new VectorLayer({ source: this.source, style: STYLE }))) {
      layer.setZIndex(20);
    }
    byId('draw-line').onclick = () => this.#toggle('LineString');
    byId('draw-area').onclick = () => this.#toggle('Polygon');
    byId('clear').onclick = () => this.clear();
  }

  clear() {
    this.stop();
    this.source.clear();
    replace(this.panel);
  }

  stop() {
    if (this.drawing) this.view.maps[0].removeInteraction(this.drawing);
    this.drawing = null;
    this.#pressed(null);
  }

  /** Line through the middle of what is seen, for those who do not point. */
  across() {
    const { left, right, y } = this.#seen();
    this.#take(new LineString([[left, y], [right, y]]));
  }

  /** What is seen of the pair as an area. */
  visible() {
    const { left, right, bottom, top } = this.#seen();
    this.#take(new Polygon([[[left, bottom], [right, bottom], [right, top], [left, top], [left, bottom]]]));
  }

  #seen() {
    const [map] = this.view.maps;
    const view = map.getView();
    const [west, south, east, north] = view.calculateExtent(map.getSize());
    const [w, s, e, n] = this.pair().extent;
    const [bottom, top] = [Math.max(south, s), Math.min(north, n)];
    const y = Math.min(n, Math.max(s, view.getCenter()[1]));
    return { left: Math.max(west, w), right: Math.min(east, e), bottom, top, y };
  }

  #toggle(type) {
    const same = this.drawing?.get('type') === type;
    this.stop();
    if (same) return;
    const [map] = this.view.maps;
    this.drawing = new Draw({ type, maxPoints: type === 'LineString' ? 2 : undefined, style: STYLE });
    this.drawing.set('type', type);
    this.drawing.on('drawend', ({ feature }) => {
      this.stop();
      this.#take(feature.getGeometry());
    });
    map.addInteraction(this.drawing);
    this.#pressed(type);
  }

  #pressed(type) {
    byId('draw-line').setAttribute('aria-pressed', String(type === 'LineString'));
    byId('draw-area').setAttribute('aria-pressed', String(type === 'Polygon'));
  }

  async #take(geometry) {
    this.source.clear();
    this.source.addFeature(new Feature(geometry));
    byId('measure').open = true;
    replace(this.panel, element('p', { class: 'small', text: 'Reading…' }));
    try {
      if (geometry instanceof LineString) await showTransect(this.panel, this.pair(), geometry.getCoordinates());
      else if (!this.pair().has('s1_ice') || !this.pair().has('s2_ice')) replace(this.panel, element('p', { text: 'This pair has no masks of both sensors.' }));
      else await showArea(this.panel, this.pair(), geometry);
    } catch (error) {
      replace(this.panel);
      tellOnce(error);
    }
  }
}
