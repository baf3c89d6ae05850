// Asking again and again while somebody may be looking.
import { session } from "../session/session.svelte";

/**
 * Calls `ask` every `waitMs` while this page is seen and its session is open, one call at a time.
 *
 * waitMs: asked anew before each wait; null for no more. A page that is seen again asks at once.
 */
export function usePoll(ask: () => Promise<void>, waitMs: () => number | null): void {
  $effect(() => {
    const wait = waitMs();
    if (wait === null || session.interruption !== null) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isAsking = false;
    let isOver = false;

    async function askNow() {
      clearTimeout(timer);
      if (isAsking || isOver) return;
      if (document.visibilityState === "visible") {
        isAsking = true;
        await ask();
        isAsking = false;
      }
      if (!isOver) timer = setTimeout(askNow, wait ?? 0);
    }
    const onSeen = () => {
      if (document.visibilityState === "visible") void askNow();
    };

    timer = setTimeout(askNow, wait);
    document.addEventListener("visibilitychange", onSeen);
    return () => {
      isOver = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", onSeen);
    };
  });
}
