import { describe, expect, it } from "vitest";
import { Playground } from "./playground.ts";
import { Typist } from "./testing/typist.ts";

/** What stands at the prompt after these keys; the line is thrown away. */
async function completed(typist: Typist, keys: string): Promise<string> {
  typist.keys(keys);
  await typist.run(50);
  const line = typist.screen.slice(typist.screen.lastIndexOf("$ ") + 2);
  typist.keys("\u0003");
  await typist.run(50);
  return line;
}

const LINES: readonly (readonly [string, string])[] = [
  ["kube\t", "kubectl "],
  ["kubectl roll\t", "kubectl rollout "],
  ["kubectl rollout sta\t", "kubectl rollout status "],
  ["kubectl get depl\t", "kubectl get deployments "],
  ["kubectl get deployment w\t", "kubectl get deployment web "],
  ["k get deploy/w\t", "k get deploy/web "],
  ["kubectl get pods -n kube-sys\t", "kubectl get pods -n kube-system "],
  ["kubectl get pods --namespace=kube-sys\t", "kubectl get pods --namespace=kube-system "],
  ["kubectl scale deployment web --repl\t", "kubectl scale deployment web --replicas="],
  ["kubectl describe node/worker-3\t", "kubectl describe node/worker-3 "],
  ["kubectl get nodes | gre\t", "kubectl get nodes | grep "],
  ["cat READ\t", "cat README.md "],
  ["kubectl apply -f READ\t", "kubectl apply -f README.md "],
  ["cd .k\t", "cd .kube/"],
  ["echo $HOM\t", "echo $HOME "],
  ["minikube sta\t\tr\t", "minikube start "],
  ["minikube addons l\t", "minikube addons list "],
  ["minikube version --s\t", "minikube version --short "],
  ["drydock power o\tf\t", "drydock power off "],
  ["drydock new mini\t", "drydock new minikube "],
  ["drydock stop kube-s\t", "drydock stop kube-scheduler "],
];

describe("completion", () => {
  it("knows commands, subcommands, kinds, names, namespaces, flags and files", async () => {
    const typist = await Typist.start();
    await typist.type("kubectl create deployment web --image=nginx");
    await typist.type("kubectl rollout status deployment/web");
    for (const [keys, line] of LINES) expect([keys, await completed(typist, keys)]).toEqual([keys, line]);
    // As the cheat sheet has it, for another short name.
    expect(
      await typist.type("source <(kubectl completion bash); complete -o default -F __start_kubectl kc; complete"),
    ).toBe("complete -F __start_kubectl kubectl\ncomplete -F __start_kubectl kc");
    expect(await completed(typist, "kc get deployment w\t")).toBe("kc get deployment web ");
    expect(await typist.type("complete -W 'a b' kc; echo $?")).toBe("bash: complete: -W is not simulated\n2");
    typist.keys("kubectl logs web\t");
    await typist.run(50);
    expect(await typist.type("-c ngi\t | wc -l")).toMatch(/^ *[1-9]\d*$/);
  });

  it("lists what could follow at the second Tab, and offers nothing that isn't there", async () => {
    const typist = await Typist.start();
    expect(await completed(typist, "kubectl get pods -o \t\t")).toBe("kubectl get pods -o ");
    expect(typist.screen).toContain("wide");
    expect(await completed(typist, "minikube nothing\t")).toMatch(/^minikube nothing\u0007?$/);
    expect(await completed(typist, "kubectl get deployment w\t")).toMatch(/^kubectl get deployment w\u0007?$/);
  });

  it("changes nothing of the cluster, so a session needs to know of finished lines only", async () => {
    const [tabs, plain] = [await Typist.start({ seed: 8 }), await Typist.start({ seed: 8 })];
    await tabs.type("kubectl cr\tdep\tweb --im\tnginx");
    await plain.type("kubectl create deployment web --image=nginx");
    for (const typist of [tabs, plain]) await typist.run(5000);
    await tabs.type("kubectl get dep\t\t");
    await plain.type("kubectl get deployments");
    await tabs.type("kubectl sca\tdeployment w\t--repl\t3");
    await plain.type("kubectl scale deployment web --replicas=3");
    for (const typist of [tabs, plain]) await typist.run(20_000);
    expect(tabs.playground.hash()).toBe(plain.playground.hash());
    const session = tabs.playground.snapshot();
    expect(JSON.stringify(session)).not.toContain("\\t");
    const again = Playground.create({ seed: 8 });
    await again.boot();
    await again.replay(session);
    expect(again.hash()).toBe(tabs.playground.hash());
  });
});
