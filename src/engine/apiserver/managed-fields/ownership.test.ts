import { expect, it } from "vitest";
import type { KubeObject } from "../../api/meta/object.ts";
import { pods } from "../../api/registry.ts";
import { setDeepFreeze } from "../../base/freeze.ts";
import { Simulation } from "../../sim/simulation.ts";
import { encodeManaged, NOBODY, type Managed } from "./managed.ts";
import { isOneWrite } from "./object-fields.ts";
import { managedOf, noteUpdate, ownersAfter } from "./ownership.ts";
import { writerId } from "./writer.ts";

setDeepFreeze(true);

const random = new Simulation({ seed: 7 }).random("test");

function pick<T>(...from: readonly T[]): T {
  return from[random.int(from.length)] as T;
}

function some<T>(from: readonly T[]): T[] | undefined {
  const chosen = from.filter(() => random.int(3) > 0);
  return chosen.length === 0 && random.int(2) === 0 ? undefined : chosen;
}

/** Another value of one of its fields, or of a few. */
function changed(object: KubeObject, isStatus: boolean): KubeObject {
  const old = object as KubeObject & { spec: object; status: Record<string, unknown> };
  const metadata = { ...old.metadata };
  if (!isStatus) {
    const labels = { a: pick("1", "2"), ...(random.int(2) === 0 && { b: pick("1", "2") }) };
    const finalizers = some(["x/a", "x/b"]);
    const { labels: _, finalizers: __, ...rest } = metadata;
    const spec = { ...old.spec, nodeName: pick("n1", "n2"), tolerations: some([{ key: "a" }, { key: "b" }]) };
    const made = { ...rest, ...(random.int(3) > 0 && { labels }), ...(finalizers && { finalizers }) };
    return { ...old, metadata: made, spec } as KubeObject;
  }
  const status = { ...old.status };
  for (let times = 1 + random.int(3); times > 0; times--) {
    switch (random.int(6)) {
      case 0:
        status["phase"] = pick("Pending", "Running");
        break;
      case 1: {
        const of = (type: string) => ({
          type,
          status: pick("True", "False"),
          ...(random.int(2) === 0 && { reason: "R" }),
        });
        status["conditions"] = some([of("Ready"), of("Initialized"), of("PodScheduled")]);
        break;
      }
      case 2:
        status["podIPs"] = some([{ ip: "10.0.0.1" }, { ip: pick("10.0.0.2", "10.0.0.3") }]);
        break;
      case 3:
        status["containerStatuses"] = [{ name: "m", ready: pick(true, false), restartCount: random.int(3) }];
        break;
      case 4:
        status["resources"] = pick<unknown>(
          undefined,
          {},
          { requests: { cpu: pick("1", "2") } },
          { limits: { cpu: "1" } },
        );
        break;
      default:
        status["hostIP"] = pick(undefined, "10.0.0.1", "10.0.0.2");
    }
  }
  return { ...old, metadata, status } as KubeObject;
}

it("API161 a version that its writer wrote over is forgotten only where that changes nobody's fields", () => {
  const writers = [
    { by: writerId(pods, "status", "kubelet"), isStatus: true },
    { by: writerId(pods, "status", "scheduler"), isStatus: true },
    { by: writerId(pods, "", "controller"), isStatus: false },
  ];
  const forgotten = { yes: 0, no: 0 };
  for (let run = 0; run < 80; run++) {
    const first = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", uid: "u" },
      spec: { nodeName: "n1" },
      status: {},
    };
    let object = first as unknown as KubeObject;
    const creator = { by: writerId(pods, "", "creator"), now: 0 };
    noteUpdate(object, { before: undefined, wanted: object }, creator);
    let managed: Managed = ownersAfter(NOBODY, { before: undefined, wanted: object }, creator);
    let writer = pick(...writers);
    let before: KubeObject | undefined;
    for (let step = 1; step < 14; step++) {
      const goesOn = random.int(4) > 0;
      if (!goesOn) writer = pick(...writers);
      const next = changed(object, writer.isStatus);
      const at = { by: writer.by, now: step * 1000 };
      if (goesOn && before !== undefined) forgotten[isOneWrite(writer.by, [before, object, next]) ? "yes" : "no"]++;
      noteUpdate(next, { before: object, wanted: next }, at);
      managed = ownersAfter(managed, { before: object, wanted: next }, at);
      before = object;
      object = next;
    }
    expect([run, encodeManaged(managedOf(object))]).toEqual([run, encodeManaged(managed)]);
  }
  expect([forgotten.yes > 40, forgotten.no > 40]).toEqual([true, true]);
});
