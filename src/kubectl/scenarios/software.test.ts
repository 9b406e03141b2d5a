/** Software that is put into a running container, by the package manager of its distribution. */
import { expect, it } from "vitest";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();
const pod = (name: string, image: string, spec: object = {}): object => ({
  ...{ apiVersion: "v1", kind: "Pod", metadata: { name, labels: { app: name } } },
  spec: {
    containers: [{ name: "main", image, command: ["sh", "-c", "trap exit TERM; sleep infinity & wait"], ...spec }],
    terminationGracePeriodSeconds: 0,
  },
});
laptop.apply(
  pod("debian", "debian"),
  pod("alpine", "alpine"),
  pod("plain", "debian", { securityContext: { runAsUser: 1000 } }),
  pod("sealed", "alpine", { securityContext: { readOnlyRootFilesystem: true } }),
);
laptop.kubectl("wait pod --all --for=condition=Ready");
const inside = (name: string, script: string): string => laptop.run(`kubectl exec ${name} -- sh -c '${script}'`).stdout;
const both = (name: string, script: string): string => inside(name, `exec 2>&1; ${script}; echo "= $?"`);

it("apt-get finds a package once it has updated its lists, and then its programs are there, until the container is another one", () => {
  expect(both("debian", "ss -lnt")).toBe("sh: 1: ss: not found\n= 127\n");
  const reading =
    "Reading package lists... Done\nBuilding dependency tree... Done\nReading state information... Done\n";
  expect(both("debian", "apt-get install -y iproute2")).toBe(`${reading}E: Unable to locate package iproute2\n= 100\n`);
  expect(both("debian", "apt-get update")).toBe(`\
Get:1 http://deb.debian.org/debian trixie InRelease [140 kB]
Get:2 http://deb.debian.org/debian trixie-updates InRelease [48 kB]
Get:3 http://deb.debian.org/debian-security trixie-security InRelease [48 kB]
Get:4 http://deb.debian.org/debian trixie/main amd64 Packages [9670 kB]
Get:5 http://deb.debian.org/debian trixie-updates/main amd64 Packages [5 kB]
Get:6 http://deb.debian.org/debian-security trixie-security/main amd64 Packages [71 kB]
Fetched 9746 kB in 1s (9746 kB/s)
Reading package lists... Done
= 0
`);
  expect(both("debian", "apt-get install -y --no-install-recommends iproute2")).toBe(`\
${reading}The following NEW packages will be installed:
  iproute2
0 upgraded, 1 newly installed, 0 to remove and 0 not upgraded.
Need to get 1090 kB of archives.
After this operation, 2180 kB of additional disk space will be used.
Get:1 http://deb.debian.org/debian trixie/main amd64 iproute2 amd64 6.15.0-1 [1090 kB]
Fetched 1090 kB in 0s (1090 kB/s)
debconf: delaying package configuration, since apt-utils is not installed
Selecting previously unselected package iproute2.
(Reading database ... 6085 files and directories currently installed.)
Preparing to unpack .../iproute2_6.15.0-1_amd64.deb ...
Unpacking iproute2 (6.15.0-1) ...
Setting up iproute2 (6.15.0-1) ...
= 0
`);
  expect(inside("debian", "which ss; ss -lntH; ip route | head -n 1")).toBe(
    "/usr/bin/ss\ndefault via 10.244.1.1 dev eth0 \n",
  );
  expect(inside("debian", "apt-get install -y iproute2 | tail -n 2")).toBe(
    "iproute2 is already the newest version (6.15.0-1).\n0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n",
  );
  expect(
    inside(
      "debian",
      "echo n | apt-get install openssl | tail -n 1; apt-get -qqy install openssl >/dev/null && openssl version",
    ),
  ).toBe("Do you want to continue? [Y/n] Abort.\nOpenSSL 3.5.4 (simulated)\n");
  expect(both("debian", "apt-get purge -qqy iproute2; ss")).toBe(
    "Removing iproute2 (6.15.0-1) ...\nsh: 1: ss: not found\n= 127\n",
  );
  inside("debian", "kill 1");
  laptop.wait(5);
  expect(both("debian", "openssl version")).toBe("sh: 1: openssl: not found\n= 127\n");
});

it("apk adds and deletes packages, and tells which it can't find", () => {
  expect(both("alpine", "apk add --no-cache bind-tools bash")).toBe(`\
fetch https://dl-cdn.alpinelinux.org/alpine/v3.22/main/x86_64/APKINDEX.tar.gz
fetch https://dl-cdn.alpinelinux.org/alpine/v3.22/community/x86_64/APKINDEX.tar.gz
(1/2) Installing bind-tools (9.20.15-r0)
(2/2) Installing bash (5.2.37-r0)
Executing busybox-1.37.0-r19.trigger
OK: 9 MiB in 18 packages
= 0
`);
  expect(inside("alpine", 'dig +short kubernetes.default.svc.cluster.local; bash -c "echo {1..3}"')).toBe(
    "10.96.0.1\n1 2 3\n",
  );
  expect(both("alpine", "apk del bash; bash")).toBe(
    "(1/1) Purging bash (5.2.37-r0)\nOK: 8 MiB in 17 packages\nsh: bash: not found\n= 127\n",
  );
  inside("alpine", "apk add --virtual .tools wrk siege");
  expect(both("alpine", "which wrk; apk del -q .tools; which wrk")).toBe("/usr/bin/wrk\n= 1\n");
  expect(both("alpine", "apk add --simulate curl")).toBe("apk: option --simulate is not simulated here\n= 1\n");
  expect(both("debian", "apt-get install -y --dry-run curl")).toBe(
    "E: Command line option --dry-run is not simulated\n= 100\n",
  );
  expect(both("alpine", "apk add -q nonesuch 2>&1 | grep -v Drydock")).toContain(
    "ERROR: unable to select packages:\n  nonesuch (no such package):\n    required by: world[nonesuch]\n",
  );
});

it("an init container clones what a web server then shows", () => {
  const www = { volumeMounts: [{ name: "www", mountPath: "/www" }] };
  const clone = "apk add -q git && git clone https://github.com/octocat/Spoon-Knife /www";
  laptop.apply({
    ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "site" } },
    spec: {
      volumes: [{ name: "www", emptyDir: {} }],
      initContainers: [{ name: "git", image: "alpine", command: ["sh", "-c", clone], ...www }],
      containers: [
        { name: "web", image: "nginx", volumeMounts: [{ name: "www", mountPath: "/usr/share/nginx/html" }] },
      ],
    },
  });
  laptop.kubectl("wait pod site --for=condition=Ready");
  expect(inside("site -c web", "curl -s localhost")).toContain("<h1>octocat/Spoon-Knife</h1>");
  expect(laptop.kubectl("logs site -c git")).toBe("Cloning into '/www'...");
  const clones = (words: string): string => both("alpine", `git clone ${words} | grep -v ^Cloning`);
  inside("alpine", "apk add git; git clone -q https://github.com/a/b.git /tmp/there");
  expect(inside("alpine", "ls -A /tmp/there; cat /tmp/there/.git/HEAD")).toBe(
    ".git\nREADME.md\nindex.html\nref: refs/heads/main\n",
  );
  expect(clones("https://github.com/a/b.git /tmp/there")).toContain(
    "fatal: destination path '/tmp/there' already exists and is not an empty directory.\n",
  );
  expect(clones("-b old https://github.com/a/c")).toContain("fatal: Remote branch old not found in upstream origin\n");
  expect(clones("https://example.org/a")).toContain(
    "fatal: https://example.org/a/info/refs not valid: is this a git repository?\n",
  );
  expect(clones("--mirror https://github.com/a/b")).toBe(
    "git: Drydock: option --mirror of clone is not simulated\n= 1\n",
  );
  expect(clones("git://github.com/a/b")).toContain(
    "fatal: unable to connect to github.com:\ngithub.com[0: 140.82.121.4]: errno=Connection refused\n",
  );
  expect(clones("https://nowhere.example/a")).toContain(
    "fatal: unable to access 'https://nowhere.example/a/': Could not resolve host: nowhere.example\n",
  );
});

it("who isn't root installs nothing, and nothing is installed where nobody can write", () => {
  expect(both("plain", "apt-get update")).toBe(
    "Reading package lists... Done\nE: List directory /var/lib/apt/lists/partial is missing. - Acquire (13: Permission denied)\n= 100\n",
  );
  expect(both("plain", "apt-get install -y curl")).toContain(
    "E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?\n= 100\n",
  );
  expect(both("sealed", "apk add curl")).toBe(
    "ERROR: Unable to lock database: Read-only file system\nERROR: Failed to open apk database: Read-only file system\n= 99\n",
  );
});

it("a pod that may talk to nobody reaches no mirror, and one that may only resolve names gets no connection", () => {
  const policy = (name: string, app: string, egress: object[]): object => ({
    ...{ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name } },
    spec: { podSelector: { matchLabels: { app } }, policyTypes: ["Egress"], egress },
  });
  laptop.apply(
    policy("nothing", "alpine", []),
    policy("names", "debian", [{ ports: [{ port: 53, protocol: "UDP" }] }]),
  );
  laptop.wait(2);
  expect(both("alpine", "apk update")).toBe(`\
fetch https://dl-cdn.alpinelinux.org/alpine/v3.22/main/x86_64/APKINDEX.tar.gz
WARNING: fetching https://dl-cdn.alpinelinux.org/alpine/v3.22/main: DNS: transient error (try again later)
fetch https://dl-cdn.alpinelinux.org/alpine/v3.22/community/x86_64/APKINDEX.tar.gz
WARNING: fetching https://dl-cdn.alpinelinux.org/alpine/v3.22/community: DNS: transient error (try again later)
2 unavailable, 0 stale; 0 distinct packages available
= 2
`);
  expect(both("debian", "apt-get update | head -n 3")).toBe(`\
Ign:1 http://deb.debian.org/debian trixie InRelease
Err:1 http://deb.debian.org/debian trixie InRelease
  Could not connect to deb.debian.org:80, connection timed out
= 0
`);
});
