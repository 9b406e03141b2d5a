/** Autoscaling by what applications, an Ingress and the world outside tell, through Prometheus and its adapter. */
import { beforeAll, expect, it } from "vitest";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();
const RAW = "/apis/custom.metrics.k8s.io";

const autoscaler = (name: string, target: string, metric: object): object => ({
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: { name },
  spec: {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: target },
    minReplicas: 1,
    maxReplicas: 6,
    metrics: [metric],
  },
});

const podinfo = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "podinfo" },
  spec: {
    selector: { matchLabels: { app: "podinfo" } },
    template: {
      metadata: {
        labels: { app: "podinfo" },
        annotations: { "prometheus.io/scrape": "true", "prometheus.io/port": "9898" },
      },
      spec: { containers: [{ name: "podinfo", image: "stefanprodan/podinfo", ports: [{ containerPort: 9898 }] }] },
    },
  },
};
const perPod = {
  type: "Pods",
  pods: { metric: { name: "http_requests_per_second" }, target: { type: "AverageValue", averageValue: "500m" } },
};
const queue = {
  type: "External",
  external: {
    metric: { name: "queue_length", selector: { matchLabels: { queue: "orders" } } },
    target: { type: "AverageValue", averageValue: "10" },
  },
};

const messages = (name: string): string[] => laptop.events(name).filter((text) => !text.startsWith("Normal Scaling"));
const push = (length: number): string =>
  laptop.test.exec(
    "client",
    `echo 'queue_length{queue="orders"} ${length}' | curl -s --data-binary @- http://pushgateway.monitoring:9091/metrics/job/outside`,
  );

beforeAll(() => {
  laptop.apply(podinfo, autoscaler("podinfo", "podinfo", perPod));
  laptop.kubectl("expose deployment podinfo --port=80 --target-port=9898");
  laptop.kubectl("run client --image=curlimages/curl -- sleep infinity");
  laptop.wait(60);
});

it("an autoscaler says that nobody serves custom metrics, and again what the adapter doesn't know", () => {
  expect(messages("podinfo").filter((text) => text.startsWith("Warning"))).toEqual([
    "Warning FailedGetPodsMetric unable to get metric http_requests_per_second: unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered",
    "Warning FailedComputeMetricsReplicas invalid metrics (1 invalid out of 1), first error is: failed to get pods metric value: unable to get metric http_requests_per_second: unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered",
  ]);
  laptop.test.cluster.setAddon("prometheus-adapter", true);
  laptop.wait(60);
  expect(laptop.field("hpa podinfo", '.status.conditions[?(@.type=="ScalingActive")].message')).toBe(
    "the HPA was unable to compute the replica count: unable to get metric http_requests_per_second: unable to fetch metrics from custom metrics API: the server could not find the metric http_requests_per_second for pods",
  );
});

it("requests that a pod counts are served as its metric, in both versions, and scale its Deployment", () => {
  laptop.apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "load" },
    spec: {
      containers: [
        { name: "load", image: "busybox", command: ["sh", "-c", "while sleep 0.5; do wget -qO- http://podinfo; done"] },
      ],
    },
  });
  laptop.wait(200);
  expect(laptop.field("deployment podinfo", ".spec.replicas")).toBe("4");
  const [first = ""] = laptop.field("pods -l app=podinfo", ".items[*].metadata.name").split(" ");
  const read = (path: string): { items: { value: string; timestamp: string }[] } =>
    JSON.parse(laptop.kubectl(`get --raw ${RAW}/${path}`)) as never;
  const one = read(`v1beta1/namespaces/default/pods/${first}/http_requests_per_second`);
  const [item] = one.items;
  expect(one).toEqual({
    kind: "MetricValueList",
    apiVersion: "custom.metrics.k8s.io/v1beta1",
    metadata: {},
    items: [
      {
        describedObject: { kind: "Pod", namespace: "default", name: first, apiVersion: "/v1" },
        metricName: "http_requests_per_second",
        timestamp: item?.timestamp,
        value: item?.value,
        selector: null,
      },
    ],
  });
  expect(item?.value).toMatch(/^\d+m$/);
  const all = read("v1beta2/namespaces/default/pods/*/http_requests_per_second?labelSelector=app%3Dpodinfo");
  expect(all.items.length).toBeGreaterThan(0);
  expect(all.items[0]).toMatchObject({ metric: { name: "http_requests_per_second", selector: null } });
  expect(laptop.events("podinfo").filter((text) => text.includes("SuccessfulRescale"))[0]).toMatch(
    /^Normal SuccessfulRescale New size: \d; reason: pods metric http_requests_per_second above target$/,
  );
  expect(laptop.kubectl("describe hpa podinfo")).toMatch(
    /^Metrics: +\( current \/ target \)\n {2}"http_requests_per_second" on pods: +\d+m \/ 500m$/m,
  );
  laptop.kubectl("delete pod load --now");
});

it("a number from outside scales by its average, and what nobody pushed is missing", () => {
  laptop.kubectl("create deployment worker --image=nginx");
  expect(push(45)).toBe("");
  laptop.wait(60);
  laptop.apply(autoscaler("worker", "worker", queue));
  laptop.wait(40);
  const { items } = JSON.parse(
    laptop.kubectl("get --raw /apis/external.metrics.k8s.io/v1beta1/namespaces/default/queue_length"),
  ) as { items: { value: string }[] };
  expect(items.map(({ value }) => value)).toEqual(["45"]);
  expect(laptop.field("deployment worker", ".spec.replicas")).toBe("5");
  laptop.wait(15);
  expect(laptop.kubectl("get hpa worker --no-headers")).toMatch(/^worker +Deployment\/worker +9\/10 \(avg\) +1 +6 +5 /);
  expect(messages("worker").filter((text) => text.includes("Rescale"))).toEqual([
    "Normal SuccessfulRescale New size: 4; reason: external metric queue_length(&LabelSelector{MatchLabels:map[string]string{queue: orders,},MatchExpressions:[]LabelSelectorRequirement{},}) above target",
    "Normal SuccessfulRescale New size: 5; reason: external metric queue_length(&LabelSelector{MatchLabels:map[string]string{queue: orders,},MatchExpressions:[]LabelSelectorRequirement{},}) above target",
  ]);
  laptop.apply(
    autoscaler("lost", "worker", { type: "External", external: { ...queue.external, metric: { name: "nowhere" } } }),
  );
  laptop.wait(20);
  expect(messages("lost")[0]).toBe(
    "Warning AmbiguousSelector pods by selector app=worker are controlled by multiple HPAs: [default/lost default/worker]",
  );
  laptop.kubectl("delete hpa worker");
  laptop.wait(31);
  expect(messages("lost").filter((text) => text.includes("nowhere"))[0]).toBe(
    "Warning FailedGetExternalMetric failed to get nowhere external metric: unable to get external metric default/nowhere/nil: unable to fetch metrics from external metrics API: the server could not find the metric nowhere for namespaces",
  );
});

it("policies say how fast it goes up and down, and the window how long it waits before", () => {
  laptop.kubectl("delete hpa lost");
  laptop.kubectl("create deployment calm --image=nginx");
  const { spec, ...rest } = autoscaler("calm", "calm", queue) as { spec: object };
  const scaleUp = { stabilizationWindowSeconds: 0, policies: [{ type: "Pods", value: 1, periodSeconds: 60 }] };
  const scaleDown = { stabilizationWindowSeconds: 120, policies: [{ type: "Percent", value: 50, periodSeconds: 60 }] };
  laptop.apply({ ...rest, spec: { ...spec, maxReplicas: 4, behavior: { scaleUp, scaleDown } } });
  const sizes = (quarters: number): number[] =>
    Array.from({ length: quarters }, () => {
      laptop.wait(15);
      return Number(laptop.field("deployment calm", ".spec.replicas"));
    });
  expect(sizes(11)).toEqual([1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4]);
  expect(laptop.kubectl("describe hpa calm")).toContain(`Behavior:
  Scale Up:
    Stabilization Window: 0 seconds
    Select Policy: Max
    Policies:
      - Type: Pods  Value: 1  Period: 60 seconds
  Scale Down:
    Stabilization Window: 120 seconds
    Select Policy: Max
    Policies:
      - Type: Percent  Value: 50  Period: 60 seconds
Deployment pods:       4 current / 4 desired
`);
  push(5);
  const down = sizes(13);
  const lasts = (size: number): number => down.filter((each) => each === size).length;
  expect([new Set(down), lasts(2)]).toEqual([new Set([4, 2, 1]), 4]);
  expect(lasts(4)).toBeGreaterThanOrEqual(120 / 15 - 1);
  expect(messages("calm").filter((text) => text.endsWith("All metrics below target"))).toEqual([
    "Normal SuccessfulRescale New size: 2; reason: All metrics below target",
    "Normal SuccessfulRescale New size: 1; reason: All metrics below target",
  ]);
  laptop.kubectl("delete hpa calm");
});

it("requests of an Ingress scale what stands behind it, by their whole number", () => {
  laptop.test.cluster.setAddon("ingress", true);
  const more = [{ op: "add", path: "/spec/template/spec/containers/0/args/-", value: "--enable-metrics=true" }];
  laptop.kubectl(`patch deployment ingress-nginx-controller -n ingress-nginx --type=json -p '${JSON.stringify(more)}'`);
  const scraped = { "prometheus.io/scrape": "true", "prometheus.io/port": "10254" };
  const template = JSON.stringify({ spec: { template: { metadata: { annotations: scraped } } } });
  laptop.kubectl(`patch deployment ingress-nginx-controller -n ingress-nginx -p '${template}'`);
  laptop.wait(60);
  laptop.kubectl("create deployment shop --image=nginx --replicas=2");
  laptop.kubectl("expose deployment shop --port=80");
  laptop.kubectl("create ingress shop --class=nginx --rule=shop.example/*=shop:80");
  const describedObject = { apiVersion: "networking.k8s.io/v1", kind: "Ingress", name: "shop" };
  const target = { type: "Value", value: "500m" };
  const object = { metric: { name: "requests_per_second" }, describedObject, target };
  laptop.apply(autoscaler("shop", "shop", { type: "Object", object }));
  laptop.wait(20);
  expect(laptop.events("shop").filter((text) => text.startsWith("Warning FailedGet"))).toEqual([
    "Warning FailedGetObjectMetric unable to get metric requests_per_second: Ingress on default shop/unable to fetch metrics from custom metrics API: the server could not find the metric requests_per_second for ingresses.networking.k8s.io",
  ]);
  const script =
    "while sleep 1; do curl -s -o /dev/null -H Host:shop.example ingress-nginx-controller.ingress-nginx; done";
  laptop.kubectl(`run visitor --image=curlimages/curl --command -- sh -c '${script}'`);
  laptop.wait(200);
  expect(
    laptop.kubectl(`get --raw ${RAW}/v1beta1/namespaces/default/ingresses.networking.k8s.io/shop/requests_per_second`),
  ).toMatch(
    /"describedObject":\{"kind":"Ingress","namespace":"default","name":"shop","apiVersion":"networking.k8s.io\/v1"\},"metricName":"requests_per_second",.*"value":"9\d\dm"/,
  );
  expect(laptop.events("shop").filter((text) => text.includes("Rescale"))[0]).toMatch(
    /^Normal SuccessfulRescale New size: \d; reason: Ingress metric requests_per_second above target$/,
  );
  laptop.kubectl("delete pod visitor --now");
});

it("without Prometheus the adapter fetches nothing, and without the adapter nobody answers", () => {
  laptop.kubectl("scale deployment prometheus -n monitoring --replicas=0");
  laptop.wait(45);
  expect(laptop.kubectl(`get --raw ${RAW}/v1beta1/namespaces/default/pods/*/http_requests_per_second`)).toBe(
    "Error from server (InternalError): Internal error occurred: unable to fetch metrics",
  );
  laptop.kubectl("scale deployment prometheus-adapter -n monitoring --replicas=0");
  laptop.wait(45);
  expect(laptop.field("hpa podinfo", '.status.conditions[?(@.type=="ScalingActive")].message')).toBe(
    "the HPA was unable to compute the replica count: unable to get metric http_requests_per_second: unable to fetch metrics from custom metrics API: the server is currently unable to handle the request (get pods.custom.metrics.k8s.io *)",
  );
});
