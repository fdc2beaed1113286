// Concentrations on cells of equal area: squares of their own grid, drawn where they lie in the pair's.
import Feature from 'ol/Feature.js';
import Polygon from 'ol/geom/Polygon.js';
import VectorLayer from 'ol/layer/Vector.js';
import VectorSource from 'ol/source/Vector.js';
import { Fill, Stroke, Style } from 'ol/style.js';
import { BALANCE, SEQUENCE, colourAt } from '../pictures/colours.js';
import { plusMinus } from '../page/numbers.js';
import { fromGlobe, registerPlane, toGlobe } from './plane.js';

const NAMES = { s1: 'cells_s1_ice_concentration', s2: 'cells_s2_ice_concentration' };

export const hasCells = (pair) => pair.has(NAMES.s1) && pair.has(NAMES.s2);

/** All cells with an answer, and a layer that colours them. */
export class Cells {
  constructor() {
    this.source = new VectorSource();
    this.shown = 'none';
    this.layers = [];
  }

  /** A layer of the cells; there is one for each map. */
  layer() {
    const style = (feature) => this.#style(feature);
    const made = new VectorLayer({ source: this.source, visible: false, opacity: 0.75, style });
    this.layers.push(made);
    return made;
  }

  async load(pair) {
    this.source.clear();
    const rasters = await Promise.all([
      pair.raster(NAMES.s1), pair.raster(NAMES.s2),
      ...[NAMES.s1, NAMES.s2].map((name) => pair.has(`${name}_standard_error`) ? pair.raster(`${name}_standard_error`) : null),
    ]);
    const plane = registerPlane(rasters[0].epsg, '');
    const { width, height } = rasters[0];
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const [s1, s2, e1, e2] = await Promise.all(rasters.map((each) => each?.valueOf(column, row) ?? null));
        if (s1 === null && s2 === null) continue;
        const feature = new Feature(square(rasters[0], column, row, plane, pair.plane));
        feature.setProperties({ s1, s2, e1, e2 }, true);
        this.source.addFeature(feature);
      }
    }
  }

  /** @param {string} what none, s1, s2 or difference */
  show(what) {
    this.shown = what;
    for (const layer of this.layers) {
      layer.setVisible(what !== 'none');
      layer.changed();
    }
  }

  /** Lines for the read-out. */
  at(place) {
    const [cell] = this.source.getFeaturesAtCoordinate(place);
    if (!cell) return [];
    return [
      ['Cell, radar', plusMinus(cell.get('s1'), cell.get('e1'))],
      ['Cell, optical', plusMinus(cell.get('s2'), cell.get('e2'))],
    ];
  }

  legend() {
    return this.shown === 'difference'
      ? { title: 'Cells: optical less radar', colours: BALANCE, low: -50, high: 50, unit: '%' }
      : { title: `Cells: ${this.shown === 's1' ? 'radar' : 'optical'}`, colours: SEQUENCE, low: 0, high: 100, unit: '%' };
  }

  #style(feature) {
    const { s1, s2 } = feature.getProperties();
    const known = this.shown === 'difference' ? s1 !== null && s2 !== null : feature.get(this.shown) !== null;
    if (!known) return null;
    const colour = this.shown === 'difference' ? colourAt(BALANCE, s2 - s1 + 0.5) : colourAt(SEQUENCE, feature.get(this.shown));
    return new Style({ fill: new Fill({ color: colour }), stroke: new Stroke({ color: 'rgba(10,22,34,.5)', width: 0.5 }) });
  }
}

function square(raster, column, row, from, to) {
  const { resolution: side, extent: [west, , , north] } = raster;
  const corners = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]];
  return new Polygon([corners.map(([i, j]) =>
    fromGlobe(toGlobe([west + (column + i) * side, north - (row + j) * side], from), to))]);
}
