// <copy-field>: a read-only text, in one line or more, and a button that copies it.

export class CopyField extends HTMLElement {
  connectedCallback() {
    const input = this.querySelector("input") ?? this.querySelector("textarea");
    const button = /** @type {HTMLElement | null} */ (this.querySelector("[data-action=copy]"));
    const said = this.querySelector("[data-slot=copied]");
    // There is no clipboard on a plain-HTTP page of another host; the text can still be selected.
    if (!input || !button || !said || !navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(input.dataset.copied ?? input.value);
        said.textContent = "Copied";
      } catch {
        input.select();
        said.textContent = "Selected. Copy it with the keyboard.";
      }
    });
  }
}
