import { expect, it } from "vitest";
import { createTestCluster } from "../engine/cluster/testing/test-cluster.ts";
import { MemoryFileSystem } from "../engine/runtime/memory-file-system.ts";
import { kubectl } from "./index.ts";
import { drive } from "./testing/drive.ts";
import { splitWords } from "./testing/laptop.ts";

it("copies files and folders to and from a container, in the real kubectl's words", () => {
  const test = createTestCluster({ seed: 1 });
  const fs = new MemoryFileSystem({ now: () => test.sim.now });
  fs.mkdir("/root/.kube", { recursive: true });
  fs.writeFile(
    "/root/.kube/config",
    "current-context: c\nclusters: [{name: c, cluster: {server: 'https://127.0.0.1:6443'}}]\ncontexts: [{name: c, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {}}]\n",
  );
  fs.writeFile("/root/a.txt", "héllo\n");
  fs.mkdir("/root/dir/sub", { recursive: true });
  fs.writeFile("/root/dir/sub/two", "two\n");
  fs.mkdir("/root/dir/empty");
  fs.writeFile("/root/image", "\ufffd\ufffd");
  const run = (line: string): string => {
    let events = 0;
    const { stdout, stderr, code } = drive(kubectl, {
      argv: splitWords(`kubectl ${line}`),
      cwd: "/root",
      fs,
      carrier: test.cluster.server.http,
      now: () => test.sim.now,
      step: () => events++ < 5000 && test.sim.step(),
    });
    return `${stdout}${stderr}[${code}]`;
  };
  run("run web --image=nginx");
  run("wait --for=condition=Ready pod/web");

  expect(run("cp a.txt web:/tmp/b.txt")).toBe("[0]");
  expect(run("exec web -- cat /tmp/b.txt")).toBe("héllo\n[0]");
  expect(run("cp dir default/web:/tmp -c web")).toBe("[0]");
  expect(run("exec web -- find /tmp/dir")).toBe("/tmp/dir\n/tmp/dir/empty\n/tmp/dir/sub\n/tmp/dir/sub/two\n[0]");
  expect(run("exec web -- ln -s sub /tmp/dir/link")).toBe("[0]");
  expect(run("cp web:/tmp/dir back")).toBe(
    "tar: Removing leading `/' from member names\n" +
      'warning: skipping symlink: "back/link" -> "sub" (consider using "kubectl exec -n "" "web" -- tar cf - "/tmp/dir" | tar xf -")\n[0]',
  );
  expect(fs.readFile("/root/back/sub/two")).toBe("two\n");
  expect(fs.readdir("/root/back")).toEqual(["empty", "sub"]);
  expect(run("cp web:tmp/b.txt c.txt --retries=2")).toBe("[0]");
  expect(fs.readFile("/root/c.txt")).toBe("héllo\n");

  expect(run("cp a.txt")).toBe("error: source and destination are required\n[1]");
  expect(run("cp web:/x web:/y")).toBe("error: one of src or dest must be a local file specification\n[1]");
  expect(run("cp a.txt b.txt")).toBe("error: one of src or dest must be a remote file specification\n[1]");
  expect(run("cp a.txt web:")).toBe("error: filepath can not be empty\n[1]");
  expect(run("cp a/b/c:x y")).toBe("error: filespec must match the canonical format: [[namespace/]pod:]file/path\n[1]");
  expect(run("cp nofile web:/tmp")).toBe("error: nofile doesn't exist in local filesystem\n[1]");
  expect(run("cp a.txt nopod:/tmp")).toBe('Error from server (NotFound): pods "nopod" not found\n[1]');
  expect(run("cp a.txt web:/no/where/x")).toBe(
    "tar: /no/where: Cannot open: No such file or directory\ntar: Error is not recoverable: exiting now\ncommand terminated with exit code 2\n[2]",
  );
  expect(run("cp image web:/tmp")).toBe("error: image: not text: only text can be copied here\n[1]");
});
