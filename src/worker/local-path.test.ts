/** A cluster that kubeadm has made gets storage from rancher's local path provisioner, by the address of its manifest. */
import { expect, it } from "vitest";
import { Typist } from "./testing/typist.ts";

const FLANNEL = "https://github.com/flannel-io/flannel/releases/latest/download/kube-flannel.yml";
const STORAGE =
  "https://raw.githubusercontent.com/rancher/local-path-provisioner/v0.0.31/deploy/local-path-storage.yaml";
const OBJECTS = `apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], storageClassName: local-path, resources: {requests: {storage: 128Mi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: writer}
spec:
  terminationGracePeriodSeconds: 0
  volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
  containers:
  - {name: main, image: busybox, command: [sh, -c, "echo kept > /data/file; sleep 1d"], volumeMounts: [{name: data, mountPath: /data}]}
`;

it("has no class before, then claims get folders of the node of their pod, as long as the provisioner runs", async () => {
  const typist = await Typist.start({ preset: "bare" });
  const type = async (line: string): Promise<string> => (await typist.type(line)).replaceAll("\r", "").trim();
  const phase = (): Promise<string> => type("kubectl get pvc data -o jsonpath='{.status.phase}'; echo");
  await type("ssh control-plane sudo kubeadm init --pod-network-cidr=10.244.0.0/16 > init.txt");
  await type(`kubectl apply -f ${FLANNEL}; kubectl taint node control-plane node-role.kubernetes.io/control-plane-`);
  await type("sleep 30");
  expect(await type("kubectl get storageclass")).toBe("No resources found");
  expect(await type(`kubectl apply -f ${STORAGE}`)).toBe(`namespace/local-path-storage created
serviceaccount/local-path-provisioner-service-account created
role.rbac.authorization.k8s.io/local-path-provisioner-role created
clusterrole.rbac.authorization.k8s.io/local-path-provisioner-role created
rolebinding.rbac.authorization.k8s.io/local-path-provisioner-bind created
clusterrolebinding.rbac.authorization.k8s.io/local-path-provisioner-bind created
deployment.apps/local-path-provisioner created
storageclass.storage.k8s.io/local-path created
configmap/local-path-config created`);
  await type("kubectl -n local-path-storage scale deployment local-path-provisioner --replicas=0; sleep 20");
  await type(`kubectl apply -f - <<'EOF'\n${OBJECTS}EOF`);
  await type("sleep 30");
  expect(await phase()).toBe("Pending");
  await type("kubectl -n local-path-storage scale deployment local-path-provisioner --replicas=1; sleep 40");
  expect([await phase(), await type("kubectl get pod writer -o jsonpath='{.status.phase}'; echo")]).toEqual([
    ...["Bound", "Running"],
  ]);
  expect(await type("ssh control-plane 'cat /opt/local-path-provisioner/pvc-*_default_data/file'")).toBe("kept");
  await type("kubectl delete pod/writer pvc/data; sleep 20");
  expect(await type("kubectl get pv; ssh control-plane ls /opt/local-path-provisioner")).toBe("No resources found");
}, 120_000);

const CLAIM = OBJECTS.replace("storageClassName: local-path, ", "");
const PHASES = "kubectl get pvc/data pod/writer -o jsonpath='{.items[*].status.phase}'; echo";

it("is in kind's clusters from the start, and a pod that waits for it is told so", async () => {
  const typist = await Typist.start({});
  const type = async (line: string): Promise<string> => (await typist.type(line)).replaceAll("\r", "").trim();
  const phases = (): Promise<string> => type(PHASES);
  expect(await type("kubectl -n local-path-storage get deployment -o name; kubectl get storageclass -o name")).toBe(
    "deployment.apps/local-path-provisioner\nstorageclass.storage.k8s.io/standard",
  );
  await type("kubectl -n local-path-storage scale deployment local-path-provisioner --replicas=0; sleep 5");
  await type(`kubectl apply -f - <<'EOF'\n${CLAIM}EOF`);
  await type("sleep 30");
  expect(await phases()).toBe("Pending Pending");
  const why = "the volume of claim data is to be made by rancher.io/local-path";
  const mend = "kubectl scale deployment local-path-provisioner -n local-path-storage --replicas=1";
  expect(await type("drydock why --no-trial pod/writer")).toBe(
    `pod/default/writer is Pending.\n  Why:   ${why}: deployment local-path-storage/local-path-provisioner is scaled to 0\n  Mend:  scale it up\n         ${mend}`,
  );
  expect(await type("drydock why --no-trial pvc/data")).toContain(
    `persistentvolumeclaim/default/data is Pending.\n  Why:   ${why}: `,
  );
  await type(`${mend}; sleep 30`);
  expect(await phases()).toBe("Bound Running");
  expect(await type("drydock why pvc/data")).toMatch(
    /^Nothing is wrong: persistentvolumeclaim\/default\/data is bound to pvc-[-0-9a-f]{36}\.$/,
  );
  const pod = await type("kubectl -n local-path-storage get pods -o jsonpath='{.items[0].metadata.name}'; echo");
  expect(
    await type(
      "kubectl get events -o jsonpath='{.items[?(@.reason==\"ProvisioningSucceeded\")].source.component}'; echo",
    ),
  ).toMatch(new RegExp(`^rancher\\.io/local-path_${pod}_[-0-9a-f]{36}$`));
}, 120_000);

it("minikube's is a pod of kube-system, an add-on that can be switched off", async () => {
  const typist = await Typist.start({ preset: "minikube" });
  const type = async (line: string): Promise<string> => (await typist.type(line)).replaceAll("\r", "").trim();
  const phases = (): Promise<string> => type(PHASES);
  expect(await type("kubectl -n kube-system get pod storage-provisioner --no-headers")).toMatch(
    /^storage-provisioner +1\/1 +Running +0 +\d+s$/,
  );
  expect(await type("minikube addons disable storage-provisioner")).toBe(
    "🌑  \"The 'storage-provisioner' addon is disabled",
  );
  expect(await type("minikube addons list | grep stor")).toMatch(
    /^│ default-storageclass +│ minikube │ enabled ✅ │ Kubernetes +│\n│ storage-provisioner +│ minikube │ disabled +│ minikube +│$/,
  );
  await type(`sleep 35; kubectl apply -f - <<'EOF'\n${CLAIM}EOF`);
  await type("sleep 30");
  expect(await phases()).toBe("Pending Pending");
  expect(
    await type("kubectl get events -o jsonpath='{.items[?(@.involvedObject.name==\"data\")].message}'; echo"),
  ).toBe(
    "Waiting for a volume to be created either by the external provisioner 'k8s.io/minikube-hostpath' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.",
  );
  expect(await type("drydock why --no-trial pod/writer")).toContain(
    "its pod kube-system/storage-provisioner is gone\n  Mend:  bring it back\n         minikube addons enable storage-provisioner",
  );
  expect(await type("minikube addons enable storage-provisioner")).toContain(
    "    ▪ Using image gcr.io/k8s-minikube/storage-provisioner:v5\n🌟  The 'storage-provisioner' addon is enabled",
  );
  await type("sleep 30");
  expect(await phases()).toBe("Bound Running");
  expect(await type("kubectl get pv -o jsonpath='{.items[0].spec.hostPath.path}'; echo")).toBe(
    "/tmp/hostpath-provisioner/default/data",
  );
  await type("minikube stop; minikube start");
  expect(await type("kubectl -n kube-system logs storage-provisioner -p | tail -1")).toMatch(
    /^F0101 .{15} {7}1 main\.go:39\] error getting server version: Get "https:\/\/10\.96\.0\.1:443\/version\?timeout=32s": dial tcp 10\.96\.0\.1:443: connect: connection refused$/,
  );
}, 120_000);
