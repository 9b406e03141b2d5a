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

describe("minikube tunnel", () => {
  it("gives load balancers an address that answers here, while it runs", async () => {
    const typist = await deployed();
    await typist.type("kubectl expose deployment web --name=front --port=8080 --target-port=80 --type=LoadBalancer");
    const address = (): Promise<string> =>
      typist.type(`kubectl get service front -o jsonpath='{.status.loadBalancer.ingress[0].ip}{"\\n"}'`);
    expect(await typist.type("kubectl get service front --no-headers | tr -s ' ' | cut -d' ' -f4")).toBe("<pending>");
    await typist.type("minikube tunnel > tunnel.log & sleep 2");
    const ip = await address();
    expect(await typist.type(`curl -s http://${ip}:8080/ | grep -c '<title>Welcome'`)).toBe("1");
    expect(await typist.type("tail -n 7 tunnel.log | head -n 3 | tr -s '\\t ' ' '")).toBe(
      " route: 10.96.0.0/12 -> 192.168.49.2\n minikube: Running\n services: [front]",
    );
    await typist.type("kill %1; sleep 1");
    expect(await typist.type("kubectl get service front --no-headers | tr -s ' ' | cut -d' ' -f4")).toBe("<pending>");
    expect(await typist.type(`curl -s -m 2 http://${ip}:8080/; echo $?`)).toBe("28");
  });
});

describe("minikube addons", () => {
  it("brings an Ingress controller that answers this laptop by name, plainly and by TLS", async () => {
    const typist = await deployed();
    const states = "minikube addons list | grep -E 'gateway-api|ingress ' | tr -d '│' | tr -s ' '";
    expect(await typist.type(states)).toBe(
      " gateway-api minikube disabled Drydock \n ingress minikube disabled Kubernetes ",
    );
    expect(await typist.type("minikube addons enable gateway-api")).toBe(
      `💡  gateway-api is an addon maintained by Drydock. For any concerns contact minikube on GitHub.
You can view the list of minikube maintainers at: https://github.com/kubernetes/minikube/blob/master/OWNERS
    ▪ Using image drydock.dev/gateway-controller:v1
🌟  The 'gateway-api' addon is enabled`,
    );
    expect(await typist.type("minikube addons enable ingress | tail -n 2")).toBe(
      "🔎  Verifying ingress addon...\n🌟  The 'ingress' addon is enabled",
    );
    const phases = "kubectl -n ingress-nginx get pods -o jsonpath='{.items[*].status.phase}{\"\\n\"}'";
    expect(await typist.type(phases)).toBe("Succeeded Succeeded Running");
    expect(await typist.type(states)).toBe(
      " gateway-api minikube enabled ✅ Drydock \n ingress minikube enabled ✅ Kubernetes ",
    );
    expect(await typist.type("kubectl get gatewayclass -o name")).toBe(
      "gatewayclass.gateway.networking.k8s.io/drydock",
    );
    // Its webhook is asked about Ingresses, by way of a service whose rules may be a second behind.
    await typist.type("kubectl -n ingress-nginx rollout status deployment/ingress-nginx-controller; sleep 1");
    await typist.type("kubectl create ingress web --class=nginx --rule='web.example/*=web:80'; sleep 2");
    const heading = "<h1>Welcome to nginx!</h1>";
    expect(await typist.type("curl -s -H 'Host: web.example' http://$(minikube ip)/ | grep h1")).toBe(heading);
    expect(await typist.type("curl -s http://web.example/; echo $?")).toBe("6");
    await typist.type('echo "$(minikube ip) web.example" | sudo tee -a /etc/hosts');
    expect(await typist.type("curl -s http://web.example/ | grep h1")).toBe(heading);
    expect(await typist.type("curl -s https://web.example/; echo $?")).toBe("60");
    expect(await typist.type("curl -sk https://web.example/ | grep h1")).toBe(heading);
    expect(await typist.type("curl -kv -H 'Host: other' https://web.example/ 2>&1 | grep -E 'subject|Host|HTTP'")).toBe(
      `* Host web.example:443 was resolved.
*  subject: O=Acme Co; CN=Kubernetes Ingress Controller Fake Certificate
* using HTTP/1.x
> GET / HTTP/1.1
> Host: other
< HTTP/1.1 404 Not Found`,
    );
    expect(await typist.type("minikube addons disable ingress; minikube addons disable gateway-api")).toBe(
      `🌑  "The 'ingress' addon is disabled\n🌑  "The 'gateway-api' addon is disabled`,
    );
    expect(await typist.type("sleep 30; kubectl get crd,ingressclass; curl -s http://web.example/; echo $?")).toBe(
      "No resources found\n7",
    );
  });
});

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
      "minikube\netcd.yaml\nkube-apiserver.yaml\nkube-controller-manager.yaml\nkube-scheduler.yaml",
    );
    expect(await typist.type("minikube ssh 'sudo head -5 /etc/kubernetes/manifests/etcd.yaml'")).toBe(
      "apiVersion: v1\nkind: Pod\nmetadata:\n  annotations:\n    kubeadm.kubernetes.io/etcd.advertise-client-urls: https://192.168.49.2:2379",
    );
    expect(await typist.type("minikube ssh 'sudo rm /etc/kubernetes/manifests/kube-scheduler.yaml'")).toBe("");
    expect(await typist.type("minikube ssh 'ls /etc/kubernetes/manifests'")).not.toContain("kube-scheduler");
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

  it("has kubectl there, which finds its cluster on a control-plane node, in the version of its package", async () => {
    const typist = await Typist.start();
    const on = (node: string, line: string): Promise<string> => typist.type(`minikube ssh -n ${node} -- "${line}"`);
    expect(
      await on(
        "control-plane",
        "kubectl get nodes -o name; sudo kubectl auth whoami -o jsonpath={.status.userInfo.username}; echo",
      ),
    ).toBe("node/control-plane\nnode/worker-1\nnode/worker-2\nnode/worker-3\nkubernetes-admin");
    expect(await on("worker-1", "kubectl get nodes")).toBe(
      "The connection to the server localhost:8080 was refused - did you specify the right host or port?\nssh: Process exited with status 1",
    );
    await on("worker-1", "sudo apt-get install -y --allow-change-held-packages kubectl=1.36.1-1.1");
    expect(await on("worker-1", "kubectl version --client | head -n 1")).toBe("Client Version: v1.36.1");
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

describe("minikube", () => {
  const RUNNING = `minikube
type: Control Plane
host: Running
kubelet: Running
apiserver: Running
kubeconfig: Configured

0`;
  const STOPPED = `minikube
type: Control Plane
host: Stopped
kubelet: Stopped
apiserver: Stopped
kubeconfig: Stopped

7`;
  const NO_PROFILE = `🤷  Profile "minikube" not found. Run "minikube profile list" to view all profiles.
👉  To start a cluster, run: "minikube start"
85`;

  it("keeps what was deployed over stop and start", async () => {
    const typist = await deployed();
    expect(await typist.type("minikube status; echo $?")).toBe(RUNNING);
    const url = await typist.type("minikube service web --url");
    expect(url).toMatch(/^http:\/\/192\.168\.49\.2:3\d{4}$/);
    expect(await typist.type("minikube stop")).toBe(`✋  Stopping node "minikube"  ...
🛑  Powering off "minikube" via SSH ...
🛑  1 node stopped.`);
    expect(await typist.type("minikube status; echo $?")).toBe(STOPPED);
    expect(await typist.type("minikube stop")).not.toContain("Powering off");
    expect(await typist.type("kubectl get pods; echo $?")).toBe(
      "The connection to the server 192.168.49.2:8443 was refused - did you specify the right host or port?\n1",
    );
    expect(await typist.type("minikube start")).toBe(`😄  minikube v1.38.0 on Debian 13
✨  Using the docker driver based on existing profile
👍  Starting "minikube" primary control-plane node in "minikube" cluster
🔄  Restarting existing docker container for "minikube" ...
🐳  Preparing Kubernetes v1.36.0 on containerd 2.2.2 ...
🔎  Verifying Kubernetes components...
🌟  Enabled addons: storage-provisioner, default-storageclass
🏄  Done! kubectl is now configured to use "minikube" cluster and "default" namespace by default`);
    expect(await typist.type("minikube status; echo $?")).toBe(RUNNING);
    // minikube waits for what is in kube-system alone.
    await typist.type("sleep 10");
    expect(await typist.type("kubectl get pods --no-headers")).toMatch(/^web-\S+ +1\/1 +Running +1 \(\d+s ago\)/);
    expect(await typist.type("minikube service web --url")).toBe(url);
    expect(await typist.type(`curl -s ${url} | grep h1`)).toBe("<h1>Welcome to nginx!</h1>");
  });

  it("makes a new cluster after delete", async () => {
    const typist = await deployed();
    const uid = "kubectl get namespace default -o jsonpath='{.metadata.uid}{\"\\n\"}'";
    const before = await typist.type(uid);
    expect(await typist.type("minikube delete")).toBe(`🔥  Deleting "minikube" in docker ...
🔥  Deleting container "minikube" ...
🔥  Removing /home/learner/.minikube/machines/minikube ...
💀  Removed all traces of the "minikube" cluster.`);
    expect(await typist.type("minikube status; echo $?")).toBe(NO_PROFILE);
    expect(await typist.type("minikube ip; echo $?")).toBe(NO_PROFILE);
    expect(await typist.type("minikube delete")).toBe(`🙄  "minikube" profile does not exist, trying anyways.
💀  Removed all traces of the "minikube" cluster.`);
    expect(await typist.type("minikube start")).toContain("🔥  Creating docker container");
    expect(await typist.type("minikube status; echo $?")).toBe(RUNNING);
    expect(await typist.type("kubectl get deployments")).toBe("No resources found in default namespace.");
    expect(await typist.type(uid)).not.toBe(before);
  });

  it("lists addons and services, and refuses what is not here", async () => {
    const typist = await deployed();
    expect(await typist.type("minikube version; minikube version --short")).toBe("minikube version: v1.38.0\nv1.38.0");
    const addons = await typist.type("minikube addons list");
    expect(addons.split("\n")[1]).toBe("│      ADDON NAME      │ PROFILE  │  STATUS   │       MAINTAINER       │");
    expect(addons).toMatch(/│ storage-provisioner +│ minikube │ enabled ✅ │ minikube +│/);
    expect(addons).toMatch(/│ dashboard +│ minikube │ disabled +│ Kubernetes +│/);
    expect(await typist.type("minikube addons enable dashboard; echo $?")).toBe(
      "\n❌  Exiting due to MK_ADDON_ENABLE: the addon 'dashboard' is not simulated here\n10",
    );
    expect(
      await typist.type("minikube addons enable metrics-server | tail -1; minikube addons list | grep metrics"),
    ).toMatch(
      /^🌟 {2}The 'metrics-server' addon is enabled\n│ metrics-server +│ minikube │ enabled ✅ │ Kubernetes +│$/,
    );
    expect(await typist.type("kubectl -n kube-system get deployment metrics-server -o name")).toBe(
      "deployment.apps/metrics-server",
    );
    expect(await typist.type("minikube addons enable volumesnapshots | tail -1")).toBe(
      "🌟  The 'volumesnapshots' addon is enabled",
    );
    expect(await typist.type("minikube addons enable csi-hostpath-driver | tail -2")).toBe(
      "🔎  Verifying csi-hostpath-driver addon...\n🌟  The 'csi-hostpath-driver' addon is enabled",
    );
    expect(await typist.type("kubectl get volumesnapshotclass,storageclass -o name")).toBe(
      "volumesnapshotclass.snapshot.storage.k8s.io/csi-hostpath-snapclass\nstorageclass.storage.k8s.io/csi-hostpath-sc\nstorageclass.storage.k8s.io/standard",
    );
    expect(await typist.type("minikube addons disable metrics-server")).toBe(
      "🌑  \"The 'metrics-server' addon is disabled",
    );
    expect(await typist.type("minikube dashboard; echo $?")).toMatch(/^❌ {2}Exiting due to MK_ADDON_ENABLE: .*\n10$/);
    const port = await typist.type("kubectl get service web -o jsonpath='{.spec.ports[0].nodePort}{\"\\n\"}'");
    expect(await typist.type("minikube service list")).toBe(
      [
        "┌─────────────┬────────────┬──────────────┬───────────────────────────┐",
        "│  NAMESPACE  │    NAME    │ TARGET PORT  │            URL            │",
        "├─────────────┼────────────┼──────────────┼───────────────────────────┤",
        "│ default     │ kubernetes │ No node port │                           │",
        `│ default     │ web        │ 80           │ http://192.168.49.2:${port} │`,
        "│ kube-system │ kube-dns   │ No node port │                           │",
        "└─────────────┴────────────┴──────────────┴───────────────────────────┘",
      ].join("\n"),
    );
    expect(await typist.type("minikube service nope --url; echo $?")).toContain(
      "❌  Exiting due to SVC_NOT_FOUND: Service 'nope' was not found in 'default' namespace.",
    );
    expect(await typist.type("minikube service kubernetes --url; echo $?")).toBe(
      "😿  service default/kubernetes has no node port\n0",
    );
  });
});
