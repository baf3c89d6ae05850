// One request to the server: its types come from the OpenAPI document, its errors are ours.
import type { paths } from "./schema";

type Method = "get" | "post" | "put" | "patch" | "delete";
type Operation<P extends keyof paths, M extends Method> = NonNullable<paths[P][M]>;

type JsonOf<T> = T extends { content: { "application/json": infer Body } } ? Body : undefined;
type Success<R> = R extends { 200: infer A }
  ? A
  : R extends { 201: infer A }
    ? A
    : R extends { 202: infer A }
      ? A
      : undefined;

export type Answer<P extends keyof paths, M extends Method> =
  Operation<P, M> extends { responses: infer R } ? JsonOf<Success<R>> : never;
export type Body<P extends keyof paths, M extends Method> =
  Operation<P, M> extends { requestBody: infer B } ? JsonOf<B> : undefined;

export interface Details<P extends keyof paths, M extends Method> {
  body?: Body<P, M>;
  /** Sent as they are, in place of a body. */
  bytes?: ArrayBuffer;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Values for the {names} in the path. */
  inPath?: Record<string, string>;
  /** After "?"; undefined is left out. */
  query?: Record<string, string | number | undefined>;
  /** Whether a lost or locked session is the caller's own business. */
  isAboutSession?: boolean;
  /** Whether the page asks by itself, with perhaps nobody there: does not keep the session awake. */
  isUnattended?: boolean;
}

/** The server said no. `message` is for people, `code` for the page. */
export class RefusedError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** Seconds to wait before another try; 0 where the server names none. */
    readonly waitS: number,
    readonly headers: Headers,
  ) {
    super(message);
  }
}

/** No answer, or one that is not the server's. */
export class UnreachableError extends Error {}

export type Interruption = "locked" | "expired";

/** Who holds the session: gives the token for changes, and is asked when the session is lost. */
export interface SessionHolder {
  csrfToken(): string;
  /** Resolves to whether the request may be sent again. */
  regain(why: Interruption): Promise<boolean>;
  /** Takes a newer token, where another tab signed in anew; whether there was one. */
  renewToken(): Promise<boolean>;
  /** The server lets nothing through before the password is changed. */
  passwordMustChange(): void;
}

const UNSAFE: ReadonlySet<Method> = new Set(["post", "put", "patch", "delete"]);

let holder: SessionHolder | null = null;

export function setSessionHolder(one: SessionHolder): void {
  holder = one;
}

/**
 * Sends a request and gives the JSON of its answer (undefined where it has none).
 *
 * Throws RefusedError or UnreachableError. A session that was lost or locked is regained first,
 * and the request is then sent again: nothing that was typed is lost.
 */
export async function request<P extends keyof paths, M extends Method>(
  method: M,
  path: P,
  details: Details<P, M> = {},
): Promise<Answer<P, M>> {
  for (;;) {
    const response = await send(method, address(path, details), details);
    if (response.ok) return (await json(response)) as Answer<P, M>;
    const error = await refusal(response);
    if (details.isAboutSession || holder === null || !(await mayRepeat(error, holder))) throw error;
  }
}

async function mayRepeat(error: RefusedError, session: SessionHolder): Promise<boolean> {
  if (error.status === 401) return session.regain("expired");
  if (error.status === 423) return session.regain("locked");
  if (error.code === "csrf") return session.renewToken();
  if (error.code === "must_change_password") session.passwordMustChange();
  return false;
}

function address(
  path: string,
  { inPath = {}, query = {} }: Pick<Details<never, never>, "inPath" | "query">,
): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(inPath[name] ?? ""),
  );
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  if (given.length === 0) return filled;
  return `${filled}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

interface Sent {
  body?: unknown;
  bytes?: ArrayBuffer;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  isUnattended?: boolean;
}

async function send(method: Method, url: string, sent: Sent): Promise<Response> {
  const { body, bytes, signal } = sent;
  const headers = new Headers({ Accept: "application/json", ...sent.headers });
  if (UNSAFE.has(method)) headers.set("X-CSRF-Token", holder?.csrfToken() ?? "");
  if (sent.isUnattended) headers.set("X-Unattended", "1");
  if (bytes !== undefined) headers.set("Content-Type", "application/octet-stream");
  else if (body !== undefined) headers.set("Content-Type", "application/json");
  try {
    return await fetch(url, {
      method: method.toUpperCase(),
      headers,
      body: bytes ?? (body === undefined ? null : JSON.stringify(body)),
      credentials: "same-origin",
      redirect: "error",
      signal: signal ?? null,
    });
  } catch {
    throw new UnreachableError();
  }
}

async function json(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  try {
    return await response.json();
  } catch {
    throw new UnreachableError();
  }
}

async function refusal(response: Response): Promise<RefusedError> {
  const waitS = Number(response.headers.get("Retry-After") ?? 0) || 0;
  const body: unknown = await response.json().catch(() => null);
  const { code, message } = (body as { error?: { code?: string; message?: string } })?.error ?? {};
  return new RefusedError(
    response.status,
    code ?? "unknown",
    message ?? "",
    waitS,
    response.headers,
  );
}
