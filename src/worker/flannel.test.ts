/** A cluster that kubeadm has made gets its pod network from flannel, by the address of its manifest. */
import { describe, expect, it } from "vitest";
import { Typist } from "./testing/typist.ts";

const LATEST = "https://github.com/flannel-io/flannel/releases/latest/download/kube-flannel.yml";
const AT_RELEASE = "https://raw.githubusercontent.com/flannel-io/flannel/v0.25.7/Documentation/kube-flannel.yml";

/** Somebody before bare machines, the first of which `kubeadm init` has made a control plane with these flags. */
async function control(flags: string) {
  const typist = await Typist.start({ preset: "bare" });
  const type = async (line: string): Promise<string> => (await typist.type(line)).replaceAll("\r", "").trim();
  await type(`ssh control-plane sudo kubeadm init ${flags} > init.txt`);
  const words = async (what: string): Promise<string[]> =>
    (await type(`kubectl get ${what} --no-headers`)).split("\n").map((line) => line.trim().replaceAll(/\s+/g, " "));
  return { typist, type, words };
}

describe("a cluster with a range for its pods", () => {
  it("is not ready until flannel is applied; then its pods have addresses and reach each other on all nodes", async () => {
    const { type, words } = await control("--pod-network-cidr=10.244.0.0/16");
    // The nodes' ranges are on their way.
    expect(await type("drydock why node/control-plane | grep Mend")).toBe("Mend:  apply a pod network");
    await type("sleep 5");
    expect((await words("nodes"))[0]).toMatch(/^control-plane NotReady control-plane /);
    expect(await words("pods -n kube-system -l k8s-app=kube-dns -o custom-columns=S:.status.phase")).toEqual([
      ...["Pending", "Pending"],
    ]);
    const why = (await type("drydock why node/control-plane")).split("\n");
    expect(why.slice(1)).toEqual([
      "  Why:   container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized",
      "  Mend:  apply a pod network",
      `         kubectl apply -f ${LATEST}`,
      expect.stringMatching(/^ {2}Tried on a copy of this cluster: it works \(Ready, .* after the change\)\.$/),
    ]);
    expect(await type(`kubectl apply -f ${LATEST}`)).toBe(`namespace/kube-flannel created
serviceaccount/flannel created
clusterrole.rbac.authorization.k8s.io/flannel created
clusterrolebinding.rbac.authorization.k8s.io/flannel created
configmap/kube-flannel-cfg created
daemonset.apps/kube-flannel-ds created`);
    await type(String.raw`ssh worker-1 sudo $(tail -n 2 init.txt | tr -d '\\'); sleep 30`);
    expect((await words("nodes")).map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      ...["control-plane Ready", "worker-1 Ready"],
    ]);
    expect(await type("ssh worker-1 cat /run/flannel/subnet.env")).toBe(
      "FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.1.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true",
    );
    const log = await type("kubectl -n kube-flannel logs ds/kube-flannel-ds -c kube-flannel --tail=5 2>/dev/null");
    expect(log.split("\n").map((line) => line.replace(/^\w\d+ [\d:.]+ +\d+ /, ""))).toEqual([
      ...["main.go:416] Running backend.", "vxlan_network.go:65] watching for new subnet leases"],
      ...["main.go:437] Waiting for all goroutines to exit", "iptables.go:372] bootstrap done"],
      "iptables.go:372] bootstrap done",
    ]);
    const annotation = String.raw`{.metadata.annotations.flannel\.alpha\.coreos\.com/public-ip}`;
    const condition = '{.status.conditions[?(@.type=="NetworkUnavailable")].reason}';
    expect(await type(`kubectl get node worker-1 -o jsonpath='${annotation} ${condition}'; echo`)).toBe(
      "172.18.0.3 FlannelIsUp",
    );
    await type("kubectl create deployment web --image=nginx; kubectl expose deployment web --port=80");
    await type("kubectl wait --for=condition=Available deployment web --timeout=2m");
    expect((await words("pods -o custom-columns=IP:.status.podIP"))[0]).toMatch(/^10\.244\.1\.\d+$/);
    expect(await type("ssh control-plane \"curl -sI $(kubectl get svc web -o jsonpath='{.spec.clusterIP}')\"")).toMatch(
      /^HTTP\/1\.1 200 OK\n/,
    );
  }, 120_000);
});

describe("a cluster without one", () => {
  it("has nodes that flannel makes ready, a daemon that crashes, and pods that get no sandbox, until nodes have ranges", async () => {
    const { typist, type, words } = await control("");
    await type("sleep 5");
    expect(await type("drydock why node/control-plane | tail -n 1")).toBe(
      "Mend:  have kube-controller-manager give nodes ranges of addresses (--allocate-node-cidrs=true and --cluster-cidr), then apply a pod network",
    );
    await type(`kubectl apply -f ${AT_RELEASE}; sleep 60`);
    expect((await words("nodes"))[0]).toMatch(/^control-plane Ready /);
    expect((await words("pods -n kube-flannel"))[0]).toMatch(/^kube-flannel-ds-\w+ 0\/1 CrashLoopBackOff 3 /);
    const log = await type("kubectl -n kube-flannel logs ds/kube-flannel-ds -c kube-flannel --tail=2");
    expect(log.split("\n")[0]?.replace(/^.*main\.go:\d+\] /, "")).toBe(
      'Error registering network: failed to acquire lease: node "control-plane" pod cidr not assigned',
    );
    expect(await type("kubectl -n kube-system describe pod -l k8s-app=kube-dns | tail -n 1")).toContain(
      'plugin type="flannel" failed (add): loadFlannelSubnetEnv failed: open /run/flannel/subnet.env: no such file or directory',
    );
    expect(
      await type(
        "kubectl -n kube-system get configmap kubeadm-config kube-proxy -o yaml | grep -iE 'podSubnet|clusterCIDR'",
      ),
    ).toBe('clusterCIDR: ""');
    const manifest = "/etc/kubernetes/manifests/kube-controller-manager.yaml";
    const { disk } = typist.playground.cluster!.nodes.get("control-plane")!.kubelet;
    const flags = "    - --allocate-node-cidrs=true\n    - --cluster-cidr=10.244.0.0/16\n$&";
    disk.writeFile(manifest, disk.readFile(manifest).replace(/^ *- --use-service/m, flags));
    await type("sleep 240");
    await type("sleep 120");
    expect((await words("pods -n kube-flannel"))[0]).toMatch(/^kube-flannel-ds-\w+ 1\/1 Running /);
    expect((await words("pods -n kube-system -l k8s-app=kube-dns")).map((line) => line.split(" ")[1])).toEqual([
      ...["1/1", "1/1"],
    ]);
  }, 120_000);
});
