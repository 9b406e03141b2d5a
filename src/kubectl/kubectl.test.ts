import { describe, expect, it } from "vitest";
import { setDeepFreeze } from "../engine/base/freeze.ts";
import { Laptop } from "./testing/laptop.ts";

setDeepFreeze(true);

const WEB = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: nginx, image: nginx}
`;

function check(transcript: string, files: Record<string, string> = {}): void {
  const laptop = new Laptop();
  for (const [name, text] of Object.entries(files)) laptop.files[`/root/${name}`] = text;
  expect(laptop.replay(transcript)).toBe(transcript);
}

describe("kubectl against the API server", () => {
  it("runs, gets and deletes a pod", () => {
    check(`$ kubectl get pods
No resources found in default namespace.
$ kubectl run web --image=nginx
pod/web created
$ kubectl run web --image=nginx
Error from server (AlreadyExists): pods "web" already exists
$ kubectl get pods
NAME   READY   STATUS    RESTARTS   AGE
web    0/1     Pending   0          0s
$ kubectl get pod/web -o jsonpath='{.spec.containers[0].image}{"\\n"}'
nginx
$ kubectl delete pod web
pod "web" deleted from default namespace
$ kubectl get pod web
Error from server (NotFound): pods "web" not found
`);
  });

  it("applies, changes and deletes from a file", () => {
    check(
      `$ kubectl apply -f web.yaml
deployment.apps/web created
$ kubectl apply -f web.yaml
deployment.apps/web unchanged
$ kubectl apply -f more.yaml
deployment.apps/web configured
$ kubectl get deploy web -o name
deployment.apps/web
$ kubectl get deploy -o custom-columns=NAME:.metadata.name,REPLICAS:.spec.replicas
NAME   REPLICAS
web    3
$ kubectl delete -f web.yaml
deployment.apps "web" deleted from default namespace
$ kubectl apply -f nope.yaml
error: the path "nope.yaml" does not exist
`,
      { "web.yaml": WEB, "more.yaml": WEB.replace("replicas: 2", "replicas: 3") },
    );
  });
});
