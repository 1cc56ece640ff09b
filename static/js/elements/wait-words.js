// A wait in words, such as "2 minutes 5 seconds".

/** @param {number} seconds */
export function waitInWords(seconds) {
  const parts = [
    count(Math.floor(seconds / 3600), "hour"),
    count(Math.floor((seconds % 3600) / 60), "minute"),
    seconds < 3600 ? count(seconds % 60, "second") : "",
  ];
  return parts.filter(Boolean).join(" ");
}

/** @param {number} number @param {string} unit */
function count(number, unit) {
  if (number === 0) return "";
  return number === 1 ? `1 ${unit}` : `${number} ${unit}s`;
}
