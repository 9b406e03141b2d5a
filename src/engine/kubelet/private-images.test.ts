import { expect, it } from "vitest";
import { secrets } from "../api/registry.ts";
import { encodeBase64 } from "../base/base64.ts";
import { setDeepFreeze } from "../base/freeze.ts";
import { worker } from "./testing/test-images.ts";
import { TestNode } from "./testing/test-node.ts";

setDeepFreeze(true);

const login = { username: "ada", password: "s3cret" };
const own = { ...worker, name: "registry.example.com/team/app", login };
const hub = { ...worker, name: "docker.io/team/app", login };

function pullSecret(node: TestNode, name: string, auths: object): void {
  node.admin.resource(secrets).create({
    metadata: { namespace: "default", name },
    type: "kubernetes.io/dockerconfigjson",
    data: { ".dockerconfigjson": encodeBase64(JSON.stringify({ auths })) },
  });
}

it("are pulled by pods whose secrets know the registry's password, and refused to all others", () => {
  const node = new TestNode({ images: [own, hub] });
  pullSecret(node, "right", { "https://registry.example.com/v1/": { auth: encodeBase64("ada:s3cret") } });
  pullSecret(node, "wrong", { "registry.example.com": { username: "ada", password: "guess" } });
  pullSecret(node, "hub", { "https://index.docker.io/v1/": login });
  const bind = (name: string, image: string, names: string[]) =>
    node.bind(name, { containers: [{ name: "app", image }], imagePullSecrets: names.map((each) => ({ name: each })) });
  const image = "registry.example.com/team/app:v1";
  bind("none", image, []);
  bind("missing", image, ["absent"]);
  bind("wrong", image, ["wrong"]);
  bind("right", image, ["wrong", "right"]);
  bind("hub-none", "team/app:v1", []);
  bind("hub-right", "docker.io/team/app:latest", ["hub"]);
  node.sim.runUntil(node.sim.now + 20_000);
  const failure = (name: string): string | undefined =>
    node
      .events(name)
      .find((event) => event.startsWith("Failed Failed to pull image"))
      ?.replace(/^.*?failed to resolve reference "[^"]*": /, "")
      .replace(/ ×\d+$/, "");
  const url = "https://registry.example.com/token?scope=repository%3Ateam%2Fapp%3Apull&service=registry.example.com";
  const denied = (kind: string): string =>
    `failed to authorize: failed to fetch ${kind} token: unexpected status from GET request to ${url}: 401 Unauthorized`;
  expect(["none", "missing", "wrong", "right", "hub-none", "hub-right"].map(failure)).toEqual([
    denied("anonymous"),
    denied("anonymous"),
    denied("oauth"),
    undefined,
    "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
    undefined,
  ]);
  expect(node.events("missing").map((event) => event.replace(/ ×\d+$/, ""))).toContain(
    "FailedToRetrieveImagePullSecret Unable to retrieve some image pull secrets (absent); attempting to pull the image may not succeed.",
  );
  expect([node.pod("right"), node.pod("hub-right")].map(({ status }) => status.phase)).toEqual(["Running", "Running"]);
  expect(node.state("wrong")).toBe("ImagePullBackOff");
});
