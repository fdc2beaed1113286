// Meridians and parallels with their degrees, in any plane, over the poles and 180 degrees.
import Feature from 'ol/Feature.js';
import LineString from 'ol/geom/LineString.js';
import Point from 'ol/geom/Point.js';
import VectorLayer from 'ol/layer/Vector.js';
import VectorSource from 'ol/source/Vector.js';
import { Fill, Stroke, Style, Text } from 'ol/style.js';
import { fromGlobe, toGlobe } from './plane.js';

const STEPS = [30, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01];
const WANTED = 5;
const POINTS = 96;
/** Share of the view that signs keep from its edges. */
const EDGE = 0.07;
const POLE = 89.9;

/** Layer that follows the view. */
export function graticule(map) {
  const source = new VectorSource();
  const layer = new VectorLayer({
    source,
    style: (feature) => (feature.get('label') ? sign(feature) : LINE),
    declutter: true,
    updateWhileInteracting: true,
  });
  map.on('moveend', () => {
    const view = map.getView();
    if (!view?.getCenter() || !layer.getVisible()) return;
    source.clear(true);
    source.addFeatures(lines(view.calculateExtent(map.getSize()), view.getProjection().getCode()));
  });
  return layer;
}

/** Lines of an extent of the plane. */
export function lines(extent, plane) {
  const seen = range(extent, plane);
  const longitudes = ticks(seen.west, seen.east, 360);
  const latitudes = ticks(seen.south, seen.north, 90);
  return [
    ...longitudes.map((longitude) =>
      line(between(seen.south, seen.north).map((at) => [longitude, at]), plane, extent, 1,
        words(((longitude + 540) % 360) - 180, 'E', 'W'))),
    ...latitudes
      .filter((latitude) => Math.abs(latitude) < POLE)
      .map((latitude) =>
        line(between(seen.west, seen.east).map((at) => [at, latitude]), plane, extent, 0,
          words(latitude, 'N', 'S'))),
  ].flat();
}

/** Box of longitude and latitude that an extent reaches; all longitudes where it holds a pole. */
function range([west, south, east, north], plane) {
  const places = [];
  for (let i = 0; i <= 12; i++) {
    for (let j = 0; j <= 12; j++) {
      const place = [west + ((east - west) * i) / 12, south + ((north - south) * j) / 12];
      const found = toGlobe(place, plane);
      if (found.every(Number.isFinite)) places.push(found);
    }
  }
  const latitudes = places.map(([, latitude]) => latitude);
  const [least, most] = [Math.min(...latitudes), Math.max(...latitudes)];
  // Told from the middle outwards, longitudes do not jump at 180 degrees.
  const middle = places[Math.floor(places.length / 2)][0];
  const around = places.map(([longitude]) => ((longitude - middle + 540) % 360) - 180);
  const [from, to] = [Math.min(...around), Math.max(...around)];
  const pole = [90, -90].find((each) => inside(fromGlobe([0, each], plane), [west, south, east, north]));
  if (pole === undefined && to - from < 300) {
    return { west: middle + from, east: middle + to, south: least, north: most };
  }
  return {
    west: -180, east: 180,
    south: pole === -90 ? -POLE : least,
    north: pole === 90 ? POLE : most,
  };
}

const inside = ([x, y], [west, south, east, north]) =>
  x >= west && x <= east && y >= south && y <= north;

function ticks(low, high, most) {
  const step = STEPS.find((each) => (high - low) / each >= WANTED) ?? STEPS.at(-1);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9; i++) {
    found.push(Math.round(i * step * 100) / 100);
  }
  // A full circle begins where it ends.
  return found.at(-1) - found[0] >= 360 && most === 360 ? found.slice(1) : found;
}

const between = (low, high) =>
  Array.from({ length: POINTS + 1 }, (_, i) => low + ((high - low) * i) / POINTS);

/** A line, and its degrees near the edge where it enters: below for meridians, left for parallels. */
function line(places, plane, extent, axis, label) {
  const points = places.map((place) => fromGlobe(place, plane));
  const [west, south, east, north] = extent;
  const [dx, dy] = [(east - west) * EDGE, (north - south) * EDGE];
  const seen = points.filter((point) => inside(point, [west + dx, south + dy, east - dx, north - dy]));
  const drawn = new Feature(new LineString(points));
  if (!seen.length) return [drawn];
  const place = seen.reduce((best, point) => (point[axis] < best[axis] ? point : best));
  return [drawn, new Feature({ geometry: new Point(place), label })];
}

function words(degrees, positive, negative) {
  const rounded = Math.round(Math.abs(degrees) * 100) / 100;
  return `${rounded}° ${degrees < 0 ? negative : positive}`;
}

const LINE = new Style({ stroke: new Stroke({ color: 'rgba(255, 255, 255, 0.4)', width: 1 }) });

function sign(feature) {
  return new Style({
    text: new Text({
      text: feature.get('label'),
      font: '12px system-ui, sans-serif',
      fill: new Fill({ color: '#ffffff' }),
      stroke: new Stroke({ color: 'rgba(10, 22, 34, 0.85)', width: 3 }),
    }),
  });
}
