// <search-as-you-type>: the list below a search form follows what is typed. The form does the same by its button.

const PAUSE = 200;

/**
 * @param {SearchParts} parts
 * @returns {() => void} to be called whenever something in the form has changed
 */
export function followTyping({ address, load, show, pause = PAUSE }) {
  let shown = address();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  /** @type {AbortController | undefined} */
  let asked;

  async function ask() {
    const wanted = address();
    if (wanted === shown) return;
    asked = new AbortController();
    const { signal } = asked;
    const page = await load(wanted, signal);
    // What is no list (a sign-in page, a refusal) is left to the form's own button.
    if (page && !signal.aborted && show(page, wanted)) shown = wanted;
  }

  return () => {
    clearTimeout(waiting);
    asked?.abort();
    waiting = setTimeout(ask, pause);
  };
}

/**
 * The page at an address, as nodes; null for anything but an answer in full.
 *
 * By XMLHttpRequest: it reads a document that is run by nothing, where the policy of our pages lets no script parse text.
 * @param {string} address @param {AbortSignal} signal @returns {Promise<Document | null>}
 */
export function loadPage(address, signal) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("GET", address);
    request.responseType = "document";
    request.addEventListener("loadend", () => {
      const isWhole = request.status === 200 && new URL(request.responseURL).pathname === address.split("?")[0];
      resolve(isWhole ? request.responseXML : null);
    });
    signal.addEventListener("abort", () => request.abort());
    request.send();
  });
}

export class SearchAsYouType extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector("form");
    if (!form) return;
    const address = () => addressOf(form);
    form.addEventListener("input", followTyping({ address, load: loadPage, show: this.#show }));
  }

  /** @param {Document} page @param {string} address */
  #show = (page, address) => {
    const replaced = ["results", "counts"].map((name) => {
      const id = this.getAttribute(name) ?? "";
      return { here: document.getElementById(id), there: page.getElementById(id) };
    });
    // Whoever has gone on into the list keeps it.
    if (replaced.some(({ here, there }) => !here || !there || here.contains(document.activeElement))) return false;
    for (const { here, there } of replaced) here?.replaceChildren(...(there?.childNodes ?? []));
    history.replaceState(history.state, "", address);
    return true;
  };
}

/** @param {HTMLFormElement} form */
function addressOf(form) {
  const values = [...new FormData(form)].flatMap(([name, value]) =>
    typeof value === "string" && value.trim() ? [[name, value.trim()]] : []);
  const query = new URLSearchParams(values).toString();
  const { pathname } = new URL(form.action);
  return query ? `${pathname}?${query}` : pathname;
}
