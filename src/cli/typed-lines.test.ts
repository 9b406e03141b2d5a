import { expect, it } from "vitest";
import { Playground } from "../worker/playground.ts";
import { stripEscapes } from "../engine/runtime/text-width.ts";
import { runInShell } from "./run.ts";

/** The documentation's way to a new user, typed: key, request, approval, certificate, context, role. */
const LINES: readonly (readonly [string, string])[] = [
  ["openssl genrsa -out jane.key 2048", ""],
  ["openssl req -new -key jane.key -out jane.csr -subj /CN=jane/O=devs", ""],
  ["openssl req -in jane.csr -noout -subject", "subject=CN = jane, O = devs\n"],
  [
    "printf 'apiVersion: certificates.k8s.io/v1\\nkind: CertificateSigningRequest\\nmetadata: {name: jane}\\nspec:\\n  request: %s\\n  signerName: kubernetes.io/kube-apiserver-client\\n  usages: [client auth]\\n' \"$(base64 -w0 jane.csr)\" | kubectl apply -f -",
    "certificatesigningrequest.certificates.k8s.io/jane created\n",
  ],
  ["kubectl certificate approve jane", "certificatesigningrequest.certificates.k8s.io/jane approved\n"],
  ["sleep 1", ""],
  ["kubectl get csr jane -o jsonpath='{.status.certificate}' | base64 -d > jane.crt", ""],
  ["openssl x509 -in jane.crt -noout -subject -issuer", "subject=CN = jane, O = devs\nissuer=CN = kubernetes\n"],
  ["kubectl config set-credentials jane --client-key=jane.key --client-certificate=jane.crt", 'User "jane" set.\n'],
  ["kubectl config set-context jane --cluster=drydock --user=jane", 'Context "jane" created.\n'],
  [
    "kubectl --context jane get pods 2>&1",
    'Error from server (Forbidden): pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"\n',
  ],
  [
    "kubectl create rolebinding devs --clusterrole=view --group=devs",
    "rolebinding.rbac.authorization.k8s.io/devs created\n",
  ],
  ["kubectl --context jane get pods 2>&1", "No resources found in default namespace.\n"],
];

it("a user made with openssl and a certificate request is who the certificate says, and may what the group may", async () => {
  const playground = Playground.create({ seed: 1 });
  await playground.boot();
  const shell = playground.openShell();
  for (const [line, output] of LINES) {
    const { stdout, stderr } = await runInShell(playground, shell, line);
    expect([line, stdout + stderr]).toEqual([line, output]);
  }
});

it("kubectl edit runs the editor that the environment names, and a container's failure is kubectl run's, in its own words", async () => {
  const playground = Playground.create({ seed: 1 });
  await playground.boot();
  const shell = playground.openShell();
  const type = async (line: string): Promise<string> => {
    const { stdout, stderr } = await runInShell(playground, shell, line);
    return stdout + stderr;
  };
  const edit = (editor: string): Promise<string> => type(`KUBE_EDITOR="${editor}" kubectl edit service kubernetes`);
  await type("kubectl label service kubernetes c=d --dry-run=client -o yaml > edited.yaml");
  expect(await edit("cp edited.yaml")).toBe("service/kubernetes edited\n");
  expect(await type("kubectl get service kubernetes -o jsonpath='{.metadata.labels.c}'")).toBe("d");
  expect([await edit("true"), await edit("false"), await edit("nosuch")]).toEqual([
    "Edit cancelled, no changes made.\n",
    'error: there was a problem with the editor "false"\n',
    'error: unable to launch the editor "nosuch"\n',
  ]);
  expect(await type("kubectl run q --image=busybox -i --rm --restart=Never -- sh -c 'exit 3'")).toBe(
    'pod "q" deleted from default namespace\npod default/q terminated (Error)\n',
  );
  expect(shell.status).toBe(3);
});

it("lines go to the shell that kubectl opened in a container, until one leaves it", async () => {
  const playground = Playground.create({ seed: 1 });
  await playground.boot();
  const shell = playground.openShell();
  const type = async (line: string): Promise<string> => {
    const { stdout } = await runInShell(playground, shell, line);
    return stripEscapes(stdout).replaceAll("\r\n", "\n");
  };
  expect(await type("kubectl run b --image=busybox --restart=Never -- sleep 3600")).toBe("pod/b created\n");
  await type("kubectl wait --for=condition=Ready pod/b");
  expect(await type("kubectl exec -it b -- sh")).toBe("/ # ");
  expect(await type("hostname")).toBe("hostname\nb\n/ # ");
  expect(await type("exit 4")).toBe("exit 4\n");
  expect(shell.status).toBe(4);
  // An attached shell has shown its prompt before anybody looked.
  expect(await type("kubectl run -it c --image=busybox --restart=Never -- sh")).toMatch(/\/ # $/);
  expect(await type("hostname")).toBe("hostname\nc\n/ # ");
  await type("exit");
  // What only runs, and asks for nothing, is waited for.
  expect(await type("kubectl exec -it b -- sleep 20; echo $?; hostname")).toBe("0\nlaptop\n");
});

it("a line that doesn't end gets Ctrl-C after its time, and whoever ran it hears of that", async () => {
  const playground = Playground.create({ seed: 1 });
  await playground.boot();
  const shell = playground.openShell();
  let told = 0;
  const run = async (line: string, limitMs: number): Promise<number> => {
    const began = playground.sim.now;
    await runInShell(playground, shell, line, { limitMs, interrupted: () => void told++ });
    return Math.round((playground.sim.now - began) / 1000);
  };
  expect([await run("sleep 1000", 60_000), told]).toEqual([60, 1]);
  expect([await run("sleep 1000", 1_200_000), told]).toEqual([1000, 1]);
  expect([await run("kubectl get pods -w", 30_000), told]).toEqual([30, 2]);
});
