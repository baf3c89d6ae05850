// What a failed request is called on the page: what happened, what is safe, what to do.
import { RefusedError, UnreachableError } from "./client";

/** One or more sentences about an error of a request. */
export function errorWords(error: unknown): string {
  if (error instanceof UnreachableError) {
    return "The server does not answer. Nothing was changed as far as this page knows, and what you typed is still here. Try again in a moment.";
  }
  if (error instanceof RefusedError && error.message) return asSentence(error.message);
  return "The server could not do that and did not say why. What you typed is still here. Try again; if it stays, tell whoever runs the server.";
}

/** A message that was written for a terminal, as a sentence. */
export function asSentence(message: string): string {
  const text = message.trim();
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?]$/.test(first) ? first : `${first}.`;
}
