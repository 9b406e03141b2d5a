import { expect, it } from "vitest";
import { FINISHED_EXCHANGE } from "../../base/http.ts";
import { CertificateAuthority } from "../../base/x509/certificate.ts";
import { TestMachine } from "../testing/session.ts";

const YEAR = 365 * 24 * 3600 * 1000;
const FROM = Date.UTC(2026, 0, 1);
const own = new CertificateAuthority(
  [
    ["O", "shop"],
    ["CN", "shop.example"],
  ],
  { secret: "own", notBefore: FROM - YEAR, notAfter: FROM + YEAR },
).certificate;

it("shows a server's certificate, and refuses one that it can't trust", () => {
  const box = new TestMachine({
    files: { "/ca.pem": own },
    hosts: { "shop.example": ["10.0.0.1"], other: ["10.0.0.1"] },
    send: (request, sink) => {
      if (request.url.startsWith("https:")) sink.head(200, {}, own);
      else sink.head(200, {});
      sink.data("hello\n");
      sink.end();
      return FINISHED_EXCHANGE;
    },
  });
  expect(box.run("curl https://shop.example/")).toMatchObject({
    code: 60,
    stdout: "",
    stderr: expect.stringMatching(
      /^curl: \(60\) SSL certificate problem: self-signed certificate\nMore details here: https:\/\/curl.se\/docs\/sslcerts.html\n\ncurl failed to verify/,
    ),
  });
  expect(box.run("curl -s https://shop.example/")).toMatchObject({ code: 60, stdout: "", stderr: "" });
  expect(box.run("curl -sk https://shop.example/")).toMatchObject({ code: 0, stdout: "hello\n" });
  expect(box.run("curl -s --cacert /ca.pem https://shop.example/")).toMatchObject({ code: 0, stdout: "hello\n" });
  expect(box.run("curl -sS --cacert /ca.pem https://other/").stderr).toContain(
    "curl: (60) SSL: no alternative certificate subject name matches target host name 'other'\n",
  );
  expect(box.run("curl -sS --cacert /none https://other/")).toMatchObject({
    code: 77,
    stderr: "curl: (77) error adding trust anchors from file: /none\n",
  });
  expect(box.run("curl -skv https://shop.example/ 2>&1 | grep '^\\* '").stdout).toBe(
    `* SSL connection using TLSv1.3 / names and certificates, without cryptography
* Server certificate:
*  subject: O=shop; CN=shop.example
*  start date: Jan  1 00:00:00 2025 GMT
*  expire date: Jan  1 00:00:00 2027 GMT
*  subjectAltName: host "shop.example" matched cert's "shop.example"
*  issuer: O=shop; CN=shop.example
*  SSL certificate verify result: self-signed certificate (18), continuing anyway.
* Connected to shop.example port 443
* using HTTP/1.x
* Request completely sent off
* Connection #0 to host shop.example left intact
`,
  );
  expect(box.run("curl -s http://other/")).toMatchObject({ code: 0, stdout: "hello\n" });
});
