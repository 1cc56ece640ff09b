// Where the person is signed in, and signing out there.

import { showMoment } from "../moments.js";
import { notify, notifyFailure } from "./notices.js";
import { action, byId, cloneOf, fill, setBusy, slot } from "./slots.js";

/** @type {Record<string, string>} RFC 8176 */
const METHODS = { pwd: "a password", otp: "a code", hwk: "a passkey", swk: "a passkey" };
const END = "[data-action=end-session]";

/** @param {Session} session */
export function methodsInWords({ methods }) {
  const words = new Set(methods.flatMap((method) => METHODS[method] ?? []));
  return words.size > 0 ? `signed in with ${[...words].join(" and ")}` : "signed in";
}

/** @param {DocumentFragment} root @param {Session[]} sessions @param {Call} call */
export function setUpSessionList(root, sessions, call) {
  const list = slot(root, "sessions");
  const endOthers = action(root, "end-others");
  const alone = slot(root, "only-session");

  function countOthers() {
    endOthers.hidden = list.querySelector(END) === null;
    alone.hidden = !endOthers.hidden;
  }

  /** @param {HTMLButtonElement} button @param {() => Promise<string>} work returns what to say when it is done */
  function onPress(button, work) {
    button.addEventListener("click", async () => {
      setBusy(button, true);
      try {
        notify("good", await work());
        countOthers();
        byId("sessions-heading").focus();
      } catch (error) {
        notifyFailure(error);
      }
      setBusy(button, false);
    });
  }

  /** @param {Session} session */
  function rowFor(session) {
    const row = slot(cloneOf("session-row-template"), "session-row");
    const button = action(row, "end-session");
    row.dataset.sessionId = session.id;
    fill(row, { device: session.device, address: session.address, method: methodsInWords(session) });
    showMoment(slot(row, "signed-in-time"), session.created_at);
    showMoment(slot(row, "last-seen-time"), session.last_active_at);
    if (session.current) {
      slot(row, "this-device").hidden = false;
      fill(row, { "last-seen": "active now" });
      button.remove();
      return row;
    }
    button.ariaLabel = `Sign out ${session.device}`;
    onPress(button, async () => {
      await call("DELETE", `sessions/${encodeURIComponent(session.id)}`).catch(forgiveMissing);
      row.remove();
      return `${session.device} is signed out.`;
    });
    return row;
  }

  onPress(endOthers, async () => {
    const { ended } = await call("DELETE", "sessions");
    for (const button of list.querySelectorAll(END)) button.closest("li")?.remove();
    return ended === 1 ? "1 other device is signed out." : `${ended} other devices are signed out.`;
  });
  const thisFirst = [...sessions].sort((one, other) => Number(other.current) - Number(one.current));
  list.replaceChildren(...thisFirst.map(rowFor));
  countOthers();
}

/** @param {any} error an AuthError; a session that has ended meanwhile is what was wanted */
function forgiveMissing(error) {
  if (error.problem?.status !== 404) throw error;
}
