/** `--feature-gates` and `--runtime-config` in the manifests of the control plane, and the gates of a kubelet. */
import { expect, it } from "vitest";
import { ssh as sshTo } from "../../engine/cluster/testing/ssh.ts";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";
import { withFlags } from "../testing/with-flags.ts";

const NODE = "control-plane";
const laptop = new ClusterLaptop();
const { test } = laptop;
const ssh = (command: string, node = NODE): string => sshTo(test, node, command);
const disk = (node = NODE) => test.cluster.nodes.get(node)!.kubelet.disk;

function configure(component: string, ...flags: string[]): () => void {
  const path = `/etc/kubernetes/manifests/${component}.yaml`;
  const original = disk().readFile(path);
  disk().writeFile(path, withFlags(original, flags));
  laptop.wait(30);
  return () => {
    disk().writeFile(path, original);
    laptop.wait(60);
  };
}

/** What a component wrote that matches, without klog's header. */
function said(component: string, pattern: string): string[] {
  const id = ssh(`sudo crictl ps -a --name ${component} -q`).split("\n")[0];
  const lines = ssh(`sudo crictl logs ${id} 2>&1 | grep -E '${pattern}'`).trim().split("\n");
  return lines.map((line) => line.replace(/^.*?\] /, ""));
}

it("a gate that there isn't, or that can't be closed, ends a component", () => {
  for (const component of ["kube-apiserver", "kube-controller-manager", "kube-scheduler"]) {
    const restore = configure(component, "--feature-gates=EnvFiles=false,TTLAfterFinished=true");
    expect(said(component, "command failed")).toEqual([
      '"command failed" err="unrecognized feature gate: TTLAfterFinished"',
    ]);
    restore();
  }
  const restore = configure("kube-apiserver", "--feature-gates=SidecarContainers=false");
  expect(said("kube-apiserver", "command failed")).toEqual([
    '"command failed" err="cannot set feature gate SidecarContainers to false, feature is locked to true"',
  ]);
  restore();
});

it("a gate that changes nothing here is named in the component's log", () => {
  const restore = configure("kube-scheduler", "--feature-gates=SchedulerAsyncPreemption=false,NodeSwap=true");
  expect(said("kube-scheduler", "feature")).toEqual([
    "Setting GA feature gate NodeSwap=true. It will be removed in a future release.",
    "Drydock reads --feature-gates=SchedulerAsyncPreemption=false and does nothing about it",
  ]);
  restore();
});

it("a version that isn't served is found by nobody, and what was stored comes back with it", () => {
  laptop.kubectl("create job old --image=busybox -- true");
  laptop.wait(5);
  const restore = configure(
    "kube-apiserver",
    "--runtime-config=batch/v1=false,resource.k8s.io/v1beta2=true,resource.k8s.io/v1beta1=true",
  );
  laptop.wait(20);
  expect(laptop.kubectl("get jobs")).toBe(`error: the server doesn't have a resource type "jobs"`);
  expect(laptop.kubectl("get --raw /apis/batch/v1")).toBe(
    "Error from server (NotFound): the server could not find the requested resource",
  );
  const job = { apiVersion: "batch/v1", kind: "Job", metadata: { name: "new" } };
  expect(laptop.kubectl("apply -f -", JSON.stringify(job))).toBe(
    'error: resource mapping not found for name: "new" namespace: "" from "STDIN": no matches for kind "Job" in version "batch/v1"\nensure CRDs are installed first',
  );
  expect(laptop.kubectl("get apiservices -o name")).not.toContain("batch");
  const claim = {
    apiVersion: "resource.k8s.io/v1beta2",
    kind: "DeviceClass",
    metadata: { name: "gpu" },
    spec: { selectors: [{ cel: { expression: "device.driver == 'gpu.example.com'" } }] },
  };
  expect(laptop.kubectl("apply -f -", JSON.stringify(claim))).toBe("deviceclass.resource.k8s.io/gpu created");
  expect(laptop.kubectl("get deviceclasses gpu -o jsonpath={.apiVersion}")).toBe("resource.k8s.io/v1");
  expect(laptop.kubectl("get deviceclasses.v1beta2.resource.k8s.io gpu -o jsonpath={.apiVersion}")).toBe(
    "resource.k8s.io/v1beta2",
  );
  expect(said("kube-apiserver", "Drydock")).toEqual([
    "Drydock reads --runtime-config=resource.k8s.io/v1beta1=true and does nothing about it",
  ]);
  laptop.kubectl("create namespace x");
  expect(laptop.kubectl("delete namespace x")).toBe('namespace "x" deleted');
  restore();
  expect(laptop.kubectl("get jobs -o name")).toBe("job.batch/old");
  expect(laptop.kubectl("get apiservice v1.batch -o name")).toBe("apiservice.apiregistration.k8s.io/v1.batch");
});

it("a version of no group ends the server", () => {
  const restore = configure("kube-apiserver", "--runtime-config=batch/v7=true");
  expect(said("kube-apiserver", "command failed")).toEqual([
    '"command failed" err="group version batch/v7 that has not been registered"',
  ]);
  restore();
});

it("a kubelet has its gates by its file and its command line", () => {
  const config = "/var/lib/kubelet/config.yaml";
  const original = disk("worker-1").readFile(config);
  const restart = (fields: string): string => {
    disk("worker-1").writeFile(config, `${original}${fields}`);
    ssh("sudo systemctl restart kubelet", "worker-1");
    return ssh("sudo journalctl -u kubelet", "worker-1");
  };
  expect(restart("featureGates: {TTLAfterFinished: true}\n")).toContain(
    '"command failed" err="failed to set feature gates from initial flags-based config: unrecognized feature gate: TTLAfterFinished"',
  );
  disk("worker-1").mkdir("/etc/default", { recursive: true });
  disk("worker-1").writeFile("/etc/default/kubelet", "KUBELET_EXTRA_ARGS=--feature-gates=NodeSwap=false\n");
  expect(restart("")).toContain(
    '"command failed" err="failed to set feature gates from initial flags-based config: cannot set feature gate NodeSwap to false, feature is locked to true"',
  );
  disk("worker-1").remove("/etc/default/kubelet");
  expect(restart("crashLoopBackOff: {maxContainerRestartPeriod: 10m}\n")).toContain(
    "CrashLoopBackOff.MaxContainerRestartPeriod (got: 600 seconds) must be set between 1s and 300s",
  );
  restart("featureGates: {ReduceDefaultCrashLoopBackOffDecay: true, EnvFiles: false}\n");
  expect(ssh("sudo journalctl -u kubelet | tail -n 20", "worker-1")).toContain('field="featureGates[EnvFiles=false]"');
  laptop.wait(20);
  laptop.apply({
    ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "crash" } },
    spec: { nodeName: "worker-1", containers: [{ name: "main", image: "busybox", command: ["false"] }] },
  });
  // 1, 2, 4 and 8 seconds, where it were 10 and 20.
  laptop.wait(25);
  expect(Number(laptop.field("pod crash", ".status.containerStatuses[0].restartCount"))).toBeGreaterThanOrEqual(4);
});
