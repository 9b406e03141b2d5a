/** The Gateway API's definitions by the address of a release: objects of its kinds wait for a controller. */
import { beforeAll, expect, it } from "vitest";
import { Typist } from "./testing/typist.ts";

const RELEASES = "https://github.com/kubernetes-sigs/gateway-api/releases";
const GATEWAY = `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web}
spec:
  gatewayClassName: drydock
  listeners: [{name: http, port: 80, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web}
spec:
  parentRefs: [{name: web}]
  rules: [{backendRefs: [{name: web, port: 80}]}]
`;

let typist: Typist;
const type = async (line: string): Promise<string> => (await typist.type(line)).replaceAll("\r", "").trim();
const conditions = async (what: string): Promise<string[]> =>
  (
    await type(
      `kubectl get ${what} -o jsonpath='{range .status.conditions[*]}{.type} {.status} {.reason}{"\\n"}{end}'; echo`,
    )
  ).split("\n");

beforeAll(async () => {
  typist = await Typist.start({ preset: "cloud" });
});

it("a release brings its definitions, and says of them which release they are of", async () => {
  expect(await type(`kubectl apply -f ${RELEASES}/download/v1.0.0/standard-install.yaml`)).toBe(
    ["gatewayclasses", "gateways", "httproutes", "referencegrants"]
      .map((plural) => `customresourcedefinition.apiextensions.k8s.io/${plural}.gateway.networking.k8s.io created`)
      .join("\n"),
  );
  await type("sleep 2");
  expect(await type("kubectl api-resources --api-group=gateway.networking.k8s.io -o name")).toBe(
    ["gatewayclasses", "gateways", "httproutes", "referencegrants"]
      .map((plural) => `${plural}.gateway.networking.k8s.io`)
      .join("\n"),
  );
  expect(await type("kubectl explain referencegrants | head -n 3 | grep VERSION")).toBe("VERSION:    v1beta1");
  expect(await type("kubectl describe crd gateways.gateway.networking.k8s.io | grep bundle-version")).toBe(
    "gateway.networking.k8s.io/bundle-version: v1.0.0",
  );
  expect(await type(`kubectl apply -f ${RELEASES}/download/v0.1.0/standard-install.yaml`)).toBe(
    `error: unable to read URL "${RELEASES}/download/v0.1.0/standard-install.yaml", server reported 404 Not Found, status code=404`,
  );
});

it("a Gateway waits until its class has a controller, which doesn't know the old release; by the newest all is well", async () => {
  await type("kubectl create deployment web --image=nginx; kubectl expose deployment web --port=80");
  expect(await type(`kubectl apply -f - <<'EOF'\n${GATEWAY}EOF`)).toContain(
    "gateway.gateway.networking.k8s.io/web created",
  );
  await type("sleep 20");
  expect(await conditions("gateway web")).toEqual(["Accepted Unknown Pending", "Programmed Unknown Pending"]);
  await type("minikube addons enable gateway-api; sleep 30");
  expect(await conditions("gatewayclass drydock")).toEqual([
    ...["Accepted True Accepted", "SupportedVersion False UnsupportedVersion"],
  ]);
  const newest = await type(`kubectl apply -f ${RELEASES}/latest/download/standard-install.yaml 2>/dev/null`);
  expect(newest).toBe(
    ["gatewayclasses", "gateways", "httproutes", "grpcroutes", "referencegrants"]
      .map((plural) => `customresourcedefinition.apiextensions.k8s.io/${plural}.gateway.networking.k8s.io configured`)
      .join("\n"),
  );
  await type("sleep 20");
  expect(await conditions("gatewayclass drydock")).toEqual([
    ...["Accepted True Accepted", "SupportedVersion True SupportedVersion"],
  ]);
  expect(await conditions("gateway web")).toEqual(["Accepted True Accepted", "Programmed True Programmed"]);
  const address = "$(kubectl get gateway web -o jsonpath='{.status.addresses[0].value}')";
  expect(await type(`curl -sI http://${address}/`)).toMatch(/^HTTP\/1\.1 200 OK\n/);
});
