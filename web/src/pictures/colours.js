// Colours that people with any colour vision tell apart, and that grow evenly lighter.

export const WATER = '#17314f';
export const ICE = '#eef3f7';
export const ORANGE = '#e69f00';
export const BLUE = '#56b4e9';
export const GREY = '#a9a9a9';

/** Of kinds without an order (Okabe and Ito 2008). */
export const KINDS = [
  '#e69f00', '#56b4e9', '#009e73', '#f0e442', '#0072b2', '#d55e00', '#cc79a7', '#999999',
];

export const GREYS = ramp(11, (t) => oklab(t, 0, 0));

/** From deep blue to light yellow: even in lightness, told apart without red and green. */
export const SEQUENCE = ramp(17, (t) => {
  const along = -0.115 + 0.25 * t;
  return oklab(0.22 + 0.72 * t, -0.012, along * (1 - 0.35 * Math.abs(2 * t - 1)));
});

/** Two-sided: orange, light grey in the middle, blue. */
export const BALANCE = ramp(17, (t) => {
  const side = 2 * t - 1;
  const light = 0.95 - 0.42 * side * side;
  const strong = 0.14 * Math.abs(side);
  return side < 0
    ? oklab(light, 0.45 * strong, 0.85 * strong)
    : oklab(light, -0.25 * strong, -0.95 * strong);
});

/** Stops of a colour map between two values, as the map's shader takes them. */
export function stops(colours, low, high) {
  return colours.flatMap((colour, i) => [along(low, high, i / (colours.length - 1)), colour]);
}

function along(low, high, share) {
  return typeof low === 'number' && typeof high === 'number'
    ? low + (high - low) * share
    : ['+', ['*', low, 1 - share], ['*', high, share]];
}

function ramp(count, colour) {
  return Array.from({ length: count }, (_, i) => colour(i / (count - 1)));
}

/** Hexadecimal sRGB of a colour in Oklab (Ottosson 2020). */
function oklab(L, a, b) {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return `#${linear.map((value) => channel(value).toString(16).padStart(2, '0')).join('')}`;
}

function channel(linear) {
  const value = Math.min(1, Math.max(0, linear));
  const coded = value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055;
  return Math.round(255 * coded);
}

/** Nearest colour of a map for a share of its range, for what is drawn outside the shader. */
export function colourAt(colours, share) {
  const last = colours.length - 1;
  return colours[Math.round(Math.min(1, Math.max(0, share)) * last)];
}
