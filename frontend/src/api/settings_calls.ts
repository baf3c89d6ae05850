// What the page asks of the server about itself and about keeping cases, one function an endpoint.
import { request, type Answer } from "./client";

export type ServerSettings = Answer<"/api/settings", "get">;
export type SettingsGroup = ServerSettings["groups"][number];
export type Setting = SettingsGroup["settings"][number];
export type Retention = Answer<"/api/retention", "get">;
export type DueCase = Retention["cases"][number];
export type DueDeletion = Answer<"/api/retention/deletions", "post">;

export const readSettings = () => request("get", "/api/settings");

export const readRetention = () => request("get", "/api/retention");

export const deleteDueCases = (case_ids: string[], reason: string, password: string) =>
  request("post", "/api/retention/deletions", { body: { case_ids, reason, password } });
