/**
 * What a kubeconfig's user proves who he is with, as request headers. Upstream: client-go rest/config.go and transport.
 * Simplified: a client certificate goes to the server in a header instead of a TLS handshake; `exec` and `auth-provider`
 * plugins are refused.
 */
import { decodeBase64, encodeBase64 } from "../engine/base/base64.ts";
import { type ProgramContext, SystemError } from "../engine/base/program.ts";
import { CLIENT_CERTIFICATE_HEADER, presentCertificate } from "../engine/base/x509/client-certificate.ts";
import { CommandError } from "./errors.ts";

export type UserEntry = Readonly<Record<string, unknown>>;

/** `token`: one from the command line, which outranks the file's. */
export function credentialHeaders(
  ctx: ProgramContext,
  user: UserEntry,
  options: { name: string; token: string; folder: string },
): Record<string, string> {
  for (const plugin of ["exec", "auth-provider"]) {
    if (user[plugin] !== undefined) throw new CommandError(`${plugin} credential plugins are not simulated`);
  }
  const headers: Record<string, string> = {};
  const read = (field: string): string => pemOf(ctx, user, { field, ...options });
  const certificate = read("client-certificate");
  const key = read("client-key");
  if (certificate !== "" && key !== "") {
    try {
      headers[CLIENT_CERTIFICATE_HEADER] = presentCertificate(certificate, key);
    } catch (error) {
      throw new CommandError((error as Error).message);
    }
  } else if (certificate !== "" || key !== "") {
    const [given, missing] = key === "" ? ["client-cert", "client-key"] : ["client-key", "client-cert"];
    throw new CommandError(
      `invalid configuration: ${missing}-data or ${missing} must be specified for ${options.name} to use the ${given} authentication method.`,
    );
  }
  const token = options.token || tokenOf(ctx, user, options.folder);
  if (token !== "") headers["authorization"] = `Bearer ${token}`;
  else if (typeof user["username"] === "string") {
    headers["authorization"] = `Basic ${encodeBase64(`${user["username"]}:${String(user["password"] ?? "")}`)}`;
  }
  return headers;
}

function tokenOf(ctx: ProgramContext, user: UserEntry, folder: string): string {
  if (typeof user["tokenFile"] === "string") return ctx.fs.readFile(resolve(folder, user["tokenFile"])).trim();
  return typeof user["token"] === "string" ? user["token"] : "";
}

/** Of `<field>-data`, else of the file that `<field>` names, relative to the kubeconfig's folder. */
export function pemOf(
  ctx: ProgramContext,
  user: UserEntry,
  { field, name, folder }: { field: string; name: string; folder: string },
): string {
  const data = user[`${field}-data`];
  if (typeof data === "string" && data !== "") return decodeBase64(data);
  const file = user[field];
  if (typeof file !== "string" || file === "") return "";
  try {
    return ctx.fs.readFile(resolve(folder, file));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const short = field === "client-certificate" ? "client-cert" : field;
    throw new CommandError(
      `invalid configuration: unable to read ${short} ${file} for ${name} due to open ${file}: no such file or directory`,
    );
  }
}

function resolve(folder: string, path: string): string {
  return path.startsWith("/") ? path : `${folder}/${path}`;
}
