/**
 * Who are you? By the client certificate, else by the bearer token, else nobody in particular. Upstream:
 * pkg/kubeapiserver/authenticator/config.go, apiserver pkg/endpoints/filters/authentication.go.
 * Simplified: there is no TLS to carry a certificate, so it comes in a header, base64 as in a kubeconfig; that its sender
 * has the private key is for the client to see to.
 */
import { StatusError } from "../../../api/meta/status-error.ts";
import type { Secret } from "../../../api/generated/types.ts";
import { adminUser, userInfo } from "../../../api/meta/user-info.ts";
import type { UserInfo } from "../../../api/meta/user-info.ts";
import { decodeBase64 } from "../../../base/base64.ts";
import type { HttpRequest } from "../../../base/program.ts";
import { hash53 } from "../../../base/hash.ts";
import type { Certificate } from "../../../base/x509/certificate.ts";
import { commonName, organizations } from "../../../base/x509/name.ts";
import { CLIENT_CERTIFICATE_HEADER } from "../../../base/x509/client-certificate.ts";
import { clusterKeys } from "../../../sim/cluster-keys.ts";
import type { ClusterKeys } from "../../../sim/cluster-keys.ts";
import { header } from "../../http/media.ts";
import type { ServerContext } from "../../server-context.ts";
import { BOOTSTRAP_NAMESPACE, BOOTSTRAP_TOKEN, bootstrapSecretName, bootstrapUser } from "./bootstrap-token.ts";
import { readToken, TokenError } from "./service-account-token.ts";
import type { KnownToken, TokenWorld } from "./service-account-token.ts";

/** Credentials whose reading is remembered; the eldest are forgotten. */
const REMEMBERED = 1000;

export function unauthorized(): StatusError {
  return new StatusError(401, "Unauthorized", "Unauthorized");
}

type World = Pick<ServerContext, "sim" | "objects" | "resourceById" | "settings"> & {
  /** The token that a secret holds was just taken for good. */
  noteTokenUse(secret: Secret): void;
};

interface KnownCertificate {
  certificate: Certificate;
  user: UserInfo;
}

export class Authenticator {
  private readonly context: World;
  private readonly tokens = new Map<string, KnownToken | undefined>();
  private readonly certificates = new Map<string, KnownCertificate | undefined>();

  constructor(context: World) {
    this.context = context;
  }

  /** undefined: the request brings no credential. Throws 401 for one that isn't good. */
  authenticate(request: HttpRequest): UserInfo | undefined {
    const certificate = header(request, CLIENT_CERTIFICATE_HEADER);
    if (certificate !== "") return this.certificateUser(certificate);
    const authorization = header(request, "Authorization").trim();
    if (authorization === "") return undefined;
    const [scheme = "", token = ""] = authorization.split(/\s+/);
    // As upstream: what is no bearer token is no credential.
    if (scheme.toLowerCase() !== "bearer" || token === "") return undefined;
    try {
      return this.tokenUser(token, this.context.settings.audiences);
    } catch (error) {
      if (error instanceof TokenError) throw unauthorized();
      throw error;
    }
  }

  /** Who a bearer token is, for these audiences. Throws a TokenError that says why it is nobody. */
  tokenUser(token: string, audiences: readonly string[]): UserInfo {
    if (token === this.keys.adminToken) return adminUser;
    const { bootstrapTokens, staticTokens, issuers } = this.context.settings;
    const known = staticTokens.get(token);
    if (known !== undefined) return known;
    const [, id] = bootstrapTokens ? (BOOTSTRAP_TOKEN.exec(token) ?? []) : [];
    if (id !== undefined) return this.bootstrapTokenUser(token, id);
    const read = remember(this.tokens, token, () => readToken(token, this.keys.tokenSecret));
    if (read === undefined || (read.issuer !== undefined && !issuers.includes(read.issuer))) {
      throw new TokenError("invalid bearer token");
    }
    try {
      return read.userOf(this.world(), audiences);
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      throw new TokenError(`[invalid bearer token, ${error.message}]`);
    }
  }

  /** What a token of a service account is for; undefined for other tokens. */
  audiencesOf(token: string): readonly string[] | undefined {
    const known = this.tokens.get(token);
    return known && (known.audiences ?? this.context.settings.audiences);
  }

  private bootstrapTokenUser(token: string, id: string): UserInfo {
    const { sim, objects, resourceById } = this.context;
    const resource = resourceById("secrets");
    const secret = resource && objects.get(resource, BOOTSTRAP_NAMESPACE, bootstrapSecretName(id));
    const user = bootstrapUser(secret as Secret | undefined, token, sim.now);
    if (user === undefined) throw new TokenError("invalid bearer token");
    return user;
  }

  private get keys(): ClusterKeys {
    return clusterKeys(this.context.sim);
  }

  private world(): TokenWorld {
    const { sim, objects, resourceById, noteTokenUse, settings } = this.context;
    return {
      audiences: settings.audiences,
      now: sim.now,
      noteUse: noteTokenUse,
      get(id, namespace, name) {
        const resource = resourceById(id);
        return resource && objects.get(resource, namespace, name);
      },
    };
  }

  private certificateUser(encoded: string): UserInfo {
    const known = remember(this.certificates, encoded, () => this.readCertificate(encoded));
    const { now } = this.context.sim;
    if (known === undefined || now < known.certificate.notBefore || now > known.certificate.notAfter) {
      throw unauthorized();
    }
    return known.user;
  }

  private readCertificate(encoded: string): KnownCertificate | undefined {
    let pem = "";
    try {
      pem = decodeBase64(encoded);
    } catch {
      return undefined;
    }
    const certificate = this.keys.authority.verify(pem);
    if (certificate === undefined) return undefined;
    // One that names no purpose is for any.
    if (certificate.purposes.length > 0 && !certificate.purposes.includes("clientAuth")) return undefined;
    const name = commonName(certificate.subject);
    if (name === "") return undefined;
    const extra = { "authentication.kubernetes.io/credential-id": [`X509SHA256=${hash53(pem)}`] };
    return { certificate, user: { ...userInfo(name, ...organizations(certificate.subject)), extra } };
  }
}

function remember<T>(known: Map<string, T>, key: string, read: () => T): T {
  if (known.has(key)) return known.get(key) as T;
  const value = read();
  const eldest = known.keys().next();
  if (known.size >= REMEMBERED && eldest.done !== true) known.delete(eldest.value);
  known.set(key, value);
  return value;
}
