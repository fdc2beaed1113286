// Tiles of a picture: the values of its variables side by side, and whether all of them are known.
import DataTile from 'ol/source/DataTile.js';
import TileGrid from 'ol/tilegrid/TileGrid.js';
import { shown } from './values.js';

let made = 0;

/**
 * Source for the map of several variables of a pair, all on the same grid.
 * @param {Pair} pair
 * @param {string[]} variables
 */
export async function sourceOf(pair, variables) {
  const rasters = await Promise.all(variables.map((variable) => pair.raster(variable)));
  const conversions = variables.map(shown);
  const levels = [...rasters[0].levels].reverse();
  const sizes = levels.map(({ tile }) => [tile, tile]);
  return new DataTile({
    // Tiles of sources without a key of their own are taken for each other.
    key: `${++made}`,
    loader: (z, column, row) =>
      composed(pair, rasters, conversions, levels.length - 1 - z, column, row),
    tileGrid: new TileGrid({
      extent: rasters[0].extent,
      origin: [rasters[0].extent[0], rasters[0].extent[3]],
      resolutions: levels.map(({ resolution }) => resolution),
      tileSizes: sizes,
    }),
    tileSizes: sizes,
    bandCount: variables.length + 1,
    projection: pair.plane,
    // A pixel is what was measured; between two of them nothing was.
    interpolate: false,
    transition: 0,
    wrapX: false,
  });
}

async function composed(pair, rasters, conversions, level, column, row) {
  const tiles = await Promise.all(
    rasters.map((raster) => pair.tile(raster, level, column, row)),
  );
  const side = rasters[0].levels[level].tile;
  const count = rasters.length + 1;
  const data = new Float32Array(side * side * count);
  const { width, height } = tiles[0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * side + x) * count;
      let valid = 1;
      for (let i = 0; i < rasters.length; i++) {
        const value = tiles[i].values[y * side + x];
        // A shader need not know what is not a number.
        if (rasters[i].has(value)) data[at + i] = conversions[i](value);
        else valid = 0;
      }
      data[at + rasters.length] = valid;
    }
  }
  return data;
}
