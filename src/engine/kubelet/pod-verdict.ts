/** Why a pod that could run doesn't: its status says so once its containers have ended. */
export interface PodVerdict {
  phase: "Failed";
  reason: string;
  message: string;
  /** The pod's condition DisruptionTarget says so too. */
  disruption?: boolean;
}
