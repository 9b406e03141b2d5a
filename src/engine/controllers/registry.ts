/** Every controller of the controller manager: one line each. The garbage collector's informers must come first. */
import { attachDetachController } from "./attach-detach/index.ts";
import { bootstrapSigner } from "./bootstrap-signer.ts";
import { bootstrapTokenCleaner } from "./bootstrap-token-cleaner.ts";
import { certificateApprover } from "./certificates/approver.ts";
import { certificateCleaner } from "./certificates/cleaner.ts";
import { certificateSigner } from "./certificates/signer.ts";
import { clusterRoleAggregationController } from "./cluster-role-aggregation.ts";
import { cronJobController } from "./cron-job/index.ts";
import { daemonSetController } from "./daemon-set/index.ts";
import type { ControllerDefinition } from "./define-controller.ts";
import { deploymentController } from "./deployment/index.ts";
import { disruptionController } from "./disruption/index.ts";
import { endpointController } from "./endpoints/index.ts";
import { endpointSliceController } from "./endpoint-slice/index.ts";
import { endpointSliceMirroringController } from "./endpoint-slice-mirroring/index.ts";
import { ephemeralVolumeController } from "./ephemeral-volume.ts";
import { garbageCollector } from "./garbage-collector/index.ts";
import { horizontalPodAutoscalerController } from "./horizontal-pod-autoscaler/index.ts";
import { jobController } from "./job/index.ts";
import { legacyTokenCleaner } from "./legacy-token-cleaner.ts";
import type { ManagerSettings } from "./manager-settings.ts";
import { namespaceController } from "./namespace/index.ts";
import { nodeIpamController } from "./node-ipam.ts";
import { nodeLifecycleController } from "./node-lifecycle/index.ts";
import { nodeTtlController } from "./node-ttl.ts";
import { persistentVolumeController } from "./persistent-volume/index.ts";
import { podGarbageCollector } from "./pod-gc/index.ts";
import { replicaSetController } from "./replica-set/index.ts";
import { replicationController } from "./replication-controller.ts";
import { resourceClaimController } from "./resource-claim/index.ts";
import { resourceQuotaController } from "./resource-quota/index.ts";
import { rootCaPublisher } from "./root-ca-publisher.ts";
import { serviceAccountTokensController } from "./service-account-tokens.ts";
import { serviceAccountController } from "./service-account.ts";
import { statefulSetController } from "./stateful-set/index.ts";
import { taintEvictionController } from "./taint-eviction.ts";
import { ttlAfterFinishedController } from "./ttl-after-finished.ts";
import { volumeExpandController } from "./volume-expand.ts";
import { claimProtectionController } from "./volume-protection/claims.ts";
import { volumeProtectionController } from "./volume-protection/volumes.ts";

type Create = (settings: ManagerSettings) => ControllerDefinition;

export const controllers: readonly Create[] = [
  garbageCollector as Create,
  deploymentController as Create,
  replicaSetController as Create,
  replicationController as Create,
  statefulSetController as Create,
  daemonSetController as Create,
  jobController as Create,
  cronJobController as Create,
  ttlAfterFinishedController as Create,
  endpointController as Create,
  endpointSliceController as Create,
  endpointSliceMirroringController as Create,
  namespaceController as Create,
  resourceQuotaController as Create,
  disruptionController as Create,
  horizontalPodAutoscalerController as Create,
  serviceAccountController as Create,
  certificateApprover as Create,
  certificateSigner as Create,
  certificateCleaner as Create,
  rootCaPublisher as Create,
  serviceAccountTokensController as Create,
  bootstrapTokenCleaner as Create,
  bootstrapSigner as Create,
  legacyTokenCleaner as Create,
  clusterRoleAggregationController as Create,
  nodeLifecycleController as Create,
  taintEvictionController as Create,
  nodeIpamController as Create,
  nodeTtlController as Create,
  podGarbageCollector as Create,
  persistentVolumeController as Create,
  ephemeralVolumeController as Create,
  resourceClaimController as Create,
  attachDetachController as Create,
  volumeExpandController as Create,
  claimProtectionController as Create,
  volumeProtectionController as Create,
];
