// Shows what came back: a sentence, the status, and the facts that tell.

/** @type {ShowOutcome} */
export const showOutcome = (place, { kind, sentence, request, status, code, facts = [] }) => {
  const notice = made("div", "notice");
  notice.dataset.kind = kind;
  notice.append(made("p", "", sentence));
  /** @type {[string, string][]} */
  const about = [
    ["Sent", request ?? ""],
    ["Answer", [status, code].filter(Boolean).join(" ")],
    ...facts,
  ];
  const list = made("dl", "facts");
  for (const [name, value] of about.filter(([, value]) => value)) {
    const text = made("dd");
    text.append(made("code", "", value));
    list.append(made("dt", "", name), text);
  }
  if (list.childElementCount) notice.append(list);
  place.replaceChildren(notice);
};

/** @param {string} tag @param {string} [className] @param {string} [text] */
function made(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}
