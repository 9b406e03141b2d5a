import { expect, it } from "vitest";
import { setDeepFreeze } from "../base/freeze.ts";
import { TestNode } from "../kubelet/testing/test-node.ts";

setDeepFreeze(true);

it.each([
  ["alpine", 'VERSION_ID=3.22.2\nPRETTY_NAME="Alpine Linux v3.22"'],
  ["alpine:3.20", 'VERSION_ID=3.20.7\nPRETTY_NAME="Alpine Linux v3.20"'],
  ["alpine:3.18.4", 'VERSION_ID=3.18.4\nPRETTY_NAME="Alpine Linux v3.18"'],
  ["redis:7-alpine", 'VERSION_ID=3.22.2\nPRETTY_NAME="Alpine Linux v3.22"'],
  ["debian", 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nVERSION_ID="13"'],
  ["debian:12", 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"'],
  ["debian:bullseye-slim", 'PRETTY_NAME="Debian GNU/Linux 11 (bullseye)"\nVERSION_ID="11"'],
  ["postgres:13", 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nVERSION_ID="13"'],
  ["ubuntu", 'PRETTY_NAME="Ubuntu 24.04.3 LTS"\nVERSION_ID="24.04"'],
  ["ubuntu:22.04", 'PRETTY_NAME="Ubuntu 22.04.5 LTS"\nVERSION_ID="22.04"'],
  ["ubuntu:focal", 'PRETTY_NAME="Ubuntu 20.04.6 LTS"\nVERSION_ID="20.04"'],
  ["rockylinux:9.3", 'VERSION_ID="9.3"\nPRETTY_NAME="Rocky Linux 9.3"'],
])("%s tells its distribution's release", (image, release) => {
  const node = new TestNode();
  node.bind("app", { containers: [{ name: "app", image, command: ["sleep", "3600"] }] });
  node.sim.runUntilIdle(60_000);
  expect(node.exec("app", "grep -E '^(PRETTY_NAME|VERSION_ID)=' /etc/os-release")).toBe(`${release}\n`);
});

it("apk asks the mirror of its release", () => {
  const node = new TestNode();
  node.bind("app", { containers: [{ name: "app", image: "alpine:3.19", command: ["sleep", "3600"] }] });
  node.sim.runUntilIdle(60_000);
  expect(node.exec("app", "apk update").split("\n")[0]).toBe(
    "fetch https://dl-cdn.alpinelinux.org/alpine/v3.19/main/x86_64/APKINDEX.tar.gz",
  );
});
