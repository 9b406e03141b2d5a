/**
 * `--as`: a user who may `impersonate` acts as another one. Upstream: apiserver pkg/endpoints/filters/impersonation.
 */
import { StatusError } from "../../../api/meta/status-error.ts";
import {
  anonymousUser,
  AUTHENTICATED,
  serviceAccountGroups,
  splitServiceAccountUser,
  UNAUTHENTICATED,
} from "../../../api/meta/user-info.ts";
import type { UserInfo } from "../../../api/meta/user-info.ts";
import type { HttpRequest } from "../../../base/program.ts";
import { header } from "../../http/media.ts";
import type { ResourceAttributes } from "../attributes.ts";
import type { Authorizer } from "../authorizer.ts";

const EXTRA_PREFIX = "impersonate-extra-";
const AUTHENTICATION = "authentication.k8s.io";
const REMEMBERED = 1000;

interface Wish {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

function valuesOf(text: string): string[] {
  return text
    .split(",")
    .map((value) => value.trim())
    .filter((value) => value !== "");
}

/** What the headers ask for; undefined when they ask for nothing. */
function wishOf(request: HttpRequest): Wish | undefined {
  const name = header(request, "Impersonate-User");
  const uid = header(request, "Impersonate-Uid");
  const groups = valuesOf(header(request, "Impersonate-Group"));
  const extra: Record<string, readonly string[]> = {};
  for (const key in request.headers) {
    if (!key.toLowerCase().startsWith(EXTRA_PREFIX)) continue;
    extra[decodeURIComponent(key.slice(EXTRA_PREFIX.length)).toLowerCase()] = valuesOf(request.headers[key] ?? "");
  }
  const more = groups.length > 0 || uid !== "" || Object.keys(extra).length > 0;
  if (name === "" && !more) return undefined;
  if (name === "") {
    const wished = [
      ...groups.map((group) => `Group ${group}`),
      ...(uid === "" ? [] : [`UID ${uid}`]),
      ...Object.keys(extra),
    ];
    throw new StatusError(
      500,
      "InternalError",
      `Internal Server Error: ${JSON.stringify(request.url.replace(/^\w+:\/\/[^/]*/, ""))}: requested [{${wished.join("} {")}}] without impersonating a user`,
    );
  }
  return { name, uid, groups, extra };
}

/** Everything that the user must be allowed to impersonate. */
function neededFor({ name, uid, groups, extra }: Wish): ResourceAttributes[] {
  const base = { verb: "impersonate", group: "", subresource: "", namespace: "" };
  const account = splitServiceAccountUser(name);
  return [
    account === undefined
      ? { ...base, resource: "users", name }
      : { ...base, resource: "serviceaccounts", namespace: account.namespace, name: account.name },
    ...groups.map((group) => ({ ...base, resource: "groups", name: group })),
    ...(uid === "" ? [] : [{ ...base, group: AUTHENTICATION, resource: "uids", name: uid }]),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map((value) => ({
        ...base,
        group: AUTHENTICATION,
        resource: "userextras",
        subresource: key,
        name: value,
      })),
    ),
  ];
}

function userFor({ name, uid, groups, extra }: Wish, impersonator: UserInfo): UserInfo {
  const account = splitServiceAccountUser(name);
  const own = groups.length === 0 && account !== undefined ? serviceAccountGroups(account.namespace) : groups;
  const mark = name === anonymousUser.name ? UNAUTHENTICATED : AUTHENTICATED;
  return { name, uid, groups: own.includes(mark) ? own : [...own, mark], extra, impersonator };
}

export class Impersonation {
  private readonly authorizer: () => Authorizer;
  /** So that what the authorizer knows of a user is found again: by impersonator and wish. */
  private readonly known = new Map<string, UserInfo>();

  /** `authorizer`: asked for each time, it may be another one. */
  constructor(authorizer: () => Authorizer) {
    this.authorizer = authorizer;
  }

  /** The user that the request is to be done as. Throws Forbidden. */
  apply(request: HttpRequest, user: UserInfo): UserInfo {
    const wish = wishOf(request);
    if (wish === undefined) return user;
    for (const attributes of neededFor(wish)) this.authorizer().check(user, attributes);
    const key = JSON.stringify([user, wish]);
    let known = this.known.get(key);
    if (known === undefined) {
      if (this.known.size >= REMEMBERED) this.known.clear();
      this.known.set(key, (known = userFor(wish, user)));
    }
    return known;
  }
}
