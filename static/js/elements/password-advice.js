// What to do about a new password, in words, while it is typed. Advice only: nothing of it leaves the page, and the
// server, which alone knows the lists that attackers try, decides.

const SHORTEST_NAME = 4;

/**
 * @param {string} password
 * @param {number} shortest
 * @param {string[]} names what an attacker would try for this person: their name, their address
 * @returns {{ level: number, words: string }} 0 (refused) to 4, and one sentence
 */
export function adviseOn(password, shortest, names) {
  const characters = [...password.normalize("NFKC").toLowerCase()];
  const missing = shortest - characters.length;
  if (missing > 0) return { level: 0, words: `${missing} more ${missing === 1 ? "character" : "characters"}.` };
  if (isMostly(characters.join(""), names)) {
    return { level: 1, words: "Leave out your own name and address." };
  }
  // A character that repeats or follows its neighbour ("aaaa", "1234") is one a guesser gets for nothing.
  const earned = characters.filter((character, place) => {
    const before = characters[place - 1]?.codePointAt(0) ?? -2;
    return Math.abs((character.codePointAt(0) ?? 0) - before) > 1;
  });
  const worth = Math.min(earned.length, new Set(earned).size * 2);
  if (2 * earned.length < shortest) return { level: 1, words: "Repeat less, and avoid rows such as 1234." };
  if (worth < 12) return { level: 2, words: "Use several different words instead of the same characters." };
  return worth < 18 ? { level: 3, words: "Long enough. One more word makes it stronger." } : { level: 4, words: "Strong." };
}

/**
 * Whether the names and their parts cover half of the text or more.
 * @param {string} text
 * @param {string[]} names
 */
function isMostly(text, names) {
  const parts = names.flatMap((name) => [name, ...name.split(/[\W_]+/)]).map((part) => part.trim().toLowerCase());
  let rest = text;
  for (const part of parts.sort((one, other) => other.length - one.length)) {
    if (part.length >= SHORTEST_NAME) rest = rest.replaceAll(part, "");
  }
  return 2 * [...rest].length <= [...text].length;
}
