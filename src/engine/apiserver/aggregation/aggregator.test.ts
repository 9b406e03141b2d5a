import { expect, it } from "vitest";
import { apiServices } from "../../api/apiregistration/api-service.ts";
import { TestServer } from "../testing/test-server.ts";

it("API462 versions of a group come by the priority that their registrations give, then by name", () => {
  const test = new TestServer();
  const register = (version: string, versionPriority: number): void => {
    const service = { namespace: "default", name: "gadgets" };
    const spec = { group: "example.com", version, groupPriorityMinimum: 1, versionPriority, service };
    test.create(apiServices, { metadata: { name: `${version}.example.com` }, spec });
  };
  for (const version of ["v1alpha1", "v1", "v10", "v1beta1"]) register(version, 10);
  register("v2alpha1", 20);
  const versions = test.server.catalog.remote.map(({ version }) => version);
  expect(versions).toEqual(["v2alpha1", "v10", "v1", "v1beta1", "v1alpha1"]);
});
