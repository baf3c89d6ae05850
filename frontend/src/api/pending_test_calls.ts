// What the page asks of the server about other tests of a case, one function an endpoint.
import { request, type Answer, type Body } from "./client";

export type OtherTests = Answer<"/api/cases/{case_id}/tests", "get">;
export type OtherTest = OtherTests["tests"][number];
export type TestResult = OtherTest["results"][number];
export type TestRequest = Body<"/api/cases/{case_id}/tests", "post">;

/** isUnattended: the page asks by itself. */
export const readTests = (case_id: string, isUnattended: boolean) =>
  request("get", "/api/cases/{case_id}/tests", { inPath: { case_id }, isUnattended });

export const requestTest = (case_id: string, body: TestRequest) =>
  request("post", "/api/cases/{case_id}/tests", { inPath: { case_id }, body });

/** Of the test as it is shown: nobody writes over a result that they did not see. */
export const writeTestResult = (case_id: string, test: OtherTest, result: string) =>
  request("post", "/api/cases/{case_id}/tests/{test_id}/results", {
    inPath: { case_id, test_id: test.test_id },
    body: { n_results: test.results.length, result },
  });

export const dropTest = (case_id: string, test: OtherTest, reason: string) =>
  request("post", "/api/cases/{case_id}/tests/{test_id}/dropping", {
    inPath: { case_id, test_id: test.test_id },
    body: { n_results: test.results.length, reason },
  });
