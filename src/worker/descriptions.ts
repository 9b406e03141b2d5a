import type { Descriptions } from "../engine/api/descriptions.ts";

/**
 * The API's descriptions, a file beside the site. It is no part of the first load: `load` fetches it, once, when the
 * world is up; until then, and where there is none, fields have no texts.
 */
export class DescriptionFile {
  private readonly platform: { fetchText(path: string): Promise<string> };
  private loading: Promise<Descriptions | undefined> | undefined;
  current: Descriptions | undefined;

  constructor(platform: { fetchText(path: string): Promise<string> }) {
    this.platform = platform;
  }

  load(): Promise<Descriptions | undefined> {
    this.loading ??= this.fetch();
    return this.loading;
  }

  private async fetch(): Promise<Descriptions | undefined> {
    try {
      this.current = JSON.parse(await this.platform.fetchText("descriptions.json")) as Descriptions;
    } catch {
      // Offline, or built without: the next one who asks tries again.
      this.loading = undefined;
    }
    return this.current;
  }
}
