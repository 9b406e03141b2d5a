/** kubectl looks at the certificate that a server shows, as Go's TLS does. */
import { expect, it } from "vitest";
import { Typist } from "./testing/typist.ts";

it("is refused an authority that the kubeconfig doesn't name, and a name that the certificate isn't for", async () => {
  const typist = await Typist.start();
  const type = async (line: string): Promise<string> => (await typist.type(line)).replaceAll("\r", "").trim();
  const failed = "Unable to connect to the server: tls: failed to verify certificate: x509: ";
  await type("kubectl config set-cluster other --server=https://172.18.0.2:6443");
  expect(await type("kubectl --cluster other get nodes")).toBe(`${failed}certificate signed by unknown authority`);
  await type("kubectl config set-cluster other --insecure-skip-tls-verify=true");
  expect(await type("kubectl --cluster other get nodes -o name | head -n 1")).toBe("node/control-plane");
  await type("echo 172.18.0.2 api.example.com | sudo tee -a /etc/hosts");
  expect(await type("kubectl --server https://api.example.com:6443 get nodes")).toBe(
    `${failed}certificate is valid for control-plane, kubernetes, kubernetes.default, kubernetes.default.svc, kubernetes.default.svc.cluster.local, not api.example.com`,
  );
  const named = "kubectl --server https://api.example.com:6443";
  expect(await type(`${named} --tls-server-name kubernetes get nodes -o name | head -n 1`)).toBe("node/control-plane");
  expect(await type(`${named} --insecure-skip-tls-verify get nodes -o name | head -n 1`)).toBe("node/control-plane");
  expect(await type(`${named} --insecure-skip-tls-verify --certificate-authority ca.crt get nodes`)).toBe(
    "error: specifying a root certificates file with the insecure flag is not allowed",
  );
  expect(await type("kubectl --certificate-authority none.crt get nodes")).toMatch(
    /^error: invalid configuration: unable to read certificate-authority none\.crt for .* due to open none\.crt: no such file or directory$/,
  );
  await type("ssh control-plane cat /etc/kubernetes/pki/ca.crt > ca.crt");
  await type("kubectl config set-cluster third --server=https://172.18.0.2:6443");
  expect(await type("kubectl --cluster third --certificate-authority ca.crt get nodes -o name | head -n 1")).toBe(
    "node/control-plane",
  );
  await type("ssh control-plane sudo rm /etc/kubernetes/pki/apiserver.crt /etc/kubernetes/pki/apiserver.key");
  await type("ssh control-plane sudo kubeadm init phase certs apiserver --apiserver-cert-extra-sans api.example.com");
  expect(await type("kubectl --server https://api.example.com:6443 get nodes -o name | head -n 1")).toBe(
    "node/control-plane",
  );
});
