import { expect, it } from "vitest";
import { setDeepFreeze } from "../../base/freeze.ts";
import { TestNode } from "../../kubelet/testing/test-node.ts";

setDeepFreeze(true);

const node = new TestNode();
const at = (name: string): string => node.pod(name).status.podIP ?? "";
const log = (name: string): string[] =>
  (node.kubelet.worker("default", name)?.slots[0]?.current?.log.since(0) ?? []).map(({ text }) => text);
const env = [
  { name: "MINIO_ROOT_USER", value: "harbour" },
  { name: "MINIO_ROOT_PASSWORD", value: "lighthouse" },
];
const server = (name: string, args: string[], more: object = {}): void =>
  void node.bind(name, {
    containers: [{ name: "minio", image: "minio/minio", args, ...more }],
    restartPolicy: "Never",
  });
server("store", ["server", "/data", "--console-address", ":9090"], { env });
server("short", ["server", "/data"], { env: [{ name: "MINIO_ROOT_PASSWORD", value: "short" }] });
server("mistyped", ["server", "/data", "--adress=:1"]);
server("usual", ["server", "/data"]);
node.bind("client", { containers: [{ name: "mc", image: "minio/mc", command: ["sleep", "infinity"] }] });
node.sim.runUntil(node.sim.now + 30_000);
const say = (line: string): string => node.exec("client", line);

it("mc makes buckets, and puts, lists, reads and removes objects, which are files in the server's folder", () => {
  const url = `http://${at("store")}:9000`;
  expect(say(`mc alias set s ${url} harbour lighthouse; mc mb s/logs; mc mb s/logs`)).toBe(
    "Added `s` successfully.\nBucket created successfully `s/logs`.\nmc: <ERROR> Unable to make bucket `s/logs`. Your previous request to create the named bucket succeeded and you already own it.\n",
  );
  expect(
    say("echo hi > /tmp/a.txt; mc cp /tmp/a.txt s/logs/2026/; mc cat s/logs/2026/a.txt; echo x | mc pipe s/logs/b"),
  ).toBe("`/tmp/a.txt` -> `s/logs/2026/a.txt`\nhi\n2B / ? ┃ 100%\n");
  const shown = (line: string): string[] =>
    say(line)
      .split("\n")
      .map((each) => each.replace(/^\[.*?\] +/, ""));
  expect(shown("mc ls s; mc ls s/logs; mc ls -r s/logs; mc ls s/logs/2026/")).toEqual([
    "0B logs/",
    "0B 2026/",
    "2B STANDARD b",
    "3B STANDARD 2026/a.txt",
    "2B STANDARD b",
    "3B STANDARD a.txt",
    "",
  ]);
  expect(node.exec("store", "cat /data/logs/2026/a.txt; mc ready x 2>&1 | head -c 22")).toBe(
    "hi\nmc: <ERROR> Unable to ",
  );
  expect(say("mc cp s/logs/b /tmp/got; cat /tmp/got; mc rb s/logs; mc rm s/logs/none; mc rm s/logs/b")).toBe(
    "`s/logs/b` -> `/tmp/got`\nx\nmc: <ERROR> Unable to remove `s/logs`. The bucket you tried to delete is not empty.\nmc: <ERROR> Unable to remove `s/logs/none`. Object does not exist.\nRemoved `s/logs/b`.\n",
  );
  expect(say("mc anonymous get s/logs; mc anonymous set download s/logs")).toBe(
    "Access permission for `s/logs` is `private`\nAccess permission for `s/logs` is set to `download`\n",
  );
  expect(
    say(`curl -s ${url}/logs/2026/a.txt; curl -s -o /dev/null -w '%{http_code} ' ${url}/logs/ -X PUT ${url}/logs/x`),
  ).toMatch(/^hi\n403 /);
  expect(say("mc rb --force s/logs; mc ls s; mc nonsense")).toBe(
    "Removed `s/logs` successfully.\nmc: <ERROR> `nonsense` is not a recognized command. Get help using `--help` flag.\n",
  );
});

it("mc refuses a flag that a command doesn't have, and one that would have no effect", () => {
  const url = `http://${at("store")}:9000`;
  expect(say("mc ls --json s; mc ls --force s; mc mb -p -r s/x; mc alias set --api S3v2 s a b c")).toBe(
    [
      "`--json` is not simulated in this playground",
      "Incorrect Usage: flag provided but not defined: -force",
      "Incorrect Usage: flag provided but not defined: -recursive",
      "`--api S3v2` is not simulated in this playground",
    ]
      .map((text) => `mc: <ERROR> ${text}.\n`)
      .join(""),
  );
  expect(say(`mc --quiet alias set --api S3v4 s ${url} harbour lighthouse --path=auto`)).toBe(
    "Added `s` successfully.\n",
  );
});

it("what S3 has and this server has not is refused by its name, and folders and policies go with what they were for", () => {
  const url = `http://${at("store")}:9000`;
  say(`mc alias set s ${url} harbour lighthouse; mc mb s/open; mc anonymous set public s/open`);
  const answers = (words: string): string =>
    /<Code>(\w+)<\/Code><Message>([^<]*)/
      .exec(say(`curl -s ${words}`))
      ?.slice(1)
      .join(": ") ?? "none";
  expect(
    [
      `-X PUT -d x ${url}/open/a?tagging`,
      `-X PUT -d x -H 'x-amz-copy-source: /open/b' ${url}/open/a`,
      `'${url}/open/a?versionId=1'`,
      `'${url}/open/..%2F..%2F..%2Fetc%2Fpasswd'`,
    ].map(answers),
  ).toEqual([
    "NotImplemented: Drydock: tagging is not implemented in this playground",
    "NotImplemented: Drydock: x-amz-copy-source is not implemented in this playground",
    "NotImplemented: Drydock: versionId is not implemented in this playground",
    'XMinioInvalidResourceName: Resource name contains bad components such as ".." or ".".',
  ]);
  expect(answers(`-X PUT -d x ${url}/open/a; curl -s -X PUT -d x ${url}/open/a/b`)).toMatch(/^XMinioParentIsObject/);
  expect(answers(`-X DELETE ${url}/open/a; curl -s -X PUT -d x ${url}/open/a/b/c; curl -s ${url}/open/a`)).toMatch(
    /^NoSuchKey/,
  );
  expect(answers(`-X DELETE ${url}/open/a/b/c; curl -s -X PUT -d x ${url}/open/a`)).toBe("none");
  say("mc rm s/open/a; mc rb s/open; mc mb s/open");
  expect(say("mc anonymous get s/open")).toBe("Access permission for `s/open` is `private`\n");
});

it("who shows no key or a wrong one is refused", () => {
  const url = `http://${at("store")}:9000`;
  expect(say(`curl -s -w ' %{http_code}' ${url}/`)).toMatch(/<Code>AccessDenied<\/Code>.* 403$/s);
  expect(
    say(
      `mc alias set t ${url} harbour wrong; mc alias set t ${url} nobody lighthouse; mc alias set t http://127.0.0.1:1 a b`,
    ),
  ).toBe(
    [
      "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
      "The Access Key Id you provided does not exist in our records.",
      'Get "http://127.0.0.1:1/": dial tcp 127.0.0.1:1: connect: connection refused.',
    ]
      .map((text) => `mc: <ERROR> Unable to initialize new alias from the provided credentials. ${text}\n`)
      .join(""),
  );
  expect(say(`curl -s -w '%{http_code}' ${url}/minio/health/live`)).toBe("200");
  expect(say(`curl -s ${at("store")}:9090 | grep -c '<title>MinIO Console'`)).toBe("1\n");
});

it("a server ends on credentials that are too short and on flags that it doesn't have, and warns of what it takes itself", () => {
  const code = (name: string) => node.pod(name).status.containerStatuses?.[0]?.state?.terminated?.exitCode;
  expect([code("short"), code("mistyped")]).toEqual([1, 1]);
  expect(log("short")[0]).toMatch(/^FATAL Unable to validate credentials/);
  expect(log("mistyped")[0]).toMatch(/^Incorrect Usage: flag provided but not defined: -adress/);
  expect(log("usual").map((line) => line.replace(/\d[\d.]*/g, "N"))).toEqual([
    'WARNING: Console endpoint is listening on a dynamic port (N), please use --console-address ":PORT" to choose a static port.',
    "MinIO Object Storage Server",
    "API: http://N:N  http://N:N ",
    "WebUI: http://N:N http://N:N ",
    expect.stringMatching(/^WARN: Detected default credentials 'minioadmin:minioadmin'/),
  ]);
});

it("of several servers each has what one was told, and writes need more than half of them", () => {
  const set = [0, 1, 2].map((number) => `minio-${number}`);
  for (const name of set)
    node.bind(name, {
      hostname: name,
      containers: [
        { name: "minio", image: "minio/minio", args: ["server", ...set.map((each) => `http://${each}/data`)], env },
      ],
      hostAliases: set.map((each, number) => ({ ip: `10.244.1.${20 + number}`, hostnames: [each] })),
    });
  node.sim.runUntil(node.sim.now + 10_000);
  // Nobody has these addresses: each is alone.
  say(`mc alias set d http://${at("minio-0")}:9000 harbour lighthouse`);
  expect(say("mc mb d/logs")).toMatch(/Resource requested is unwritable/);
});
