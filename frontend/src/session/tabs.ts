// What the tabs of one browser tell each other: they share one session.

/** active: somebody did something there. unlocked: the session was regained, maybe a new one. */
export type News = "active" | "locked" | "unlocked" | "signed-out";

const channel = new BroadcastChannel("marrowscope-session");

export function tellOtherTabs(news: News): void {
  channel.postMessage(news);
}

export function hearOtherTabs(hear: (news: News) => void): () => void {
  const listen = (event: MessageEvent<News>) => hear(event.data);
  channel.addEventListener("message", listen);
  return () => channel.removeEventListener("message", listen);
}
