// The reader's own token where the sample stood. Only decoded parts come here, never the token.

const format = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** @type {ShowToken} */
export const showToken = (root, { header, claims, signature: { start, length }, bound }) => {
  /** @type {Record<string, unknown>} */
  const parts = { ...header, ...claims };
  for (const [each, name] of marked(root, "part")) each.hidden = !(name in parts);
  for (const [each, name] of marked(root, "value")) {
    if (name in parts) each.textContent = inText(name, parts[name]);
  }
  for (const [each, name] of marked(root, "moment")) {
    if (name in parts) each.textContent = format.format(Number(parts[name]) * 1000);
  }
  for (const [each] of marked(root, "whose")) {
    each.textContent = "Yours";
    each.dataset.kind = "good";
  }
  const shown = { own: true, sample: false, unbound: !bound };
  for (const [each, name] of marked(root, "if")) each.hidden = !shown[/** @type {keyof typeof shown} */ (name)];
  say(root, "start", start);
  say(root, "rest", String(length - start.length));
  say(root, "foot", "This is your own token as it is now, decoded.");
};

/** @param {ParentNode} root @param {string} name @param {string} text */
export function say(root, name, text) {
  for (const [each, place] of marked(root, "slot")) {
    // What a screen reader would read out again stays as it is.
    if (place === name && each.textContent !== text) each.textContent = text;
  }
}

/** The elements that carry data-`mark`, each with what it says there. @type {Marked} */
const marked = (root, mark) => (
  /** @type {HTMLElement[]} */ ([...root.querySelectorAll(`[data-${mark}]`)]).map((each) => [each, each.dataset[mark] ?? ""])
);

/** @param {string} name @param {any} value */
function inText(name, value) {
  // A fingerprint is for comparing.
  if (name === "cnf") return String(value?.jkt ?? "").match(/.{1,4}/g)?.join(" ") ?? "";
  return [value].flat().join(" ");
}
