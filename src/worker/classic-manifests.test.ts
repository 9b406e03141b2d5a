import { describe, expect, it } from "vitest";
import { Typist } from "./testing/typist.ts";

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: nginx-deployment
  labels:
    app: nginx
spec:
  replicas: 3
  selector:
    matchLabels:
      app: nginx
  template:
    metadata:
      labels:
        app: nginx
    spec:
      containers:
        - name: nginx
          image: nginx:1.7.9
          ports:
            - containerPort: 80
`;

const POD = `apiVersion: v1
kind: Pod
metadata:
  name: nginx
  labels:
    app: lonely
spec:
  containers:
    - name: nginx
      image: nginx
`;

const BROKEN = `apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: broken
spec:
  replica: 3
  selector:
    matchLabels:
      app: nginx
    template:
      metadata:
        labels:
          app: nginx
      spec:
        containers:
          - name: nginx
            image: nginx
`;

async function withFiles(): Promise<Typist> {
  const typist = await Typist.start();
  for (const [name, text] of Object.entries({ deployment: DEPLOYMENT, pod: POD, broken: BROKEN })) {
    typist.playground.act({ k: "file", path: `/home/learner/${name}.yaml`, text });
  }
  return typist;
}

describe("the manifests of the classic notes", () => {
  it("a Deployment of three reaches three, and heals", async () => {
    const typist = await withFiles();
    expect(await typist.type("kubectl apply -f deployment.yaml")).toBe("deployment.apps/nginx-deployment created");
    expect(await typist.type("kubectl rollout status deploy/nginx-deployment | tail -1")).toBe(
      'deployment "nginx-deployment" successfully rolled out',
    );
    await typist.type("kubectl delete $(kubectl get pods -l app=nginx -o name | head -1)");
    await typist.run(20_000);
    expect(await typist.type("kubectl get deploy nginx-deployment --no-headers | tr -s ' ' | cut -d' ' -f1-4")).toBe(
      "nginx-deployment 3/3 3 3",
    );
  });

  it("a bare Pod runs, and nobody brings it back", async () => {
    const typist = await withFiles();
    expect(await typist.type("kubectl apply -f pod.yaml")).toBe("pod/nginx created");
    await typist.run(20_000);
    expect(await typist.type("kubectl get pod nginx --no-headers | tr -s ' ' | cut -d' ' -f1-4")).toBe(
      "nginx 1/1 Running 0",
    );
    await typist.type("kubectl delete -f pod.yaml");
    await typist.run(20_000);
    expect(await typist.type("kubectl get pod nginx")).toBe('Error from server (NotFound): pods "nginx" not found');
  });

  it("a ReplicaSet with two misplaced fields is refused, and both are named", async () => {
    const typist = await withFiles();
    expect(await typist.type("kubectl apply -f broken.yaml")).toBe(
      'Error from server (BadRequest): error when creating "broken.yaml": ReplicaSet in version "v1" cannot be handled as a ReplicaSet: strict decoding error: unknown field "spec.replica", unknown field "spec.selector.template"',
    );
    expect(await typist.type("kubectl get rs broken")).toBe(
      'Error from server (NotFound): replicasets.apps "broken" not found',
    );
  });
});
