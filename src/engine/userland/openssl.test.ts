import { expect, it } from "vitest";
import type { ProgramContext } from "../base/program.ts";
import { MemoryFileSystem } from "../runtime/memory-file-system.ts";
import { openssl } from "./openssl.ts";

/** Runs lines one after the other on one disk; each gives its exit status and output. */
function run(...lines: string[]): string[] {
  const fs = new MemoryFileSystem();
  fs.mkdir("/home");
  let drawn = 0;
  const ctx = {
    cwd: "/home",
    fs,
    now: () => Date.UTC(2026, 0, 1),
    random: (bound: number) => ++drawn % bound,
  } as unknown as ProgramContext;
  return lines.map((line) => {
    let output = "";
    const program = openssl(ctx, ["openssl", ...line.split(" ").filter((word) => word !== "")]);
    let step = program.next();
    while (step.done !== true) {
      const { call } = step.value;
      if (call === "write") output += step.value.data;
      step = program.next(call === "write" ? step.value.data.length : "");
    }
    return `${step.value} ${output}`;
  });
}

it("makes a key and a request that names its subject", () => {
  expect(
    run(
      "genrsa -out a.key 2048",
      "req -new -key a.key -out a.csr -subj /O=devs/CN=jane",
      "req -in a.csr -noout -subject",
      "req -newkey rsa:2048 -nodes -keyout b.key -out b.csr -subj /CN=joe",
      "req -in b.csr -noout -subject",
    ),
  ).toEqual(["0 ", "0 ", "0 subject=O = devs, CN = jane\n", "0 ", "0 subject=CN = joe\n"]);
});

it("signs by itself and for others", () => {
  expect(
    run(
      "req -x509 -nodes -days 365 -newkey rsa:2048 -keyout tls.key -out tls.crt -subj /CN=shop.example/O=shop -addext subjectAltName=DNS:shop.example,IP:10.0.0.1",
      "x509 -in tls.crt -noout -subject -issuer -dates",
      "x509 -in tls.crt -noout -text",
      "req -new -newkey rsa:2048 -nodes -keyout client.key -out client.csr -subj /CN=client",
      "x509 -req -sha256 -days 30 -in client.csr -CA tls.crt -CAkey tls.key -CAcreateserial -out client.crt",
      "x509 -in client.crt -noout -subject -issuer -enddate",
      "x509 -req -in client.csr -CA tls.crt -CAkey client.key",
    ),
  ).toEqual([
    "0 ",
    "0 subject=CN = shop.example, O = shop\nissuer=CN = shop.example, O = shop\nnotBefore=Jan  1 00:00:00 2026 GMT\nnotAfter=Jan  1 00:00:00 2027 GMT\n",
    expect.stringMatching(
      /Subject: CN = shop.example, O = shop\n {8}X509v3 extensions:\n {12}X509v3 Subject Alternative Name: \n {16}DNS:shop.example, IP Address:10.0.0.1\n$/,
    ),
    "0 ",
    "0 Certificate request self-signature ok\nsubject=CN = client\n",
    "0 subject=CN = client\nissuer=CN = shop.example, O = shop\nnotAfter=Jan 31 00:00:00 2026 GMT\n",
    "1 CA certificate and CA private key do not match\n",
  ]);
});

it("says what it can't do", () => {
  expect(
    run(
      "genrsa 4096",
      "s_client",
      "req -new -key none.key -subj /CN=a",
      "x509 -in none.crt",
      "req -new -sideways",
      "genpkey -algorithm ED25519",
    ),
  ).toEqual([
    "1 4096 bits: keys of 2048 bits alone are simulated\n",
    `1 Invalid command 's_client'; type "help" for a list.\n`,
    "1 Could not open file or uri for loading private key from none.key: No such file or directory\n",
    "1 Could not open file or uri for loading certificate from none.crt: No such file or directory\n",
    "1 req: Unknown option or cipher: sideways\nreq: Use -help for summary.\n",
    "1 genpkey: Error initializing ED25519 context\n",
  ]);
});
