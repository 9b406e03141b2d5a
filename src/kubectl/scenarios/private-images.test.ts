/** Images that are somebody's own, and when an image is pulled at all. */
import { expect, it } from "vitest";
import { worker } from "../../engine/kubelet/testing/test-images.ts";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const own = {
  ...worker,
  name: "registry.example.com/team/app",
  login: { username: "ada", password: "s3cret" },
};
const IMAGE = `${own.name}:v1`;
const laptop = new ClusterLaptop({ seed: 1, images: [own] });

const pod = (name: string, image: string, more: { container?: object; secrets?: string[] } = {}): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: {
    nodeName: "worker-1",
    containers: [{ name: "main", image, ...more.container }],
    ...(more.secrets && { imagePullSecrets: more.secrets.map((secret) => ({ name: secret })) }),
  },
});
const secret = (name: string, password: string): string =>
  laptop.kubectl(
    `create secret docker-registry ${name} --docker-server=registry.example.com --docker-username=ada --docker-password=${password}`,
  );
const shown = (name: string): string | undefined => laptop.kubectl(`get pod ${name} --no-headers`).split(/\s+/)[2];
const told = (name: string): string[] =>
  laptop.events(name).map((text) => text.replace(/ in \S+ \(.*/, "").replace(`"${IMAGE}"`, "IMAGE"));
const STARTED = ["Normal Created Container created", "Normal Started Container started"];
const PULLED = ["Normal Pulling Pulling image IMAGE", "Normal Pulled Successfully pulled image IMAGE", ...STARTED];
const PRESENT = "Normal Pulled Container image IMAGE already present on machine and can be accessed by the pod";
const refused = (kind: string): string[] => [
  `Warning Failed Failed to pull image IMAGE: failed to pull and unpack image "${IMAGE}": failed to resolve reference "${IMAGE}": failed to authorize: failed to fetch ${kind} token: unexpected status from GET request to https://registry.example.com/token?scope=repository%3Ateam%2Fapp%3Apull&service=registry.example.com: 401 Unauthorized`,
  "Warning Failed Error: ErrImagePull",
  "Normal BackOff Back-off pulling image IMAGE",
  "Warning Failed Error: ImagePullBackOff",
];

it("a pod pulls with the password of its secret, and is refused without one, with a wrong one, or if it isn't there", () => {
  secret("right", "s3cret");
  secret("wrong", "guess");
  laptop.apply(
    pod("none", IMAGE),
    pod("missing", IMAGE, { secrets: ["gone"] }),
    pod("wrong", IMAGE, { secrets: ["wrong"] }),
    pod("right", IMAGE, { secrets: ["wrong", "right"] }),
  );
  laptop.wait(40);
  expect(["none", "missing", "wrong", "right"].map(shown)).toEqual([
    ...["ImagePullBackOff", "ImagePullBackOff", "ImagePullBackOff"],
    "Running",
  ]);
  const [pulling = ""] = PULLED;
  expect(told("none")).toEqual([pulling, ...refused("anonymous")]);
  expect(told("missing")).toEqual([
    pulling,
    "Warning FailedToRetrieveImagePullSecret Unable to retrieve some image pull secrets (gone); attempting to pull the image may not succeed.",
    ...refused("anonymous"),
  ]);
  expect(told("wrong")).toEqual([pulling, ...refused("oauth")]);
  expect(told("right")).toEqual(PULLED);
});

it("what is on the node by then is there for those alone who have the password, whatever their policy", () => {
  const use = (name: string, imagePullPolicy: string, secrets: string[] = []): object =>
    pod(name, IMAGE, { container: { imagePullPolicy }, secrets });
  laptop.apply(use("friend", "IfNotPresent", ["right"]), use("stranger", "IfNotPresent"));
  laptop.apply(use("sure", "Never", ["right"]), use("unsure", "Never"), use("always", "Always", ["right"]));
  laptop.wait(30);
  expect(told("friend")).toEqual([PRESENT, ...STARTED]);
  expect(told("sure")).toEqual([PRESENT, ...STARTED]);
  expect(told("always")).toEqual(PULLED);
  expect(told("stranger")).toEqual([PULLED[0], ...refused("anonymous")]);
  expect([shown("stranger"), shown("unsure")]).toEqual(["ImagePullBackOff", "ErrImageNeverPull"]);
});

it("a secret that comes later heals a pod, and an account has them for all of its pods", () => {
  secret("gone", "s3cret");
  expect(laptop.waitFor(() => shown("missing") === "Running", 320)).toBe(true);
  laptop.kubectl(`patch serviceaccount default -p '{"imagePullSecrets":[{"name":"right"}]}'`);
  laptop.apply(pod("by-account", IMAGE));
  laptop.wait(10);
  expect(laptop.field("pod by-account", ".spec.imagePullSecrets[*].name")).toBe("right");
  expect(told("by-account")).toEqual([PRESENT, ...STARTED]);
});

it("without a tag, or with latest, an image is asked for each time; with another tag or a digest only if it isn't there", () => {
  const [digest = ""] = laptop.field("pod right", ".status.containerStatuses[0].imageID").split("@").slice(-1);
  const names = ["busybox", "busybox:latest", "busybox:1.36", `${own.name}@${digest}`, `${own.name}:v1@${digest}`];
  laptop.apply(...names.map((name, index) => pod(`image-${index}`, name, { container: { command: ["sleep", "9"] } })));
  laptop.wait(15);
  const all = names.map((_, index) => `image-${index}`);
  expect(all.map((name) => laptop.field(`pod ${name}`, ".spec.containers[0].imagePullPolicy"))).toEqual([
    ...["Always", "Always"],
    ...["IfNotPresent", "IfNotPresent", "IfNotPresent"],
  ]);
  const first = (name: string): string | undefined => laptop.events(name)[0]?.split(" ")[1];
  expect(all.map(first)).toEqual(["Pulling", "Pulling", "Pulling", "Pulled", "Pulled"]);
});
