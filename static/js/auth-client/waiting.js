// Promises that end with a signal, and waits.

/** @type {UntilAborted} */
export const untilAborted = (promise, signal) => new Promise((resolve, reject) => {
  const stop = () => reject(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
});

/** @type {Within} */
export const within = async (timers, ms, reason, others, task) => {
  const late = new AbortController();
  const timer = timers.setTimeout(() => late.abort(reason), ms);
  const signal = AbortSignal.any([late.signal, ...others]);
  try {
    return await untilAborted(task(signal), signal);
  } finally {
    timers.clearTimeout(timer);
  }
};

/** @type {Pause} */
export const pause = async (timers, ms, signal, wake) => {
  let go = () => {};
  const elapsed = new Promise((resolve) => (go = () => resolve(null)));
  const timer = timers.setTimeout(go, ms);
  wake?.addEventListener("online", go);
  try {
    await untilAborted(elapsed, signal);
  } finally {
    timers.clearTimeout(timer);
    wake?.removeEventListener("online", go);
  }
};
