// Numbers as people read them.

export const percent = (share, digits = 1) =>
  share === null || share === undefined ? '–' : `${(100 * share).toFixed(digits)} %`;

export const plusMinus = (share, error) =>
  error === null || error === undefined ? percent(share) : `${(100 * share).toFixed(1)} ± ${percent(error)}`;

export const time = (iso) => (iso ? `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC` : 'time not known');

export const thousands = (number) => Math.round(number).toLocaleString('en').replaceAll(',', ' ');

export function metres(length) {
  return length < 10_000 ? `${Math.round(length)} m` : `${(length / 1000).toFixed(1)} km`;
}

export function hours(value) {
  const sign = value < 0 ? '−' : '+';
  return `${sign}${Math.abs(value).toFixed(1)} h`;
}
