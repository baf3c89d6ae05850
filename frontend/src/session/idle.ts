// Tells when nobody has touched this page, or another tab of it, for a while.

const INPUTS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;
const CHECK_EVERY_MS = 5_000;
/** Input that is further apart than this is told to the server and to other tabs. */
const TELL_EVERY_MS = 60_000;

export interface IdleWatch {
  /** Somebody is active in another tab. */
  heardOfActivity(): void;
  stop(): void;
}

/**
 * onIdle: called once there was no input for `minutes`, and again after that while there is none.
 * onActive: called at most once a minute while there is input.
 */
export function watchIdle(minutes: number, onIdle: () => void, onActive: () => void): IdleWatch {
  let lastInputMs = Date.now();
  let lastToldMs = lastInputMs;

  const isIdle = () => Date.now() - lastInputMs >= minutes * 60_000;
  const check = () => {
    if (isIdle()) onIdle();
  };
  const heard = () => {
    // A computer that woke from sleep: the key that woke it does not unlock.
    if (isIdle()) {
      onIdle();
      return;
    }
    lastInputMs = Date.now();
    if (lastInputMs - lastToldMs >= TELL_EVERY_MS) {
      lastToldMs = lastInputMs;
      onActive();
    }
  };

  for (const input of INPUTS) addEventListener(input, heard, { capture: true, passive: true });
  document.addEventListener("visibilitychange", check);
  const timer = setInterval(check, CHECK_EVERY_MS);
  return {
    heardOfActivity: () => {
      lastInputMs = Date.now();
    },
    stop: () => {
      for (const input of INPUTS) removeEventListener(input, heard, { capture: true });
      document.removeEventListener("visibilitychange", check);
      clearInterval(timer);
    },
  };
}
