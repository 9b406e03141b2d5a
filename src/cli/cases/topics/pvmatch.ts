import type { PersistentVolume, PersistentVolumeClaim } from "../../../engine/api/generated/types.ts";
import { findMatchingVolume, modesDiffer } from "../../../engine/api/core/volume-matching.ts";
import { defineTopic, expectEqual, unknownKind, type CaseFile, type DataCase } from "../topic.ts";

interface MatchCase extends DataCase {
  claim: PersistentVolumeClaim;
  /** The uid of the volume; "" for none. */
  expectedMatch: string;
  vol: PersistentVolume;
  pvc: PersistentVolumeClaim;
  isExpectedMismatch: boolean;
}

interface MatchFile extends CaseFile<MatchCase> {
  volumes: readonly PersistentVolume[];
}

export const pvmatch = defineTopic<MatchCase, MatchFile>({
  topic: "pvmatch",
  run(item, { volumes }) {
    if (item.kind === "matchVolume") {
      return expectEqual(item.expectedMatch, findMatchingVolume(item.claim, volumes)?.metadata.uid ?? "");
    }
    if (item.kind !== "volumeModeMismatch") return unknownKind(item.kind);
    return expectEqual(item.isExpectedMismatch, modesDiffer(item.pvc.spec, item.vol.spec));
  },
});
