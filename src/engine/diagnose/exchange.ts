/** Why a request went wrong: where it ended, as the network decided it, and the smallest thing to change. */
import type { Exchange } from "../network/trace.ts";
import { explainAnswer } from "./answer.ts";
import type { Asked } from "./asked.ts";
import type { Explanation } from "./explanation.ts";
import type { ClusterFacts } from "./facts.ts";
import { explainFailure } from "./failure.ts";

export interface ExchangeFinding extends Explanation {
  /** The station where it ended, as its hop names it: `pod/default/web-1`. */
  at: string;
  /** Which of the exchange's hops that is. */
  hop: number;
}

/**
 * undefined when a server answered for itself; what a proxy answers in its place is explained.
 */
export function explainExchange(exchange: Exchange, facts?: ClusterFacts, asked?: Asked): ExchangeFinding | undefined {
  const { hops } = exchange;
  const at = hops.at(-1)?.at ?? exchange.trace.from.name;
  const found = exchange.ok
    ? facts === undefined
      ? undefined
      : explainAnswer(exchange, facts, asked)
    : explainFailure(exchange, facts, asked);
  return found === undefined ? undefined : { at, hop: hops.length - 1, ...found };
}
