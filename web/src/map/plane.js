// The plane that a pair lies in: its projection, places on the globe, where north is.
import { register } from 'ol/proj/proj4.js';
import { get as projectionOf, transform } from 'ol/proj.js';
import proj4 from 'proj4';
import { addEqualArea } from './equal_area.js';

const GLOBE = 'EPSG:4326';
const WGS84 = '+datum=WGS84 +units=m +no_defs';

/** Grids of equal area, by the side of the equator that they are on. */
const EQUAL_AREA = { 6931: 1, 6932: -1 };

const POLAR = {
  3031: `+proj=stere +lat_0=-90 +lat_ts=-71 +lon_0=0 ${WGS84}`,
  3413: `+proj=stere +lat_0=90 +lat_ts=70 +lon_0=-45 ${WGS84}`,
  3976: `+proj=stere +lat_0=-90 +lat_ts=-70 +lon_0=0 ${WGS84}`,
  3995: `+proj=stere +lat_0=90 +lat_ts=71 +lon_0=0 ${WGS84}`,
};

/**
 * Code of a projection, made known to the map.
 * @param {number|null} epsg Number, where there is one.
 * @param {string} wkt Its words in WKT2, for numbers that are not listed here.
 */
export function registerPlane(epsg, wkt) {
  const code = epsg ? `EPSG:${epsg}` : `PAIR:${hash(wkt)}`;
  if (!projectionOf(code) && epsg in EQUAL_AREA) {
    addEqualArea(code, EQUAL_AREA[epsg]);
  } else if (!projectionOf(code)) {
    proj4.defs(code, definition(epsg) ?? wkt);
    register(proj4);
  }
  return code;
}

export const toGlobe = (place, plane) => transform(place, plane, GLOBE);

export const fromGlobe = (place, plane) => transform(place, GLOBE, plane);

/** Angle from the plane's upward direction to north at a place, clockwise, in radians. */
export function northAt(place, plane) {
  const [longitude, latitude] = toGlobe(place, plane);
  const step = latitude > 0 ? -0.01 : 0.01;
  const [x, y] = fromGlobe([longitude, latitude + step], plane);
  const sign = Math.sign(step);
  return Math.atan2(sign * (x - place[0]), sign * (y - place[1]));
}

/** Degrees and minutes as charts have them: 81°35.9′ N  49°30.1′ E. */
export function globeWords([longitude, latitude]) {
  const east = ((longitude + 540) % 360) - 180;
  return `${angle(latitude, 'N', 'S')}  ${angle(east, 'E', 'W')}`;
}

function angle(degrees, positive, negative) {
  const minutes = Math.round(Math.abs(degrees) * 600) / 10;
  const whole = Math.floor(minutes / 60);
  const rest = (minutes - whole * 60).toFixed(1).padStart(4, '0');
  return `${whole}°${rest}′ ${degrees < 0 ? negative : positive}`;
}

function definition(epsg) {
  if (epsg > 32600 && epsg <= 32660) return `+proj=utm +zone=${epsg - 32600} ${WGS84}`;
  if (epsg > 32700 && epsg <= 32760) return `+proj=utm +zone=${epsg - 32700} +south ${WGS84}`;
  return POLAR[epsg];
}

function hash(text) {
  let value = 0;
  for (const letter of text) value = (value * 31 + letter.codePointAt(0)) | 0;
  return value >>> 0;
}
