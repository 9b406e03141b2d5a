/** What tutorials do with busybox beyond echo and sleep. */
import { expect, it } from "vitest";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();
const run = (name: string, script: string, security: object = {}): void =>
  void laptop.apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ name: "main", image: "busybox", command: ["sh", "-c", script], securityContext: security }],
    },
  });

it("httpd serves a folder, in the foreground and behind", () => {
  const files = "mkdir -p /www/sub; echo hello > /www/index.html; echo '{}' > /www/sub/a.json";
  run("front", `${files}; exec httpd -f -p 80 -h /www`);
  run("behind", `${files}; httpd -p 8080 -h /www; tail -f /dev/null`);
  run("client", "sleep infinity");
  laptop.wait(10);
  const ip = (pod: string): string => laptop.field(`pod ${pod}`, ".status.podIP");
  const get = (url: string): string => laptop.kubectl(`exec client -- wget -qO- ${url}`);
  expect(get(`${ip("front")}/`)).toBe("hello");
  expect(get(`${ip("behind")}:8080/sub/a.json`)).toBe("{}");
  expect(get(`${ip("front")}/sub/`)).toContain("wget: server returned error: HTTP/1.1 404 Not Found");
});

it("killall ends by name, dmesg asks for a right, ifconfig and route show the pod's network", () => {
  run("may", "sleep infinity", { capabilities: { add: ["SYSLOG"] } });
  laptop.wait(10);
  const shell = (script: string, pod = "client"): string => laptop.kubectl(`exec ${pod} -- sh -c '${script}'`);
  const ip = laptop.field("pod client", ".status.podIP");
  expect(shell("dmesg")).toContain("dmesg: klogctl: Operation not permitted");
  expect(shell("dmesg", "may")).toMatch(/^\[ {4}0\.000000\] Linux version 6\.12\.48 /);
  expect(shell("sleep 99 & killall -0 sleep && echo there; killall nosuch; echo $?")).toContain("there\n1");
  expect(shell("ifconfig eth0 | head -n 2")).toMatch(
    new RegExp(`^eth0 {6}Link encap:Ethernet {2}HWaddr [0-9A-F:]{17} {2}\n {10}inet addr:${ip} {2}Bcast:`),
  );
  expect(shell("route -n | grep UG")).toMatch(/^0\.0\.0\.0 {9}10\.244\.\d\.1 {6}0\.0\.0\.0 {9}UG {4}0 {6}0 {8}0 eth0$/);
});
