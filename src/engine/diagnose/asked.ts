/** What the client itself knows of its request, and the network doesn't. */
export interface Asked {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `pod/namespace/name`, also of a pod on its node's network. */
  readonly from: string;
}
