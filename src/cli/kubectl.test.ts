import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { drive } from "../kubectl/testing/drive.ts";
import { kubectl } from "../kubectl/index.ts";
import { kubectlOn } from "./kubectl.ts";

const folder = mkdtempSync(join(tmpdir(), "kubectl-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function script(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
  chmodSync(join(folder, name), 0o755);
}

describe("plugins", () => {
  it("are programs of this machine, found by their longest name, with their exit code", async () => {
    const log = join(folder, "log");
    script("kubectl-example-bar_baz", `#!/bin/sh\necho "$FROM $@" > ${log}\nexit 7\n`);
    const out = { stdout: "", stderr: "" };
    const host = {
      cwd: folder,
      env: { PATH: `/usr/bin:/bin:${folder}`, HOME: folder, FROM: "here" },
      stdout: (text: string) => void (out.stdout += text),
      stderr: (text: string) => void (out.stderr += text),
      connect: () => {},
    };
    expect(await kubectlOn(host, ["example", "bar-baz", "x", "--y", "z"])).toBe(7);
    expect(execFileSync("cat", [log], { encoding: "utf8" })).toBe("here x --y z\n");
    expect(await kubectlOn(host, ["example", "other"])).toBe(1);
    expect(out).toEqual({ stdout: "", stderr: 'error: unknown command "example" for "kubectl"\n' });
  });
});

describe("files that are no texts", () => {
  async function printed(...words: string[]): Promise<string> {
    let text = "";
    const host = {
      cwd: folder,
      env: { HOME: folder },
      stdout: (more: string) => void (text += more),
      connect: () => {},
    };
    await kubectlOn({ ...host, stderr: host.stdout }, words);
    return text;
  }

  it("go into config maps and secrets byte by byte, also through kustomize", async () => {
    writeFileSync(join(folder, "icon"), Buffer.from([0, 0xff, 0xfe, 0x62]));
    writeFileSync(join(folder, "text"), "hé");
    writeFileSync(join(folder, "long"), Buffer.alloc(60, 0xff));
    const files = ["--from-file=icon", "--from-file=text", "--dry-run=client", "-o", "yaml"];
    expect(await printed("create", "configmap", "c", ...files)).toBe(
      "apiVersion: v1\nbinaryData:\n  icon: AP/+Yg==\ndata:\n  text: hé\nkind: ConfigMap\nmetadata:\n  name: c\n",
    );
    expect(await printed("create", "secret", "generic", "c", ...files)).toBe(
      "apiVersion: v1\ndata:\n  icon: AP/+Yg==\n  text: aMOp\nkind: Secret\nmetadata:\n  name: c\n",
    );
    expect(await printed("create", "configmap", "c", "--from-literal=icon=x", ...files)).toBe(
      'error: cannot add key "icon", another key by that name already exists in BinaryData for ConfigMap "c"\n',
    );
    writeFileSync(join(folder, "kustomization.yaml"), "configMapGenerator: [{name: c, files: [long, text]}]\n");
    const lines = `    ${"/".repeat(70)}\n    ${"/".repeat(10)}\n`;
    expect(await printed("kustomize", ".")).toMatch(`binaryData:\n  long: |\n${lines}data:\n  text: hé\n`);
  });
});

const hasBash = spawnSync("bash", ["-c", "type complete compopt"]).status === 0;

describe.skipIf(!hasBash)("bash completion", () => {
  /** What bash offers for a line when kubectl's candidates are these; before them, what kubectl was asked. */
  function offered(line: string, candidates: readonly string[]): string[] {
    const { stdout: completion } = drive(kubectl, { argv: ["kubectl", "completion", "bash"] });
    const asked = join(folder, "asked");
    const lines = [...candidates, ":4"].join("\\n");
    const text = `${completion}
kubectl() { printf '<%s>' "$@" > ${asked}; printf '${lines}\\n'; }
COMP_LINE='${line}'; COMP_POINT=\${#COMP_LINE}
__start_kubectl
cat ${asked}; printf '\\n%s' "\${COMPREPLY[@]}"
complete -p kubectl >&2`;
    const { stdout, stderr } = spawnSync("bash", ["-c", text], { encoding: "utf8" });
    expect(stderr).toBe("complete -o default -F __start_kubectl kubectl\n");
    return stdout.split("\n");
  }

  it("asks kubectl with the words up to the cursor, and offers what may follow bash's own word breaks", () => {
    expect(offered("kubectl get po", ["pods", "podtemplates"])).toEqual([
      "<__complete><get><po>",
      "pods",
      "podtemplates",
    ]);
    expect(offered("kubectl get  pods ", ["web"])).toEqual(["<__complete><get><pods><>", "web"]);
    expect(offered("k get --output=js", ["json", "jsonpath="])).toEqual([
      "<__complete><get><--output=js>",
      "json",
      "jsonpath=",
    ]);
    expect(offered("kubectl get clusterrole system:no", ["system:node"])).toEqual([
      "<__complete><get><clusterrole><system:no>",
      "node",
    ]);
  });
});

const hasZsh = spawnSync("zsh", ["-c", "true"]).status === 0;

describe("the script for zsh", () => {
  const { stdout } = drive(kubectl, { argv: ["kubectl", "completion", "zsh"] });

  it("defines what compdef calls", () => {
    expect(stdout.split("\n")[0]).toBe("#compdef kubectl");
    expect(stdout).toContain("kubectl __complete ");
  });

  it.skipIf(!hasZsh)("is what zsh can read", () => {
    expect(spawnSync("zsh", ["-n"], { input: stdout, encoding: "utf8" }).stderr).toBe("");
  });
});
