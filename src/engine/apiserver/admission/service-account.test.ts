import { expect, it } from "vitest";
import { pods } from "../../api/registry.ts";
import { podDraft, TestServer } from "../testing/test-server.ts";

const PLACE = "/var/run/secrets/kubernetes.io/serviceaccount";

it("API411 a volume called like a token's is taken for the token's: what was copied from a pod gets no second one", () => {
  const test = new TestServer();
  const { spec: first } = test.create(pods, podDraft("a"));
  const [volume] = first.volumes ?? [];
  const mount = { mountPath: PLACE, name: volume?.name, readOnly: true };
  expect(volume?.name).toMatch(/^kube-api-access-[a-z0-9]{5}$/);
  expect(first.containers.map((container) => container.volumeMounts)).toEqual([[mount]]);

  const elsewhere = { mountPath: "/token", name: volume?.name as string };
  const containers = [
    { name: "copied", image: "x", volumeMounts: [mount as typeof elsewhere] },
    { name: "elsewhere", image: "x", volumeMounts: [elsewhere] },
  ];
  const { spec: copy } = test.create(pods, { metadata: { name: "b" }, spec: { containers, volumes: first.volumes } });
  expect(copy.volumes).toEqual([volume]);
  expect(copy.containers.map((container) => container.volumeMounts)).toEqual([[mount], [elsewhere, mount]]);
});
