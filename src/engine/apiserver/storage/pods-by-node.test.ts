import { expect, it } from "vitest";
import type { Pod } from "../../api/generated/types.ts";
import { pods } from "../../api/registry.ts";
import { TestServer } from "../testing/test-server.ts";

it("API17 a list of a node's pods is what a look at all of them finds, whatever comes, is bound and goes", () => {
  const test = new TestServer();
  const random = test.sim.random("test");
  const made: { name: string; namespace: string }[] = [];
  let found = 0;
  for (let round = 0; round < 120; round++) {
    const at = made[random.int(made.length || 1)];
    const what = random.int(4);
    if (what < 2 || at === undefined) {
      const metadata = {
        name: `p${random.int(1000)}-${round}`,
        namespace: random.int(3) === 0 ? "kube-system" : "default",
      };
      const nodeName = random.int(2) === 0 ? `n${random.int(3)}` : undefined;
      const spec = { containers: [{ name: "m", image: "nginx" }], ...(nodeName !== undefined && { nodeName }) };
      test.create(pods, { metadata, spec } as never);
      made.push(metadata);
    } else if (what === 2) {
      const stored = test.store.get(`/registry/pods/${at.namespace}/${at.name}`)?.value as Pod;
      const target = { kind: "Node", name: `n${random.int(3)}` };
      const body = { apiVersion: "v1", kind: "Binding", metadata: at, target };
      if ((stored.spec.nodeName ?? "") !== "") continue;
      test.send(pods as never, { verb: "create", ...at, subresource: "binding", body });
    } else {
      made.splice(made.indexOf(at), 1);
      test.store.delete(`/registry/pods/${at.namespace}/${at.name}`);
    }
    const name = `n${random.int(4)}`;
    const all = test.store.range("/registry/pods/").items.map(({ value }) => value as Pod);
    for (const namespace of ["", "default"]) {
      const wanted = all
        .filter(
          ({ spec, metadata }) => spec.nodeName === name && (namespace === "" || metadata.namespace === namespace),
        )
        .map(({ metadata }) => metadata.name);
      expect([round, test.names(pods as never, { fieldSelector: `spec.nodeName=${name}` }, namespace)]).toEqual([
        round,
        wanted,
      ]);
      found += wanted.length;
    }
  }
  expect(found).toBeGreaterThan(500);
});
