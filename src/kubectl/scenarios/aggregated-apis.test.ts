/** Groups that other servers serve: how their APIService tells, and what becomes of requests meanwhile. */
import { expect, it } from "vitest";
import { metricsServer } from "../../engine/cluster/published/metrics-server.ts";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const LIST = {
  kind: "APIResourceList",
  apiVersion: "v1",
  groupVersion: "example.com/v1",
  resources: [
    { name: "gadgets", singularName: "gadget", namespaced: true, kind: "Gadget", verbs: ["get", "list"] },
    { name: "pods/speed", singularName: "", namespaced: true, kind: "SpeedList", verbs: ["get"] },
  ],
};
const CONF = `server { listen 8443 ssl; ssl_certificate /etc/nginx/conf.d/tls.crt; default_type application/json;
  location = /apis/example.com/v1 { return 200 '${JSON.stringify(LIST)}'; }
  location /apis/example.com/v1/ { return 200 '{"asked":"$request_uri","by":"$http_x_remote_user"}'; } }`;

const registration = {
  apiVersion: "apiregistration.k8s.io/v1",
  kind: "APIService",
  metadata: { name: "v1.example.com" },
  spec: {
    group: "example.com",
    version: "v1",
    insecureSkipTLSVerify: true,
    service: { name: "gadgets", namespace: "default" },
    groupPriorityMinimum: 100,
    versionPriority: 100,
  },
};

const laptop = new ClusterLaptop();
const available = (): string =>
  laptop.field("apiservice v1.example.com", "range .status.conditions[*]}{.status} {.reason}: {.message}{end");

it("API460 an APIService says what keeps its server from being reached, and passes what can be reached on", () => {
  laptop.apply(registration);
  laptop.wait(1);
  expect(available()).toBe('False ServiceNotFound: service/gadgets in "default" is not present');
  expect(laptop.kubectl("get apiservice v1.example.com --no-headers")).toMatch(
    /^v1\.example\.com +default\/gadgets +False \(ServiceNotFound\) +\d+s$/,
  );
  laptop.kubectl("create service clusterip gadgets --tcp=80:8443");
  laptop.wait(1);
  expect(available()).toBe('False ServicePortError: service/gadgets in "default" is not listening on port 443');
  laptop.kubectl("delete service gadgets");
  laptop.kubectl("create service clusterip gadgets --tcp=443:8443");
  laptop.wait(1);
  expect(available()).toBe(
    'False MissingEndpoints: endpointslices for service/gadgets in "default" have no addresses with port name "443-8443"',
  );
  laptop.kubectl("create deployment gadgets --image=nginx");
  laptop.wait(10);
  expect(available()).toMatch(
    /^False FailedDiscoveryCheck: failing or missing response from https:\/\/([\d.]+):443\/apis\/example\.com\/v1: Get "https:\/\/\1:443\/apis\/example\.com\/v1": dial tcp \1:443: connect: connection refused$/,
  );
  laptop.apply({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "gadgets" },
    data: { "default.conf": CONF, "tls.crt": "" },
  });
  const patch = {
    volumes: [{ name: "conf", configMap: { name: "gadgets" } }],
    containers: [{ name: "nginx", volumeMounts: [{ name: "conf", mountPath: "/etc/nginx/conf.d" }] }],
  };
  laptop.kubectl(`patch deployment gadgets -p '${JSON.stringify({ spec: { template: { spec: patch } } })}'`);
  laptop.wait(60);
  expect(available()).toBe("True Passed: all checks passed");
});

it("API461 requests of its group go on to the server, under the name of who asks; others need a right to it", () => {
  expect(laptop.kubectl("get --raw '/apis/example.com/v1/namespaces/default/pods/*/speed?limit=1'")).toBe(
    '{"asked":"/apis/example.com/v1/namespaces/default/pods/*/speed?limit=1","by":"kubernetes-admin"}',
  );
  expect(laptop.kubectl("get --raw /apis/example.com/v1/gadgets --as=eve")).toBe(
    'Error from server (Forbidden): gadgets.example.com is forbidden: User "eve" cannot list resource "gadgets" in API group "example.com" at the cluster scope',
  );
});

it("API462 discovery shows what it serves, and that it is stale while nobody answers", () => {
  expect(laptop.kubectl("api-resources --api-group=example.com --no-headers")).toMatch(
    /^gadgets +example\.com\/v1 +true +Gadget$/,
  );
  expect(laptop.kubectl("api-versions").split("\n")).toContain("example.com/v1");
  laptop.kubectl("scale deployment gadgets --replicas=0");
  laptop.wait(5);
  expect(available()).toMatch(/^False MissingEndpoints: /);
  expect(laptop.kubectl("get --raw /apis/example.com/v1/gadgets")).toBe(
    "Error from server (ServiceUnavailable): the server is currently unable to handle the request",
  );
  expect(laptop.kubectl("api-resources --api-group=example.com --no-headers")).toBe("");
  expect(laptop.kubectl("api-versions").split("\n")).not.toContain("example.com/v1");
  expect(laptop.kubectl("get gadgets.example.com")).toBe(`error: the server doesn't have a resource type "gadgets"`);
});

it("API463 a namespace doesn't go while a group can't be looked at, and goes when its APIService does", () => {
  laptop.kubectl("create namespace stuck");
  laptop.kubectl("delete namespace stuck --wait=false");
  laptop.wait(20);
  expect(
    laptop.kubectl(
      `get namespace stuck -o jsonpath='{.status.phase}: {.status.conditions[0].reason}: {.status.conditions[0].message}'`,
    ),
  ).toBe(
    "Terminating: DiscoveryFailed: Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: example.com/v1: stale GroupVersion discovery: example.com/v1",
  );
  laptop.kubectl("delete apiservice v1.example.com");
  laptop.wait(60);
  expect(laptop.kubectl("get namespace stuck")).toBe('Error from server (NotFound): namespaces "stuck" not found');
  expect(laptop.kubectl("get --raw /apis/example.com/v1")).toContain("NotFound");
});

it("metrics-server as its release has it trusts no kubelet of kubeadm's, and serves once it is told to take them as they are", () => {
  expect(laptop.kubectl("apply -f -", metricsServer.text("v0.8.0")).split("\n")).toHaveLength(9);
  laptop.wait(45);
  const seen = (): string[] => [
    laptop.field("pod -n kube-system -l k8s-app=metrics-server", ".items[*].status.containerStatuses[0].ready"),
    laptop.field("apiservice v1beta1.metrics.k8s.io", ".status.conditions[0].reason"),
    laptop.kubectl("top nodes --no-headers").replace(/\s.*/s, ""),
  ];
  expect(seen()).toEqual(["false", "MissingEndpoints", "error:"]);
  expect(laptop.kubectl("logs -n kube-system deploy/metrics-server --tail=6").replaceAll(/ .*? 1 /g, " ")).toContain(
    `E0101 scraper.go:149] "Failed to scrape node" err="Get \\"https://172.18.0.3:10250/metrics/resource\\": tls: failed to verify certificate: x509: cannot validate certificate for 172.18.0.3 because it doesn't contain any IP SANs" node="worker-1"`,
  );
  const path = "/spec/template/spec/containers/0/args/-";
  laptop.kubectl(
    `patch deploy metrics-server -n kube-system --type=json -p '[{"op":"add","path":"${path}","value":"--kubelet-insecure-tls"}]'`,
  );
  laptop.wait(60);
  expect(seen()).toEqual(["true", "Passed", "control-plane"]);
});
