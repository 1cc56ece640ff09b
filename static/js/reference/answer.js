// What came back, made readable: no more of it than a page can hold, and no token.

const MOST_SHOWN = 100_000;
// Three parts of base64url, the first beginning as JSON does: a token, whoever wrote it there.
const TOKEN = /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g;

/** The text of an answer as far as it is shown, and whether there is more. @type {ReadText} */
export const readText = async (response) => {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) {
    text += piece.value;
    if (text.length > MOST_SHOWN) {
      // The rest need not come.
      await reader?.cancel();
      return { text: text.slice(0, MOST_SHOWN), isCut: true };
    }
  }
  return { text, isCut: false };
};

/** @param {string} text @returns {Record<string, any>} empty unless it is a JSON object */
export const objectIn = (text) => {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
};

/** JSON on lines of its own; anything else as it came. @param {string} text */
export const readable = (text) => {
  let lines = text;
  try {
    lines = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // It is no JSON.
  }
  return lines.replace(TOKEN, "(a token, not shown)");
};
