// Lambert's equal-area projection about a pole, on the ellipsoid WGS 84 (Snyder 1987, 24-15 to 24-31).
// The library's own gives no place about a pole.
import Projection from 'ol/proj/Projection.js';
import { addCoordinateTransforms, addProjection } from 'ol/proj.js';

const A = 6378137;
const E2 = 0.0066943799901413165;
const E = Math.sqrt(E2);
const RADIANS = Math.PI / 180;
const POLE = area(1);

/** Authalic latitude to geodetic: coefficients of the sines of 2, 4 and 6 times it (Snyder 3-18). */
const BACK = [
  E2 / 3 + (31 * E2 ** 2) / 180 + (517 * E2 ** 3) / 5040,
  (23 * E2 ** 2) / 360 + (251 * E2 ** 3) / 3780,
  (761 * E2 ** 3) / 45360,
];

/** Make EPSG:6931 (north) or EPSG:6932 (south) known to the map. */
export function addEqualArea(code, side) {
  addProjection(new Projection({ code, units: 'm' }));
  addCoordinateTransforms('EPSG:4326', code,
    ([longitude, latitude]) => {
      const radius = A * Math.sqrt(Math.max(0, POLE - side * area(Math.sin(latitude * RADIANS))));
      return [radius * Math.sin(longitude * RADIANS), -side * radius * Math.cos(longitude * RADIANS)];
    },
    ([x, y]) => {
      const authalic = Math.asin(side * (1 - (x * x + y * y) / (A * A * POLE)));
      const latitude = BACK.reduce((sum, each, i) => sum + each * Math.sin(2 * (i + 1) * authalic), authalic);
      return [Math.atan2(x, -side * y) / RADIANS, latitude / RADIANS];
    });
}

function area(sine) {
  const e = E * sine;
  return (1 - E2) * (sine / (1 - e * e) - Math.log((1 - e) / (1 + e)) / (2 * E));
}
