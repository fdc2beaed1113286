// One opened result: what is known of it, and its rasters by the name of the variable.
import { registerPlane } from '../map/plane.js';
import { Raster } from './raster.js';
import { addressOf, result } from './server.js';

export class Pair {
  constructor(number, { name, summary, files, problems }, report) {
    this.number = number;
    this.name = name;
    this.summary = summary ?? null;
    this.files = files;
    this.problems = problems;
    this.rasters = new Map();
    this.report = report;
    const grid = summary?.grid;
    this.shape = grid?.shape ?? null;
    this.plane = grid?.transform ? registerPlane(grid.epsg, grid.crs) : null;
    this.extent = grid?.transform ? extentOf(grid) : null;
    this.spacing = grid?.spacing_m ?? null;
  }

  /** @param {function(Error)} report Is told of files that turn out to be damaged. */
  static async open(number, report) {
    return new Pair(number, await result(number), report);
  }

  has(variable) {
    return `${variable}.tif` in this.files;
  }

  /** Raster of a variable; opened when it is first asked for. */
  raster(variable) {
    const file = `${variable}.tif`;
    if (!this.rasters.has(variable)) {
      const opened = Raster.open(file, addressOf(this.number, file));
      opened.catch(this.report);
      this.rasters.set(variable, opened);
    }
    return this.rasters.get(variable);
  }

  /** Values of a tile; damage is told once for each file. */
  async tile(raster, level, column, row) {
    try {
      return await raster.tile(level, column, row);
    } catch (error) {
      this.report(error);
      throw error;
    }
  }

  get polarisations() {
    return this.#named(/^s1_sigma0_(\w+)\.tif$/).map((name) => name.toUpperCase());
  }

  get bands() {
    return this.#named(/^s2_(b\w+)\.tif$/).map((name) => name.toUpperCase());
  }

  /** Names of files of lines and outlines, without their ending. */
  get outlines() {
    return this.#named(/^([\w-]+)\.geojson$/);
  }

  #named(pattern) {
    return Object.keys(this.files).flatMap((file) => file.match(pattern)?.[1] ?? []);
  }
}

function extentOf({ transform: [a, , c, , e, f], shape: [rows, columns] }) {
  return [c, f + e * rows, c + a * columns, f];
}
