// The facts of a case while somebody types them: every one as text, "" for not said.
import type { Facts, FactsRequest, Priority, Purpose } from "../api/case_calls";

export type FactsDraft = Record<keyof Facts, string>;

export function emptyDraft(): FactsDraft {
  return {
    accession: "",
    patient_name: "",
    patient_id: "",
    birth_date: "",
    sex: "",
    collected_on: "",
    received_on: "",
    site: "",
    requester: "",
    indication: "",
    blood_count: "",
    blood_blast_percent: "",
    prior_therapy: "",
    preparation: "",
    purpose: "research",
    priority: "routine",
  };
}

export function draftOf(facts: Facts): FactsDraft {
  const draft = emptyDraft();
  for (const name of namesIn(draft)) draft[name] = String(facts[name] ?? "");
  return draft;
}

/** What is wrong with a draft before the server is asked, by the name of the fact. */
export function draftTroubles(draft: FactsDraft): Partial<FactsDraft> {
  const percent = draft.blood_blast_percent.trim();
  if (percent === "" || /^\d{1,3}([.,]\d{1,2})?$/.test(percent)) return {};
  return { blood_blast_percent: "A number such as 12.5." };
}

export function factsOf(draft: FactsDraft): FactsRequest {
  return {
    ...draft,
    birth_date: draft.birth_date || null,
    sex: (draft.sex || null) as Facts["sex"],
    collected_on: draft.collected_on || null,
    received_on: draft.received_on || null,
    blood_blast_percent: draft.blood_blast_percent.trim().replace(",", ".") || null,
    purpose: draft.purpose as Purpose,
    priority: draft.priority as Priority,
  };
}

/**
 * The draft on newer facts: what was typed stays, the rest is as somebody else made it.
 *
 * before: as the facts were when typing began.
 */
export function rebased(draft: FactsDraft, before: FactsDraft, now: FactsDraft): FactsDraft {
  const merged = { ...now };
  for (const name of namesIn(draft)) if (draft[name] !== before[name]) merged[name] = draft[name];
  return merged;
}

export function isSame(one: FactsDraft, other: FactsDraft): boolean {
  return namesIn(one).every((name) => one[name] === other[name]);
}

function namesIn(draft: FactsDraft): (keyof Facts)[] {
  return Object.keys(draft) as (keyof Facts)[];
}
