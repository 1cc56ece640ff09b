// The list of calls, narrowed as one types by the rule that the server has: every word occurs, or is a code.

/** @type {FollowTyping} */
export const followTyping = (form, root) => {
  const input = /** @type {HTMLInputElement} */ (form.querySelector("#find"));
  const narrow = () => {
    const words = wordsIn(input.value);
    let count = 0;
    for (const group of shownIn(root, "[data-group]")) {
      let left = 0;
      for (const row of shownIn(group, "[data-words]")) {
        row.hidden = !hasAll(row.dataset, words);
        if (!row.hidden) left += 1;
      }
      group.hidden = left === 0;
      count += left;
    }
    const said = root.querySelector("#found");
    const text = `${count} ${count === 1 ? "call" : "calls"}${words.length ? " found" : ""}.`;
    // What has not changed is not to be read out again.
    if (said && said.textContent !== text) said.textContent = text;
    /** @type {HTMLElement} */ (root.querySelector("#nothing")).hidden = count > 0;
  };
  input.addEventListener("input", narrow);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    narrow();
  });
  // The browser may have kept what was typed before the page was loaded again.
  if (input.value !== input.defaultValue) narrow();
};

/** @param {string} typed */
export const wordsIn = (typed) => typed.toLowerCase().split(/\s+/).filter(Boolean);

/** @type {HasAll} */
export const hasAll = ({ words: text = "", codes = "" }, words) => {
  const known = codes.split(" ");
  return words.every((word) => text.includes(word) || known.includes(word));
};

/** @param {ParentNode} root @param {string} selector @returns {HTMLElement[]} */
const shownIn = (root, selector) => [...root.querySelectorAll(selector)].map((each) => /** @type {HTMLElement} */ (each));
