// Time that moves only when a test says so.

export class VirtualTime {
  #now = Date.parse("2026-03-01T12:00:00Z");
  #timers = new Map();
  #nextHandle = 1;

  now = () => this.#now;

  timers = {
    setTimeout: (task, ms) => {
      const handle = this.#nextHandle++;
      this.#timers.set(handle, { task, at: this.#now + ms });
      return handle;
    },
    clearTimeout: (handle) => this.#timers.delete(handle),
  };

  after = (ms) => new Promise((resolve) => this.timers.setTimeout(resolve, ms));

  /** Runs what falls due within `seconds`, in order, and everything that follows from it. */
  async pass(seconds) {
    const end = this.#now + seconds * 1000;
    await settled();
    for (let next = this.#due(end); next; next = this.#due(end)) {
      const [handle, { task, at }] = next;
      this.#timers.delete(handle);
      this.#now = Math.max(this.#now, at);
      task();
      await settled();
    }
    this.#now = end;
  }

  /** The device sleeps: the clock goes on, timers stand still. */
  sleep(seconds) {
    this.#now += seconds * 1000;
    for (const timer of this.#timers.values()) timer.at += seconds * 1000;
  }

  #due(end) {
    const due = [...this.#timers].filter(([, timer]) => timer.at <= end);
    return due.sort(([, one], [, other]) => one.at - other.at)[0];
  }
}

/** Lets promises and streamed bodies run until nothing is left to do at this moment. */
async function settled() {
  for (let turn = 0; turn < 6; turn = working > 0 ? 0 : turn + 1) await new Promise((resolve) => setImmediate(resolve));
}

// Cryptography works on other threads, in real time: virtual time stands still meanwhile.
let working = 0;
for (const name of ["generateKey", "exportKey", "importKey", "sign", "verify", "digest"]) {
  const real = crypto.subtle[name].bind(crypto.subtle);
  crypto.subtle[name] = async (...parts) => {
    working += 1;
    try {
      return await real(...parts);
    } finally {
      working -= 1;
    }
  };
}
