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
