// Flags of both sensors: which bit, which name in the files, which words for people.
// The order is that of drawing: the first that is set gives the colour.

const reason = (bit, name, words) => ({ bit, name, words });

export const REASONS = {
  s1: [
    reason(8, 'land', 'land'),
    reason(1, 'outside', 'not looked at'),
    reason(2, 'nodata', 'nothing imaged'),
    reason(16, 'border_noise', 'noise at the image border'),
    reason(4, 'no_noise', 'answered; noise not known'),
  ],
  s2: [
    reason(32, 'land', 'land'),
    reason(1, 'outside', 'outside the tile'),
    reason(2, 'nodata', 'nothing imaged'),
    reason(4, 'saturated', 'saturated'),
    reason(8, 'opaque_cloud', 'cloud'),
    reason(64, 'shadow', 'shadow of cloud'),
    reason(128, 'sun_low', 'sun too low'),
    reason(16, 'cirrus', 'answered; cirrus'),
  ],
};

export const LAND_BIT = { s1: 8, s2: 32 };

/** Words for all bits that are set. */
export function wordsOf(side, flags) {
  const set = REASONS[side].filter(({ bit }) => flags & bit);
  return set.length ? set.map(({ words }) => words).join(', ') : 'answered';
}
