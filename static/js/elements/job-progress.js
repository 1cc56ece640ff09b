// <job-progress src>: moves the bar of a job while its page is looked at, and says so at quarters and at the end.

const BETWEEN = 1000;
// The server is away or busy: it is asked less often, not given up on.
const AFTER_A_FAILURE = 5000;

/** @typedef {{ position: number, total: number, words: string, outlook: string, is_over: boolean }} Progress */

export class JobProgress extends HTMLElement {
  #isHere = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #next;
  #quarter = 0;
  #look = () => {
    if (document.visibilityState === "visible") this.#wait(0);
    else clearTimeout(this.#next);
  };

  connectedCallback() {
    if (this.getAttribute("src") === null) return;
    this.#isHere = true;
    const bar = this.querySelector("progress");
    this.#quarter = bar ? Math.floor(4 * bar.position) : 0;
    document.addEventListener("visibilitychange", this.#look);
    this.#wait(BETWEEN);
  }

  disconnectedCallback() {
    this.#isHere = false;
    clearTimeout(this.#next);
    document.removeEventListener("visibilitychange", this.#look);
  }

  /** @param {number} ms */
  #wait(ms) {
    clearTimeout(this.#next);
    if (this.#isHere) this.#next = setTimeout(() => this.#ask(), ms);
  }

  async #ask() {
    if (document.visibilityState !== "visible") return;
    try {
      const answer = await fetch(this.getAttribute("src") ?? "", { headers: { Accept: "application/json" } });
      // Signed out, or no longer allowed: the page as it stands is all there is to see. "Look again" tells more.
      if (answer.redirected || (answer.status >= 400 && answer.status < 500)) return this.disconnectedCallback();
      if (!answer.ok) throw new Error(`${answer.status}`);
      this.#show(await answer.json());
    } catch {
      this.#wait(AFTER_A_FAILURE);
    }
  }

  /** @param {Progress} progress */
  #show({ position, total, words, outlook, is_over: isOver }) {
    const bar = this.querySelector("progress");
    if (bar) bar.value = position;
    this.#say("words", words);
    this.#say("pending", outlook);
    const quarter = Math.floor((4 * position) / Math.max(total, 1));
    if (isOver) return this.#end(words);
    if (quarter > this.#quarter) this.#say("said", words);
    this.#quarter = quarter;
    this.#wait(BETWEEN);
  }

  /** @param {string} words */
  #end(words) {
    this.disconnectedCallback();
    this.#say("said", `It is over. ${words}`);
    this.querySelector("[data-slot=pending]")?.setAttribute("hidden", "");
    this.querySelector("[data-slot=stop]")?.setAttribute("hidden", "");
    this.querySelector("[data-slot=over]")?.removeAttribute("hidden");
    this.#say("look", "See the result");
  }

  /** @param {string} slot @param {string} words */
  #say(slot, words) {
    const place = this.querySelector(`[data-slot=${slot}]`);
    if (place) place.textContent = words;
  }
}
