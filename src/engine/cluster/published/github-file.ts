/** A file that a project on GitHub publishes: as an asset of its releases, in its repository, or both. */
import type { PublishedFiles } from "../../network/internet/published.ts";

export interface GithubFile {
  /** `flannel-io/flannel` */
  readonly repository: string;
  /** Its name among the assets of a release. */
  readonly asset?: string;
  /** Its path in the repository, on the branch that is worked on and at each tag. */
  readonly path?: string;
  readonly branch?: "main" | "master";
  /** Whether it is here of a tag, and the newest that it is here of, which the branch stands for too. */
  has(tag: string): boolean;
  readonly newest: string;
  text(tag: string): string;
}

export function githubFile({ repository, asset, path, branch, has, newest, text }: GithubFile): PublishedFiles {
  const releases = `https://github.com/${repository}/releases`;
  const raw = `https://raw.githubusercontent.com/${repository}/`;
  const at = (tag: string): { text: string } | undefined => (has(tag) ? { text: text(tag) } : undefined);
  return (url) => {
    if (asset !== undefined && url === `${releases}/latest/download/${asset}`) {
      return { location: `${releases}/download/${newest}/${asset}` };
    }
    const download = `${releases}/download/`;
    if (asset !== undefined && url.startsWith(download) && url.endsWith(`/${asset}`)) {
      return at(url.slice(download.length, -asset.length - 1));
    }
    if (path === undefined || !url.startsWith(raw) || !url.endsWith(`/${path}`)) return undefined;
    const reference = url.slice(raw.length, -path.length - 1);
    return at(reference.replace(/^refs\/heads\//, "") === branch ? newest : reference.replace(/^refs\/tags\//, ""));
  };
}
