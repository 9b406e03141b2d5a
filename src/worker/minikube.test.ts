import { describe, expect, it } from "vitest";
import { Playground } from "./playground.ts";
import { Typist } from "./testing/typist.ts";

async function deployed(): Promise<Typist> {
  const typist = await Typist.start({ preset: "minikube" });
  await typist.type("kubectl create deployment web --image=nginx");
  await typist.type("kubectl expose deployment web --port=80 --type=NodePort");
  await typist.type("kubectl rollout status deployment/web");
  return typist;
}

describe("minikube ssh", () => {
  it("runs one command on the node and tells how it ended", async () => {
    const typist = await Typist.start({ preset: "minikube" });
    expect(await typist.type("minikube ssh hostname; minikube ssh -- 'whoami; pwd'")).toBe(
      "minikube\ndocker\n/home/docker",
    );
    expect(await typist.type("minikube ssh -- exit 3; echo $?")).toBe("ssh: Process exited with status 3\n1");
    expect(await typist.type("echo typed | minikube ssh 'cat > note'; minikube ssh cat note")).toBe("typed");
    expect(await typist.type("minikube ssh -n nobody ls; echo $?")).toBe(
      "\n❌  Exiting due to GUEST_NODE_RETRIEVE: Node nobody does not exist.\n\n85",
    );
    expect(await typist.type("minikube ssh ls -l")).toBe("Error: unknown shorthand flag: 'l' in -l");
  });

  it("shows what the node has on its disk", async () => {
    const typist = await Typist.start({ preset: "minikube" });
    expect(await typist.type("minikube ssh 'cat /etc/hostname; ls /etc/kubernetes/manifests | cat'")).toBe(
      "minikube\netcd.yaml\nkube-apiserver.yaml\nkube-controller-manager.yaml\nkube-proxy.yaml\nkube-scheduler.yaml",
    );
    expect(await typist.type("minikube ssh 'head -4 /etc/kubernetes/manifests/etcd.yaml'")).toBe(
      "apiVersion: v1\nkind: Pod\nmetadata:\n  name: etcd",
    );
    expect(await typist.type("minikube ssh 'sudo rm /etc/kubernetes/manifests/etcd.yaml'")).toContain(
      "Read-only file system",
    );
    typist.playground.act({ k: "fault", fault: { kind: "stop-component", component: "kube-scheduler" } });
    expect(await typist.type("minikube ssh ls /etc/kubernetes/manifests")).not.toContain("scheduler");
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "writer" },
      spec: {
        nodeName: "minikube",
        restartPolicy: "Never",
        containers: [
          {
            name: "writer",
            image: "busybox",
            command: ["sh", "-c", "echo from a pod > /data/note"],
            volumeMounts: [{ name: "data", mountPath: "/data" }],
          },
        ],
        volumes: [{ name: "data", hostPath: { path: "/mnt/data", type: "DirectoryOrCreate" } }],
      },
    };
    await typist.playground.command(["kubectl", "apply", "-f", "-"], JSON.stringify(pod));
    await typist.run(10_000);
    expect(await typist.type("minikube ssh cat /mnt/data/note")).toBe("from a pod");
  });

  it("reaches services and pods from the node", async () => {
    const typist = await deployed();
    await typist.type("NODE_PORT=$(kubectl get service web -o jsonpath='{.spec.ports[0].nodePort}')");
    await typist.type("CLUSTER_IP=$(kubectl get service web -o jsonpath='{.spec.clusterIP}')");
    await typist.type("POD_IP=$(kubectl get pods -l app=web -o jsonpath='{.items[0].status.podIP}')");
    for (const place of ["localhost:$NODE_PORT", "$CLUSTER_IP", "$POD_IP:80"])
      expect(await typist.type(`minikube ssh "curl -s ${place} | grep h1"`)).toBe("<h1>Welcome to nginx!</h1>");
  });

  it("gives a shell that replays", async () => {
    const typist = await Typist.start({ preset: "minikube", seed: 4 });
    typist.keys("minikube ssh\r");
    await typist.run(200);
    expect(typist.screen).toMatch(/docker@minikube:~\$ $/);
    typist.keys("echo $((6 * 7)) > answer; cat answer\r");
    await typist.run(200);
    expect(typist.screen).toMatch(/\n42\r?\ndocker@minikube:~\$ $/);
    typist.keys("exit\r");
    await typist.run(200);
    expect(typist.playground.atPrompt(typist.playground.terminalIds()[0] as number)).toBe(true);
    expect(await typist.type("echo $?")).toBe("0");
    await typist.type("kubectl create namespace n$(minikube ssh cat answer)");
    expect(await typist.type("kubectl get namespace n42 -o name")).toBe("namespace/n42");
    const session = typist.playground.snapshot();
    const again = Playground.create({ seed: 4, preset: "minikube" });
    await again.boot();
    await again.replay(session);
    expect(again.hash()).toBe(typist.playground.hash());
  });

  it("breaks with the node's power and is refused without it", async () => {
    const typist = await Typist.start({ preset: "default" });
    typist.keys("minikube ssh -n worker-1\r");
    await typist.run(200);
    expect(typist.screen).toMatch(/docker@worker-1:~\$ $/);
    typist.playground.act({ k: "fault", fault: { kind: "power-off", node: "worker-1" } });
    await typist.run(200);
    expect(typist.screen).toContain("ssh: wait: remote command exited without exit status or exit signal");
    expect(await typist.type("minikube ssh -n worker-1 ls; echo $?")).toBe('ssh: "worker-1" is not running\n1');
    typist.playground.act({ k: "fault", fault: { kind: "power-on", node: "worker-1" } });
    expect(await typist.type("minikube ssh -n worker-1 hostname")).toBe("worker-1");
  });

  it("wants a running cluster", async () => {
    const typist = await Typist.start({ preset: "minikube" });
    await typist.type("minikube stop");
    expect(await typist.type("minikube ssh ls; echo $?")).toBe(
      '🤷  The control-plane node minikube host is not running: state=Stopped\n👉  To start a cluster, run: "minikube start"\n83',
    );
    await typist.type("minikube delete");
    expect(await typist.type("minikube ssh ls; echo $?")).toBe(
      '🤷  Profile "minikube" not found. Run "minikube profile list" to view all profiles.\n👉  To start a cluster, run: "minikube start"\n85',
    );
  });
});
