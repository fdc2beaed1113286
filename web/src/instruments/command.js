// The command line that makes a result again with another threshold.

/** Settings of a recipe by their options; what is usual is left out. */
const OPTIONS = [
  ['grid', '--grid', 's2'],
  ['bbox', '--bbox'],
  ['s1_window', '--s1-window'],
  ['s2_window', '--s2-window'],
  ['bands', '--bands', ['B02', 'B03', 'B04', 'B08']],
  ['polarisation', '--polarisation'],
  ['method', '--method', 'nearest'],
  ['speckle', '--speckle'],
  ['balance', '--balance', false],
  ['incidence', '--incidence'],
  ['nesz', '--nesz', false],
  ['land', '--land', 'auto'],
  ['coast_buffer_m', '--coast-buffer', 0],
  ['clouds', '--clouds', 'auto'],
  ['surface', '--surface', 'geoid'],
  ['cells', '--cells', 1000],
  ['source_position', '--source-position', false],
  ['drift_m_s', '--drift'],
  ['format', '--format', 'netcdf'],
  ['s1_bands', '--s1-bands'],
  ['s1_units', '--s1-units'],
  ['s1_time', '--s1-time'],
  ['s2_bands', '--s2-bands'],
  ['s2_units', '--s2-units'],
  ['s2_offset', '--s2-offset'],
  ['s2_quantification', '--s2-quantification'],
  ['s2_time', '--s2-time'],
];

/** Command with the threshold of a picture for its sensor, and the recipe's mask for the other. */
export function commandFor(summary, picture, cut) {
  const recipe = summary.provenance?.recipe ?? {};
  const masks = { s1: recipe.s1_mask, s2: recipe.s2_mask };
  const digits = picture.side === 's1' ? 1 : 3;
  masks[picture.side] = `above:${picture.band}:${Number(cut.toFixed(digits))}`;
  const usual = { s1: 'automatic', s2: 'spectral' };
  const words = OPTIONS.flatMap(([key, option, normal]) => worded(option, recipe[key], normal));
  for (const side of ['s1', 's2']) {
    if (masks[side] && masks[side] !== usual[side]) words.push(`--${side}-mask`, quoted(masks[side]));
  }
  const products = [summary.s1, summary.s2].flatMap(({ address, product }) => address ?? product ?? '…');
  return ['icepair align', ...products.map(quoted), '--out DIR', ...words].join(' ');
}

function worded(option, value, normal) {
  if (value === null || value === undefined) return [];
  if (JSON.stringify(value) === JSON.stringify(normal)) return [];
  if (value === true) return [option];
  if (value === false) return [option.replace('--', '--no-')];
  if (option === '--bbox') return [option, ...value.map(String)];
  if (option.endsWith('-window') && Array.isArray(value)) {
    const [a, b, c, d] = value.flat();
    return [option, `${a}:${b},${c}:${d}`];
  }
  return [option, quoted(Array.isArray(value) ? value.join(',') : String(value))];
}

/** As a shell takes it: names come from outside. */
function quoted(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
