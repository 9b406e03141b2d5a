import { describe, expect, it } from "vitest";
import { setDeepFreeze } from "../engine/base/freeze.ts";
import { Laptop } from "./testing/laptop.ts";

setDeepFreeze(true);

const WEB = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: nginx, image: nginx}
`;

/** The transcript's commands with what they really print. */
function replay(transcript: string, files: Record<string, string> = {}): string {
  const laptop = new Laptop();
  for (const [name, text] of Object.entries(files)) laptop.files[`/root/${name}`] = text;
  return laptop.replay(transcript);
}

describe("kubectl against the API server", () => {
  it("runs, gets and deletes a pod", () => {
    const transcript = `$ kubectl get pods
No resources found in default namespace.
$ kubectl run web --image=nginx
pod/web created
$ kubectl run web --image=nginx
Error from server (AlreadyExists): pods "web" already exists
$ kubectl get pods
NAME   READY   STATUS    RESTARTS   AGE
web    0/1     Pending   0          0s
$ kubectl get pod/web -o jsonpath='{.spec.containers[0].image}{"\\n"}'
nginx
$ kubectl delete pod web
pod "web" deleted from default namespace
$ kubectl get pod web
Error from server (NotFound): pods "web" not found
`;
    expect(replay(transcript)).toBe(transcript);
  });

  it("applies, changes and deletes from a file", () => {
    const transcript = `$ kubectl apply -f web.yaml
deployment.apps/web created
$ kubectl apply -f web.yaml
deployment.apps/web unchanged
$ kubectl apply -f more.yaml
deployment.apps/web configured
$ kubectl get deploy web -o name
deployment.apps/web
$ kubectl get deploy -o custom-columns=NAME:.metadata.name,REPLICAS:.spec.replicas
NAME   REPLICAS
web    3
$ kubectl delete -f web.yaml
deployment.apps "web" deleted from default namespace
$ kubectl apply -f nope.yaml
error: the path "nope.yaml" does not exist
`;
    const files = { "web.yaml": WEB, "more.yaml": WEB.replace("replicas: 2", "replicas: 3") };
    expect(replay(transcript, files)).toBe(transcript);
  });

  it("changes parts of objects", () => {
    const transcript = `$ kubectl create deployment web --image=nginx --port=80
deployment.apps/web created
$ kubectl expose deployment web --type=NodePort
service/web exposed
$ kubectl expose deployment web
Error from server (AlreadyExists): services "web" already exists
$ kubectl scale deployment/web --replicas=3
deployment.apps/web scaled
$ kubectl scale deployment/web --current-replicas=9 --replicas=1
error: Expected replicas to be 9, was 3
$ kubectl set image deployment/web nginx=nginx:1.27
deployment.apps/web image updated
$ kubectl set image deployment/web other=nginx:1.27
error: unable to find container named "other"
$ kubectl set image deployment/web other=nginx:1.28 nginx=nginx:1.28
deployment.apps/web image updated
error: unable to find container named "other"
$ kubectl get deployment web -o jsonpath='{..image}{"\\n"}'
nginx:1.28
$ kubectl get deployment web -o jsonpath='{.spec..*}'
error: error parsing jsonpath {.spec..*}, unrecognized character in action: U+002A '*'
$ kubectl label deployment web tier=front
deployment.apps/web labeled
$ kubectl label deployment web tier=back
error: 'tier' already has a value (front), and --overwrite is false
$ kubectl label deployment web tier-
deployment.apps/web unlabeled
$ kubectl annotate deployment web note=hello
deployment.apps/web annotated
$ kubectl rollout pause deployment web
deployment.apps/web paused
$ kubectl rollout pause deployment web
error: deployments.apps "web" is already paused
$ kubectl rollout resume deployment web
deployment.apps/web resumed
$ kubectl rollout restart deployment web
deployment.apps/web restarted
$ kubectl patch deployment web -p '{"spec":{"replicas":1}}'
deployment.apps/web patched
$ kubectl get deployment web -o jsonpath='{.spec.replicas} {.spec.template.spec.containers[0].image}{"\\n"}'
1 nginx:1.28
$ kubectl rollout undo deployment web
error: no rollout history found for deployment "web"
`;
    expect(replay(transcript)).toBe(transcript);
  });

  it("fails in kubectl's words", () => {
    const files = {
      "rs.yaml": WEB.replace("Deployment", "ReplicaSet").replace("replicas: 2", "replica: 3"),
      "foo.yaml": "apiVersion: v1\nkind: Foo\nmetadata: {name: x}\n",
      "bad.yaml": "a: b\n  c: d\n",
    };
    const transcript = `$ kubectl get pods --foo
error: unknown flag: --foo
See 'kubectl get --help' for usage.
$ kubectl gt pods
error: unknown command "gt" for "kubectl"

Did you mean this?
	set
	get
	cp

$ kubectl rollout foo
error: unknown command "foo"
See 'kubectl rollout -h' for help and examples
$ kubectl get foo
error: the server doesn't have a resource type "foo"
$ kubectl delete pods
error: resource(s) were provided, but no name was specified
$ kubectl get pods a -l x=y
error: name cannot be provided when a selector is specified
$ kubectl create deployment web
error: required flag(s) "image" not set
$ kubectl create -f rs.yaml
Error from server (BadRequest): error when creating "rs.yaml": ReplicaSet in version "v1" cannot be handled as a ReplicaSet: strict decoding error: unknown field "spec.replica"
$ kubectl apply -f foo.yaml
error: resource mapping not found for name: "x" namespace: "" from "foo.yaml": no matches for kind "Foo" in version "v1"
ensure CRDs are installed first
$ kubectl apply -f bad.yaml
error: error parsing bad.yaml: error converting YAML to JSON: yaml: line 2: mapping values are not allowed in this context
$ kubectl apply
error: must specify one of -f and -k
$ kubectl get pods -o foo
error: unable to match a printer suitable for the output format "foo", allowed formats are: custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,wide,yaml
$ kubectl wait pod/x
error: unrecognized condition: ""
$ kubectl port-forward pod/x 80:80
Error from server (NotFound): pods "x" not found
`;
    expect(replay(transcript, files)).toBe(transcript);
  });

  it("says when nobody answers", () => {
    const laptop = new Laptop();
    const { stderr, code } = laptop.run("kubectl get pods", {
      carrier: {
        send(_request, sink) {
          sink.fail("ECONNREFUSED", "");
          return { abort() {}, frame() {}, closeStdin() {} };
        },
      },
    });
    expect([stderr, code]).toEqual([
      "The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?\n",
      1,
    ]);
  });

  it("takes of a file what stands before the part that can't be read", () => {
    const map = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;
    const json = (name: string): string =>
      `{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "${name}"}}\n`;
    const files = {
      "maps.yaml": `${map("a")}---\n${map("b").replace("}", "")}---\n${map("c")}`,
      "maps.json": `${json("d")}${json("e")}{"kind": ConfigMap}`,
      "flow.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: f}}\n",
      "template.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Values.name }}\n",
    };
    const transcript = `$ kubectl apply -f maps.yaml
configmap/a created
error: error parsing maps.yaml: error converting YAML to JSON: yaml: line 3: did not find expected ',' or '}'
$ kubectl apply -f maps.json
configmap/d created
configmap/e created
error: error parsing maps.json: json: offset 148: invalid character 'C' looking for beginning of value
$ kubectl apply -f flow.yaml
error: error parsing flow.yaml: json: offset 2: invalid character 'a' looking for beginning of object key string
$ kubectl apply -f template.yaml
error: error parsing template.yaml: error converting YAML to JSON: yaml: invalid map key: map[interface {}]interface {}{".Values.name":interface {}(nil)}
$ kubectl get configmaps
NAME   DATA   AGE
a      0      0s
d      0      0s
e      0      0s
`;
    expect(replay(transcript, files)).toBe(transcript);
  });

  it("edits in the playground's editor", () => {
    const laptop = new Laptop();
    laptop.run("kubectl create configmap c --from-literal=a=b");
    const edit = (change: (text: string) => string | null): string => {
      const { stdout, stderr } = laptop.run("kubectl edit configmap c", {
        intent: (_, args) => change((args as { text: string }).text),
      });
      return stdout + stderr;
    };
    expect(edit((text) => text.replace("a: b", "a: c"))).toBe("configmap/c edited\n");
    expect(edit((text) => text)).toBe("Edit cancelled, no changes made.\n");
    expect(edit(() => null)).toBe("Edit cancelled, no changes made.\n");
    expect(laptop.run("kubectl get cm c -o jsonpath={.data.a}").stdout).toBe("c");
  });

  it("opens the editor again with the reasons, and keeps what could not be saved", () => {
    const laptop = new Laptop();
    laptop.run("kubectl create configmap c --from-literal=a=b");
    const texts: string[] = [];
    const { stderr, code } = laptop.run("kubectl edit configmap c", {
      intent: (_, args) => {
        texts.push((args as { text: string }).text);
        return texts.length === 1 ? texts[0]?.replace("a: b", "a: {") : texts.at(-1);
      },
    });
    expect(texts).toHaveLength(2);
    expect(texts[1]).toContain(
      `# configmaps "c" was not valid:\n# The edited file had a syntax error: error parsing edited-file: error converting YAML to JSON: yaml: `,
    );
    const copy = Object.keys(laptop.files).find((path) => path.startsWith("/tmp/kubectl-edit-")) ?? "";
    expect([stderr, code]).toEqual([
      `error: configmaps "c" is invalid\nA copy of your changes has been stored to "${copy}"\nerror: Edit cancelled, no valid changes were saved.\n`,
      1,
    ]);
    expect(laptop.files[copy]).toBe(texts[1]);
  });

  it("has a script for fish and PowerShell that asks it for candidates", () => {
    const laptop = new Laptop();
    expect(laptop.run("kubectl completion fish").stdout).toContain("kubectl __complete $words[2..-1]");
    expect(laptop.run("kubectl completion powershell").stdout).toContain("kubectl __complete @words");
    expect(laptop.run(["kubectl", "__complete", "create", "conf"]).stdout).toBe("configmap\n:4\n");
    expect(laptop.run(["kubectl", "__complete", "get", "ns", ""]).stdout).toBe("default\nkube-system\n:4\n");
  });

  it("notes commands on objects, and apply sets are there when the environment asks for them", () => {
    const laptop = new Laptop();
    laptop.files["/root/c.yaml"] = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n";
    expect(laptop.run("kubectl apply -f c.yaml --record").stderr).toBe(
      "Flag --record has been deprecated, --record will be removed in the future\n",
    );
    expect(laptop.run("kubectl get cm c -o jsonpath={.metadata.annotations.kubernetes\\.io/change-cause}").stdout).toBe(
      "kubectl apply --filename=c.yaml --record=true",
    );
    const line = "kubectl apply -f c.yaml --prune --applyset=set -n default";
    expect(laptop.run(line).stderr).toBe("error: unknown flag: --applyset\nSee 'kubectl apply --help' for usage.\n");
    const env = { KUBECTL_APPLYSET: "true" };
    expect(laptop.run(line, { env }).stdout).toBe("configmap/c configured\n");
    laptop.files["/root/d.yaml"] = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: d}\n";
    expect(laptop.run(line.replace("c.yaml", "d.yaml"), { env }).stdout).toBe(
      "configmap/d created\nconfigmap/c pruned\n",
    );
  });

  it("watches", () => {
    const laptop = new Laptop();
    laptop.run("kubectl create serviceaccount default");
    laptop.run("kubectl run a --image=nginx");
    laptop.sim.after(5000, () => void laptop.run("kubectl run much-longer --image=nginx"));
    expect(laptop.run("kubectl get pods -w").stdout).toBe(
      "NAME   READY   STATUS    RESTARTS   AGE\na      0/1     Pending   0          0s\nmuch-longer   0/1     Pending   0          0s\n",
    );
  });
});
