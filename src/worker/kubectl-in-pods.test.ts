import { expect, it } from "vitest";
import { Typist } from "./testing/typist.ts";

it("kubectl in a pod acts as the pod's account, in its namespace, and a CronJob may use it", async () => {
  const typist = await Typist.start({ preset: "minikube" });
  await typist.type("kubectl create namespace ops; kubectl -n ops create serviceaccount reader");
  await typist.type("kubectl -n ops create role pods --verb=get,list,delete --resource=pods");
  await typist.type("kubectl -n ops create rolebinding reader --role=pods --serviceaccount=ops:reader");
  const account = `--overrides='{"spec":{"serviceAccountName":"reader"}}'`;
  await typist.type("kubectl -n ops run stranger --image=bitnami/kubectl --restart=Never -- get pods");
  await typist.type(`kubectl -n ops run shell --image=alpine/k8s:1.36.0 ${account} -- sleep infinity`);
  await typist.type("kubectl -n ops wait --for=condition=Ready pod/shell");
  expect(await typist.type("kubectl -n ops exec shell -- kubectl get pods -o name")).toBe("pod/shell\npod/stranger");
  expect(await typist.type("kubectl -n ops exec shell -- kubectl get pods -n default")).toBe(
    'Error from server (Forbidden): pods is forbidden: User "system:serviceaccount:ops:reader" cannot list resource "pods" in API group "" in the namespace "default"\ncommand terminated with exit code 1',
  );
  expect(await typist.type("kubectl -n ops logs stranger")).toMatch(
    /^Error from server \(Forbidden\): pods is forbidden: User "system:serviceaccount:ops:default" cannot list/,
  );
  await typist.type(
    "kubectl -n ops create cronjob sweep --image=bitnami/kubectl --schedule='* * * * *' -- kubectl delete pod stranger",
  );
  await typist.type(
    `kubectl -n ops patch cronjob sweep -p '{"spec":{"jobTemplate":{"spec":{"template":{"spec":{"serviceAccountName":"reader"}}}}}}'`,
  );
  await typist.type("sleep 90");
  expect(await typist.type("kubectl -n ops get pod stranger")).toBe(
    'Error from server (NotFound): pods "stranger" not found',
  );
  // A watch from a pod hears what happens meanwhile.
  await typist.type("kubectl -n ops create role watcher --verb=list,watch --resource=configmaps");
  await typist.type("kubectl -n ops create rolebinding watcher --role=watcher --serviceaccount=ops:reader");
  await typist.type("(sleep 2; kubectl -n ops create configmap late) > /dev/null &");
  expect(await typist.type("kubectl -n ops exec shell -- timeout 5 kubectl get configmaps -w -o name")).toMatch(
    /^configmap\/kube-root-ca\.crt\nconfigmap\/late\n/,
  );
  expect(
    await typist.type(
      `kubectl -n ops exec shell -- sh -c 'curl -skN -m 2 -H "Authorization: Bearer $(cat /var/run/secrets/kubernetes.io/serviceaccount/token)" "https://kubernetes.default/api/v1/namespaces/ops/configmaps?watch=1"; echo $?' | cut -c1-16 | uniq`,
    ),
  ).toBe('{"type":"ADDED",\n28');
});
