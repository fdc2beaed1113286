// Lines and outlines that lie in the folder as GeoJSON: floes, matches, drift.
import GeoJSON from 'ol/format/GeoJSON.js';
import VectorLayer from 'ol/layer/Vector.js';
import VectorSource from 'ol/source/Vector.js';
import { Circle, Fill, Stroke, Style } from 'ol/style.js';
import { addressOf } from '../files/server.js';
import { KINDS } from '../pictures/colours.js';

/** Layer of one file; places are longitude and latitude as the format wants them. */
export async function outlinesOf(pair, name, number) {
  const reply = await fetch(addressOf(pair.number, `${name}.geojson`));
  const words = () => new Error(`${name}.geojson is damaged or cannot be read.`);
  if (!reply.ok) throw words();
  let features;
  try {
    features = new GeoJSON().readFeatures(await reply.json(), {
      dataProjection: 'EPSG:4326', featureProjection: pair.plane,
    });
  } catch {
    throw words();
  }
  const stroke = new Stroke({ color: KINDS[number % KINDS.length], width: 1.5 });
  const image = new Circle({ radius: 3, fill: new Fill({ color: KINDS[number % KINDS.length] }) });
  return new VectorLayer({
    source: new VectorSource({ features }), style: new Style({ stroke, image }), zIndex: 8,
  });
}
