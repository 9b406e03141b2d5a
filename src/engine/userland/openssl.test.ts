import { expect, it } from "vitest";
import { apr1 } from "../base/apr1.ts";
import type { ProgramContext } from "../base/program.ts";
import { MemoryFileSystem } from "../runtime/memory-file-system.ts";
import { openssl } from "./openssl.ts";
import { CertificateAuthority } from "../base/x509/certificate.ts";
import { FINISHED_EXCHANGE } from "../base/http.ts";
import { TestMachine } from "./testing/session.ts";

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

it("tells what a request asks for, and makes a password for basic authentication", () => {
  const [, text, subject] = run(
    "req -new -newkey rsa:2048 -nodes -keyout a.key -out a.csr -subj /O=devs/CN=jane",
    "req -in a.csr -noout -text",
    "req -in a.csr -subject",
  );
  expect(text).toBe(
    `0 Certificate Request:
    Data:
        Version: 1 (0x0)
        Subject: O = devs, CN = jane
        Subject Public Key Info:
            Public Key Algorithm: rsaEncryption
                Public-Key: (2048 bit)
        Attributes:
            (none)
    Signature Algorithm: sha256WithRSAEncryption
`,
  );
  expect(subject).toMatch(/^0 subject=O = devs, CN = jane\n-----BEGIN CERTIFICATE REQUEST-----\n/);
  expect(run("passwd -apr1 -salt H6uskkkW bar", "passwd bar")).toEqual([
    `0 ${apr1("bar", "H6uskkkW")}\n`,
    "1 passwd: of its algorithms -apr1 is simulated\n",
  ]);
});

it("signs by itself and for others", () => {
  expect(
    run(
      "req -x509 -nodes -days 365 -newkey rsa:2048 -keyout tls.key -out tls.crt -subj /CN=shop.example/O=shop -addext subjectAltName=DNS:shop.example,IP:10.0.0.1",
      "x509 -in tls.crt -noout -subject -issuer -dates",
      "x509 -in tls.crt -noout -text",
      "req -new -newkey rsa:2048 -nodes -keyout client.key -out client.csr -subj /CN=client",
      "x509 -req -sha256 -days 30 -in client.csr -CA tls.crt -CAkey tls.key -CAcreateserial -out client.crt",
      "x509 -in client.crt -noout -enddate -issuer -subject",
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
    "0 notAfter=Jan 31 00:00:00 2026 GMT\nissuer=CN = shop.example, O = shop\nsubject=CN = client\n",
    "1 CA certificate and CA private key do not match\n",
  ]);
});

it("makes keys of the size that is asked for", () => {
  const lines = run("genrsa 2048", "genrsa 4096", "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:4096").map(
    (text) => text.split("\n").length,
  );
  expect([lines[0], lines[1] === lines[2], (lines[1] ?? 0) > 1.8 * (lines[0] ?? 0)]).toEqual([29, true, true]);
});

it("says what it can't do", () => {
  expect(
    run(
      "genrsa 512",
      "ocsp",
      "req -new -key none.key -subj /CN=a",
      "x509 -in none.crt",
      "req -new -sideways",
      "genpkey -algorithm ED25519",
    ),
  ).toEqual([
    "1 512 bits: keys of 1024, 2048, 3072, 4096 bits are simulated\n",
    `1 Invalid command 'ocsp'; type "help" for a list.\n`,
    "1 Could not open file or uri for loading private key from none.key: No such file or directory\n",
    "1 Could not open file or uri for loading certificate from none.crt: No such file or directory\n",
    "1 req: Unknown option or cipher: sideways\nreq: Use -help for summary.\n",
    "1 genpkey: Error initializing ED25519 context\n",
  ]);
});

it("s_client tells which certificate a server shows, and whether it can be trusted", () => {
  const terms = { notBefore: Date.UTC(2025, 0, 1), notAfter: Date.UTC(2027, 0, 1) };
  const own = new CertificateAuthority([["CN", "shop.example"]], { secret: "own", ...terms }).certificate;
  const box = new TestMachine({
    files: { "/ca.pem": own },
    programs: { openssl },
    send(request, sink) {
      if (request.url.includes(":81/")) sink.fail("ECONNREFUSED", request.url);
      else sink.head(200, {}, request.url.includes(":80/") ? undefined : own);
      sink.end();
      return FINISHED_EXCHANGE;
    },
  });
  const shop = "openssl s_client -connect shop.example:443 -servername shop.example";
  expect(box.run(`echo | ${shop}`)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`subject=CN = shop.example\nissuer=CN = shop.example\n---\n`),
    stderr: "depth=0 CN = shop.example\nverify error:num=18:self-signed certificate\nverify return:1\n",
  });
  expect(box.run(`${shop} -CAfile /ca.pem 2>&1 | grep -i '^verif'`).stdout).toBe(
    "verify return:1\nVerification: OK\nVerify return code: 0 (ok)\n",
  );
  expect(box.run(`${shop} 2>/dev/null | openssl x509 -noout -enddate`).stdout).toBe(
    "notAfter=Jan  1 00:00:00 2027 GMT\n",
  );
  expect(box.run("openssl s_client -connect shop.example:81")).toMatchObject({
    code: 1,
    stderr: "Connection refused\nconnect:errno=111\n",
  });
  expect(box.run("openssl s_client shop.example:80").stdout).toContain("no peer certificate available");
});
