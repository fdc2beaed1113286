// Land over the pictures, where the flags of either sensor know it.
import WebGLTile from 'ol/layer/WebGLTile.js';
import { LAND_BIT } from '../pictures/reasons.js';
import { sourceOf } from '../pictures/source.js';

const FILL = '#b9ab8d';

export const knowsLand = (pair) => Boolean(pair.summary?.land) && (pair.has('s1_flags') || pair.has('s2_flags'));

export async function landOf(pair) {
  const side = pair.has('s1_flags') ? 's1' : 's2';
  const set = ['==', ['%', ['floor', ['/', ['band', 1], LAND_BIT[side]]], 2], 1];
  return new WebGLTile({
    source: await sourceOf(pair, [`${side}_flags`]),
    style: { color: ['case', ['all', ['>', ['band', 2], 0.5], set], FILL, [0, 0, 0, 0]] },
    zIndex: 5,
  });
}
