/** What `drydock why` says of broken clusters: the first thing that is wrong, and a change that mends it when it is made. */
import { beforeAll, describe, expect, it } from "vitest";
import { Typist } from "./testing/typist.ts";

const deployment = (name: string, more: { replicas?: number; container?: object; spec?: object } = {}): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: {
    replicas: more.replicas ?? 1,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        containers: [{ name: "main", image: "nginx", ports: [{ containerPort: 80 }], ...more.container }],
        ...more.spec,
      },
    },
  },
});

const service = (name: string, spec: object = {}): object => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name },
  spec: { selector: { app: "web" }, ports: [{ port: 80 }], ...spec },
});

const ingress = (
  name: string,
  more: { service?: string; port?: number; spec?: object; path?: object } = {},
): object => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  metadata: { name },
  spec: {
    rules: [
      {
        host: `${name}.example`,
        http: {
          paths: [
            {
              path: "/",
              pathType: "Prefix",
              ...more.path,
              backend: { service: { name: more.service ?? "web", port: { number: more.port ?? 80 } } },
            },
          ],
        },
      },
    ],
    ...more.spec,
  },
});

const WORLD = [
  deployment("web"),
  service("web"),
  deployment("idle", { replicas: 0 }),
  service("idle", { selector: { app: "idle" } }),
  deployment("lazy", { container: { readinessProbe: { httpGet: { path: "/", port: 8080 } } } }),
  service("lazy", { selector: { app: "lazy" } }),
  deployment("on-node", { spec: { hostNetwork: true }, container: { ports: [], command: ["sleep", "9999"] } }),
  service("wrong-port", { ports: [{ port: 80, targetPort: 8080 }] }),
  service("wrong-selector", { selector: { app: "wep" } }),
  service("balanced", { type: "LoadBalancer" }),
  service("alias", { type: "ExternalName", externalName: "wep.default.svc.cluster.local", selector: undefined }),
  service("headless", { clusterIP: "None", selector: { app: "idle" } }),
  {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "a", labels: { app: "a" } },
    spec: { containers: [{ name: "a", image: "nginx" }] },
  },
];

let typist: Typist;

const apply = (objects: readonly object[]): Promise<string> =>
  typist.type(`echo '${JSON.stringify({ apiVersion: "v1", kind: "List", items: objects })}' | kubectl apply -f -`);

/** Cause, change and command, without asking the copy. */
const why = async (words: string): Promise<string[]> => {
  const text = await typist.type(`drydock why ${words} --no-trial`);
  return text.split("\n").map((line) => line.replace(/^\s*(Why:|Mend:)?\s*/, ""));
};

/** What is wrong; then the change is made, and nothing is wrong any more. */
async function mended(words: string, { wait = 1, after = words } = {}): Promise<string[]> {
  const [, ...lines] = await why(words);
  await typist.type(`${lines.at(-1)}; sleep ${wait}`);
  expect((await why(after))[0]).toMatch(/^Nothing is wrong: /);
  return lines;
}

beforeAll(async () => {
  typist = await Typist.start({
    preset: "minikube",
    setup: [JSON.stringify({ apiVersion: "v1", kind: "List", items: WORLD })],
  });
  await typist.type("kubectl rollout status deployment/web; kubectl wait --for=condition=Ready pod/a; sleep 5");
});

it("a pod that is well: which node the scheduler chose for it, by which scores", async () => {
  expect((await typist.type("drydock why pod/a")).split("\n")).toEqual([
    "Nothing is wrong: pod/default/a is Running.",
    "The scheduler chose minikube: 1 of 1 node that it looked at fits.",
    "NODE       PLUGIN   RAW   WEIGHTED",
    "minikube   the only one that fits: not scored",
  ]);
});

describe("services", () => {
  it("wrong target port, wrong selector, no pods, pods that aren't ready", async () => {
    expect(await mended("service/wrong-port")).toEqual([
      expect.stringMatching(
        /^service default\/wrong-port sends to port 8080, and pod\/default\/web-\S+ listens on 80$/,
      ),
      "let it send to port 80",
      `kubectl patch service wrong-port --type=json -p '[{"op":"replace","path":"/spec/ports/0/targetPort","value":80}]'`,
    ]);
    expect(await mended("svc/wrong-selector")).toEqual([
      "the selector of service default/wrong-selector (app=wep) matches no pod: no pod has app=wep",
      expect.stringMatching(/^let it choose app=web/),
      "kubectl set selector service/wrong-selector app=web",
    ]);
    expect(await mended("pod/a http://headless/", { wait: 8 })).toEqual([
      "service default/headless is headless and has no ready endpoint, so that its name has no address: the selector of service default/headless (app=idle) is that of deployment idle, which has 0 replicas",
      "scale idle up",
      "kubectl scale deployment/idle --replicas=1",
    ]);
    expect(await mended("svc/lazy", { wait: 40 })).toEqual([
      "service default/lazy chooses 1 pods, none of them ready: the readiness probe asks port 8080, the container's port is 80",
      "let the probe ask port 80",
      expect.stringMatching(/^kubectl patch deployment lazy --type=json/),
    ]);
  });

  it("a load balancer without a cloud, a name for a name that isn't there", async () => {
    expect(await why("service/balanced")).toEqual([
      "service/default/balanced is of type LoadBalancer.",
      "service default/balanced is of type LoadBalancer, and nobody in this cluster gives addresses: EXTERNAL-IP stays <pending>",
      expect.stringMatching(
        /^run minikube tunnel in a terminal of its own, or use the node port: http:\/\/192\.168\.49\.2:3\d{4}\/$/,
      ),
    ]);
    expect(await mended("pod/a http://alias/", { wait: 40 })).toEqual([
      "service default/alias stands for the name wep.default.svc.cluster.local (ExternalName), and no such name is known; there is web.default.svc.cluster.local",
      "let it stand for web.default.svc.cluster.local",
      `kubectl patch service alias -p '{"spec":{"externalName":"web.default.svc.cluster.local"}}'`,
    ]);
  });
});

describe("names", () => {
  it("a pod on its node's network, a policy that forgets DNS, no CoreDNS", async () => {
    expect(await mended("deploy/on-node http://web/", { wait: 40 })).toEqual([
      expect.stringMatching(/^default\/on-node-\S+ is on its node's network with dnsPolicy ClusterFirst/),
      "let it ask the cluster's name server: dnsPolicy ClusterFirstWithHostNet",
      `kubectl patch deployment on-node -p '{"spec":{"template":{"spec":{"dnsPolicy":"ClusterFirstWithHostNet"}}}}'`,
    ]);
    const policy = {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "only-web" },
      spec: {
        podSelector: { matchLabels: { app: "a" } },
        policyTypes: ["Egress"],
        egress: [{ to: [{ podSelector: { matchLabels: { app: "web" } } }] }],
      },
    };
    await apply([policy]);
    await typist.type("sleep 1");
    expect(await mended("pod/a http://web/")).toEqual([
      expect.stringMatching(
        /^a network policy forbids the question about the name: policy default\/only-web isolates pod\/default\/a for egress, and no rule lets it to /,
      ),
      "allow it in the egress rules of a policy for pod/default/a, isolated by default/only-web",
      expect.stringMatching(/^echo '.*"name":"allow-dns-a".*' \| kubectl apply -f -$/),
    ]);
    await typist.type(
      "kubectl delete networkpolicy --all; kubectl scale deployment coredns -n kube-system --replicas=0; sleep 40",
    );
    expect(await mended("pod/a http://web/", { wait: 30 })).toEqual([
      "no CoreDNS pod runs, so no name can be resolved",
      "scale CoreDNS up",
      "kubectl scale deployment/coredns -n kube-system --replicas=2",
    ]);
  });
});

describe("a node's packet filter", () => {
  it("a rule that root has added, for traffic and for names, a policy, rules of kube-proxy's that are gone", async () => {
    const root = (words: string): Promise<string> => typist.type(`minikube ssh 'sudo iptables ${words}'`);
    await root("-I FORWARD -p tcp --dport 80 -j DROP");
    expect(await mended("pod/a http://web/")).toEqual([
      "the packet filter of minikube stops it: -A FORWARD -p tcp -m tcp --dport 80 -j DROP",
      "take that rule out",
      "minikube ssh -n minikube 'sudo iptables -D FORWARD -p tcp -m tcp --dport 80 -j DROP'",
    ]);
    await root('-I FORWARD -p udp --dport 53 -m comment --comment "no names" -j REJECT');
    expect((await mended("pod/a http://web/"))[0]).toBe(
      'the packet filter of minikube stops it: -A FORWARD -p udp -m comment --comment "no names" -m udp --dport 53 -j REJECT --reject-with icmp-port-unreachable',
    );
    await root("-P FORWARD DROP");
    expect((await mended("pod/a http://web/")).slice(1)).toEqual([
      "let what no rule decides pass",
      "minikube ssh -n minikube 'sudo iptables -P FORWARD ACCEPT'",
    ]);
    await root("-t nat -F");
    const gone = await why("pod/a http://web/");
    expect(gone.slice(1)).toEqual([
      expect.stringMatching(/^node minikube has no rule for service kube-system\/kube-dns any more: /),
      "start the node's kube-proxy again",
      "kubectl delete pod -n kube-system -l k8s-app=kube-proxy --field-selector spec.nodeName=minikube",
    ]);
    const port = await typist.type("kubectl get svc balanced -o jsonpath='{.spec.ports[0].nodePort}'; echo");
    expect(await mended(`laptop http://192.168.49.2:${port}/`, { wait: 5 })).toEqual([
      expect.stringMatching(/^node minikube has no rule for service default\/balanced any more: /),
      ...gone.slice(2),
    ]);
    expect(await why("pod/a http://web/")).toEqual([expect.stringMatching(/^Nothing is wrong: /)]);
  });

  it("virtual servers of IPVS that root has deleted, one or all", async () => {
    const setMode = async (mode: string): Promise<void> => {
      const { data } = JSON.parse(await typist.type("kubectl get configmap kube-proxy -n kube-system -o json")) as {
        data: Record<string, string>;
      };
      const config = { "config.conf": data["config.conf"]?.replace(/^mode: .*$/m, `mode: ${mode}`) };
      await typist.type(`kubectl patch configmap kube-proxy -n kube-system -p '${JSON.stringify({ data: config })}'`);
      await typist.type("kubectl delete pod -n kube-system -l k8s-app=kube-proxy; sleep 5");
    };
    const root = (words: string): Promise<string> => typist.type(`minikube ssh 'sudo ipvsadm ${words}'`);
    await setMode("ipvs");
    const name = await typist.type("kubectl get svc kube-dns -n kube-system -o jsonpath='{.spec.clusterIP}'; echo");
    const web = await typist.type("kubectl get svc web -o jsonpath='{.spec.clusterIP}'; echo");
    expect(await root("-Ln")).toContain(`UDP  ${name}:53 rr\n`);
    expect(await why("pod/a http://web/")).toEqual([expect.stringMatching(/^Nothing is wrong: /)]);
    await root(`-D -t ${web}:80`);
    const [, gone, ...mend] = await why("pod/a http://web/");
    expect(gone).toMatch(
      /^node minikube has no rule for service default\/web any more: .*when it starts, a service changes, or an hour has passed/,
    );
    await root("-C");
    expect(await mended("pod/a http://web/", { wait: 5 })).toEqual([
      expect.stringMatching(/^node minikube has no rule for service kube-system\/kube-dns any more: /),
      ...mend,
    ]);
    await setMode("iptables");
  });
});

describe("Ingresses", () => {
  it("before there is a controller: that is what is wrong", async () => {
    await apply([ingress("shop")]);
    const nobody = [
      "no ingress controller runs in this cluster, so that nobody serves Ingress default/shop",
      "switch the ingress add-on on",
      "minikube addons enable ingress",
    ];
    expect((await why("ingress/shop")).slice(1)).toEqual(nobody);
    expect((await why("laptop http://shop.example/")).slice(1)).toEqual(nobody);
    expect((await why("laptop http://192.168.49.2/ -H Host:shop.example")).slice(1)).toEqual(nobody);
    expect(await mended("ingress/shop", { wait: 60 })).toEqual(nobody);
  });

  it("a host that nobody has told the laptop of, an address in place of a host, another host, another path", async () => {
    expect(await mended("laptop http://shop.example/")).toEqual([
      "shop.example is a host of Ingress default/shop, and no name server that laptop asks knows it: such names are made known by hand",
      "write 192.168.49.2 shop.example into /etc/hosts",
      "echo '192.168.49.2 shop.example' | sudo tee -a /etc/hosts",
    ]);
    expect(await why("laptop http://192.168.49.2/")).toEqual([
      expect.stringMatching(
        /^GET http:\/\/192\.168\.49\.2\/ from laptop was answered 404 by pod\/ingress-nginx\/ingress-nginx-controller-/,
      ),
      "the request asks for host 192.168.49.2, and every Ingress is for a host by name (shop.example): the controller answers 404",
      "ask with the header Host: shop.example",
    ]);
    expect((await why("laptop http://192.168.49.2/ -H Host:shpo.example")).slice(1)).toEqual([
      "no Ingress is for host shpo.example; there are shop.example: the controller answers 404",
      "ask with the header Host: shop.example",
    ]);
    await apply([ingress("exact", { path: { path: "/api", pathType: "Exact" } })]);
    await typist.type("echo '192.168.49.2 exact.example' | sudo tee -a /etc/hosts; sleep 1");
    expect((await why("laptop http://exact.example/api/")).slice(1)).toEqual([
      "no rule for host exact.example matches path /api/; there are /api (Exact): the controller answers 404",
      "ask for http://exact.example/api",
    ]);
  });

  it("a class that isn't there, and what leads to nobody: service, port, pods, target port, certificate", async () => {
    await apply([
      ingress("classy", { spec: { ingressClassName: "nginxx" } }),
      ingress("nobody", { service: "wep" }),
      ingress("port", { port: 8080 }),
      ingress("empty", { service: "wrong-selector" }),
      ingress("secure", { spec: { tls: [{ hosts: ["secure.example"], secretName: "secure-tls" }] } }),
    ]);
    await typist.type("kubectl set selector service/wrong-selector app=wep; sleep 2");
    expect(await mended("ingress/classy", { wait: 2 })).toEqual([
      "Ingress default/classy is of class nginxx, and there is no such IngressClass",
      "let it be of class nginx",
      `kubectl patch ingress classy -p '{"spec":{"ingressClassName":"nginx"}}'`,
    ]);
    const at = (host: string): string => `laptop http://192.168.49.2/ -H Host:${host}.example`;
    const [answered, ...nobody] = await why(at("nobody"));
    expect(answered).toMatch(/^GET \S+ from laptop was answered 503 by pod\/ingress-nginx\//);
    expect(nobody).toEqual([
      "Ingress default/nobody leads to service wep, and namespace default has no such service",
      "let it lead to service web",
      `kubectl patch ingress nobody --type=json -p '[{"op":"replace","path":"/spec/rules/0/http/paths/0/backend/service/name","value":"web"}]'`,
    ]);
    expect(await mended(at("nobody"))).toEqual(nobody);
    expect(await mended(at("port"))).toEqual([
      "Ingress default/port leads to port 8080 of service default/web, which has 80",
      "let it lead to port 80",
      `kubectl patch ingress port --type=json -p '[{"op":"replace","path":"/spec/rules/0/http/paths/0/backend/service/port","value":{"number":80}}]'`,
    ]);
    expect((await mended(at("empty")))[0]).toBe(
      "the selector of service default/wrong-selector (app=wep) matches no pod: no pod has app=wep",
    );
    await typist.type(
      `kubectl patch service wrong-selector --type=json -p '[{"op":"replace","path":"/spec/ports/0/targetPort","value":81}]'; sleep 1`,
    );
    const [bad, ...refused] = await why(at("empty"));
    expect(bad).toMatch(/was answered 502 by/);
    expect(refused).toEqual([
      expect.stringMatching(
        /^service default\/wrong-selector sends to port 81, and pod\/default\/web-\S+ listens on 80$/,
      ),
      "let it send to port 80",
      expect.stringMatching(/^kubectl patch service wrong-selector /),
    ]);
    expect(await mended("ingress/secure")).toEqual([
      "Ingress default/secure takes its certificate from secret default/secure-tls, which does not exist: the controller shows its own fake one",
      "create the secret",
      'openssl req -x509 -nodes -newkey rsa:2048 -days 365 -keyout tls.key -out tls.crt -subj "/CN=secure.example" && kubectl create secret tls secure-tls --cert=tls.crt --key=tls.key',
    ]);
  });

  it("a policy between the controller and the pods; then the trace names every rule on the way", async () => {
    const policy = (name: string, spec: object, namespace = "default"): object => ({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name, namespace },
      spec,
    });
    await apply([policy("deny", { podSelector: { matchLabels: { app: "web" } }, policyTypes: ["Ingress"] })]);
    await typist.type("sleep 1");
    const lines = await mended("laptop http://shop.example/ -m 90");
    expect(lines[0]).toMatch(
      /^a network policy denies it: policy default\/deny isolates pod\/default\/web-\S+ for ingress, and no rule lets pod\/ingress-nginx\/\S+ to port 80 \(TCP\)$/,
    );
    await apply([policy("out", { podSelector: {}, policyTypes: ["Egress"], egress: [{}] }, "ingress-nginx")]);
    await typist.type("sleep 1");
    const hops = (await typist.type("drydock trace laptop http://shop.example/"))
      .split("\n")
      .map((line) => line.trim().replace(/\s{2,}/g, "  "));
    expect(hops).toEqual([
      "1  laptop  send  http://shop.example/",
      "2  laptop  resolve  shop.example is 192.168.49.2 in /etc/hosts",
      expect.stringMatching(
        /^3  node\/minikube  host port  port 80 is pod\/ingress-nginx\/ingress-nginx-controller-\S+'s$/,
      ),
      expect.stringMatching(
        /^4  pod\/ingress-nginx\/\S+  route  Ingress default\/shop: host shop\.example, path \/ \(Prefix\), leads to default\/web, port 80$/,
      ),
      expect.stringMatching(/^5  pod\/ingress-nginx\/\S+  send  http:\/\/10\.244\.0\.\d+:80\/$/),
      expect.stringMatching(
        /^6  pod\/ingress-nginx\/\S+  allow  policy ingress-nginx\/out, egress\[0\], lets it to pod\/default\/web-\S+, port 80 \(TCP\)$/,
      ),
      expect.stringMatching(
        /^7  pod\/default\/web-\S+  allow  policy default\/allow-ingress-web-\S+, ingress\[0\], lets pod\/ingress-nginx\/\S+ to port 80 \(TCP\)$/,
      ),
      expect.stringMatching(/^8  pod\/default\/web-\S+  answer  port 80 answered 200$/),
      expect.stringMatching(/^9  pod\/ingress-nginx\/\S+  answer  port 80 answered 200$/),
      expect.stringMatching(/^Answered 200 after \d+ ms\.$/),
    ]);
  });
});
