// Tabs take turns at refreshing, which spares the server work. Nothing depends on it: a lock that is
// missing, refused or never granted costs a short wait.

const NAME = "latchkey-refresh";
const PATIENCE = 3_000;

/** @type {InTurn} */
export const inTurn = async ({ locks, timers }, task) => {
  if (locks === null) return task();
  const abort = new AbortController();
  let over = () => {};
  const held = new Promise((resolve) => (over = () => resolve(null)));
  await new Promise((resolve) => {
    const go = () => {
      timers.clearTimeout(timer);
      resolve(null);
    };
    const timer = timers.setTimeout(() => {
      abort.abort();
      over();
      go();
    }, PATIENCE);
    const granted = () => {
      go();
      return held;
    };
    // Inside a promise, so that a page that may not lock at all is refused like any other.
    Promise.resolve().then(() => locks.request(NAME, { signal: abort.signal }, granted)).catch(go);
  });
  return task().finally(over);
};
