/**
 * What passes for one request and its answer, and for a packet of TCP that finds nobody.
 *
 * **Simplified:** each request is a connection of its own, as it is decided; of TLS the flights have usual sizes.
 */
import { formatOpenHead, formatRequest, formatResponse, statusLine } from "../../base/http-text.ts";
import type { HttpRequest } from "../../base/program.ts";
import type { Fabric } from "../fabric.ts";
import type { ServedResponse } from "../../runtime/network-port.ts";
import { parseTarget, servedHeaders } from "../target.ts";
import { Answer } from "../trace.ts";
import type { Exchange, Failure } from "../trace.ts";
import { Conversation } from "./conversation.ts";
import { tellRefusal } from "./tell-icmp.ts";
import { wayOf } from "./way.ts";

const HELLO = { bytes: 517 };
const CERTIFICATE = { bytes: 1389 };
const FINISHED = { bytes: 80 };
/** What a record of TLS adds. */
const RECORD_BYTES = 22;

/** When SYN is sent again (net.ipv4.tcp_syn_retries = 6). */
export const RETRIES = [1000, 3000, 7000, 15_000, 31_000, 63_000];

/** Shows what the exchange sends; answers the exchange, which from now on shows what comes of it later. */
export function tellExchange(fabric: Fabric, outcome: Exchange, request: HttpRequest): Exchange {
  const { taps, sim } = fabric;
  const { trace } = outcome;
  const way = wayOf(fabric, trace, outcome.ok ? undefined : outcome);
  if (!taps.hears(way.sights)) return outcome;
  const start = sim.now + (trace.resolution?.latencyMs ?? 0);
  let told = outcome;
  taps.during(trace, () => {
    if (!way.whole && !outcome.ok) tellAttempt(fabric, outcome, { port: taps.portOf(trace), start });
    else told = new Told(fabric, { outcome, request, start }).exchange();
  });
  return told;
}

/** SYN, and what answers it: a refusal, or nothing. */
export function tellAttempt(fabric: Fabric, failure: Failure, { port, start }: { port: number; start: number }): void {
  const { taps, sim } = fabric;
  const { trace } = failure;
  const way = wayOf(fabric, trace, failure);
  const conversation = new Conversation(taps, { way, clientPort: port, oneWay: trace.roundTripMs / 2, now: sim.now });
  conversation.begin(start);
  if (way.whole) return conversation.refuse(start);
  if (failure.errno !== "ETIMEDOUT") return tellRefusal(fabric, failure, { way, start });
  const end = sim.now + failure.latencyMs;
  for (const later of RETRIES) if (start + later < end) conversation.begin(start + later);
}

class Told {
  private readonly fabric: Fabric;
  private readonly outcome: Exchange;
  private readonly request: HttpRequest;
  private readonly start: number;
  private readonly secure: boolean;
  private readonly conversation: Conversation;

  constructor(fabric: Fabric, how: { outcome: Exchange; request: HttpRequest; start: number }) {
    const { outcome, request, start } = how;
    const { trace } = outcome;
    this.fabric = fabric;
    this.outcome = outcome;
    this.request = request;
    this.start = start;
    this.secure = request.url.startsWith("https:");
    const way = wayOf(fabric, trace, outcome.ok ? undefined : outcome);
    const clientPort = fabric.taps.portOf(trace);
    const network = outcome.ok ? outcome.latencyMs - (outcome.response.delayMs ?? 1) : trace.roundTripMs;
    const lookup = trace.resolution?.latencyMs ?? 0;
    const oneWay = Math.max(0, Math.min(network - lookup, 4 * trace.roundTripMs)) / 4;
    this.conversation = new Conversation(fabric.taps, { way, clientPort, oneWay, now: fabric.sim.now });
  }

  exchange(): Exchange {
    const { outcome, conversation, start } = this;
    const { trace } = outcome;
    if (!outcome.ok && outcome.errno === "ECONNREFUSED") {
      conversation.begin(start);
      conversation.refuse(start);
      return outcome;
    }
    // A server of byte streams is met by a connection, which shows itself.
    if (outcome.ok && trace.to?.namespace.listeners.has(trace.port) === false && trace.to.namespace.tcp.has(trace.port))
      return outcome;
    const asked = this.ask(conversation.open(start));
    if (!outcome.ok) {
      this.fail(outcome, asked);
      return outcome;
    }
    const { response } = outcome;
    if (response.later === undefined) {
      this.answer(response, asked + (response.delayMs ?? 1));
      return response.goesOn === undefined ? outcome : new Answer(trace, this.followed(response));
    }
    const { later } = response;
    return new Answer(trace, {
      ...response,
      later: (answer) =>
        later((given) => {
          this.during(() => this.answer(given, this.fabric.sim.now));
          answer(given.goesOn === undefined ? given : this.followed(given));
        }),
    });
  }

  /** Answers when the server has heard the request. */
  private ask(at: number): number {
    const { conversation, request } = this;
    const target = parseTarget(request.url);
    const { method, body } = request;
    const { path = "/", query = "", hostHeader = "" } = target ?? {};
    const text = formatRequest({ method, path, query, headers: servedHeaders(request.headers, hostHeader), body });
    const said = body === "" ? text.replace("Content-Length: 0\r\n", "") : text;
    if (!this.secure) return conversation.say("client", at, { text: said });
    const greeted = conversation.say("client", at, HELLO);
    if (!this.outcome.ok && this.outcome.errno === "EPROTO") return greeted;
    const shown = conversation.say("server", greeted, CERTIFICATE);
    conversation.say("client", shown, FINISHED);
    return conversation.say("client", shown, { bytes: said.length + RECORD_BYTES });
  }

  private fail({ errno, latencyMs }: Failure, asked: number): void {
    const { conversation } = this;
    if (errno === "ECONNRESET") conversation.reset("server", asked);
    else if (errno === "EPROTO") conversation.close("server", asked);
    else if (latencyMs !== Infinity) conversation.close("client", this.fabric.sim.now + latencyMs);
  }

  private answer(response: ServedResponse, at: number): void {
    const { conversation, request } = this;
    const { status, headers = {}, body } = response;
    if (response.hangs === true) return conversation.close("client", at);
    if (response.resets === true) return conversation.reset("server", at);
    const open = response.goesOn !== undefined;
    const head = open ? formatOpenHead({ status, headers: { ...headers } }) : "";
    const text = open ? head + body : formatResponse({ status, headers: { ...headers }, body });
    const whole = request.method === "HEAD" ? (text.split("\r\n\r\n")[0] ?? statusLine(status)) + "\r\n\r\n" : text;
    const heard = conversation.say(
      "server",
      at,
      this.secure ? { bytes: whole.length + RECORD_BYTES } : { text: whole },
    );
    if (!open) conversation.close("client", heard);
  }

  /** A body that goes on shows each piece. */
  private followed(response: ServedResponse): ServedResponse {
    const { goesOn } = response;
    if (goesOn === undefined) return response;
    const { conversation } = this;
    const { sim } = this.fabric;
    const say = (text: string): void =>
      void conversation.say("server", sim.now, this.secure ? { bytes: text.length + RECORD_BYTES } : { text });
    return {
      ...response,
      goesOn: (body) => {
        const leave = goesOn({
          data: (text) => {
            this.during(() => say(text));
            body.data(text);
          },
          end: () => {
            this.during(() => conversation.close("server", sim.now));
            body.end();
          },
        });
        return () => {
          this.during(() => conversation.close("client", sim.now));
          leave();
        };
      },
    };
  }

  private during(tell: () => void): void {
    this.fabric.taps.during(this.outcome.trace, tell);
  }
}
