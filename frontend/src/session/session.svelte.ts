// Who is signed in, and what happens when the session is locked or lost in the middle of work.
import * as calls from "../api/calls";
import { RefusedError, setSessionHolder, type Interruption } from "../api/client";
import { route } from "../shell/route.svelte";
import { tellOtherTabs } from "./tabs";

class Session {
  /** null: nobody is signed in, as far as this page knows. */
  answer = $state.raw<calls.SessionAnswer | null>(null);
  /** Why the work is covered; it stays as it is behind. */
  interruption = $state<Interruption | null>(null);
  /** Said on the sign-in page, such as why one is there. */
  farewell = $state("");

  #waiting: ((isBack: boolean) => void)[] = [];

  get account(): calls.Account | null {
    return this.answer?.account ?? null;
  }

  has(right: calls.Right): boolean {
    return this.answer?.rights.includes(right) ?? false;
  }

  /** Reads the session from the server; whether there is one. */
  async read(): Promise<boolean> {
    try {
      this.accept(await calls.currentSession());
      return true;
    } catch (error) {
      if (error instanceof RefusedError && error.status === 401) return false;
      throw error;
    }
  }

  /** Takes a session that the server gave, and lets what waited for it go on. */
  accept(answer: calls.SessionAnswer): void {
    this.answer = answer;
    this.farewell = "";
    if (answer.is_locked) {
      this.interruption = "locked";
      return;
    }
    this.interruption = null;
    this.#release(true);
  }

  interrupt(why: Interruption): void {
    if (this.answer !== null) this.interruption = why;
  }

  /** Covers the work at once; the server is told too, so that no other program gets through. */
  async lock(): Promise<void> {
    this.interrupt("locked");
    tellOtherTabs("locked");
    try {
      await calls.lock();
    } catch (error) {
      if (error instanceof RefusedError && error.status === 401) this.interrupt("expired");
      // Otherwise the server cannot be reached: this page stays locked, and the server's own
      // clock locks the session.
    }
  }

  async unlock(password: string): Promise<void> {
    this.accept(await calls.unlock(password));
    tellOtherTabs("unlocked");
  }

  async signIn(userName: string, password: string): Promise<void> {
    this.accept(await calls.signIn(userName, password));
    tellOtherTabs("unlocked");
  }

  async signOut(farewell = ""): Promise<void> {
    try {
      await calls.signOut();
    } catch (error) {
      // Signed out already is signed out.
      if (!(error instanceof RefusedError && error.status === 401)) throw error;
    }
    this.forget(farewell);
    tellOtherTabs("signed-out");
  }

  /** Drops everything that this page knows about who was signed in. */
  forget(farewell: string): void {
    this.answer = null;
    this.interruption = null;
    this.farewell = farewell;
    // Whoever signs in next begins at the beginning.
    route.replace("/");
    this.#release(false);
  }

  waitUntilBack(why: Interruption): Promise<boolean> {
    if (this.answer === null) return Promise.resolve(false);
    this.interrupt(why);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  passwordMustChange(): void {
    if (this.answer === null) return;
    const account = { ...this.answer.account, must_change_password: true };
    this.answer = { ...this.answer, account };
  }

  /** Whether the server has a newer session of the same person; another person's ends the work. */
  async renewToken(): Promise<boolean> {
    const before = this.answer;
    if (before === null || !(await this.read())) return false;
    if (this.answer?.account.account_id !== before.account.account_id) {
      location.assign("/");
      return false;
    }
    return this.answer.csrf_token !== before.csrf_token;
  }

  #release(isBack: boolean): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve(isBack);
  }
}

export const session = new Session();

setSessionHolder({
  csrfToken: () => session.answer?.csrf_token ?? "",
  regain: (why) => session.waitUntilBack(why),
  renewToken: () => session.renewToken(),
  passwordMustChange: () => session.passwordMustChange(),
});
