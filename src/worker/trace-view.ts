import type { TraceAnswer } from "../terminal/drydock-trace.ts";
import type { Playground } from "./playground.ts";
import type { TraceView } from "./protocol.ts";

/** Runs `drydock trace` on the laptop, as an input of the session. Throws with its complaint when it could not send. */
export async function traceOn(world: Playground, place: string, target: string): Promise<TraceView> {
  const { stdout, stderr } = await world.command(["drydock", "trace", place, target, "--json"]);
  if (stdout === "") throw new Error(stderr.replace(/^drydock: /, "").trim());
  const { from, url, hops, ms, status, errno, cause, change } = JSON.parse(stdout) as TraceAnswer;
  const { command, url: better, host } = change?.mend ?? {};
  return {
    from,
    url,
    hops,
    ms,
    ...(status !== undefined && { status }),
    ...(errno !== undefined && { errno }),
    ...(cause !== undefined && { cause: cause.text }),
    ...(change !== undefined && { change: change.text }),
    ...(command !== undefined && { command }),
    ...(better !== undefined && { better }),
    ...(host !== undefined && { host }),
  };
}
