/** `kubectl describe endpoints | endpointslice`. Upstream: kubectl pkg/describe/describe.go. */
import type { EndpointAddress, Endpoints, EndpointSlice } from "../../engine/api/generated/types.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import type { Invocation } from "../invocation.ts";
import { describeEvents } from "./events.ts";
import { describeHead } from "./head.ts";
import type { DescribeWriter } from "./writer.ts";

export function* describeEndpoints(call: Invocation, out: DescribeWriter, endpoints: Endpoints): Call<void> {
  const texts = (addresses: readonly EndpointAddress[] | undefined): string =>
    (addresses ?? []).map(({ ip }) => ip).join(",") || "<none>";
  describeHead(out, endpoints.metadata);
  out.line(0, "Subsets:");
  for (const { addresses, notReadyAddresses, ports = [] } of endpoints.subsets ?? []) {
    out.line(1, `Addresses:\t${texts(addresses)}`);
    out.line(1, `NotReadyAddresses:\t${texts(notReadyAddresses)}`);
    if (ports.length > 0) {
      out.line(1, "Ports:");
      out.line(2, "Name\tPort\tProtocol");
      out.line(2, "----\t----\t--------");
      for (const { name, port, protocol } of ports) out.line(2, `${name || "<unset>"}\t${port}\t${protocol ?? ""}`);
    }
    out.line(0, "");
  }
  yield* describeEvents(call, out, endpoints);
}

export function* describeEndpointSlice(call: Invocation, out: DescribeWriter, slice: EndpointSlice): Call<void> {
  describeHead(out, slice.metadata);
  out.line(0, `AddressType:\t${slice.addressType}`);
  const ports = slice.ports ?? [];
  if (ports.length === 0) out.line(0, "Ports: <unset>");
  else {
    out.line(0, "Ports:");
    out.line(1, "Name\tPort\tProtocol");
    out.line(1, "----\t----\t--------");
    for (const { name, port, protocol } of ports) {
      out.line(1, `${name || "<unset>"}\t${port ?? "<unset>"}\t${protocol ?? ""}`);
    }
  }
  const endpoints = slice.endpoints ?? [];
  out.line(0, endpoints.length === 0 ? "Endpoints: <none>" : "Endpoints:");
  for (const { addresses, conditions, hostname, targetRef, nodeName, zone } of endpoints) {
    out.line(1, `- Addresses:\t${addresses.join(", ") || "<none>"}`);
    out.line(2, "Conditions:");
    out.line(3, `Ready:\t${conditions?.ready ?? "<unset>"}`);
    out.line(2, `Hostname:\t${hostname ?? "<unset>"}`);
    if (targetRef !== undefined) out.line(2, `TargetRef:\t${targetRef.kind}/${targetRef.name}`);
    out.line(2, `NodeName:\t${nodeName ?? "<unset>"}`);
    out.line(2, `Zone:\t${zone ?? "<unset>"}`);
  }
  yield* describeEvents(call, out, slice);
}
