/** A pod's or service's part in the network: a request that is followed, load that is sent, what goes over its edges. */
import type { InspectorView } from "../../../worker/protocol.ts";
import { LoadForm } from "./LoadForm.tsx";
import { Rates } from "./Rates.tsx";
import { TraceForm } from "./TraceForm.tsx";

export function Network({ view }: { view: InspectorView }) {
  const { kind, namespace, name } = view.ref;
  return (
    <div className="network">
      <TraceForm key={`${kind}/${namespace}/${name}`} subject={view.ref} />
      {kind === "Service" && <LoadForm subject={view.ref} />}
      <Rates subject={view.ref} />
    </div>
  );
}
