// Every picture that can be made of a pair: from which variables, in which colours.
//
// `colour(band, valid)` is an expression of the map's shader; `band(i)` is the value of variable i.
// `ranges(pair)` gives the variables of that expression before the first drawing.
import { BLUE, GREYS, ICE, KINDS, ORANGE, SEQUENCE, WATER, stops } from './colours.js';
import { REASONS } from './reasons.js';
import { rangeOf } from './values.js';

const CLEAR = [0, 0, 0, 0];

/** Pictures of a pair, in the order of the menu. */
export function picturesOf(pair) {
  return [
    ...pair.polarisations.map(backscatter),
    ...radarColours(pair),
    ...opticalColours(pair),
    ...pair.bands.map(reflectance),
    ...['s1', 's2'].filter((side) => pair.has(`${side}_ice`)).map(mask),
    ...difference(pair),
    ...own(pair),
    ...['s1', 's2'].filter((side) => pair.has(`${side}_flags`)).map((side) => reasons(pair, side)),
  ];
}

function backscatter(polarisation) {
  const variable = `s1_sigma0_${polarisation.toLowerCase()}`;
  return {
    id: `s1-${polarisation.toLowerCase()}`,
    group: 'Radar',
    title: `Backscatter ${polarisation}`,
    variables: [variable],
    ranges: async (pair) => spread(await rangeOf(await pair.raster(variable), variable)),
    colour: (band) => ['interpolate', ['linear'], band(0), ...shaderStops(GREYS)],
    legend: ({ low, high }) => ({ colours: GREYS, low, high, unit: 'dB' }),
  };
}

function radarColours({ polarisations }) {
  const pairs = [['HH', 'HV'], ['VV', 'VH']];
  return pairs
    .filter((both) => both.every((each) => polarisations.includes(each)))
    .map(([co, cross]) => ({
      id: `s1-${co.toLowerCase()}-${cross.toLowerCase()}`,
      group: 'Radar',
      title: `${co}, ${cross} and their ratio in colour`,
      variables: [co, cross].map((each) => `s1_sigma0_${each.toLowerCase()}`),
      ranges: async (pair) => {
        const [c, x] = await Promise.all(
          [co, cross].map(async (each) => {
            const variable = `s1_sigma0_${each.toLowerCase()}`;
            return rangeOf(await pair.raster(variable), variable);
          }),
        );
        return { c0: c[0], c1: c[1], x0: x[0], x1: x[1] };
      },
      colour: (band) => [
        'color',
        byte(band(0), ['var', 'c0'], ['var', 'c1']),
        byte(band(1), ['var', 'x0'], ['var', 'x1']),
        byte(['-', band(0), band(1)], 2, 18),
        1,
      ],
      legend: () => ({
        classes: [
          ['#ff5a4d', `red: ${co}`],
          ['#4cc96b', `green: ${cross}`],
          ['#5a86ff', `blue: ${co} − ${cross}, 2 to 18 dB`],
        ],
      }),
    }));
}

function opticalColours({ bands }) {
  const composites = [
    ['s2-true', 'True colour', ['B04', 'B03', 'B02']],
    ['s2-ice', 'False colour for ice', ['B11', 'B08', 'B04']],
    ['s2-ice', 'False colour for ice', ['B08', 'B04', 'B03']],
  ];
  const found = composites.filter(([, , three]) => three.every((band) => bands.includes(band)));
  const first = found.filter(([id], i) => found.findIndex(([other]) => other === id) === i);
  return first.map(([id, title, three]) => {
    const variables = three.map((band) => `s2_${band.toLowerCase()}`);
    return {
      id,
      group: 'Optical',
      title,
      variables,
      ranges: async (pair) => {
        const all = await Promise.all(
          variables.map(async (each) => rangeOf(await pair.raster(each), each, [0.005, 0.99])),
        );
        return spread([Math.min(...all.map(([a]) => a)), Math.max(...all.map(([, b]) => b))]);
      },
      colour: (band) => [
        'color',
        ...[0, 1, 2].map((i) => byte(band(i), ['var', 'low'], ['var', 'high'], 0.7)),
        1,
      ],
      legend: ({ low, high }) => ({
        classes: ['#ff5a4d', '#4cc96b', '#5a86ff'].map((colour, i) => [
          colour,
          `${['red', 'green', 'blue'][i]}: ${three[i]}, ${low.toFixed(2)} to ${high.toFixed(2)}`,
        ]),
      }),
    };
  });
}

function reflectance(band) {
  const variable = `s2_${band.toLowerCase()}`;
  return {
    id: `s2-${band.toLowerCase()}`,
    group: 'Optical',
    title: `Reflectance ${band}`,
    variables: [variable],
    ranges: async (pair) => spread(await rangeOf(await pair.raster(variable), variable)),
    colour: (band) => ['interpolate', ['linear'], band(0), ...shaderStops(SEQUENCE)],
    legend: ({ low, high }) => ({ colours: SEQUENCE, low, high, unit: '' }),
  };
}

function mask(side) {
  return {
    id: `${side}-mask`,
    group: 'Ice',
    title: `Ice seen by ${side === 's1' ? 'radar' : 'optical sensor'}`,
    variables: [`${side}_ice`],
    ranges: async () => ({}),
    colour: (band) => ['case', ['>', band(0), 0.5], ICE, WATER],
    legend: () => ({ classes: [[WATER, 'water'], [ICE, 'ice']] }),
  };
}

function difference(pair) {
  if (!pair.has('s1_ice') || !pair.has('s2_ice')) return [];
  const entries = [
    [WATER, 'water in both'],
    [ORANGE, 'ice for radar alone'],
    [BLUE, 'ice for optical alone'],
    [ICE, 'ice in both'],
  ];
  return [
    {
      id: 'difference',
      group: 'Ice',
      title: 'Difference of the masks',
      variables: ['s1_ice', 's2_ice'],
      ranges: async () => ({}),
      colour: (band) => [
        'case',
        ['==', ['+', band(0), band(1)], 0], WATER,
        ['==', ['+', band(0), band(1)], 2], ICE,
        ['>', band(0), 0.5], ORANGE,
        BLUE,
      ],
      legend: () => ({ classes: entries }),
    },
  ];
}

/** Masks by thresholds of the user's own; `cut` moves with the slider. */
function own(pair) {
  const radar = ['HV', 'VH', 'HH', 'VV'].find((each) => pair.polarisations.includes(each));
  const optical = ['B03', 'B04', 'B02', 'B08'].find((each) => pair.bands.includes(each));
  const choices = [
    radar && ['s1', radar, `s1_sigma0_${radar.toLowerCase()}`, { least: -40, most: 0, step: 0.1 }],
    optical && ['s2', optical, `s2_${optical.toLowerCase()}`, { least: 0, most: 1.2, step: 0.005 }],
  ];
  return choices.filter(Boolean).map(([side, band, variable, slider]) => ({
    id: `${side}-own`,
    group: 'Ice',
    title: `${side === 's1' ? 'Radar' : 'Optical'} above your threshold (${band})`,
    side,
    band,
    slider,
    variables: [variable],
    ranges: async () => ({ cut: side === 's1' ? -24 : 0.25 }),
    colour: (band) => ['case', ['>=', band(0), ['var', 'cut']], ICE, WATER],
    legend: () => ({ classes: [[WATER, 'water: below'], [ICE, 'ice: above']] }),
  }));
}

function reasons(pair, side) {
  const known = REASONS[side];
  const branches = known.flatMap(({ bit }, i) => [
    ['==', ['%', ['floor', ['/', ['band', 1], bit]], 2], 1],
    KINDS[i % KINDS.length],
  ]);
  return {
    id: `${side}-reasons`,
    group: 'Why there is no answer',
    title: side === 's1' ? 'Reasons of the radar' : 'Reasons of the optical sensor',
    variables: [`${side}_flags`],
    ranges: async () => ({}),
    colour: () => ['case', ...branches, '#3a4653'],
    legend: () => ({
      classes: [
        ...known
          .map(({ name, words }, i) => [KINDS[i % KINDS.length], words, name])
          .filter(([, , name]) => pair.summary[side].reasons?.[name]?.pixels !== 0)
          .map(([colour, words]) => [colour, words]),
        ['#3a4653', 'none: answered'],
      ],
    }),
  };
}

/** Style of the map's layer: what has no answer is not drawn. */
export function styleOf(picture, variables) {
  const band = (i) => ['band', i + 1];
  const valid = ['band', picture.variables.length + 1];
  return {
    variables,
    color: ['case', ['>', valid, 0.5], picture.colour(band), CLEAR],
  };
}

const spread = ([low, high]) => ({ low, high });

const shaderStops = (colours) => stops(colours, ['var', 'low'], ['var', 'high']);

/** Share of a range as 0 to 255, made lighter in the dark where gamma is below 1. */
function byte(value, low, high, gamma = 1) {
  const share = ['clamp', ['/', ['-', value, low], ['-', high, low]], 0, 1];
  return ['*', 255, gamma === 1 ? share : ['^', share, gamma]];
}
