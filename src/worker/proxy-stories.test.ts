/** A cluster whose kube-proxy is dead, and services of one family or both, typed at a terminal. */
import { beforeAll, expect, it } from "vitest";
import { Typist } from "./testing/typist.ts";

let typist: Typist;

const type = (line: string): Promise<string> => typist.type(line);
/** What `drydock why` says after its first line. */
const why = async (what: string): Promise<string[]> =>
  (await type(`drydock why ${what}`))
    .split("\n")
    .slice(1)
    .map((line) => line.trim().replace(/^(Why|Mend): +/, ""));
const status = (args: string): Promise<string> =>
  type(`kubectl exec c -- curl -s -m 3 -o /dev/null -w '%{http_code}\\n' ${args}`);
const deploy = (name: string): Promise<string> =>
  type(
    `kubectl create deployment ${name} --image=nginx; kubectl expose deployment ${name} --port=80; kubectl rollout status deployment/${name}`,
  );
const service = (name: string, spec: object): Promise<string> => {
  const object = { apiVersion: "v1", kind: "Service", metadata: { name }, spec: { selector: { app: "web" }, ...spec } };
  return type(`echo '${JSON.stringify(object)}' | kubectl apply -f -`);
};

beforeAll(async () => {
  typist = await Typist.start({ preset: "dual-stack" });
  await deploy("web");
  await type("kubectl run c --image=nicolaka/netshoot --command -- sleep 1d; kubectl wait --for=condition=Ready pod/c");
});

it("a service of one family doesn't answer at a node's address of the other, and why lets it have both", async () => {
  await service("six", { ipFamilies: ["IPv6"], type: "NodePort", ports: [{ port: 80, nodePort: 30066 }] });
  await type("sleep 3");
  expect(await why("laptop http://172.18.0.3:30066")).toEqual([
    "service default/six has IPv6 alone, and port 30066 of a node was asked at an address of IPv4",
    "let the service have both families",
    `kubectl patch service six -p '{"spec":{"ipFamilyPolicy":"PreferDualStack"}}'`,
    expect.stringMatching(/^Tried on a copy of this cluster: it works \(200, /),
  ]);
  expect(await type("curl -s -o /dev/null -w '%{http_code}\\n' -g http://[fc00:f853:ccd:e793::3]:30066")).toBe("200");
});

it("services change families by their policy, and names, slices and policies of the network follow", async () => {
  const families = (name: string): Promise<string> =>
    type(
      `kubectl get svc ${name} -o jsonpath='{.spec.ipFamilyPolicy} {.spec.ipFamilies[*]}'; echo; kubectl get endpointslices -l kubernetes.io/service-name=${name} -o jsonpath='{.items[*].addressType}' | tr ' ' '\\n' | sort`,
    );
  expect(await families("web")).toBe("SingleStack IPv4\nIPv4");
  await type(`kubectl patch svc web -p '{"spec":{"ipFamilyPolicy":"RequireDualStack"}}'; sleep 3`);
  expect(await families("web")).toBe("RequireDualStack IPv4 IPv6\nIPv4\nIPv6");
  expect(await type("kubectl exec c -- dig +short AAAA web.default.svc.cluster.local")).toMatch(/^fd00:10:96::/);
  expect([await status("-4 http://web"), await status("-6 http://web")]).toEqual(["200", "200"]);
  const policy = {
    ...{ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name: "six" } },
    spec: {
      podSelector: { matchLabels: { app: "web" } },
      ingress: [{ from: [{ ipBlock: { cidr: "fd00:10:244::/56" } }] }],
    },
  };
  await type(`echo '${JSON.stringify(policy)}' | kubectl apply -f -; sleep 1`);
  expect([await status("-4 http://web"), await status("-6 http://web")]).toEqual([
    "000\ncommand terminated with exit code 28",
    "200",
  ]);
  await type(
    `kubectl delete networkpolicy six; kubectl patch svc web -p '{"spec":{"ipFamilyPolicy":"SingleStack"}}'; sleep 3`,
  );
  expect(await families("web")).toBe("SingleStack IPv4\nIPv4");
  expect(await type(`kubectl patch svc web -p '{"spec":{"ipFamilies":["IPv6"]}}'`)).toMatch(
    /^The Service "web" is invalid: spec\.clusterIPs\[0\]: Invalid value: "10\.[0-9.]+": expected an IPv6 value as indicated by `ipFamilies\[0\]`$/,
  );
});

it("tools ask for a family, and routes of IPv6 lead out", async () => {
  expect(
    await type(
      "kubectl exec c -- ping -c 1 -6 $(kubectl get node worker-1 -o jsonpath='{.status.addresses[0].address}')",
    ),
  ).toBe("ping: 172.18.0.3: Address family for hostname not supported\ncommand terminated with exit code 2");
  const other = await type("kubectl get pod -l app=web -o jsonpath='{.items[0].status.podIPs[1].ip}'; echo");
  expect(await type(`kubectl exec c -- ping -c 1 ${other} | head -n 1`)).toBe(`PING ${other}(${other}) 56 data bytes`);
  expect(await type("kubectl exec c -- ping -c 1 -4 six")).toBe(
    "ping: six: Address family for hostname not supported\ncommand terminated with exit code 2",
  );
  expect(await type(`kubectl exec c -- traceroute -6 ${other} | head -n 1`)).toContain(
    `traceroute to ${other} (${other})`,
  );
  expect(await type("kubectl exec c -- ip -6 route")).toMatch(
    /^(?<net>fd00:10:244:\d::)\/64 dev eth0 proto kernel metric 256 pref medium \ndefault via \k<net>1 dev eth0 metric 1024 pref medium $/,
  );
});

it("an Ingress and a Gateway lead to services of IPv6 alone, and their own services can have both families", async () => {
  await type("minikube addons enable ingress; minikube addons enable gateway-api");
  await type("kubectl rollout status -n ingress-nginx deploy/ingress-nginx-controller; sleep 5");
  const backend = { service: { name: "six", port: { number: 80 } } };
  const rule = { host: "six.example", http: { paths: [{ path: "/", pathType: "Prefix", backend }] } };
  const gateway = "gateway.networking.k8s.io/v1";
  const objects = [
    {
      ...{ apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata: { name: "six" } },
      spec: { ingressClassName: "nginx", rules: [rule] },
    },
    {
      ...{ apiVersion: gateway, kind: "Gateway", metadata: { name: "six" } },
      spec: { gatewayClassName: "drydock", listeners: [{ name: "http", port: 80, protocol: "HTTP" }] },
    },
    {
      ...{ apiVersion: gateway, kind: "HTTPRoute", metadata: { name: "six" } },
      spec: { parentRefs: [{ name: "six" }], rules: [{ backendRefs: [{ name: "six", port: 80 }] }] },
    },
  ];
  for (const object of objects) await type(`echo '${JSON.stringify(object)}' | kubectl apply -f -`);
  const both = `-p '{"spec":{"ipFamilyPolicy":"PreferDualStack"}}'`;
  await type(`kubectl patch svc -n ingress-nginx ingress-nginx-controller ${both}; sleep 5`);
  await type(`kubectl patch svc -n gateway-system default-six ${both}; sleep 5`);
  const port = (service: string): Promise<string> =>
    type(`kubectl get svc ${service} -o jsonpath='{.spec.ports[0].nodePort}'; echo`);
  const ports = [await port("-n ingress-nginx ingress-nginx-controller"), await port("-n gateway-system default-six")];
  const asked = [];
  for (const number of ports)
    for (const node of ["172.18.0.3", "[fc00:f853:ccd:e793::3]"])
      asked.push(
        await type(`curl -g -s -o /dev/null -w '%{http_code}\\n' -H 'Host: six.example' http://${node}:${number}/`),
      );
  expect(asked).toEqual(["200", "200", "200", "200"]);
});

it("without kube-proxy rules stay as they are: what is new is unknown, what is gone is still sent to", async () => {
  await type("kubectl delete ds kube-proxy -n kube-system; sleep 15");
  expect(await status("http://web")).toBe("200");
  await deploy("late");
  expect(await status("http://late")).toBe("000\ncommand terminated with exit code 28");
  const start = ["start kube-proxy", "drydock start kube-proxy"];
  expect((await why("pod/c http://late")).slice(0, 3)).toEqual([
    "no kube-proxy runs on any node, so that none has heard of what is new about service default/late",
    ...start,
  ]);
  expect((await why("service/late")).slice(0, 3)).toEqual([
    "no kube-proxy runs on any node, so that none has heard of what is new about service default/late",
    ...start,
  ]);
  await type("kubectl delete pod -l app=web --grace-period=1; kubectl rollout status deployment/web; sleep 5");
  const place = await type("kubectl get pod c -o jsonpath='{.spec.nodeName}'; echo");
  const [cause, ...mend] = await why("pod/c http://web");
  expect([cause, mend.slice(0, 2)]).toEqual([
    `no kube-proxy runs on ${place}, its DaemonSet being gone or stopped: what has changed about service default/web since then is unknown there`,
    start,
  ]);
  expect(mend[2]).toMatch(/^Tried on a copy of this cluster: it works \(200, /);
  await type("drydock start kube-proxy; sleep 20");
  // Whoever asks before the rules are written is told so.
  await type("kubectl create service clusterip soon --tcp=80; kubectl set selector service soon app=web");
  expect(await why("pod/c http://soon --no-trial")).toEqual([
    expect.stringMatching(/^service default\/soon has .*, and the node's rules have not heard of (it|them) yet$/),
    "wait a moment",
  ]);
  expect([await status("http://web"), await status("http://late")]).toEqual(["200", "200"]);
});

it("a kube-proxy that can't start is why, with what it says", async () => {
  const { data } = JSON.parse(await type("kubectl get configmap kube-proxy -n kube-system -o json")) as {
    data: Record<string, string>;
  };
  const change = { data: { "config.conf": data["config.conf"]?.replace('mode: ""', "mode: userspace") } };
  await type(`kubectl patch configmap kube-proxy -n kube-system -p '${JSON.stringify(change)}'`);
  await type("kubectl delete pod -n kube-system -l k8s-app=kube-proxy; sleep 30");
  await deploy("later");
  const said =
    'failed validate: KubeProxyConfiguration.Mode.ProxyMode: Invalid value: "userspace": must be iptables, ipvs, nftables or blank (blank means the best-available proxy [currently iptables])';
  expect(await why("pod/c http://later --no-trial")).toEqual([
    expect.stringMatching(/^kube-proxy on \S+ ends each time it starts, saying /),
    "mend what it says (most of it stands in ConfigMap kube-proxy of kube-system), and let its pods start again",
  ]);
  expect((await why("pod/c http://later --no-trial"))[0]).toContain(`saying ${said}: what has changed`);
});
