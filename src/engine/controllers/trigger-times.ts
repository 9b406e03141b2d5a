/**
 * What set off the latest change of a service's endpoints: which pod turned ready or unready first, or that the service
 * was made. Upstream: staging/src/k8s.io/endpointslice/util/trigger_time_tracker.go.
 */
import type { Pod, Service } from "../api/generated/types.ts";
import { keyOf } from "../api/meta/object.ts";

const LAST_CHANGE_TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time";

interface Seen {
  service: string;
  pods: ReadonlyMap<string, string>;
}

/** Times are texts of one form: they compare as they are. */
export class TriggerTimes {
  private readonly seen = new Map<string, Seen>();

  /** To be asked once a look at the service; undefined: nothing is new. */
  latest(service: Service, pods: readonly Pod[]): string | undefined {
    const key = keyOf(service);
    const before = this.seen.get(key);
    const { creationTimestamp } = service.metadata;
    let first: string | undefined;
    const offer = (time: string, known: string | undefined): void => {
      if ((known === undefined || time > known) && (first === undefined || time < first)) first = time;
    };
    const times = new Map<string, string>();
    for (const { metadata, status } of pods) {
      const time = status?.conditions?.find(({ type }) => type === "Ready")?.lastTransitionTime;
      if (time === undefined) continue;
      times.set(metadata.name, time);
      offer(time, before?.pods.get(metadata.name));
    }
    offer(creationTimestamp, before?.service);
    this.seen.set(key, { service: creationTimestamp, pods: times });
    return before === undefined ? creationTimestamp : first;
  }

  forget(key: string): void {
    this.seen.delete(key);
  }
}

/** The annotations of what is written now. */
export function withTriggerTime(
  annotations: Readonly<Record<string, string>> | undefined,
  time: string | undefined,
): Record<string, string> {
  const { [LAST_CHANGE_TRIGGER_TIME]: _, ...rest } = annotations ?? {};
  return time === undefined ? rest : { ...rest, [LAST_CHANGE_TRIGGER_TIME]: time };
}
