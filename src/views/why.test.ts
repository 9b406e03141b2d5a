import { describe, expect, it } from "vitest";
import { Typist } from "../worker/testing/typist.ts";
import { Projections } from "../worker/projections.ts";
import type { Frame, InspectorView } from "../worker/protocol.ts";
import { en as words } from "../ui/words/en.ts";

/** Types lines, lets time pass, and asks the inspector about an object. */
async function ask(lines: string[], about: { kind: string; name: RegExp; afterMs: number }): Promise<InspectorView> {
  const typist = await Typist.start();
  for (const line of lines) await typist.type(line);
  await typist.run(about.afterMs);
  const { cluster } = typist.playground;
  if (cluster === undefined) throw new Error("no cluster");
  const projections = new Projections(cluster);
  const object = projections.list(about.kind, "default").find(({ metadata }) => about.name.test(metadata.name));
  if (object === undefined) throw new Error(`no ${about.kind} like ${String(about.name)}`);
  projections.inspect({ kind: about.kind, namespace: object.metadata.namespace ?? "", name: object.metadata.name });
  const frame: Frame = {};
  projections.fill(frame);
  if (frame.inspector === undefined || frame.inspector === null) throw new Error("nothing to show");
  return frame.inspector;
}

const CASES: [string, string[], { kind: string; name: RegExp; afterMs: number }, string | undefined][] = [
  ["a pod that runs", ["kubectl run web --image=nginx"], { kind: "Pod", name: /web/, afterMs: 9000 }, undefined],
  [
    "a pull under way",
    ["kubectl run web --image=nginx"],
    { kind: "Pod", name: /web/, afterMs: 1200 },
    "why.pulling.title",
  ],
  [
    "an image that is not there",
    ["kubectl run web --image=nope/nope"],
    { kind: "Pod", name: /web/, afterMs: 9000 },
    "why.image.title",
  ],
  [
    "an image that is not there, while the kubelet asks for it again",
    ["kubectl run web --image=nginx:nope"],
    { kind: "Pod", name: /web/, afterMs: 12_000 },
    "why.image.title",
  ],
  [
    "a pod that asks too much",
    [
      `kubectl run web --image=nginx --overrides='{"spec":{"containers":[{"name":"web","image":"nginx","resources":{"requests":{"cpu":"64"}}}]}}'`,
    ],
    { kind: "Pod", name: /web/, afterMs: 2000 },
    "why.unschedulable.title",
  ],
  [
    "a container that ends at once",
    ["kubectl run web --image=busybox -- sh -c 'exit 3'"],
    { kind: "Pod", name: /web/, afterMs: 20_000 },
    "why.crash-loop.title",
  ],
  [
    "a pod that goes",
    ["kubectl run web --image=nginx", "sleep 9", "kubectl delete pod web --wait=false"],
    { kind: "Pod", name: /web/, afterMs: 0 },
    "why.terminating.title",
  ],
  [
    "a service that matches nothing",
    ["kubectl create service clusterip lonely --tcp=80"],
    { kind: "Service", name: /lonely/, afterMs: 500 },
    "why.no-match.title",
  ],
  [
    "a deployment on its way",
    ["kubectl create deployment web --image=nginx"],
    { kind: "Deployment", name: /web/, afterMs: 300 },
    "why.unavailable.title",
  ],
];

describe("why", () => {
  it.each(CASES)("explains %s", async (_name, lines, about, key) => {
    const view = await ask(lines, about);
    expect(view.why?.title.key).toBe(key);
    for (const message of view.why === undefined ? [] : [view.why.title, view.why.text]) {
      expect(Object.keys(words)).toContain(message.key);
    }
    for (const row of view.rows) expect(Object.keys(words)).toContain(row.label.key);
  });
});
