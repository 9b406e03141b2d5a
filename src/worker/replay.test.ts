import { describe, expect, it } from "vitest";
import { decodeLink, encodeLink } from "../session/link.ts";
import { platformCompression } from "./compression.ts";
import { Playground } from "./playground.ts";
import { Typist } from "./testing/typist.ts";

const WORK = [
  "kubectl create deployment web --image=nginx --replicas=3",
  "kubectl rollout status deployment/web",
  "kubectl expose deployment web --port=80 --type=NodePort",
  "kubectl get pods -o wide | grep Running | wc -l",
  "kubectl set image deployment/web nginx=nginx:1.27",
  "sleep 3",
  "kubectl delete pod -l app=web --wait=false",
];

async function replayed(playground: Playground): Promise<Playground> {
  const session = playground.snapshot();
  const again = Playground.create({ seed: session.seed, preset: session.preset, setup: session.setup });
  await again.boot();
  await again.replay(session);
  return again;
}

describe("replay", () => {
  it("gives the same cluster, from a link too", async () => {
    const typist = await Typist.start({ seed: 11 });
    for (const line of WORK) await typist.type(line);
    await typist.run(12_345);
    const { playground } = typist;
    const again = await replayed(playground);
    expect(again.hash()).toBe(playground.hash());
    expect(again.sim.now).toBe(playground.sim.now);
    const link = await encodeLink(playground.snapshot(), platformCompression);
    const opened = await decodeLink(link, platformCompression);
    expect(opened).toEqual({ ok: true, session: playground.snapshot() });
    expect(link.length).toBeLessThan(1500);
  });

  it("can be replayed again and gone on with", async () => {
    const typist = await Typist.start({ seed: 3 });
    await typist.type("kubectl run web --image=nginx");
    await typist.run(5000);
    const again = await replayed(await replayed(typist.playground));
    await again.runUntil(again.sim.now + 60_000);
    await typist.run(60_000);
    expect(again.hash()).toBe(typist.playground.hash());
  });

  it("of `drydock new` asks no page, and refuses a kind of cluster that there is none of as it was refused", async () => {
    const asked: unknown[] = [];
    const typist = await Typist.start({ seed: 6, events: { control: (request) => void asked.push(request) } });
    expect(await typist.type("drydock new --preset ha")).toBe("");
    expect(await typist.type("drydock new big || kubectl create namespace refused")).toBe(
      'drydock: unknown preset "big": use default, minikube, ha, dual-stack, cloud, bare, empty or scale:N (N up to 5000)\n' +
        "namespace/refused created",
    );
    expect(asked).toEqual([{ action: "new", preset: "ha" }]);
    expect((await replayed(typist.playground)).hash()).toBe(typist.playground.hash());
  });

  it("keeps a terminal's typed-ahead lines, raw keys and Ctrl-C in their places", async () => {
    const typist = await Typist.start({ seed: 5 });
    typist.keys("sleep 2\rkubectl create namespace early\r");
    await typist.run(2500);
    typist.keys("read answer\rcluster");
    await typist.run(100);
    typist.keys("\r");
    await typist.run(100);
    await typist.type("kubectl create namespace $answer");
    typist.keys("sleep 1000\r");
    await typist.run(700);
    typist.keys("\u0003");
    await typist.type("kubectl create namespace last");
    expect(await typist.type("kubectl get ns early cluster last -o name")).toBe(
      "namespace/early\nnamespace/cluster\nnamespace/last",
    );
    const again = await replayed(typist.playground);
    expect(again.hash()).toBe(typist.playground.hash());
  });

  it("gives other names and addresses for another seed, and the same ones for the same seed", async () => {
    const names = async (seed: number): Promise<string> => {
      const typist = await Typist.start({ seed });
      await typist.type("kubectl create deployment web --image=nginx --replicas=2");
      await typist.type("kubectl rollout status deployment/web");
      return typist.type("kubectl get pods -o wide --no-headers");
    };
    const [first, again, other] = [await names(1), await names(1), await names(2)];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it("covers faults, files and commands of the page", async () => {
    const typist = await Typist.start({ seed: 9 });
    const { playground } = typist;
    playground.act({
      k: "file",
      path: "/home/learner/ns.yaml",
      text: "apiVersion: v1\nkind: Namespace\nmetadata: {name: filed}\n",
    });
    await typist.type("kubectl apply -f ns.yaml");
    await playground.command(
      ["kubectl", "apply", "-f", "-"],
      "apiVersion: v1\nkind: Namespace\nmetadata: {name: sent}\n",
    );
    playground.act({ k: "fault", fault: { kind: "power-off", node: "worker-2" } });
    await typist.run(90_000);
    expect(await typist.type("kubectl get node worker-2 --no-headers | tr -s ' ' | cut -d' ' -f2")).toBe("NotReady");
    const again = await replayed(playground);
    expect(again.hash()).toBe(playground.hash());
  });
});
