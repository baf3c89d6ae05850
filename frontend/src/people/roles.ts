import type { Role } from "../api/calls";

export interface RoleWords {
  role: Role;
  name: string;
  /** What somebody in this role does here. */
  does: string;
}

export const ROLES: readonly RoleWords[] = [
  {
    role: "technologist",
    name: "Technologist",
    does: "adds, reads and reviews cases, uses the coding desk",
  },
  {
    role: "pathologist",
    name: "Pathologist",
    does: "reviews and signs cases, uses the coding desk",
  },
  {
    role: "director",
    name: "Laboratory director",
    does: "as a pathologist, records the laboratory's validations, reads the audit",
  },
  {
    role: "administrator",
    name: "Administrator",
    does: "manages people, reads the audit, adds and deletes cases",
  },
  { role: "trainee", name: "Trainee", does: "reads cases made for teaching" },
  { role: "service", name: "Service", does: "another program, such as the laboratory system" },
];

export function roleName(role: Role): string {
  return ROLES.find((each) => each.role === role)?.name ?? role;
}

export function roleNames(roles: readonly Role[]): string {
  return ROLES.filter((each) => roles.includes(each.role))
    .map((each) => each.name)
    .join(", ");
}
