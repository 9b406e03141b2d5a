/** Volumes as their users see them: who may have one, when files follow, and what a node can carry. */
import { expect, it } from "vitest";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();
const { test } = laptop;
const pod = (name: string, spec: object, metadata: object = {}): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, ...metadata },
  spec: { terminationGracePeriodSeconds: 0, ...spec },
});
const box = (...volumeMounts: object[]): object => ({
  name: "main",
  image: "busybox",
  command: ["sleep", "infinity"],
  volumeMounts,
});

it("files of a pod's own labels follow within a minute and a half, those of a subPath never", () => {
  const items = [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }];
  const volumes = [
    { name: "info", downwardAPI: { items } },
    { name: "conf", configMap: { name: "conf" } },
  ];
  laptop.apply(
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "conf" }, data: { word: "old" } },
    pod(
      "reads",
      {
        volumes,
        containers: [
          box(
            { name: "info", mountPath: "/info" },
            { name: "info", mountPath: "/pinned", subPath: "labels" },
            { name: "conf", mountPath: "/conf" },
            { name: "conf", mountPath: "/word", subPath: "word" },
          ),
        ],
      },
      { labels: { stage: "one" } },
    ),
  );
  laptop.wait(20);
  const read = (): string => test.exec("reads", "cat /info/labels /pinned; echo; cat /conf/word /word");
  expect(read()).toBe('stage="one"stage="one"\noldold');
  laptop.kubectl("label pod reads stage=two --overwrite");
  laptop.kubectl(`patch configmap conf -p '{"data":{"word":"new"}}'`);
  expect(read()).toBe('stage="one"stage="one"\noldold');
  laptop.wait(90);
  expect(read()).toBe('stage="two"stage="one"\nnewold');
});

it("a ReadWriteOncePod claim is one pod's, even on its node", () => {
  laptop.apply({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "alone" },
    spec: { accessModes: ["ReadWriteOncePod"], resources: { requests: { storage: "1Gi" } } },
  });
  const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "alone" } }];
  const user = (name: string): object =>
    pod(name, { volumes, containers: [box({ name: "data", mountPath: "/data" })] });
  laptop.apply(user("first"));
  laptop.wait(30);
  laptop.apply(user("second"));
  laptop.wait(5);
  expect(laptop.events("second")).toEqual([
    "Warning FailedScheduling 0/4 nodes are available: 1 node(s) had untolerated taint(s), 3 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode. no new claims to deallocate, preemption: 0/4 nodes are available: 1 Preemption is not helpful for scheduling, 3 No preemption victims found for incoming pod.",
  ]);
  laptop.kubectl("delete pod first --now");
  laptop.wait(20);
  expect(laptop.field("pod second", ".status.phase")).toBe("Running");
});

it("an image is a volume that can be read and not written", () => {
  laptop.apply(
    pod("picture", {
      volumes: [{ name: "image", image: { reference: "nginx:1.29.0", pullPolicy: "IfNotPresent" } }],
      containers: [box({ name: "image", mountPath: "/image" })],
    }),
  );
  laptop.wait(60);
  expect(test.exec("picture", "ls /image/usr/share/nginx/html; echo x > /image/x")).toMatch(
    /index\.html\n[^]*can't create \/image\/x: Read-only file system/,
  );
});

it("pods are refused that name a container twice, a class that isn't there, or a volume that isn't", () => {
  const twice = pod("twice", { containers: [box(), box()] });
  expect(laptop.apply(twice)).toBe('The Pod "twice" is invalid: spec.containers[1].name: Duplicate value: "main"');
  expect(laptop.apply(pod("classless", { runtimeClassName: "gone", containers: [box()] }))).toBe(
    'Error from server (Forbidden): error when creating "STDIN": pods "classless" is forbidden: pod rejected: RuntimeClass "gone" not found',
  );
  expect(laptop.apply(pod("loose", { containers: [box({ name: "data", mountPath: "/data" })] }))).toBe(
    'The Pod "loose" is invalid: spec.containers[0].volumeMounts[0].name: Not found: "data"',
  );
  expect(laptop.apply(pod("ranked", { priorityClassName: "gone", containers: [box()] }))).toBe(
    'Error from server (Forbidden): error when creating "STDIN": pods "ranked" is forbidden: no PriorityClass with name gone was found',
  );
});
