// How long to wait before the next try: doubling, spread out, and never sooner than the server asked.

const FIRST = 1_000;
const LONGEST = 60_000;
const LONGEST_ASKED = 3_600_000;

/**
 * @param {number} tries how many have failed, from 1
 * @param {number | null} retryAfter seconds the server asked for
 * @param {() => number} random
 * @returns {number} milliseconds
 */
export function backOff(tries, retryAfter, random) {
  const ceiling = Math.min(LONGEST, FIRST * 2 ** Math.min(tries - 1, 16));
  if (retryAfter === null) return ceiling * (0.5 + 0.5 * random());
  // Tabs told the same moment must not all come back in it.
  return Math.min(LONGEST_ASKED, retryAfter * 1000) + ceiling * 0.5 * random();
}
