// What the page asks of the server about the laboratory's validations.
import { request, type Answer, type Body } from "./client";

export type Validations = Answer<"/api/validations", "get">;
export type Validation = Validations["validations"][number];
export type SlideKindCount = Validations["slide_kinds"][number];
export type ValidationRequest = Body<"/api/validations", "post">;

export const readValidations = () => request("get", "/api/validations", {});

export const recordValidation = (body: ValidationRequest) =>
  request("post", "/api/validations", { body });

export const withdrawValidation = (validation_id: string, reason: string, password: string) =>
  request("post", "/api/validations/{validation_id}/withdrawal", {
    body: { reason, password },
    inPath: { validation_id },
  });
