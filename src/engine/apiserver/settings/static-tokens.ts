/**
 * `--token-auth-file`: a line for each token, `token,user,uid,"group1,group2"`.
 * Upstream: apiserver pkg/authentication/token/tokenfile.
 */
import { userInfo } from "../../api/meta/user-info.ts";
import type { UserInfo } from "../../api/meta/user-info.ts";

/** Users by token, or why the file is none. The first line of a token counts for nothing: the last one does. */
export function parseStaticTokens(text: string, path: string): ReadonlyMap<string, UserInfo> | { problem: string } {
  const tokens = new Map<string, UserInfo>();
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const [token = "", name = "", uid = "", groups = "", ...more] = fieldsOf(line);
    const count = fieldsOf(line).length;
    if (count < 3) {
      return {
        problem: `token file '${path}' must have at least 3 columns (token, user name, user uid), found ${count}`,
      };
    }
    if (token === "" || more.length > 0) continue;
    const wanted = groups.split(",").map((group) => group.trim());
    tokens.set(token, { ...userInfo(name, ...wanted.filter((group) => group !== "")), uid });
  }
  return tokens;
}

/** A line of comma-separated values; blanks before a value don't count. */
function fieldsOf(line: string): string[] {
  return [...line.matchAll(/\s*("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)]
    .map(([, field = ""]) => (field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field.trimEnd()))
    .slice(0, -1);
}
