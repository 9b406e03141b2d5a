/** Why a Gateway's port answers nobody: its listener is not served, for what its status says too. */
import { keyOf } from "../api/meta/object.ts";
import type { Errno } from "../base/program.ts";
import { serviceNameOf } from "../network/gateway/gateway-services.ts";
import { GROUP } from "../network/gateway/kinds.ts";
import type { Gateway, Listener } from "../network/gateway/kinds.ts";
import { certificatesOf, conflictOf } from "../network/gateway/listeners.ts";
import type { Failure } from "../network/trace.ts";
import { found } from "./explanation.ts";
import type { Explanation } from "./explanation.ts";
import type { ClusterFacts } from "./facts.ts";
import { gatewayFacts, grantCommand } from "./gateway-facts.ts";

const NOT_SERVED: ReadonlySet<Errno> = new Set<Errno>(["ECONNREFUSED", "ECONNRESET", "EPROTO"]);

export function explainListener({ trace, errno }: Failure, facts: ClusterFacts): Explanation | undefined {
  const { rule } = trace;
  if (rule === undefined || !NOT_SERVED.has(errno)) return undefined;
  const gateway = (facts.custom(GROUP, "gateways") as readonly Gateway[]).find(({ metadata }) =>
    rule.service.endsWith(`/${serviceNameOf(metadata)}`),
  );
  if (gateway === undefined) return undefined;
  for (const listener of gateway.spec.listeners) {
    const trouble = listener.port === rule.port ? explainOne(gateway, listener, facts) : undefined;
    if (trouble !== undefined) return trouble;
  }
  return undefined;
}

function explainOne(gateway: Gateway, listener: Listener, facts: ClusterFacts): Explanation | undefined {
  const { protocol, port, tls } = listener;
  const values = (why: string) => ({ gateway: keyOf(gateway), listener: listener.name, why });
  if (protocol !== "HTTP" && protocol !== "HTTPS")
    return found({ cause: "listener-refused", change: "listener-protocol" }, values(`${protocol} is not supported`));
  const conflict = conflictOf(gateway, listener);
  if (conflict !== undefined) {
    const others = gateway.spec.listeners.filter((each) => each !== listener && each.port === port);
    const why = `${conflict} on port ${port} with ${others.map(({ name }) => name).join(", ")}`;
    return found({ cause: "listener-refused", change: "listener-apart" }, values(why));
  }
  const { pems, trouble } = certificatesOf(gateway, listener, gatewayFacts(facts));
  if (trouble === undefined || pems.length > 0) return undefined;
  const own = gateway.metadata.namespace ?? "";
  const other = tls?.certificateRefs?.find(({ namespace = own }) => namespace !== own);
  if (trouble.reason !== "RefNotPermitted" || other === undefined)
    return found({ cause: "listener-refused", change: "listener-certificate" }, values(trouble.message));
  const { namespace = own, name } = other;
  const from = { kind: "Gateway", namespace: own };
  const command = grantCommand(from, { kind: "Secret", namespace, name });
  return found({ cause: "listener-refused", change: "grant" }, { ...values(trouble.message), namespace }, { command });
}
