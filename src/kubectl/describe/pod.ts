/** `kubectl describe pod`. Upstream: kubectl pkg/describe/describe.go (PodDescriber). */
import type { Pod } from "../../engine/api/generated/types.ts";
import { humanDuration } from "../../engine/api/meta/duration.ts";
import { controllerOf } from "../../engine/api/meta/object.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import { parseTime } from "../../engine/base/time.ts";
import type { Invocation } from "../invocation.ts";
import { describeContainers, describeResources } from "./containers.ts";
import { describeEvents } from "./events.ts";
import { describeSpread, tolerationTexts } from "./pod-template.ts";
import { describeVolumes } from "./volumes.ts";
import { type DescribeWriter, longTime } from "./writer.ts";

export function* describePod(call: Invocation, out: DescribeWriter, pod: Pod): Call<void> {
  describeHead(out, pod, call.ctx.now());
  const { spec, status } = pod;
  const init = spec?.initContainers ?? [];
  if (init.length > 0) {
    describeContainers(out, init, { title: "Init Containers", statuses: status?.initContainerStatuses ?? [], pod });
  }
  describeContainers(out, spec?.containers ?? [], {
    title: "Containers",
    statuses: status?.containerStatuses ?? [],
    pod,
  });
  const ephemeral = spec?.ephemeralContainers ?? [];
  if (ephemeral.length > 0) {
    const statuses = status?.ephemeralContainerStatuses ?? [];
    describeContainers(out, ephemeral, { title: "Ephemeral Containers", statuses, pod });
  }
  const gates = spec?.readinessGates ?? [];
  if (gates.length > 0) {
    out.line(0, "Readiness Gates:\n  Type\tStatus");
    for (const gate of gates) {
      const found = status?.conditions?.find((entry) => entry.type === gate.conditionType);
      out.line(1, `${gate.conditionType} \t${found?.status ?? "<none>"} `);
    }
  }
  const conditions = status?.conditions ?? [];
  if (conditions.length > 0) {
    out.line(0, "Conditions:\n  Type\tStatus");
    for (const condition of conditions) out.line(1, `${condition.type} \t${condition.status} `);
  }
  describeVolumes(out, spec?.volumes ?? [], "");
  out.line(0, `QoS Class:\t${status?.qosClass ?? ""}`);
  out.labels("Node-Selectors", spec?.nodeSelector);
  out.multiline("Tolerations", tolerationTexts(spec?.tolerations ?? []));
  describeSpread(out, spec?.topologySpreadConstraints ?? [], "");
  yield* describeEvents(call, out, pod);
}

function describeHead(out: DescribeWriter, pod: Pod, now: number): void {
  const { metadata, spec, status } = pod;
  out.line(0, `Name:\t${metadata.name}`);
  out.line(0, `Namespace:\t${metadata.namespace}`);
  out.line(0, `Priority:\t${spec?.priority ?? 0}`);
  if ((spec?.priorityClassName ?? "") !== "") out.line(0, `Priority Class Name:\t${spec?.priorityClassName}`);
  if ((spec?.runtimeClassName ?? "") !== "") out.line(0, `Runtime Class Name:\t${spec?.runtimeClassName}`);
  if ((spec?.serviceAccountName ?? "") !== "") out.line(0, `Service Account:\t${spec?.serviceAccountName}`);
  if ((spec?.nodeName ?? "") === "") out.line(0, "Node:\t<none>");
  else out.line(0, `Node:\t${spec?.nodeName}/${status?.hostIP ?? ""}`);
  if (status?.startTime != null) out.line(0, `Start Time:\t${longTime(status.startTime)}`);
  out.labels("Labels", metadata.labels);
  out.annotations("Annotations", metadata.annotations);
  if (metadata.deletionTimestamp != null) {
    const left = now - parseTime(String(metadata.deletionTimestamp));
    out.line(0, `Status:\tTerminating (lasts ${left < 0 ? "<invalid>" : humanDuration(left)})`);
    out.line(0, `Termination Grace Period:\t${metadata.deletionGracePeriodSeconds ?? 0}s`);
  } else out.line(0, `Status:\t${status?.phase ?? ""}`);
  if ((status?.reason ?? "") !== "") out.line(0, `Reason:\t${status?.reason}`);
  if ((status?.message ?? "") !== "") out.line(0, `Message:\t${status?.message}`);
  const profile = spec?.securityContext?.seccompProfile;
  if (profile != null) out.line(0, `SeccompProfile:\t${profile.type}`);
  out.line(0, `IP:\t${status?.podIP ?? ""}`);
  const ips = status?.podIPs ?? [];
  if (ips.length === 0) out.line(0, "IPs:\t<none>");
  else {
    out.line(0, "IPs:");
    for (const { ip } of ips) out.line(1, `IP:\t${ip}`);
  }
  const controller = controllerOf(pod);
  if (controller !== undefined) out.line(0, `Controlled By:\t${controller.kind}/${controller.name}`);
  if ((status?.nominatedNodeName ?? "") !== "") out.line(0, `NominatedNodeName:\t${status?.nominatedNodeName}`);
  if (spec?.resources !== undefined) {
    out.line(0, "Resources:");
    describeResources(out, spec, 1);
  }
}
