import { expect, it } from "vitest";
import { apr1 } from "../base/apr1.ts";
import type { ProgramContext } from "../base/program.ts";
import { MemoryFileSystem } from "../runtime/memory-file-system.ts";
import { openssl } from "./openssl.ts";
import { CertificateAuthority } from "../base/x509/certificate.ts";
import { newPrivateKey, publicKeyOf } from "../base/x509/keys.ts";
import { FINISHED_EXCHANGE } from "../base/http.ts";
import { TestMachine } from "./testing/session.ts";

/** Runs lines one after the other on one disk; each gives its exit status and output. */
function run(...lines: string[]): string[] {
  return runOn({}, ...lines);
}

function runOn(files: Readonly<Record<string, string>>, ...lines: string[]): string[] {
  const fs = new MemoryFileSystem();
  fs.mkdir("/home");
  for (const [path, text] of Object.entries(files)) fs.writeFile(path, text);
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
      /Subject: CN = shop.example, O = shop\n[^]* {12}X509v3 Subject Alternative Name: \n {16}DNS:shop.example, IP Address:10.0.0.1\n/,
    ),
    "0 ",
    "0 Certificate request self-signature ok\nsubject=CN = client\n",
    "0 notAfter=Jan 31 00:00:00 2026 GMT\nissuer=CN = shop.example, O = shop\nsubject=CN = client\n",
    "1 CA certificate and CA private key do not match\n",
  ]);
});

it("shows a certificate as the real one does, which was asked about this very file", () => {
  const terms = { notBefore: Date.UTC(2026, 0, 1), notAfter: Date.UTC(2027, 0, 1) };
  const authority = new CertificateAuthority([["CN", "kubernetes"]], { secret: newPrivateKey("ca", 1024), ...terms });
  const web = {
    subject: [
      ["O", "dev"],
      ["CN", "web"],
    ],
    publicKey: publicKeyOf(newPrivateKey("web", 1024)) ?? [],
    alternativeNames: ["DNS:web", "IP:10.0.0.1"],
  } as const;
  const pem = authority.issue(web, { ...terms, purposes: ["serverAuth", "clientAuth"] });
  const on = (options: string): string =>
    runOn({ "/home/web.crt": pem }, `x509 -in web.crt -noout ${options}`)[0] ?? "";
  expect(on("-text")).toBe(`0 ${REAL_TEXT}`);
  expect(on("-serial -ext keyUsage,basicConstraints")).toBe(
    "0 serial=5C2A3522FBA94CE1\nX509v3 Key Usage: critical\n    Digital Signature, Key Encipherment\nX509v3 Basic Constraints: critical\n    CA:FALSE\n",
  );
  expect([on("-checkend 31535999"), on("-checkend 31536000")]).toEqual([
    "0 Certificate will not expire\n",
    "1 Certificate will expire\n",
  ]);
});

const REAL_TEXT = `Certificate:
    Data:
        Version: 3 (0x2)
        Serial Number: 6641179024878554337 (0x5c2a3522fba94ce1)
        Signature Algorithm: sha256WithRSAEncryption
        Issuer: CN = kubernetes
        Validity
            Not Before: Jan  1 00:00:00 2026 GMT
            Not After : Jan  1 00:00:00 2027 GMT
        Subject: O = dev, CN = web
        Subject Public Key Info:
            Public Key Algorithm: rsaEncryption
                Public-Key: (1024 bit)
                Modulus:
                    00:c3:74:db:37:12:ac:0b:7d:03:da:08:f9:81:62:
                    f0:dc:6c:1f:19:7e:ac:23:78:9b:d0:8b:4e:5e:82:
                    01:e6:2e:49:9e:21:74:83:16:de:70:19:8b:b8:b9:
                    3a:67:f9:0f:f0:61:a5:ab:29:1e:13:41:86:cf:4b:
                    f5:e4:33:bb:af:d5:ad:72:d3:ad:22:10:23:5a:05:
                    e4:ee:d6:e5:fc:c9:a1:db:f0:63:72:e9:cd:ff:4f:
                    c9:85:d2:ec:20:c7:83:9e:f4:1a:d0:13:de:e3:c2:
                    e5:7a:d4:ec:0b:3b:82:90:4e:0b:c6:63:bb:c8:5a:
                    08:72:18:43:28:80:9d:a5:2f
                Exponent: 65537 (0x10001)
        X509v3 extensions:
            X509v3 Key Usage: critical
                Digital Signature, Key Encipherment
            X509v3 Extended Key Usage: 
                TLS Web Server Authentication, TLS Web Client Authentication
            X509v3 Basic Constraints: critical
                CA:FALSE
            X509v3 Authority Key Identifier: 
                7B:95:B0:D2:AA:22:92:F0:A9:78:6C:8C:D9:81:AF:6C:6B:13:59:1C
            X509v3 Subject Alternative Name: 
                DNS:web, IP Address:10.0.0.1
    Signature Algorithm: sha256WithRSAEncryption
    Signature Value:
        e0:d1:b7:e1:6a:fa:d4:3d:1d:d4:2e:79:8f:eb:65:02:b6:f5:
        8e:28:55:10:7f:22:48:82:35:2f:1f:77:89:49:a4:57:7e:f7:
        fa:fb:75:c0:80:e4:05:4b:c7:b4:e9:01:d9:80:71:3e:f8:e4:
        e6:67:f6:89:f2:dd:01:7b:9b:91:b0:8f:34:26:66:0f:65:4d:
        93:f9:cb:f1:f5:d9:66:ed:fb:c7:31:70:65:9c:d8:55:8f:75:
        8b:ca:b8:a8:08:4b:70:70:d2:1c:fc:a2:6b:30:c3:e9:43:5b:
        03:4a:17:47:ba:b9:84:8f:5f:00:30:ba:da:68:74:52:e6:f4:
        de:e2:93:c2:e7:b9:5a:bf:60:3c:be:0d:9c:b9:51:dc:c9:27:
        a4:49:36:34:37:f4:2e:da:84:eb:15:6b:56:58:b7:66:67:86:
        13:8c:8b:b2:75:e0:24:48:56:52:dc:40:20:6b:8d:46:f0:7d:
        da:6a:01:ab:5f:a5:e2:50:03:aa:29:d4:78:32:d2:b9:cb:5f:
        70:01:7d:c1:bb:40:74:f9:62:61:e1:29:73:9b:2c:0e:94:12:
        1c:c8:4c:d4:93:56:c1:09:28:00:93:70:b0:a7:c9:97:8c:fb:
        55:02:51:36:78:ad:2b:1e:d9:48:27:e3:56:8e:78:7d:56:9a:
        b6:9c:b1:c2
`;

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
