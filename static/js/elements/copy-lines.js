// <copy-lines>: what stands in its <code> elements, a line each, and buttons that copy and print it.

export class CopyLines extends HTMLElement {
  connectedCallback() {
    const said = this.querySelector("[data-slot=copied]");
    const copy = /** @type {HTMLElement | null} */ (this.querySelector("[data-action=copy]"));
    const print = /** @type {HTMLElement | null} */ (this.querySelector("[data-action=print]"));
    if (print) {
      print.hidden = false;
      print.addEventListener("click", () => window.print());
    }
    // There is no clipboard on a plain-HTTP page of another host; the text can still be selected.
    if (!said || !copy || !navigator.clipboard) return;
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      const lines = [...this.querySelectorAll("code")].map((line) => line.dataset.value ?? line.textContent);
      try {
        await navigator.clipboard.writeText(lines.join("\n"));
        said.textContent = "Copied";
      } catch {
        said.textContent = "This browser does not let the page copy. Select it and copy with the keyboard.";
      }
    });
  }
}
