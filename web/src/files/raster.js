// One cloud-optimised GeoTIFF: its levels, its tiles (kept for a while), its single pixels.
import { openTiff } from './tiff.js';

const TILES_KEPT = 160;

/** Tiles of all rasters, those not used for longest first. */
const kept = new Map();

export class Raster {
  /**
   * @param {string} name File name, for messages.
   * @param {object[]} levels Finest first: picture, width, height, tile (its side), resolution.
   * @param {number[]} extent West, south, east, north in the file's own plane.
   */
  constructor(name, address, levels, extent) {
    this.name = name;
    this.address = address;
    this.levels = levels;
    this.extent = extent;
    const [{ picture, width, height, resolution }] = levels;
    Object.assign(this, { width, height, resolution, nodata: picture.nodata, epsg: picture.epsg });
  }

  static async open(name, address) {
    try {
      const pictures = await openTiff(address);
      const { extent } = pictures[0];
      if (!extent) throw new Error('it does not say where it lies');
      return new Raster(name, address, pictures.map((picture) => level(picture, extent)), extent);
    } catch (error) {
      throw unreadable(name, error);
    }
  }

  /**
   * Values of one tile, row by row of `stride`; `width` and `height` of it lie in the raster.
   * @return {Promise<{values: TypedArray, stride: number, width: number, height: number}>}
   */
  tile(index, column, row) {
    const key = `${this.address} ${index} ${column} ${row}`;
    let found = kept.get(key);
    kept.delete(key);
    found ??= this.#read(index, column, row).catch((error) => {
      kept.delete(key);
      throw unreadable(this.name, error);
    });
    kept.set(key, found);
    if (kept.size > TILES_KEPT) kept.delete(kept.keys().next().value);
    return found;
  }

  /** Whether a value is an answer. */
  has(value) {
    return !Number.isNaN(value) && value !== this.nodata;
  }

  /** Value of the pixel that holds a place, in full resolution; null outside and for no answer. */
  async valueAt([x, y]) {
    const column = Math.floor((x - this.extent[0]) / this.resolution);
    const row = Math.floor((this.extent[3] - y) / this.resolution);
    return this.valueOf(column, row);
  }

  async valueOf(column, row) {
    if (column < 0 || row < 0 || column >= this.width || row >= this.height) return null;
    const side = this.levels[0].tile;
    const tile = await this.tile(0, Math.floor(column / side), Math.floor(row / side));
    const value = tile.values[(row % side) * tile.stride + (column % side)];
    return this.has(value) ? value : null;
  }

  /** All tiles of the coarsest level, for a first impression of the values. */
  async overview() {
    const index = this.levels.length - 1;
    const { columns, rows } = this.levels[index];
    const tiles = [];
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) tiles.push(this.tile(index, column, row));
    }
    return Promise.all(tiles);
  }

  async #read(index, column, row) {
    const { picture, width, height, tile } = this.levels[index];
    const all = await picture.read(column, row);
    return { values: all, stride: tile, width: Math.min(tile, width - column * tile), height: Math.min(tile, height - row * tile) };
  }
}

function level(picture, extent) {
  const { width, height, tile } = picture;
  return {
    picture,
    width,
    height,
    tile,
    columns: Math.ceil(width / tile),
    rows: Math.ceil(height / tile),
    resolution: (extent[2] - extent[0]) / width,
  };
}

/** What went wrong with a byte, said of the file. */
function unreadable(name, error) {
  if (error.file) return error;
  const words = new Error(`${name} is damaged or cannot be read (${error.message}).`);
  words.file = name;
  return words;
}
