/** The same engine in Node: opens a link and plays it, without a browser. */
import { decodeLink } from "../../src/session/link.ts";
import type { Session } from "../../src/session/session.ts";
import { answerJustBash } from "../../src/terminal/just-bash-host.ts";
import { platformCompression } from "../../src/worker/compression.ts";
import { Playground } from "../../src/worker/playground.ts";

export async function sessionOfLink(link: string): Promise<Session> {
  const result = await decodeLink(link.slice(link.indexOf("#") + 1), platformCompression);
  if (!result.ok) throw new Error(`the link can't be opened: ${result.problem}`);
  return result.session;
}

/** Hash of the cluster's state at the end of a session. */
export async function hashInNode(session: Session): Promise<string> {
  const { seed, preset, setup } = session;
  const playground = Playground.create({ seed, preset, setup, externals: answerJustBash });
  await playground.boot();
  await playground.replay(session);
  return playground.hash();
}
