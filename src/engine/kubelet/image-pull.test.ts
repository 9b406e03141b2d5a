import { describe, expect, it } from "vitest";
import { setDeepFreeze } from "../base/freeze.ts";
import { TestNode } from "./testing/test-node.ts";

setDeepFreeze(true);

describe("images that can't be pulled", () => {
  it("shows ErrImagePull, then ImagePullBackOff, with containerd's words", () => {
    const node = new TestNode();
    node.bind("web", { containers: [{ name: "web", image: "nginx:nope" }] });
    const states = new Set<string>();
    for (let i = 0; i < 40; i++) {
      node.sim.runUntil(node.sim.now + 500);
      states.add(node.state("web"));
    }
    expect([...states]).toEqual(["ContainerCreating", "ErrImagePull", "ImagePullBackOff"]);
    const error =
      'rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/nginx:nope": failed to resolve reference "docker.io/library/nginx:nope": docker.io/library/nginx:nope: not found';
    expect(node.pod("web").status.containerStatuses?.[0]?.state?.waiting).toEqual({
      reason: "ImagePullBackOff",
      message: `Back-off pulling image "nginx:nope": ErrImagePull: ${error}`,
    });
    expect(
      node
        .events("web")
        .slice(0, 5)
        .map((event) => event.replace(/ ×\d+$/, "")),
    ).toEqual([
      'Pulling Pulling image "nginx:nope"',
      `Failed Failed to pull image "nginx:nope": ${error}`,
      "Failed Error: ErrImagePull",
      'BackOff Back-off pulling image "nginx:nope"',
      "Failed Error: ImagePullBackOff",
    ]);
    expect(node.pod("web").status.phase).toBe("Pending");
  });

  it("denies access to a repository that doesn't exist", () => {
    const node = new TestNode();
    node.bind("web", { containers: [{ name: "web", image: "ngnix" }] });
    node.sim.runUntil(node.sim.now + 3000);
    expect(node.events("web")[1]).toBe(
      'Failed Failed to pull image "ngnix": failed to pull and unpack image "docker.io/library/ngnix:latest": failed to resolve reference "docker.io/library/ngnix:latest": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
    );
  });

  it("refuses a name that is none", () => {
    const node = new TestNode();
    node.bind("web", { containers: [{ name: "web", image: "Nginx::1" }] });
    node.sim.runUntil(node.sim.now + 3000);
    expect(node.state("web")).toBe("InvalidImageName");
    expect(node.events("web")).toEqual([
      'InspectFailed Failed to apply default image tag "Nginx::1": couldn\'t parse image name "Nginx::1": invalid reference format: repository name (library/Nginx) must be lowercase',
      "Failed Error: InvalidImageName",
    ]);
  });

  it("pulls nothing where the policy is Never", () => {
    const node = new TestNode();
    node.bind("web", { containers: [{ name: "web", image: "nginx:1.27", imagePullPolicy: "Never" }] });
    node.sim.runUntil(node.sim.now + 3000);
    const message = 'Container image "nginx:1.27" is not present with pull policy of Never';
    const reason = "ErrImageNeverPull";
    expect(node.pod("web").status.containerStatuses?.[0]?.state?.waiting).toEqual({ reason, message });
    expect(node.events("web")).toEqual([`${reason} ${message}`, `Failed Error: ${reason}`]);
  });

  it("looks again for an image that may not be pulled, and finds the one that another pod has brought", () => {
    const node = new TestNode();
    node.bind("web", { containers: [{ name: "web", image: "nginx:1.27", imagePullPolicy: "Never" }] });
    node.sim.runUntil(node.sim.now + 40_000);
    expect(node.events("web").map((event) => event.slice(-2))).toEqual(["×4", "×4"]);
    node.bind("other", { containers: [{ name: "web", image: "nginx:1.27" }] });
    node.sim.runUntil(node.sim.now + 30_000);
    expect(node.state("web")).toBe("Running");
  });

  it("pulls once a node, and says so when the image is there", () => {
    const node = new TestNode();
    node.bind("a", { containers: [{ name: "web", image: "nginx:1.27" }] });
    node.sim.runUntilIdle(60_000);
    node.bind("b", { containers: [{ name: "web", image: "nginx:1.27" }] });
    node.sim.runUntilIdle(60_000);
    expect(node.events("b")[0]).toBe(
      'Pulled Container image "nginx:1.27" already present on machine and can be accessed by the pod',
    );
  });
});
