/** Ways to connect that need several parts at once, typed at a terminal: neighbours in a pod, names of one's own, links that break. */
import { beforeAll, expect, it } from "vitest";
import { Typist } from "./testing/typist.ts";

let typist: Typist;

const type = (line: string): Promise<string> => typist.type(line);
const apply = (...items: object[]): Promise<string> =>
  type(`echo '${JSON.stringify({ apiVersion: "v1", kind: "List", items })}' | kubectl apply -f -`);
const patch = (what: string, change: object): Promise<string> =>
  type(`kubectl patch ${what} -n kube-system -p '${JSON.stringify(change)}'`);
const inBox = (command: string): Promise<string> => type(`kubectl exec box -c box -- ${command}`);

const pod = (name: string, ...containers: object[]): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, labels: { app: name } },
  spec: { containers, terminationGracePeriodSeconds: 1 },
});

beforeAll(async () => {
  typist = await Typist.start({ preset: "default" });
  await apply(
    pod("box", { name: "web", image: "nginx" }, { name: "box", image: "nicolaka/netshoot", command: ["sleep", "1d"] }),
    pod("clash", { name: "first", image: "nginx" }, { name: "second", image: "nginx" }),
  );
  await type("kubectl create deployment web --image=nginx && kubectl expose deployment web --port=80");
  await type("kubectl rollout status deployment/web; kubectl wait --for=condition=Ready pod/box; sleep 2");
});
it("containers of a pod share localhost, and a port is one container's", async () => {
  expect(await inBox("curl -s http://localhost/ | grep h1")).toContain("<h1>Welcome to nginx!</h1>");
  expect(await inBox("netstat -tln | grep -c :80")).toContain("1");
  expect(await type("kubectl get pod clash --no-headers")).toMatch(/^clash +1\/2 +(Error|CrashLoopBackOff) /);
  expect((await type("kubectl logs clash -c second -p")).split("\n").slice(-2)).toEqual([
    expect.stringMatching(/\[emerg\] 1#1: still could not bind\(\)$/),
    "nginx: [emerg] still could not bind()",
  ]);
});

it("a link between two nodes can be slow, lossy or cut, and why says so", async () => {
  const get = "curl -s -m 5 -o /dev/null -w '%{http_code} %{time_total}\\n' http://web";
  expect(await type(`kubectl get pod -o jsonpath='{.items[*].spec.nodeName}{"\\n"}' -l 'app in (box,web)'`)).toBe(
    "worker-1 worker-3",
  );
  await type("drydock link worker-1 worker-3 latency 100");
  expect(Number((await inBox(get)).split(" ")[1])).toBeCloseTo(0.4, 1);
  expect(await type("drydock trace pod/box http://web/ --no-trial")).toContain(
    "cross    200 ms more over the link between worker-1 and worker-3",
  );
  await type("drydock link worker-1 worker-3 latency 0; drydock link worker-1 worker-3 loss 20");
  const times = [];
  for (let round = 0; round < 8; round++) times.push(await inBox(get));
  expect(times.some((text) => Number(text.slice(4)) > 0.2)).toBe(true);
  expect(times.some((text) => Number(text.slice(4)) < 0.1)).toBe(true);
  await type("drydock link worker-1 worker-3 cut");
  expect(await inBox(get)).toBe("000 5.000000\ncommand terminated with exit code 28");
  const why = await type("drydock why pod/box http://web/ --no-trial");
  expect(why.split("\n").slice(1)).toEqual([
    "  Why:   the link between worker-1 and worker-3 is cut",
    "  Mend:  mend the link",
    "         drydock link worker-1 worker-3 mend",
  ]);
  await type("drydock link worker-1 worker-3 mend");
  expect(await inBox(get)).toMatch(/^200 0\.00/);
});

it("a service keeps its address, and has one of the range that nobody else has", async () => {
  const [clusterIP] = (await type(`kubectl get service web -o jsonpath='{.spec.clusterIP}{"\\n"}'`)).split("\n");
  for (const address of ["10.96.7.7", "None"])
    expect(await type(`kubectl patch service web -p '{"spec":{"clusterIP":"${address}"}}'`)).toBe(
      `The Service "web" is invalid: spec.clusterIPs[0]: Invalid value: ["${address}"]: may not change once set`,
    );
  const create = (kind: string): Promise<string> => type(`kubectl create service ${kind}`);
  const refused =
    'error: failed to create ClusterIP service: Service "more" is invalid: spec.clusterIPs: Invalid value:';
  expect([
    await create("clusterip more --tcp=80 --clusterip=10.200.0.1"),
    await create(`clusterip more --tcp=80 --clusterip=${clusterIP}`),
    await create("nodeport more --tcp=80 --node-port=80"),
  ]).toEqual([
    `${refused} ["10.200.0.1"]: failed to allocate IP 10.200.0.1: the provided network does not match the current range`,
    `${refused} ["${clusterIP}"]: failed to allocate IP ${clusterIP}: provided IP is already allocated`,
    'error: failed to create NodePort service: Service "more" is invalid: spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
  ]);
});

it("servers of one's own come to CoreDNS by a ConfigMap that it imports, and change with it", async () => {
  const custom = (address: string): string =>
    JSON.stringify({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "coredns-custom", namespace: "kube-system" },
      data: { "office.server": `office.example:53 {\n  hosts {\n    ${address} printer.office.example\n  }\n}\n` },
    });
  const sums = async (): Promise<string[]> =>
    (await type("kubectl logs -n kube-system deployment/coredns")).match(/SHA512 = \w+/g) ?? [];
  const corefile = await type("kubectl get configmap coredns -n kube-system -o jsonpath='{.data.Corefile}'; echo");
  await type(`echo '${custom("10.1.2.3")}' | kubectl apply -f -`);
  await patch("configmap coredns", { data: { Corefile: `${corefile}import /etc/coredns/custom/*.server\n` } });
  const volumes = [{ name: "custom", configMap: { name: "coredns-custom" } }];
  const volumeMounts = [{ name: "custom", mountPath: "/etc/coredns/custom" }];
  await patch("deployment coredns", {
    spec: { template: { spec: { volumes, containers: [{ name: "coredns", volumeMounts }] } } },
  });
  await type("kubectl rollout status deployment/coredns -n kube-system; sleep 2");
  expect(await inBox("dig +short printer.office.example")).toBe("10.1.2.3");
  expect(await sums()).toHaveLength(1);
  await type(`echo '${custom("10.1.2.4")}' | kubectl apply -f -; sleep 150`);
  expect(await inBox("dig +short printer.office.example")).toBe("10.1.2.4");
  expect(await inBox("dig +short web.default.svc.cluster.local")).toMatch(/^10\.\d+\.\d+\.\d+$/);
  expect(new Set(await sums()).size).toBe(2);
});

it("an answer comes in chunks, piece by piece while it is made, through a service, by hand and to the laptop", async () => {
  await type(
    "kubectl run bin --image=kennethreitz/httpbin --port=80 --expose && kubectl wait --for=condition=Ready pod/bin; sleep 2",
  );
  const line = (host: string, id: number): unknown => expect.objectContaining({ url: `http://${host}/stream/2`, id });
  const read = (text: string): unknown[] => (text.match(/^\{.*\}$/gm) ?? []).map((each) => JSON.parse(each));
  const shown = await inBox("sh -c 'curl -svN bin/stream/2 2>&1'");
  expect(shown).toContain("< Transfer-Encoding: chunked");
  expect(read(shown)).toEqual([line("bin", 0), line("bin", 1)]);
  const raw = await inBox(
    `sh -c "printf 'GET /stream/2 HTTP/1.1\\r\\nHost: bin\\r\\nConnection: close\\r\\n\\r\\n' | nc bin 80"`,
  );
  expect(raw.split("\n").filter((each) => /^[0-9a-f]+\r?$/.test(each))).toHaveLength(3);
  const forwarded = await type(
    "kubectl port-forward svc/bin 8085:80 > /dev/null & sleep 1; curl -s localhost:8085/stream/2; kill %1; wait",
  );
  expect(read(forwarded)).toEqual([line("localhost:8085", 0), line("localhost:8085", 1)]);
  expect(
    await inBox("sh -c 'curl -sN \"bin/drip?duration=10&numbytes=5&delay=0\" & sleep 5; echo; echo later; wait; echo'"),
  ).toBe("***\nlater\n**");
});

it("Endpoints that somebody writes are mirrored in a slice, and lead there", async () => {
  const ip = await type("kubectl get pod box -o jsonpath='{.status.podIP}'; echo");
  const port = { name: "http", port: 80 };
  await apply(
    { apiVersion: "v1", kind: "Service", metadata: { name: "legacy" }, spec: { ports: [{ ...port, port: 8000 }] } },
    {
      apiVersion: "v1",
      kind: "Endpoints",
      metadata: { name: "legacy" },
      subsets: [{ addresses: [{ ip }], ports: [port] }],
    },
  );
  await type("sleep 2");
  const slices = "kubectl get endpointslices -l kubernetes.io/service-name=legacy -o";
  expect(
    await type(
      `${slices} jsonpath='{range .items[*]}{.metadata.labels.endpointslice\\.kubernetes\\.io/managed-by} {.endpoints[*].addresses} {.ports[*].port}{"\\n"}{end}'`,
    ),
  ).toBe(`endpointslicemirroring-controller.k8s.io ["${ip}"] 80`);
  expect(await inBox("curl -s -o /dev/null -w '%{http_code}\\n' http://legacy:8000/")).toMatch(/^200/);
  await type("kubectl delete endpoints legacy; sleep 2");
  expect(await type(`${slices} name`)).toBe("");
  expect(await inBox("curl -sS -m 2 http://legacy:8000/")).toMatch(/Failed to connect to legacy port 8000/);
});

it("a connection that is open outlives its endpoint, until the pod has ended", async () => {
  const lifecycle = { preStop: { sleep: { seconds: 6 } } };
  const echo = {
    name: "echo",
    image: "busybox",
    command: ["nc", "-lk", "-p", "9000", "-e", "cat"],
    lifecycle,
  };
  const { spec, ...rest } = pod("parrot", echo) as { spec: object };
  await apply({ ...rest, spec: { ...spec, terminationGracePeriodSeconds: 8 } });
  await type("kubectl wait --for=condition=Ready pod/parrot && kubectl expose pod parrot --port=9000; sleep 2");
  const said = await type(
    [
      `kubectl exec box -c box -- sh -c '(echo one; sleep 4; echo two; sleep 6; echo three; sleep 1) | nc parrot 9000' &`,
      "sleep 1; kubectl delete pod parrot --wait=false > /dev/null; sleep 2;",
      "kubectl exec box -c box -- nc -zv -w 1 parrot 9000;",
      "wait; sleep 2; kubectl exec box -c box -- nc -zv -w 1 parrot 9000; echo",
    ].join(" "),
  );
  // An endpoint that ends serves as long as there is no other one; nc, the first process there, leaves by SIGKILL alone.
  const lines = said.split("\n").flatMap((line) => /^(one|two|three)$|refused|succeeded/.exec(line)?.[0] ?? []);
  expect(lines).toEqual(["one", "succeeded", "two", "refused"]);
});

it("the Ingress add-on of a cluster of many nodes answers at minikube's address, and no other node does", async () => {
  await type("minikube addons enable ingress");
  await type("kubectl -n ingress-nginx rollout status deployment/ingress-nginx-controller; sleep 2");
  await type("kubectl create ingress web --class=nginx --rule='web.example/*=web:80'; sleep 2");
  const curl = (address: string): Promise<string> => type(`curl -sS -H 'Host: web.example' ${address} | grep h1`);
  expect(await curl("$(minikube ip)")).toBe("<h1>Welcome to nginx!</h1>");
  expect(await curl("172.18.0.3")).toMatch(
    /^curl: \(7\) Failed to connect to 172\.18\.0\.3 port 80 after \d ms: Could not connect to server$/,
  );
  expect(await type("kubectl get nodes -l minikube.k8s.io/primary=true -o name")).toBe("node/control-plane");
  await type("minikube addons disable ingress");
});

it("why tells a pod that listens on loopback alone, another port of a headless name, a taken host port, an old node", async () => {
  const python = (name: string, ...args: string[]): object =>
    pod(name, { name: "main", image: "python:3", command: ["python3", "-m", "http.server", "8000", ...args] });
  const host = { "kubernetes.io/hostname": "worker-1" };
  const taken = (name: string): object => {
    const { spec, ...rest } = pod(name, {
      name: "c",
      image: "nginx",
      ports: [{ containerPort: 80, hostPort: 8080 }],
    }) as {
      spec: object;
    };
    return { ...rest, spec: { ...spec, nodeSelector: host } };
  };
  const service = (name: string, spec: object): object => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8000 }], ...spec },
  });
  await apply(
    python("shy", "--bind", "127.0.0.1"),
    service("shy", {}),
    python("open"),
    service("open", { clusterIP: "None" }),
    taken("first"),
  );
  await type("kubectl wait --for=condition=Ready pod/shy pod/open pod/first");
  await apply(taken("second"));
  await type("sleep 3");
  const why = async (words: string): Promise<string[]> =>
    (await type(`drydock why ${words} --no-trial`)).split("\n").map((line) => line.replace(/^\s*(Why:|Mend:)?\s*/, ""));
  expect((await why("pod/box http://shy/")).slice(1)).toEqual([
    "the program in pod/default/shy listens on port 8000 of 127.0.0.1 alone",
    "let the program listen on all addresses (0.0.0.0 or [::])",
  ]);
  expect((await why("pod/box http://open/")).slice(1)).toEqual([
    "nothing listens on port 80; these are open: 8000",
    "ask for http://open:8000/",
  ]);
  expect((await why("pod/second")).slice(-2)).toEqual([
    "1 of the nodes: node(s) didn't have free ports for the requested pod ports",
    "take another hostPort, or none and let a Service lead to the pod",
  ]);
  expect((await why("pod/box http://web.kube-system/")).slice(1)).toEqual([
    "there is no service web in namespace kube-system; there is one in default",
    "ask for http://web/",
  ]);
  // A node whose proxy has gone keeps the rules that it had.
  const node = await type("kubectl get pod box -o jsonpath='{.spec.nodeName}'; echo");
  const away = { key: "kubernetes.io/hostname", operator: "NotIn", values: [node] };
  const affinity = {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [away] }] },
    },
  };
  await patch("daemonset kube-proxy", { spec: { template: { spec: { affinity } } } });
  await type("sleep 30; kubectl expose deployment web --name=late --port=80; sleep 2");
  expect((await why("pod/box http://late/")).slice(1)).toEqual([
    `no kube-proxy runs on ${node}, whose rules are those of before: what has changed about service default/late since then is unknown there`,
    `see that DaemonSet kube-proxy has a running pod on ${node}`,
  ]);
});

it("a server of gRPC is asked for its health by the tool that probes used to run", async () => {
  const args = ["grpc-health-checking", "--port=5000", "--service=cart"];
  await apply(pod("health", { name: "main", image: "registry.k8s.io/e2e-test-images/agnhost:2.53", args }));
  await type("kubectl wait --for=condition=Ready pod/health && kubectl expose pod health --port=5000; sleep 2");
  const probe = (words: string): Promise<string> =>
    type(
      `kubectl run probe --image=ghcr.io/grpc-ecosystem/grpc-health-probe --restart=Never -- ${words} > /dev/null; sleep 6; kubectl logs probe; kubectl get pod probe -o jsonpath='{.status.containerStatuses[0].state.terminated.exitCode}'; echo; kubectl delete pod probe > /dev/null`,
    );
  expect(await probe("-addr=health:5000 -service=cart")).toBe("status: SERVING\n0");
  expect(await probe("-addr=health:5000 -service=other")).toBe(
    "error: health rpc failed: rpc error: code = NotFound desc = unknown service\n3",
  );
  const ip = await type("kubectl get pod health -o jsonpath='{.status.podIP}'; echo");
  await inBox(`curl -s http://${ip}:8080/make-not-serving`);
  expect(await probe("-addr=health:5000")).toBe('service unhealthy (responded with "NOT_SERVING")\n4');
  expect(await probe("-addr=web:80")).toMatch(/^error: this server does not implement the grpc health protocol .*\n3$/);
  expect(await probe("-addr=health:5001")).toBe('timeout: failed to connect service "health:5001" within 1s\n2');
  expect(await probe("-addr=health:5000 -rpc-timeout=soon")).toBe(
    'invalid value "soon" for flag -rpc-timeout: parse error\n1',
  );
});

it("openssl in a pod tells whose certificate a server shows: the API server's, and one of the world outside", async () => {
  const client = (words: string): Promise<string> => inBox(`sh -c 'echo | openssl s_client ${words}'`);
  const api = "-connect kubernetes.default.svc:443";
  expect(await client(`${api} 2>&1 | grep -e error -e "^ 0 s" -e "^   i:"`)).toBe(
    "verify error:num=20:unable to get local issuer certificate\n 0 s:CN = kube-apiserver\n   i:CN = kubernetes\nVerification error: unable to get local issuer certificate",
  );
  expect(await client(`${api} -CAfile /var/run/secrets/kubernetes.io/serviceaccount/ca.crt 2>&1 | grep Verif`)).toBe(
    "Verification: OK\nVerify return code: 0 (ok)",
  );
  expect(
    await client("-connect example.com:443 -servername example.com 2>/dev/null | openssl x509 -noout -subject -issuer"),
  ).toBe("subject=CN = example.com\nissuer=O = Drydock, CN = Drydock Internet CA");
});

it("a policy's blocks, named ports and ranges decide, and the trace names policy and rule", async () => {
  const ip = await type(`kubectl get pod box -o jsonpath='{.status.podIP}{"\\n"}'`);
  const listen = { name: "web", image: "nginx", ports: [{ name: "http", containerPort: 80 }] };
  const other = { name: "more", image: "hashicorp/http-echo", args: ["-text=more", "-listen=:8085"] };
  await apply(pod("guarded", listen, other));
  await type("kubectl wait --for=condition=Ready pod/guarded");
  const to = await type(`kubectl get pod guarded -o jsonpath='{.status.podIP}{"\\n"}'`);
  const decided = async (ingress: object[]): Promise<string[]> => {
    const spec = { podSelector: { matchLabels: { app: "guarded" } }, policyTypes: ["Ingress"], ingress };
    await apply({ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name: "guard" }, spec });
    await type("sleep 1");
    const answers = [];
    for (const port of [80, 8085])
      answers.push((await inBox(`curl -s -m 1 -o /dev/null -w '%{http_code}\\n' ${to}:${port}`)).slice(0, 3));
    return answers;
  };
  expect(await decided([{ ports: [{ port: "http" }] }])).toEqual(["200", "000"]);
  expect(await decided([{ ports: [{ port: 8000, endPort: 8090 }] }])).toEqual(["000", "200"]);
  expect(await decided([{ from: [{ ipBlock: { cidr: "10.244.0.0/16" } }] }])).toEqual(["200", "200"]);
  expect(await type(`drydock trace pod/box http://${to}/ --no-trial`)).toContain(
    "allow   policy default/guard, ingress[0], lets pod/default/box to port 80 (TCP)",
  );
  expect(await decided([{ from: [{ ipBlock: { cidr: "10.244.0.0/16", except: [`${ip}/32`] } }] }])).toEqual([
    "000",
    "000",
  ]);
  expect(await type(`drydock why pod/box http://${to}/ --no-trial`)).toContain("policy default/guard isolates");
  // Without a rule for DNS it is the name that isn't found in time.
  const mute = {
    podSelector: { matchLabels: { app: "guarded" } },
    policyTypes: ["Egress"],
    egress: [{ ports: [{ port: 80 }] }],
  };
  await apply({ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name: "guard" }, spec: mute });
  await type("sleep 1");
  expect(await type("kubectl exec guarded -c web -- curl -sS -m 2 http://kubernetes")).toContain(
    "curl: (28) Resolving timed out after 2000 milliseconds",
  );
});
