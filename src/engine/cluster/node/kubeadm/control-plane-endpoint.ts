/**
 * `--control-plane-endpoint` and `controlPlaneEndpoint`: the name or address at which several control planes are found as
 * one. Upstream: cmd/kubeadm/app/util/endpoint.go, apis/kubeadm/validation.
 *
 * **Simplified:** its port is that of the API servers.
 */
import { KubeadmError } from "./subcommand.ts";

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** `api.example.com:6443`; "" for "". */
export function readEndpoint(text: string, port: number): string {
  if (text === "") return "";
  const invalid = (why: string): KubeadmError =>
    new KubeadmError(`controlPlaneEndpoint: Invalid value: ${JSON.stringify(text)}: ${why}`, 3);
  const [, host = "", given] = /^(.*?)(?::([^:]*))?$/.exec(text) ?? [];
  const number = Number(given ?? port);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) {
    throw invalid(`port ${given ?? ""} must be a valid number between 1 and 65535, inclusive`);
  }
  if (!NAME.test(host)) {
    throw invalid(`host '${host}' must be a valid IP address or a valid RFC-1123 DNS subdomain`);
  }
  if (number !== port)
    throw new KubeadmError(`controlPlaneEndpoint=${text} is not simulated: its port is ${port} here`);
  return `${host}:${port}`;
}

/** Without its port. */
export function endpointHost(endpoint: string): string {
  return endpoint.replace(/:\d+$/, "");
}
