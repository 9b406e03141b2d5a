/** What the pages of Kubernetes' documentation say to type, with the addresses that they say it with. */
import { beforeAll, expect, it } from "vitest";
import { Typist } from "./testing/typist.ts";

let typist: Typist;
/** What was printed, without what ends a header's line, and without the break that a long line has as an echo. */
const type = async (line: string): Promise<string> => (await typist.type(line)).replaceAll("\r", "").trim();
const running = async (what: string): Promise<string> => {
  await type(`kubectl wait --for=condition=Ready pod ${what} --timeout=5m`);
  return (await type(`kubectl get pod ${what} --no-headers`)).replaceAll(/ +/g, " ");
};

beforeAll(async () => {
  typist = await Typist.start({ preset: "default" });
});

it("k8s.io sends on to kubernetes.io, which curl shows and follows when it is told to", async () => {
  expect(await type("curl -sI https://k8s.io/examples/pods/simple-pod.yaml")).toBe(`HTTP/1.1 301 Moved Permanently
Content-Type: text/html
Content-Length: 162
Location: https://kubernetes.io/examples/pods/simple-pod.yaml`);
  const pod = `apiVersion: v1
kind: Pod
metadata:
  name: nginx
spec:
  containers:
  - name: nginx
    image: nginx:1.14.2
    ports:
    - containerPort: 80`;
  expect(await type("curl -sL https://k8s.io/examples/pods/simple-pod.yaml")).toBe(pod);
  const followed =
    "curl -sLo /dev/null -w '%{url_effective} %{num_redirects}\\n' http://k8s.io/examples/pods/simple-pod.yaml";
  expect(await type(followed)).toBe("https://kubernetes.io/examples/pods/simple-pod.yaml 2");
  await type(
    "curl -sLO https://k8s.io/examples/pods/simple-pod.yaml; wget -qO wgot.yaml https://k8s.io/examples/pods/simple-pod.yaml",
  );
  expect(await type("diff wgot.yaml simple-pod.yaml && cat wgot.yaml")).toBe(pod);
});

it("files for a ConfigMap come as properties", async () => {
  for (const name of ["game", "ui"])
    await type(`wget -q https://kubernetes.io/examples/configmap/${name}.properties -O ${name}.properties`);
  await type("kubectl create configmap game-config --from-file=game.properties --from-file=ui.properties");
  expect(await type("kubectl get cm game-config -o jsonpath='{.data.ui\\.properties}'")).toBe(
    "color.good=purple\ncolor.bad=yellow\nallow.textmode=true\nhow.nice.to.look=fairlyNice",
  );
});

it("profiles of seccomp come as JSON", async () => {
  await type("mkdir ./profiles");
  const curl = "curl -sL -o profiles/audit.json https://k8s.io/examples/pods/security/seccomp/profiles/audit.json";
  expect(await type(`${curl}; cat profiles/audit.json`)).toBe('{\n    "defaultAction": "SCMP_ACT_LOG"\n}');
});

it("kubectl applies, replaces and deletes what an address names, and says so when there is nothing", async () => {
  const simple = "https://k8s.io/examples/pods/simple-pod.yaml";
  expect(await type(`kubectl apply -f ${simple}`)).toBe("pod/nginx created");
  expect(await running("nginx")).toMatch(/^nginx 1\/1 Running 0 /);
  expect(await type(`kubectl get -f ${simple} -o name`)).toBe("pod/nginx");
  expect(await type(`kubectl replace --force -f ${simple}`)).toBe(
    'pod "nginx" deleted from default namespace\npod/nginx replaced',
  );
  expect(await type(`kubectl delete -f ${simple} --now`)).toBe('pod "nginx" deleted from default namespace');
  const wrong = "https://k8s.io/examples/pods/no-such-pod.yaml";
  expect(await type(`kubectl apply -f ${wrong}`)).toBe(
    `error: unable to read URL "${wrong}", server reported 404 Not Found, status code=404`,
  );
  expect(await type(`curl -sL ${wrong} | grep -o 'carries [0-9]* of .*examples'`)).toMatch(
    /^carries \d+ of the documentation's examples$/,
  );
});

it("the site's own address and GitHub's serve the same", async () => {
  const path = "application/nginx/nginx-svc.yaml";
  const raw = "https://raw.githubusercontent.com/kubernetes/website";
  const sum = (url: string): Promise<string> => type(`curl -sL ${url} | md5sum`);
  const first = await sum(`https://kubernetes.io/examples/${path}`);
  expect(await sum(`${raw}/main/content/en/examples/${path}`)).toBe(first);
  expect(await sum(`${raw}/refs/heads/main/content/en/examples/${path}`)).toBe(first);
  expect(await sum(`https://github.com/kubernetes/website/raw/main/content/en/examples/${path}`)).toBe(first);
  expect(await type(`curl -s ${raw}/main/README.md; echo`)).toBe("404: Not Found");
  expect(await type(`kubectl create -f http://www.kubernetes.io/examples/${path}`)).toBe(
    "service/my-nginx-svc created",
  );
});

it("what they make comes up: a set with its claims, a database on its volume, a queue, a guestbook", async () => {
  const examples = "https://k8s.io/examples/application";
  const files = [
    ...["web/web.yaml", "mysql/mysql-pv.yaml", "mysql/mysql-deployment.yaml", "zookeeper/zookeeper.yaml"],
    ...["job/rabbitmq/rabbitmq-service.yaml", "job/rabbitmq/rabbitmq-statefulset.yaml"],
    ...["redis-leader-deployment", "redis-leader-service", "redis-follower-deployment", "redis-follower-service"].map(
      (name) => `guestbook/${name}.yaml`,
    ),
    ...["guestbook/frontend-deployment.yaml", "guestbook/frontend-service.yaml"],
  ];
  for (const file of files) expect(await type(`kubectl apply -f ${examples}/${file}`)).toMatch(/ created$/);
  await type("kubectl rollout status sts/zk; kubectl wait --for=condition=Ready pods --all --timeout=10m");
  const states = await type("kubectl get pods --no-headers | tr -s ' ' | cut -d ' ' -f 2-3 | sort | uniq -c");
  expect(states).toBe("13 1/1 Running");
});

it("the pod for looking into names finds a service by a part of its name, as BIND's tools do", async () => {
  await type("kubectl apply -f https://k8s.io/examples/admin/dns/dnsutils.yaml");
  await running("dnsutils");
  expect(await type("kubectl exec -i -t dnsutils -- nslookup kubernetes.default")).toBe(
    "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\nName:\tkubernetes.default.svc.cluster.local\nAddress: 10.96.0.1",
  );
});

it("older busyboxes look names up in the words of their C library", async () => {
  const words =
    "Server:    10.96.0.10\nAddress 1: 10.96.0.10 kube-dns.kube-system.svc.cluster.local\n\nName:      kubernetes\nAddress 1: 10.96.0.1 kubernetes.default.svc.cluster.local";
  for (const image of ["radial/busyboxplus:curl", "registry.k8s.io/busybox:1.27.2"])
    expect(await type(`kubectl run look --image=${image} -i --rm -q --restart=Never -- nslookup kubernetes`)).toBe(
      words,
    );
});

it("pods with probes: one is restarted when it has been well for ten seconds, others answer by TCP and gRPC", async () => {
  const probes = "https://k8s.io/examples/pods/probe";
  for (const name of ["http-liveness", "tcp-liveness-readiness", "grpc-liveness"])
    await type(`kubectl apply -f ${probes}/${name}.yaml`);
  await type("sleep 25");
  const events = await type("kubectl events --for pod/liveness-http --no-headers | tr -s ' ' | cut -d ' ' -f 2,3,5-");
  expect(events).toMatch(/ Liveness probe failed: HTTP probe failed with statuscode: 500$/m);
  expect(events).toMatch(/Normal Killing Container liveness failed liveness probe, will be restarted/);
  expect(await running("goproxy")).toMatch(/^goproxy 1\/1 Running 0 /);
  expect(await type("kubectl events --for pod/etcd-with-grpc | grep -c Unhealthy")).toBe("0");
});

it("a front end passes on what its backend answers", async () => {
  const access = "https://k8s.io/examples/service/access";
  await type("kubectl delete deployment,service frontend");
  for (const name of ["backend-deployment", "backend-service", "frontend-deployment", "frontend-service"])
    await type(`kubectl create -f ${access}/${name}.yaml`);
  await type("kubectl rollout status deployment backend; kubectl rollout status deployment frontend; sleep 2");
  expect(await type("kubectl exec dnsutils -- curl -s frontend")).toBe('{"message":"Hello"}');
});

it("files show their owner's number where nobody has a name for it", async () => {
  await type("kubectl apply -f https://k8s.io/examples/pods/security/security-context.yaml");
  await running("security-context-demo");
  const script =
    "cd /data/demo; echo hello > testfile; ls -l | tail -n 1; stat -c '%U:%G' testfile; ls -ld /data/demo; id";
  const said = await type(`kubectl exec security-context-demo -- sh -c "${script}"`);
  expect(said.replaceAll(/[A-Z][a-z]{2} +\d+ \d\d:\d\d/g, "DATE").split("\n")).toEqual([
    "-rw-r--r-- 1 1000 2000 6 DATE testfile",
    "UNKNOWN:UNKNOWN",
    "drwxrwsrwx 2 root 2000 4096 DATE /data/demo",
    "uid=1000 gid=3000 groups=2000,3000,4000",
  ]);
});

it("replicas of MySQL clone each other and follow the primary", async () => {
  await type("kubectl delete deployment,service mysql");
  for (const name of ["configmap", "services", "statefulset"])
    await type(`kubectl apply -f https://k8s.io/examples/application/mysql/mysql-${name}.yaml`);
  expect(await type("kubectl rollout status sts/mysql --timeout=5m | tail -n 1")).toMatch(/complete: 3 new pods/);
  const mysql = (pod: number, sql: string) => type(`kubectl exec mysql-${pod} -c mysql -- mysql -N -e "${sql}"`);
  await mysql(0, "CREATE DATABASE test; CREATE TABLE test.said (word VARCHAR(9)); INSERT INTO test.said VALUES ('hi')");
  await type("sleep 1");
  expect(await mysql(2, "SELECT @@server_id; SELECT * FROM test.said")).toBe("102\nhi");
});

it("ps shows long rows, and cuts names of more than eight letters", async () => {
  expect(await type("kubectl exec zk-0 -- ps -elf | head -n 2 | cut -c -49")).toBe(
    "F S UID          PID    PPID  C PRI  NI ADDR SZ W\n4 S zookeep+       1       0  0  80   0 -     0 -",
  );
  expect(await type("kubectl exec zk-0 -- ps -l")).toContain("ps: -l without -f is not simulated");
});
