// A browser with tabs: one cookie jar, one lock manager, one channel between its tabs.

import { createAuthClient } from "../../static/js/auth-client/index.js";
// The client loads these when they are needed first; here that must not take real time.
import "../../static/js/auth-client/service-tokens.js";
import "../../static/js/auth-client/sign-in-request.js";
import "../../static/js/auth-client/told-csrf.js";
import { KeyShelf } from "./key-stores.js";
import { SessionServer } from "./session-server.js";
import { VirtualTime } from "./virtual-time.js";

export const ORIGIN = "https://latchkey.test";

export class Browser {
  time = new VirtualTime();
  server = new SessionServer(this.time);
  jar = { refresh: null, csrf: null };
  online = true;
  messages = [];
  tabs = [];
  locks = createLocks();
  keys = new KeyShelf();

  /** A browser that has signed in on the server's page. */
  static signedIn() {
    const browser = new Browser();
    browser.server.signIn(browser.jar);
    return browser;
  }

  open({ locks = this.locks, random = () => 0.5, keys = this.keys, origin = ORIGIN, services = {} } = {}) {
    const tab = { events: new EventTarget(), changes: [], visible: true, hear: () => {} };
    tab.client = createAuthClient({
      baseUrl: ORIGIN,
      services,
      around: {
        origin,
        keys,
        fetch: (request) => abortable(this.server.answer(request, this.jar), request.signal),
        now: this.time.now,
        random,
        timers: this.time.timers,
        locks,
        channel: this.#channelOf(tab),
        events: tab.events,
        isOnline: () => this.online,
        isVisible: () => tab.visible,
        cookies: () => (this.jar.csrf ? `theme=dark; __Host-csrf_refresh_token=${this.jar.csrf}` : "theme=dark"),
      },
    });
    tab.client.onChange((change) => tab.changes.push(change));
    this.tabs.push(tab);
    return tab;
  }

  /** Opens a tab and waits for its first token. */
  async openStarted(options) {
    const tab = this.open(options);
    const started = tab.client.start();
    await this.time.pass(1);
    await started;
    return tab;
  }

  /** What came of a promise after `seconds`: its value, its error, or "waiting". */
  async outcome(promise, seconds = 1) {
    let result = "waiting";
    promise.then((value) => (result = value), (error) => (result = error));
    await this.time.pass(seconds);
    return result;
  }

  #channelOf(tab) {
    return {
      postMessage: (data) => {
        this.messages.push(data);
        this.tabs.filter((other) => other !== tab).forEach((other) => other.hear({ data }));
      },
      addEventListener: (_type, listener) => (tab.hear = listener),
      close: () => (tab.hear = () => {}),
    };
  }
}

export function typesOf(tab) {
  return tab.changes.map((change) => change.type);
}

function abortable(promise, signal) {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
    promise.then(resolve, reject);
  });
}

/** Exclusive locks in order of request, as the Web Locks API grants them. */
function createLocks() {
  let tail = Promise.resolve();
  return {
    request(_name, { signal }, task) {
      const turn = tail.then(() => {
        if (signal?.aborted) throw signal.reason;
        return task();
      });
      tail = turn.catch(() => {});
      return turn;
    },
  };
}
