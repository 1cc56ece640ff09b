// The server's time. A person's own clock may be wrong by years.

/** @param {() => number} localNow @returns {ServerClock} */
export function createServerClock(localNow) {
  let offset = 0;
  return {
    now: () => localNow() + offset,
    read(response) {
      const told = Date.parse(response.headers.get("Date") ?? "");
      if (!Number.isNaN(told)) offset = told - localNow();
    },
  };
}
