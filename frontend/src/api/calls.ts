// What the page asks of the server, one function an endpoint.
import { request, type Answer, type Body } from "./client";

export type Health = Answer<"/api/health", "get">;
export type SessionAnswer = Answer<"/api/session", "get">;
export type Account = SessionAnswer["account"];
export type Role = Account["roles"][number];
export type Right = SessionAnswer["rights"][number];
export type Person = Answer<"/api/people", "get">["people"][number];
export type NewPerson = Body<"/api/people", "post">;
export type PersonChange = Body<"/api/people/{account_id}", "patch">;
export type AuditPage = Answer<"/api/audit", "get">;
export type AuditEntry = AuditPage["entries"][number];
export type Verification = Answer<"/api/audit/verification", "get">;

const aboutSession = { isAboutSession: true };

export const health = () => request("get", "/api/health", aboutSession);

export const setUp = (body: Body<"/api/set-up", "post">) =>
  request("post", "/api/set-up", { body, ...aboutSession });

export const currentSession = () => request("get", "/api/session", aboutSession);

export const signIn = (user_name: string, password: string) =>
  request("post", "/api/session", { body: { user_name, password }, ...aboutSession });

export const signOut = () => request("delete", "/api/session", aboutSession);

export const lock = () => request("post", "/api/session/lock", aboutSession);

export const noteActivity = () => request("post", "/api/session/activity", aboutSession);

export const unlock = (password: string) =>
  request("post", "/api/session/unlock", { body: { password }, ...aboutSession });

export const changePassword = (old_password: string, new_password: string) =>
  request("put", "/api/session/password", { body: { old_password, new_password } });

export const people = async () => (await request("get", "/api/people")).people;

export const addPerson = (body: NewPerson) => request("post", "/api/people", { body });

const about = (account_id: string) => ({ inPath: { account_id } });

export const changePerson = (account_id: string, body: PersonChange) =>
  request("patch", "/api/people/{account_id}", { body, ...about(account_id) });

export const resetPassword = async (account_id: string) =>
  (await request("post", "/api/people/{account_id}/password", about(account_id)))
    .temporary_password;

export const endSessions = (account_id: string) =>
  request("delete", "/api/people/{account_id}/sessions", about(account_id));

export const auditPage = (before: number | undefined, limit: number, accession: string) =>
  request("get", "/api/audit", { query: { before, limit, accession } });

export const verifyAudit = () => request("get", "/api/audit/verification");
