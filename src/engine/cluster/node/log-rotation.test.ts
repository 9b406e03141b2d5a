import { describe, expect, it } from "vitest";
import { pods } from "../../api/registry.ts";
import { setDeepFreeze } from "../../base/freeze.ts";
import { ssh } from "../testing/ssh.ts";
import { createTestCluster } from "../testing/test-cluster.ts";
import { KUBELET_CONFIG } from "./kubelet-configuration.ts";

setDeepFreeze(true);

const NODE = "minikube";

describe("container logs", () => {
  it("are rotated as the kubelet's configuration says; kubectl logs shows the file that is written", () => {
    const test = createTestCluster({ preset: NODE });
    const configure = (lines: string): void => {
      ssh(test, NODE, `printf '${lines}' | sudo tee -a ${KUBELET_CONFIG}`);
      ssh(test, NODE, "sudo systemctl restart kubelet");
    };
    configure("containerLogMaxSize: 2Ki\\ncontainerLogMaxFiles: 3\\n");
    const script = `i=0; while true; do echo "line $i of the log, which is not short at all"; i=$((i+1)); sleep 0.5; done`;
    test.client.resource(pods).create({
      metadata: { name: "chatty", namespace: "default" },
      spec: { containers: [{ name: "app", image: "busybox", command: ["sh", "-c", script] }] },
      status: {},
    });
    expect(test.runUntil(() => test.get(pods, "chatty").status.phase === "Running", 60_000)).toBe(true);
    const { uid } = test.get(pods, "chatty").metadata;
    const folder = `/var/log/pods/default_chatty_${uid}/app`;
    test.run(115_000);
    const names = ssh(test, NODE, `ls ${folder}`).trim().split("\n");
    expect(names).toEqual([
      "0.log",
      expect.stringMatching(/^0\.log\.20260101-00\d\d\d0\.gz$/),
      expect.stringMatching(/^0\.log\.20260101-00\d\d\d0$/),
    ]);
    const first = (text: string): number => Number(/line (\d+) of/.exec(text)?.[1]);
    const shown = test.cluster.podLog("default", "chatty");
    expect(shown.split("\n").length).toBeLessThan(50);
    const older = ssh(test, NODE, `sudo cat ${folder}/${names[2]}`);
    // Where the older file ends, the one that is written begins.
    expect(first(older.trim().split("\n").at(-1) ?? "") + 1).toBe(first(shown));
    expect(older.split("\n")[0]).toMatch(/^2026-01-01T00:\d\d:\d\d\.\d{9}Z stdout F line \d+ of the log/);
    expect(ssh(test, NODE, "sudo sh -c 'tail -n 1 /var/log/containers/chatty_default_app-*.log'")).toMatch(
      / stdout F line \d+ of/,
    );

    // Who follows goes on with the next file.
    const followed = ssh(test, NODE, "timeout 40 crictl logs -f --tail 1 $(crictl ps -q --name app)", 41_000);
    const numbers = followed.trim().split("\n").map(first);
    expect(numbers.length).toBeGreaterThan(60);
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));

    ssh(test, NODE, `grep -v MaxFiles ${KUBELET_CONFIG} > /tmp/c; sudo cp /tmp/c ${KUBELET_CONFIG}`);
    configure("containerLogMaxFiles: 1\\n");
    expect(ssh(test, NODE, "sudo journalctl -u kubelet | grep 'command failed' | tail -n 1")).toContain(
      `err="failed to run Kubelet: failed to create kubelet: failed to initialize container log manager: invalid MaxFiles 1, must be > 1"`,
    );
  });
});
