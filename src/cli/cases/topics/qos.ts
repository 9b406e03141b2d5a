import type { Pod } from "../../../engine/api/generated/types.ts";
import { computeQosClass } from "../../../engine/api/core/pod/qos.ts";
import { defineTopic, expectEqual, type DataCase } from "../topic.ts";

interface QosCase extends DataCase {
  pod: Pod;
  expect: string;
}

export const qos = defineTopic<QosCase>({
  topic: "qos",
  run: ({ pod, expect }) => expectEqual(expect, computeQosClass(pod.spec)),
});
