/** What somebody changes in kube-controller-manager's manifest on its node counts once the kubelet has started it anew. */
import { expect, it } from "vitest";
import { ssh as sshTo } from "../../engine/cluster/testing/ssh.ts";
import { newCertificateRequest, parseCertificate } from "../../engine/base/x509/certificate.ts";
import { newPrivateKey } from "../../engine/base/x509/keys.ts";
import { parseSubject } from "../../engine/base/x509/name.ts";
import { decodeBase64, encodeBase64 } from "../../engine/base/base64.ts";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";
import { withFlags } from "../testing/with-flags.ts";

const NODE = "control-plane";
const MANIFEST = "/etc/kubernetes/manifests/kube-controller-manager.yaml";
const laptop = new ClusterLaptop();
const { test } = laptop;
laptop.wait(20);
const ssh = (command: string): string => sshTo(test, NODE, command);
const disk = test.cluster.nodes.get(NODE)!.kubelet.disk;
const original = disk.readFile(MANIFEST);

/** Starts it with these flags in place of those of the same names, and waits until it leads. */
function configure(...flags: string[]): void {
  disk.writeFile(MANIFEST, withFlags(original, flags));
  laptop.wait(40);
}

it("controllers that are switched off do nothing, and those that nobody has end it", () => {
  configure("--controllers=*,-deployment,-job-controller,-foo");
  const id = ssh("sudo crictl ps -a --name kube-controller-manager -q").split("\n")[0];
  expect(ssh(`sudo crictl logs ${id} 2>&1 | tail -n 1`)).toContain(
    '"command failed" err="\\"-foo\\" is not in the list of known controllers"',
  );
  configure("--controllers=*,-deployment,-job-controller");
  laptop.kubectl("create deployment web --image=nginx");
  laptop.kubectl("create job once --image=busybox -- true");
  laptop.kubectl("create cronjob often --image=busybox --schedule='* * * * *' -- true");
  laptop.wait(70);
  expect(laptop.kubectl("get replicasets,pods")).toBe("No resources found in default namespace.");
  expect(laptop.kubectl("get jobs --no-headers").split("\n").length).toBeGreaterThan(1);
  laptop.kubectl("delete cronjob often");
  configure();
  laptop.wait(10);
  expect(laptop.kubectl("get deployment web --no-headers")).toMatch(/^web +1\/1 /);
  laptop.kubectl("delete jobs --all");
});

it("slices have as many endpoints as it says, and certificates live as long", () => {
  configure("--max-endpoints-per-slice=2", "--cluster-signing-duration=30m");
  laptop.kubectl("scale deployment web --replicas=5");
  laptop.kubectl("expose deployment web --port=80");
  laptop.wait(20);
  const sizes = laptop
    .field("endpointslices -l kubernetes.io/service-name=web", ".items[*].endpoints[*].addresses[0]")
    .split(" ");
  expect(sizes).toHaveLength(5);
  expect(laptop.kubectl("get endpointslices -l kubernetes.io/service-name=web -o name").split("\n")).toHaveLength(3);
  const request = newCertificateRequest(parseSubject("/CN=ann") ?? [], newPrivateKey("ann"));
  laptop.apply({
    ...{ apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest", metadata: { name: "ann" } },
    spec: {
      request: encodeBase64(request),
      signerName: "kubernetes.io/kube-apiserver-client",
      usages: ["client auth"],
    },
  });
  laptop.kubectl("certificate approve ann");
  laptop.wait(5);
  const certificate = parseCertificate(decodeBase64(laptop.field("csr ann", ".status.certificate")));
  expect((certificate?.notAfter ?? 0) - (certificate?.notBefore ?? 0)).toBe(35 * 60_000);
});

it("a silent node is given up at once at a high rate, and never at none", () => {
  const evicting = (): boolean =>
    laptop
      .field("node worker-3", ".spec.taints[*]")
      .includes('"effect":"NoExecute","key":"node.kubernetes.io/unreachable"');
  configure("--node-monitor-grace-period=20s", "--node-eviction-rate=0");
  test.cluster.nodes.get("worker-3")?.powerOff();
  laptop.wait(90);
  expect([laptop.kubectl("get node worker-3 --no-headers").includes("NotReady"), evicting()]).toEqual([true, false]);
  configure("--node-monitor-grace-period=20s", "--node-eviction-rate=1");
  laptop.wait(60);
  expect(evicting()).toBe(true);
});
