import { infoOf } from "./scene.ts";
import type { LinkOutcome } from "./protocol.ts";
import { decodeLink } from "../session/link.ts";
import type { Compression } from "../session/link.ts";
import type { Session } from "../session/session.ts";

/** A link that the page was opened with: looked into first, run when the learner says so. */
export class LinkVisit {
  private readonly compression: Compression;
  private linked: { fragment: string; session: Session } | undefined;

  constructor(compression: Compression) {
    this.compression = compression;
  }

  async look(fragment: string): Promise<LinkOutcome> {
    const result = await decodeLink(fragment, this.compression);
    if (!result.ok) return result;
    this.linked = { fragment, session: result.session };
    return { ok: true, info: infoOf(result.session) };
  }

  get opened(): { fragment: string; session: Session } {
    if (this.linked === undefined) throw new Error("no link was opened");
    return this.linked;
  }
}
