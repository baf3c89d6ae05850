// Which page the address names, and going to another one without loading anew.
import type { Right } from "../api/calls";

export interface Page {
  path: string;
  title: string;
  /** Right that it takes; none where everybody has it. */
  right?: Right;
}

export const PAGES = [
  { path: "/cases", title: "Worklist", right: "read_cases" },
  { path: "/people", title: "People", right: "manage_people" },
  { path: "/audit", title: "Audit", right: "read_audit" },
  { path: "/settings", title: "Settings", right: "read_settings" },
  { path: "/account", title: "Your account" },
] as const satisfies readonly Page[];

export type Path = (typeof PAGES)[number]["path"];

/** What is shown of a case: the case itself, its cells, its slides, and the way to its report. */
export type CaseTab = "case" | "cells" | "slide" | "findings" | "text" | "report";

const A_CASE = /^\/cases\/([0-9a-f-]{36})(?:\/(cells|slide|findings|text|report))?$/i;

export const casePath = (caseId: string, tab: CaseTab = "case") =>
  tab === "case" ? `/cases/${caseId}` : `/cases/${caseId}/${tab}`;

class Route {
  path = $state(location.pathname);
  /** The case whose page is shown; undefined on other pages. */
  caseId = $derived(A_CASE.exec(this.path)?.[1]);
  /** Which tab of it. */
  caseTab = $derived((A_CASE.exec(this.path)?.[2] ?? "case") as CaseTab);

  constructor() {
    addEventListener("popstate", () => {
      this.path = location.pathname;
    });
  }

  go(path: string): void {
    if (path !== location.pathname) history.pushState(null, "", path);
    this.path = path;
  }

  /** Another name for where one is, such as the landing page's own. */
  replace(path: string): void {
    if (path !== location.pathname) history.replaceState(null, "", path);
    this.path = path;
  }

  /** For a link: a plain click goes there, one with a modifier is the browser's. */
  follow = (event: MouseEvent): void => {
    const link = event.currentTarget;
    if (!(link instanceof HTMLAnchorElement) || event.button !== 0) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.go(link.pathname);
  };
}

export const route = new Route();
