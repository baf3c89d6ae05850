// What the page asks of the server for a reader who is on call.
import { request, type Answer } from "./client";

export type CalledFor = Answer<"/api/on-call", "get">["cases"][number];

export const readOnCall = () => request("get", "/api/on-call", { isUnattended: true });
