import type {
  Container,
  LimitRange,
  PersistentVolumeClaim,
  Pod,
  ResourceRequirements,
} from "../../../engine/api/generated/types.ts";
import { claimComplaints, podComplaints } from "../../../engine/apiserver/admission/limit-ranger/constraints.ts";
import { containerDefaults, withDefaults } from "../../../engine/apiserver/admission/limit-ranger/defaults.ts";
import { defineTopic, expectEqual, unknownKind, type DataCase } from "../topic.ts";

interface LimitRangerCase extends DataCase {
  limitRange: LimitRange;
  resource?: string;
  object?: Pod | PersistentVolumeClaim;
  allowed?: boolean;
  containers?: Container[];
  initContainers?: Container[];
  expectContainers?: ResourceRequirements[];
  annotation?: string | null;
  expect?: ResourceRequirements;
}

export const limitRanger = defineTopic<LimitRangerCase>({
  topic: "limitranger",
  run(item) {
    const { limitRange, object } = item;
    switch (item.kind) {
      case "validate": {
        const complaints =
          item.resource === "Pod"
            ? podComplaints(withDefaults((object as Pod).spec, limitRange).spec, limitRange)
            : claimComplaints(object as PersistentVolumeClaim, limitRange);
        return expectEqual(item.allowed, complaints.length === 0);
      }
      case "defaults":
        return expectEqual(item.expect, containerDefaults(limitRange));
      case "mutate": {
        const { containers = [], initContainers = [] } = item;
        const { spec, set } = withDefaults({ containers, initContainers }, limitRange);
        const annotation = set.length === 0 ? null : `LimitRanger plugin set: ${set.join("; ")}`;
        return expectEqual(
          [item.expectContainers, item.annotation],
          [spec.containers.map(({ resources }) => resources), annotation],
        );
      }
      default:
        return unknownKind(item.kind);
    }
  },
});
