/** What somebody changes in kube-apiserver's manifest on its node counts once the kubelet has started it anew. */
import { expect, it } from "vitest";
import { ssh as sshTo } from "../../engine/cluster/testing/ssh.ts";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";
import { withFlags } from "../testing/with-flags.ts";

const NODE = "control-plane";
const MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml";
const laptop = new ClusterLaptop();
const { test } = laptop;
laptop.wait(20);
const ssh = (command: string): string => sshTo(test, NODE, command);
const disk = test.cluster.nodes.get(NODE)!.kubelet.disk;
const original = disk.readFile(MANIFEST);

/** Starts it with these flags in place of those of the same names, and waits until it answers. */
function configure(...flags: string[]): void {
  disk.writeFile(MANIFEST, withFlags(original, flags));
  laptop.wait(30);
}

/** What it said last before it ended; the node's own tool shows it, nobody else answers. */
function lastWords(): string {
  const id = ssh("sudo crictl ps -a --name kube-apiserver -q").split("\n")[0];
  return ssh(`sudo crictl logs ${id} 2>&1 | tail -n 1`)
    .replace(/^.*?\] /, "")
    .trim();
}

it("what can't be ends it, in upstream's words", () => {
  configure("--enable-admission-plugins=NodeRestriction,PodSecurityPolicy", "--authorization-mode=Node,Rbac,Node");
  expect(laptop.kubectl("get nodes")).toContain("was refused");
  expect(lastWords()).toBe(
    '"command failed" err="[authorization-mode \\"Rbac\\" is not a valid mode, authorization-mode [\\"Node\\" \\"Rbac\\" \\"Node\\"] has mode specified more than once, enable-admission-plugins plugin \\"PodSecurityPolicy\\" is unknown]"',
  );
  configure("--disable-admission-plugins=NodeRestriction,Priority");
  expect(lastWords()).toBe(
    '"command failed" err="[NodeRestriction] in enable-admission-plugins and disable-admission-plugins overlapped"',
  );
  configure("--service-node-port-range=32000-31000");
  expect(lastWords()).toBe(
    'Error: invalid argument "32000-31000" for "--service-node-port-range" flag: end port cannot be less than start port: 32000-31000',
  );
  configure("--token-auth-file=/etc/kubernetes/pki/tokens.csv");
  expect(lastWords()).toBe('"command failed" err="open /etc/kubernetes/pki/tokens.csv: no such file or directory"');
});

it("node ports come from its range, tolerations last as long as it says, and events live for their time", () => {
  configure(
    "--service-node-port-range=8000-8031",
    "--default-not-ready-toleration-seconds=30",
    "--default-unreachable-toleration-seconds=45",
    "--event-ttl=2m",
  );
  laptop.kubectl("create service nodeport web --tcp=80");
  const port = Number(laptop.field("service web", ".spec.ports[0].nodePort"));
  // The range's low end is left to those who ask.
  expect([port >= 8016, port <= 8031]).toEqual([true, true]);
  expect(laptop.kubectl("create service nodeport other --tcp=80 --node-port=30080")).toBe(
    'error: failed to create NodePort service: Service "other" is invalid: spec.ports[0].nodePort: Invalid value: 30080: provided port is not in the valid range. The range of valid ports is 8000-8031',
  );
  laptop.kubectl(`run short --image=registry.k8s.io/pause:3.10`);
  expect(laptop.field("pod short", ".spec.tolerations[*].tolerationSeconds")).toBe("30 45");
  laptop.wait(30);
  expect(laptop.events("short").length).toBeGreaterThan(3);
  laptop.wait(150);
  expect(laptop.events("short")).toEqual([]);
});

it("plugins are switched on and off", () => {
  laptop.kubectl("create namespace strict");
  laptop.kubectl("label namespace strict pod-security.kubernetes.io/enforce=restricted");
  const run = (name: string): string => laptop.kubectl(`run ${name} -n strict --image=nginx`);
  expect(run("a")).toMatch(/violates PodSecurity "restricted:latest"/);
  configure("--disable-admission-plugins=PodSecurity,DefaultTolerationSeconds");
  expect(run("a")).toBe("pod/a created");
  expect(laptop.field("pod a -n strict", ".spec.tolerations")).toBe("");
});

it("a kubelet may write other nodes' labels without NodeRestriction", () => {
  const label = (): string =>
    laptop.kubectl("label node worker-2 tier=db --as system:node:worker-1 --as-group system:nodes");
  configure();
  expect(label()).toBe(
    'Error from server (Forbidden): nodes "worker-2" is forbidden: node "worker-1" is not allowed to modify node "worker-2"',
  );
  configure("--enable-admission-plugins=Priority");
  expect(label()).toBe("node/worker-2 labeled");
});

it("who sends no credential is nobody with --anonymous-auth=false, and users come with tokens of a file", () => {
  disk.writeFile("/etc/kubernetes/pki/tokens.csv", 'secret1,ann,u1,"dev,ops"\nsecret2,bob,u2\n');
  const curl = (): string => ssh("curl -sk https://127.0.0.1:6443/version -o /dev/null -w '%{http_code}'");
  configure("--token-auth-file=/etc/kubernetes/pki/tokens.csv");
  expect(curl()).toBe("200");
  const whoami = ssh(
    "curl -sk https://127.0.0.1:6443/apis/authentication.k8s.io/v1/selfsubjectreviews -X POST -H 'Content-Type: application/json' -H 'Authorization: Bearer secret1' -d '{}'",
  );
  expect(JSON.parse(whoami).status.userInfo).toEqual({
    username: "ann",
    uid: "u1",
    groups: ["dev", "ops", "system:authenticated"],
  });
  configure("--anonymous-auth=false");
  expect(curl()).toBe("401");
});

it("everybody may do everything with AlwaysAllow, which lets nobody in without a name; kubelets need Node", () => {
  const ask = "get pods -A --as ann --no-headers";
  configure();
  expect(laptop.kubectl(ask)).toContain('User "ann" cannot list resource "pods"');
  configure("--authorization-mode=AlwaysAllow");
  expect(laptop.kubectl(ask)).toContain("kube-apiserver-control-plane");
  expect(laptop.kubectl(`logs -n kube-system kube-apiserver-${NODE}`)).toContain(
    "AnonymousAuth is not allowed with the AlwaysAllow authorizer. Resetting AnonymousAuth to false.",
  );
  configure("--authorization-mode=RBAC");
  laptop.wait(60);
  expect(laptop.kubectl("get nodes --no-headers").match(/\bNotReady\b/g)).toHaveLength(4);
  configure();
  laptop.wait(60);
  expect(laptop.kubectl("get nodes --no-headers")).not.toContain("NotReady");
});

const POLICY = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  users: ["system:kube-scheduler"]
- level: Metadata
  resources: [{group: "", resources: [secrets]}]
- level: RequestResponse
  resources: [{group: "", resources: [configmaps]}]
  namespaces: [audited]
`;

/** The audit's flags, with what of the node's disk they need mounted as the documentation says. */
function audit(...flags: string[]): void {
  const volumes = `  - hostPath: {path: /etc/kubernetes/audit, type: DirectoryOrCreate}
    name: audit-policy
  - hostPath: {path: /var/log/kubernetes/audit, type: DirectoryOrCreate}
    name: audit-log
`;
  const mounts = `    - {mountPath: /etc/kubernetes/audit, name: audit-policy, readOnly: true}
    - {mountPath: /var/log/kubernetes/audit, name: audit-log}
`;
  const edited = original
    .replace("    - --advertise-address", `${flags.map((flag) => `    - ${flag}\n`).join("")}    - --advertise-address`)
    .replace(/volumeMounts:\n/, (line) => `${line}${mounts}`)
    .replace(/\n  volumes:\n/, (line) => `${line}${volumes}`);
  disk.writeFile(MANIFEST, edited);
  laptop.wait(30);
}

it("the audit's policy must be there and be one", () => {
  audit(
    "--audit-policy-file=/etc/kubernetes/audit/policy.yaml",
    "--audit-log-path=/var/log/kubernetes/audit/audit.log",
  );
  expect(lastWords()).toBe(
    '"command failed" err="loading audit policy file: failed to read file path \\"/etc/kubernetes/audit/policy.yaml\\": open /etc/kubernetes/audit/policy.yaml: no such file or directory"',
  );
  disk.mkdir("/etc/kubernetes/audit", { recursive: true });
  disk.writeFile("/etc/kubernetes/audit/policy.yaml", POLICY.replace("level: Metadata", "level: Everything"));
  laptop.wait(60);
  expect(lastWords()).toMatch(
    /rules\[1\].level: Unsupported value: \\"Everything\\": supported values: .*: from file \/etc\/kubernetes\/audit\/policy.yaml"$/,
  );
});

it("what the policy wants told of requests stands in the log on the node's disk", () => {
  disk.writeFile("/etc/kubernetes/audit/policy.yaml", POLICY);
  audit(
    "--audit-policy-file=/etc/kubernetes/audit/policy.yaml",
    "--audit-log-path=/var/log/kubernetes/audit/audit.log",
  );
  laptop.wait(120);
  const entries = (): Record<string, unknown>[] =>
    ssh("sudo cat /var/log/kubernetes/audit/audit.log")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  laptop.kubectl("create namespace audited");
  laptop.kubectl("create secret generic top -n audited --from-literal=a=b");
  laptop.kubectl("create configmap here -n audited --from-literal=a=b");
  laptop.kubectl("create configmap there --from-literal=a=b");
  laptop.kubectl("get secret top -n audited --as ann");
  const told = entries().filter(({ userAgent }) => String(userAgent).startsWith("kubectl"));
  expect(told.map(({ level, verb, requestURI, responseStatus }) => [level, verb, requestURI, responseStatus])).toEqual([
    [
      "Metadata",
      "create",
      "/api/v1/namespaces/audited/secrets?fieldManager=kubectl-create&fieldValidation=Strict",
      { metadata: {}, code: 201 },
    ],
    [
      "RequestResponse",
      "create",
      "/api/v1/namespaces/audited/configmaps?fieldManager=kubectl-create&fieldValidation=Strict",
      { metadata: {}, code: 201 },
    ],
    [
      "Metadata",
      "get",
      "/api/v1/namespaces/audited/secrets/top",
      {
        metadata: {},
        status: "Failure",
        message: expect.stringContaining('User "ann" cannot get resource "secrets"'),
        reason: "Forbidden",
        details: { name: "top", kind: "secrets" },
        code: 403,
      },
    ],
  ]);
  expect(told[1]).toMatchObject({
    kind: "Event",
    apiVersion: "audit.k8s.io/v1",
    stage: "ResponseComplete",
    user: { username: "kubernetes-admin", groups: ["kubeadm:cluster-admins", "system:authenticated"] },
    objectRef: { resource: "configmaps", namespace: "audited", name: "here", apiVersion: "v1" },
    requestObject: { data: { a: "b" } },
    responseObject: { metadata: { uid: expect.any(String) }, data: { a: "b" } },
    annotations: {
      "authorization.k8s.io/decision": "allow",
      "authorization.k8s.io/reason":
        'RBAC: allowed by ClusterRoleBinding "kubeadm:cluster-admins" of ClusterRole "cluster-admin" to Group "kubeadm:cluster-admins"',
    },
  });
  expect(told[2]).toMatchObject({ user: { username: "kubernetes-admin" }, impersonatedUser: { username: "ann" } });
  // The components are told of too: the controller that puts the root certificate into each namespace.
  expect(
    entries().find(({ user }) => String((user as { username: string }).username).includes("root-ca")),
  ).toMatchObject({
    verb: "create",
    userAgent: expect.stringMatching(/^kube-controller-manager\/v1\.36/),
    objectRef: { name: "kube-root-ca.crt", namespace: "audited" },
  });
});

it("a configuration of admission plugins sets pod security's defaults, and asks nobody about images in vain", () => {
  const folder = "/etc/kubernetes/pki/admission";
  disk.mkdir(folder, { recursive: true });
  disk.writeFile(
    `${folder}/config.yaml`,
    `apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
- name: PodSecurity
  configuration:
    apiVersion: pod-security.admission.config.k8s.io/v1
    kind: PodSecurityConfiguration
    defaults: {enforce: baseline}
    exemptions: {namespaces: [kube-system]}
- name: ImagePolicyWebhook
  configuration:
    imagePolicy: {kubeConfigFile: ${folder}/kubeconfig.yaml, allowTTL: 50, denyTTL: 50, defaultAllow: false}
`,
  );
  disk.writeFile(
    `${folder}/kubeconfig.yaml`,
    `apiVersion: v1
kind: Config
clusters: [{name: bouncer, cluster: {server: "https://bouncer.example.com:1323/image_policy"}}]
contexts: [{name: bouncer, context: {cluster: bouncer, user: api-server}}]
current-context: bouncer
users: [{name: api-server, user: {}}]
`,
  );
  const config = `--admission-control-config-file=${folder}/config.yaml`;
  configure(config);
  expect(laptop.kubectl(`run root --image=nginx --overrides='{"spec":{"hostNetwork":true}}'`)).toContain(
    'violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
  );
  configure(config, "--enable-admission-plugins=NodeRestriction,ImagePolicyWebhook");
  expect(laptop.kubectl("run plain --image=nginx")).toBe(
    'Error from server (Forbidden): pods "plain" is forbidden: Post "https://bouncer.example.com:1323/image_policy?timeout=30s": dial tcp: lookup bouncer.example.com on 172.18.0.1:53: no such host',
  );
});

it("secrets are encrypted in etcd from the first write on that the configuration says so, and can't be read without it", () => {
  const path = "/etc/kubernetes/pki/enc.yaml";
  const key = (name: string, letter: string): string =>
    `{name: ${name}, secret: ${Buffer.from(letter.repeat(32)).toString("base64")}}`;
  const write = (providers: string): void =>
    disk.writeFile(
      path,
      `apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources: [{resources: [secrets], providers: [${providers}]}]\n`,
    );
  const inEtcd = (name: string): string =>
    laptop.kubectl(
      `exec -n kube-system etcd-${NODE} -- etcdctl --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/server.crt --key /etc/kubernetes/pki/etcd/server.key get --print-value-only /registry/secrets/default/${name}`,
    );
  const flag = `--encryption-provider-config=${path}`;
  configure();
  laptop.kubectl("create secret generic before --from-literal=a=hidden");
  expect(inEtcd("before")).toContain('"a":"aGlkZGVu"');
  write("{aescbc: {keys: [{name: key1, secret: c2hvcnQ=}]}}, {identity: {}}");
  configure(flag);
  expect(lastWords()).toBe(
    '"command failed" err="error while parsing file: resources[0].providers[0].aescbc.keys[0].secret: Invalid value: \\"REDACTED\\": secret is not of the expected length, got 5, expected one of [16 24 32]"',
  );
  write(`{aescbc: {keys: [${key("key1", "a")}]}}, {identity: {}}`);
  laptop.wait(60);
  laptop.kubectl("create secret generic after --from-literal=a=hidden");
  expect(inEtcd("after")).toMatch(/^k8s:enc:aescbc:v1:key1:/);
  expect(inEtcd("after")).not.toContain("aGlkZGVu");
  expect(inEtcd("before")).toContain('"a":"aGlkZGVu"');
  expect(laptop.kubectl("replace -f -", laptop.kubectl("get secrets -o json"))).toContain("secret/before replaced");
  expect(inEtcd("before")).toMatch(/^k8s:enc:aescbc:v1:key1:/);
  expect(laptop.field("secret before", ".data.a")).toBe("aGlkZGVu");
  configure();
  expect(laptop.kubectl("get secret after")).toBe(
    'Error from server (InternalError): Internal error occurred: unable to transform key "/registry/secrets/default/after": identity transformer tried to read encrypted data',
  );
});
