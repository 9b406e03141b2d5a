/** `service/`: Services, Ingresses and policies, with what they lead to. */
import type { IngressBackend, NetworkPolicyPeer, ServiceSpec } from "../../../api/generated/types.ts";
import {
  container,
  deployment,
  type Examples,
  type Manifest,
  mounts,
  networkPolicy,
  object,
  pod,
  podSpec,
  ports,
  service,
  shell,
} from "./manifest.ts";

const NAME = "app.kubernetes.io/name";
const HELLO = "us-docker.pkg.dev/google-samples/containers/gke/hello-app:2.0";

function tcp(port: number, targetPort?: number | string) {
  return { protocol: "TCP", port, ...(targetPort !== undefined && { targetPort }) };
}

export function networkingExamples(): Examples {
  return { ...services(), ...applications(), ...ingresses(), ...policies(), ...names() };
}

function services(): Examples {
  const own = { [NAME]: "MyApp" };
  const dual = (more: ServiceSpec) => () => [
    service({ name: "my-service", labels: own }, own, { port: [tcp(80)], ...more }),
  ];
  const preferred = { ipFamilyPolicy: "PreferDualStack" };
  return {
    "service/simple-service.yaml": () => [service("my-service", own, { port: [tcp(80, 9376)] })],
    "service/nginx-service.yaml": () => [service("nginx-service", { app: "nginx" }, { port: [tcp(8000, 80)] })],
    "service/explore-graceful-termination-nginx.yaml": () => [
      service("nginx-service", { app: "nginx" }, { port: [tcp(80, 80)] }),
    ],
    "service/networking/dual-stack-default-svc.yaml": dual({}),
    "service/networking/dual-stack-ipfamilies-ipv6.yaml": dual({ ipFamilies: ["IPv6"] }),
    "service/networking/dual-stack-preferred-svc.yaml": dual(preferred),
    "service/networking/dual-stack-preferred-ipfamilies-svc.yaml": dual({
      ...preferred,
      ipFamilies: ["IPv6", "IPv4"],
    }),
    "service/networking/dual-stack-prefer-ipv6-lb-svc.yaml": dual({
      ...preferred,
      ipFamilies: ["IPv6"],
      type: "LoadBalancer",
    }),
  };
}

function applications(): Examples {
  const run = { run: "my-nginx" };
  const balanced = { [NAME]: "load-balancer-example" };
  const hello = (tier: string) => ({ app: "hello", tier });
  const tiers = (tier: string, replicas: number, of: ReturnType<typeof container>) =>
    deployment(tier, { replicas, labels: { ...hello(tier), track: "stable" }, pod: podSpec(of) });
  const secretVolume = { name: "secret-volume", secret: { secretName: "nginxsecret" } };
  return {
    "service/access/hello-application.yaml": () => [
      deployment("hello-world", {
        replicas: 2,
        labels: { run: "load-balancer-example" },
        pod: podSpec(container("hello-world", HELLO, { ports: [{ containerPort: 8080, protocol: "TCP" }] })),
      }),
    ],
    "service/load-balancer-example.yaml": () => [
      deployment(
        { name: "hello-world", labels: balanced },
        {
          replicas: 5,
          labels: balanced,
          pod: podSpec(container("hello-world", "gcr.io/google-samples/hello-app:2.0", { ports: ports(8080) })),
        },
      ),
    ],
    "service/access/backend-deployment.yaml": () => [
      tiers(
        "backend",
        3,
        container("hello", "gcr.io/google-samples/hello-go-gke:1.0", { ports: [{ name: "http", containerPort: 80 }] }),
      ),
    ],
    "service/access/backend-service.yaml": () => [service("hello", hello("backend"), { port: [tcp(80, "http")] })],
    "service/access/frontend-deployment.yaml": () => [
      tiers(
        "frontend",
        1,
        container("nginx", "gcr.io/google-samples/hello-frontend:1.0", {
          lifecycle: { preStop: { exec: { command: ["/usr/sbin/nginx", "-s", "quit"] } } },
        }),
      ),
    ],
    "service/access/frontend-service.yaml": () => [
      service("frontend", hello("frontend"), { type: "LoadBalancer", port: [tcp(80, 80)] }),
    ],
    "service/networking/run-my-nginx.yaml": () => [
      deployment("my-nginx", {
        replicas: 2,
        labels: run,
        pod: podSpec(container("my-nginx", "nginx", { ports: ports(80) })),
      }),
    ],
    "service/networking/nginx-svc.yaml": () => [service({ name: "my-nginx", labels: run }, run, { port: [tcp(80)] })],
    "service/networking/nginx-secure-app.yaml": () => [
      service({ name: "my-nginx", labels: run }, run, {
        type: "NodePort",
        port: [
          { name: "http", ...tcp(8080, 80) },
          { name: "https", ...tcp(443) },
        ],
      }),
      deployment("my-nginx", {
        replicas: 1,
        labels: run,
        pod: podSpec(
          container("nginxhttps", "bprashanth/nginxhttps:1.0", {
            ports: ports(443, 80),
            volumeMounts: mounts({ "secret-volume": "/etc/nginx/ssl", "configmap-volume": "/etc/nginx/conf.d" }),
          }),
          { volumes: [secretVolume, { name: "configmap-volume", configMap: { name: "nginxconfigmap" } }] },
        ),
      }),
    ],
    "service/networking/curlpod.yaml": () => [
      deployment("curl-deployment", {
        replicas: 1,
        labels: { app: "curlpod" },
        pod: podSpec(
          container("curlpod", "radial/busyboxplus:curl", {
            command: shell("while true; do sleep 1; done"),
            volumeMounts: mounts({ "secret-volume": "/etc/nginx/ssl" }),
          }),
          { volumes: [secretVolume] },
        ),
      }),
    ],
    "service/pod-with-graceful-termination.yaml": () => {
      const labels = { app: "nginx" };
      const slow = container("nginx", "nginx:latest", {
        ports: ports(80),
        lifecycle: { preStop: { exec: { command: shell("sleep 180", "/bin/sh") } } },
      });
      const spec = podSpec(slow, { terminationGracePeriodSeconds: 120 });
      return [deployment({ name: "nginx-deployment", labels }, { replicas: 1, labels, pod: spec })];
    },
  };
}

function ingress(name: string, spec: object): Manifest[] {
  return [object("networking.k8s.io/v1 Ingress", name, { spec })];
}

function backend(name: string, number: number): IngressBackend {
  return { service: { name, port: { number } } };
}

/** Paths of a host (of any, where it is undefined), by what they begin with. */
function rule(host: string | undefined, paths: Record<string, IngressBackend>): object {
  const list = Object.entries(paths).map(([path, to]) => ({ path, pathType: "Prefix", backend: to }));
  return { ...(host !== undefined && { host }), http: { paths: list } };
}

function ingresses(): Examples {
  return {
    "service/networking/example-ingress.yaml": () =>
      ingress("example-ingress", {
        ingressClassName: "nginx",
        rules: [rule("hello-world.example", { "/": backend("web", 8080) })],
      }),
    "service/networking/minimal-ingress.yaml": () =>
      ingress("minimal-ingress", {
        ingressClassName: "nginx-example",
        rules: [rule(undefined, { "/testpath": backend("test", 80) })],
      }),
    "service/networking/test-ingress.yaml": () => ingress("test-ingress", { defaultBackend: backend("test", 80) }),
    "service/networking/simple-fanout-example.yaml": () =>
      ingress("simple-fanout-example", {
        rules: [rule("foo.bar.com", { "/foo": backend("service1", 4200), "/bar": backend("service2", 8080) })],
      }),
    "service/networking/name-virtual-host-ingress.yaml": () =>
      ingress("name-virtual-host-ingress", {
        rules: [
          rule("foo.bar.com", { "/": backend("service1", 80) }),
          rule("bar.foo.com", { "/": backend("service2", 80) }),
        ],
      }),
    "service/networking/tls-example-ingress.yaml": () =>
      ingress("tls-example-ingress", {
        tls: [{ hosts: ["https-example.foo.com"], secretName: "testsecret-tls" }],
        rules: [rule("https-example.foo.com", { "/": backend("service1", 80) })],
      }),
    "service/networking/default-ingressclass.yaml": () => [
      object(
        "networking.k8s.io/v1 IngressClass",
        {
          name: "example-class",
          labels: { "app.kubernetes.io/component": "controller" },
          annotations: { "ingressclass.kubernetes.io/is-default-class": "true" },
        },
        { spec: { controller: "k8s.io/example-class" } },
      ),
    ],
  };
}

function policies(): Examples {
  const db = { matchLabels: { role: "db" } };
  const cidr = "10.0.0.0/24";
  const labeled = (labels: Record<string, string>) => ({ matchLabels: labels });
  const from: NetworkPolicyPeer[] = [
    { ipBlock: { cidr: "172.17.0.0/16", except: ["172.17.1.0/24"] } },
    { namespaceSelector: labeled({ project: "myproject" }) },
    { podSelector: labeled({ role: "frontend" }) },
  ];
  const forAll =
    (name: string, policyTypes: string[], more: object = {}) =>
    () => [networkPolicy(name, { podSelector: {}, ...more, policyTypes })];
  return {
    "service/networking/network-policy-default-deny-ingress.yaml": forAll("default-deny-ingress", ["Ingress"]),
    "service/networking/network-policy-default-deny-egress.yaml": forAll("default-deny-egress", ["Egress"]),
    "service/networking/network-policy-default-deny-all.yaml": forAll("default-deny-all", ["Ingress", "Egress"]),
    "service/networking/network-policy-allow-all-ingress.yaml": forAll("allow-all-ingress", ["Ingress"], {
      ingress: [{}],
    }),
    "service/networking/network-policy-allow-all-egress.yaml": forAll("allow-all-egress", ["Egress"], {
      egress: [{}],
    }),
    "service/networking/networkpolicy.yaml": () => [
      networkPolicy(
        { name: "test-network-policy", namespace: "default" },
        {
          podSelector: db,
          policyTypes: ["Ingress", "Egress"],
          ingress: [{ from, ports: [tcp(6379)] }],
          egress: [{ to: [{ ipBlock: { cidr } }], ports: [tcp(5978)] }],
        },
      ),
    ],
    "service/networking/networkpolicy-multiport-egress.yaml": () => [
      networkPolicy(
        { name: "multi-port-egress", namespace: "default" },
        {
          podSelector: db,
          policyTypes: ["Egress"],
          egress: [{ to: [{ ipBlock: { cidr } }], ports: [{ ...tcp(32000), endPort: 32768 }] }],
        },
      ),
    ],
    "service/networking/nginx-policy.yaml": () => [
      networkPolicy("access-nginx", {
        podSelector: labeled({ app: "nginx" }),
        ingress: [{ from: [{ podSelector: labeled({ access: "true" }) }] }],
      }),
    ],
  };
}

function names(): Examples {
  return {
    "service/networking/hostaliases-pod.yaml": () => [
      pod("hostaliases-pod", container("cat-hosts", "busybox:1.28", { command: ["cat"], args: ["/etc/hosts"] }), {
        restartPolicy: "Never",
        hostAliases: [
          { ip: "127.0.0.1", hostnames: ["foo.local", "bar.local"] },
          { ip: "10.1.2.3", hostnames: ["foo.remote", "bar.remote"] },
        ],
      }),
    ],
    "service/networking/custom-dns.yaml": () => [
      pod({ name: "dns-example", namespace: "default" }, container("test", "nginx"), {
        dnsPolicy: "None",
        dnsConfig: {
          nameservers: ["192.0.2.1"],
          searches: ["ns1.svc.cluster-domain.example", "my.dns.search.suffix"],
          options: [{ name: "ndots", value: "2" }, { name: "edns0" }],
        },
      }),
    ],
  };
}
