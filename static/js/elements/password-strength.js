// A rough word for how hard a password is to guess. Advice only: the server alone decides.

export const WORDS = ["Too short", "Weak", "Fair", "Good", "Strong"];

/**
 * @param {string} password
 * @param {number} shortest
 * @returns {number} 0 to 4, an index of WORDS
 */
export function strengthOf(password, shortest) {
  const characters = [...password];
  if (characters.length < shortest) return 0;
  // A character that repeats or follows its neighbour ("aaaa", "1234") is one a guesser gets for nothing.
  const earned = characters.filter((character, place) => {
    const before = characters[place - 1]?.codePointAt(0) ?? -2;
    return Math.abs((character.codePointAt(0) ?? 0) - before) > 1;
  });
  const variety = new Set(earned).size;
  const worth = Math.min(earned.length, variety * 2);
  return 1 + [10, 14, 18].filter((needed) => worth >= needed).length;
}
