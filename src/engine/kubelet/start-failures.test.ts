import { describe, expect, it } from "vitest";
import { configMaps, pods, runtimeClasses } from "../api/registry.ts";
import { setDeepFreeze } from "../base/freeze.ts";
import type { Container } from "../api/generated/types.ts";
import { defineImage } from "../images/define-image.ts";
import { worker } from "./testing/test-images.ts";
import { TestNode } from "./testing/test-node.ts";

setDeepFreeze(true);

const RUNC =
  "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: ";
const scratch = defineImage({ name: "docker.io/test/scratch", tags: { v1: { size: 1000 } }, userland: "none" });

describe("a container that can't start says why", () => {
  const node = new TestNode({ images: [worker, scratch] });
  const data = { "nginx.conf": "events {}" };
  node.admin.resource(configMaps).create({ metadata: { namespace: "default", name: "conf" }, data });
  const settle = (): void => node.sim.runUntil(node.sim.now + 12_000);
  const failing = (name: string, container: Partial<Container>): { uid: string; id: string; message: string } => {
    const pod = node.bind(name, {
      restartPolicy: "Never",
      volumes: [{ name: "conf", configMap: { name: "conf" } }],
      containers: [{ name: "app", image: "nginx:1.27", ...container }],
    });
    settle();
    const {
      message = "",
      exitCode,
      reason,
      containerID = "",
    } = node.pod(name).status.containerStatuses?.[0]?.state?.terminated ?? { exitCode: 0 };
    expect([exitCode, reason, node.pod(name).status.phase]).toEqual([128, "StartError", "Failed"]);
    expect(node.events(name).at(-1)).toBe(`Failed Error: ${message}`);
    expect(message.startsWith(RUNC)).toBe(true);
    return { uid: pod.metadata.uid ?? "", id: containerID.split("//")[1] ?? "", message: message.slice(RUNC.length) };
  };

  it("whose program isn't there, isn't executable or is a directory", () => {
    const told = (command: string): string => failing(`exec-${command.length}`, { command: [command] }).message;
    expect(told("ngnix")).toBe('exec: "ngnix": executable file not found in $PATH: unknown');
    expect(told("/opt/x")).toBe('exec: "/opt/x": stat /opt/x: no such file or directory: unknown');
    expect(told("/etc/nginx/nginx.conf")).toBe('exec: "/etc/nginx/nginx.conf": permission denied: unknown');
    expect(told("/etc")).toBe('exec: "/etc": is a directory: unknown');
  });

  it("whose working directory is a file; one that isn't there is made", () => {
    expect(failing("wd", { workingDir: "/etc/passwd" }).message).toBe("mkdir /etc/passwd: not a directory: unknown");
    node.bind("wd-new", { containers: [{ name: "app", image: "nginx:1.27", workingDir: "/srv/new" }] });
    settle();
    expect(node.exec("wd-new", "pwd")).toBe("/srv/new\n");
  });

  it("where a volume is mounted on a file, or a file of it on a directory", () => {
    const path = "/etc/nginx/nginx.conf";
    const whole = failing("on-file", { volumeMounts: [{ name: "conf", mountPath: path }] });
    const source = `/var/lib/kubelet/pods/${whole.uid}/volumes/kubernetes.io~configmap/conf`;
    const made = `/run/containerd/io.containerd.runtime.v2.task/k8s.io/${whole.id}/rootfs${path}`;
    expect(whole.message).toBe(
      `error mounting "${source}" to rootfs at "${path}": create mountpoint for ${path} mount: cannot create subdirectories in "${made}": not a directory: unknown`,
    );
    const one = failing("on-folder", {
      volumeMounts: [{ name: "conf", mountPath: "/etc/nginx", subPath: "nginx.conf" }],
    });
    const part = `/var/lib/kubelet/pods/${one.uid}/volume-subpaths/conf/app/0`;
    expect(one.message).toBe(
      `error mounting "${part}" to rootfs at "/etc/nginx": mount src=${part}, dst=/etc/nginx, dstFd=/proc/thread-self/fd/11, flags=MS_BIND|MS_REC: not a directory: unknown`,
    );
  });

  it("that has no command, or mounts a part of a volume that can't be made", () => {
    node.bind("empty", { containers: [{ name: "app", image: "test/scratch:v1" }] });
    node.bind("below-file", {
      volumes: [{ name: "conf", configMap: { name: "conf" } }],
      containers: [
        {
          name: "app",
          image: "test/worker:v1",
          volumeMounts: [{ name: "conf", mountPath: "/x", subPath: "nginx.conf/y" }],
        },
      ],
    });
    settle();
    const waiting = (name: string) => node.pod(name).status.containerStatuses?.[0]?.state?.waiting;
    expect(waiting("empty")).toEqual({
      reason: "CreateContainerError",
      message: expect.stringMatching(
        /^failed to generate container "[0-9a-f]{64}" spec: failed to generate spec: no command specified$/,
      ),
    });
    expect(node.events("empty").at(-1)).toMatch(`Failed Error: ${waiting("empty")?.message}`);
    expect(waiting("below-file")).toEqual({
      reason: "CreateContainerConfigError",
      message: 'failed to create subPath directory for volumeMount "conf" of container "app"',
    });
  });

  it("whose class names a runtime that the node doesn't have", () => {
    node.admin.resource(runtimeClasses).create({ metadata: { name: "kata" }, handler: "kata" });
    node.admin.resource(runtimeClasses).create({ metadata: { name: "plain" }, handler: "runc" });
    for (const runtimeClassName of ["kata", "plain"]) {
      node.bind(runtimeClassName, { runtimeClassName, containers: [{ name: "app", image: "test/worker:v1" }] });
    }
    settle();
    expect([node.state("kata"), node.state("plain")]).toEqual(["ContainerCreating", "Running"]);
    expect(node.events("kata")[0]).toMatch(
      'FailedCreatePodSandBox Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox runtime: no runtime for "kata" is configured',
    );
  });
});

describe("activeDeadlineSeconds", () => {
  it("counts from the pod's start, also when it is set or shortened later", () => {
    const node = new TestNode({ images: [worker] });
    node.bind("late", { containers: [{ name: "app", image: "test/worker:v1" }] });
    node.sim.runUntil(node.sim.now + 20_000);
    const limit = (seconds: number): void => {
      const pod = node.pod("late");
      const client = node.admin.resource(pods);
      client.update({ ...pod, spec: { ...pod.spec, activeDeadlineSeconds: seconds } });
    };
    limit(300);
    node.sim.runUntil(node.sim.now + 20_000);
    expect(node.pod("late").status.phase).toBe("Running");
    limit(60);
    node.sim.runUntil(node.sim.now + 18_000);
    expect(node.pod("late").status.phase).toBe("Running");
    node.sim.runUntil(node.sim.now + 4000);
    const message = "Pod was active on the node longer than the specified deadline";
    expect(node.pod("late").status).toMatchObject({ phase: "Failed", reason: "DeadlineExceeded", message });
    expect(node.events("late").slice(-2)).toEqual([`DeadlineExceeded ${message}`, "Killing Stopping container app"]);
  });
});
