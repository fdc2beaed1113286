// Values as they are shown: backscatter in decibels, everything else as the file has it.

const LEAST_DB = -60;

export const isBackscatter = (variable) => variable.startsWith('s1_sigma0_');

/** Linear power in decibels; power that noise took below zero is very dark, not unknown. */
export function decibels(power) {
  return power > 1e-6 ? 10 * Math.log10(power) : LEAST_DB;
}

export const shown = (variable) => (isBackscatter(variable) ? decibels : (value) => value);

/**
 * Range of values worth showing, from the coarsest level: shares of the valid ones lie below.
 * @return {Promise<[number, number]>}
 */
export async function rangeOf(raster, variable, [low, high] = [0.01, 0.99]) {
  const convert = shown(variable);
  const values = [];
  for (const tile of await raster.overview()) {
    eachValue(tile, (value) => {
      if (raster.has(value)) values.push(convert(value));
    });
  }
  if (!values.length) return [0, 1];
  const sorted = Float32Array.from(values).sort();
  const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
  return at(high) > at(low) ? [at(low), at(high)] : [at(low) - 0.5, at(low) + 0.5];
}

/** Call with every value of a tile that lies in its raster, and where it is in `values`. */
export function eachValue({ values, stride, width, height }, act) {
  for (let row = 0; row < height; row++) {
    for (let at = row * stride, stop = at + width; at < stop; at++) act(values[at], at);
  }
}
