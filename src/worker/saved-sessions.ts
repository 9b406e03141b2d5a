/**
 * What survives a reload: the learner's own session, and beside it the one that goes on from a link. Opening a link
 * never touches the learner's own.
 */
import { isObject } from "../engine/base/json.ts";
import { decodeLink, encodeLink } from "../session/link.ts";
import type { Compression } from "../session/link.ts";
import type { Session } from "../session/session.ts";

/** Named places that outlive the page. */
export interface SessionStorage {
  load(name: string): Promise<unknown>;
  save(name: string, value: unknown): Promise<void>;
}

const OWN = "drydock-session";
const LINKED = "drydock-linked-session";
/** Wall milliseconds between two saves. */
const EVERY_MS = 1000;

export class SavedSessions {
  /** Fragment of the link that the present session goes on from, "" iff it is the learner's own. */
  link = "";
  private readonly storage: SessionStorage;
  private readonly compression: Compression;
  private lastWall = 0;
  private lastSaved = "";

  constructor(storage: SessionStorage, compression: Compression) {
    this.storage = storage;
    this.compression = compression;
  }

  /** Whether there is a session of the learner's own, readable or not. */
  async hasOwn(): Promise<boolean> {
    return (await this.storage.load(OWN)) !== undefined;
  }

  /** The session that was saved for a link, or the learner's own for "". Undefined when there is none that can be read. */
  async load(link: string): Promise<Session | undefined> {
    const saved = await this.storage.load(link === "" ? OWN : LINKED);
    const encoded = link === "" ? saved : sessionOf(saved, link);
    if (typeof encoded !== "string") return undefined;
    const result = await decodeLink(encoded, this.compression);
    return result.ok ? result.session : undefined;
  }

  /** Saves the session if it is time and something changed. */
  async keep(wall: number, session: () => Session): Promise<void> {
    if (wall - this.lastWall < EVERY_MS) return;
    this.lastWall = wall;
    const present = session();
    const { link } = this;
    const key = `${link} ${present.seed} ${present.inputs.length} ${present.until} ${JSON.stringify(present.view)}`;
    if (key === this.lastSaved) return;
    this.lastSaved = key;
    const text = await encodeLink(present, this.compression);
    if (link === "") await this.storage.save(OWN, text);
    else await this.storage.save(LINKED, { link, session: text });
  }
}

function sessionOf(saved: unknown, link: string): unknown {
  return isObject(saved) && saved["link"] === link ? saved["session"] : undefined;
}
