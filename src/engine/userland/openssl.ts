/**
 * `openssl`, as far as the ways to a user's and a server's certificate go: a key, a request, a certificate that signs
 * itself or that a key of one's own signs, a look at it.
 * Simplified: keys are of the right form and nothing more (base/x509/keys.ts); whatever else openssl can do fails loudly.
 */
import { apr1, newSalt } from "../base/apr1.ts";
import { type Program, type ProgramContext, SystemError } from "../base/program.ts";
import type { Call } from "../base/syscalls.ts";
import { readAll, write } from "../base/syscalls.ts";
import {
  CertificateAuthority,
  newCertificateRequest,
  parseCertificate,
  parseCertificateRequest,
} from "../base/x509/certificate.ts";
import type { CertificateRequest } from "../base/x509/certificate.ts";
import { newPrivateKey, publicKeyOf } from "../base/x509/keys.ts";
import type { Name } from "../base/x509/name.ts";
import { formatName, parseSubject } from "../base/x509/name.ts";
import { certificateText, extensionTexts, serialText } from "./openssl-text.ts";
import { showServer } from "./openssl-s-client.ts";

const HELP = `help:

Standard commands
genpkey           genrsa            passwd            req               s_client
version           x509
`;

/** A mistake whose text openssl prints behind nothing; exit status 1. */
class OpensslError extends Error {}

interface Options {
  readonly values: ReadonlyMap<string, string>;
  readonly flags: ReadonlySet<string>;
  readonly operands: readonly string[];
}

type Subcommand = (ctx: ProgramContext, options: Options) => Call<number | void>;

function parse(name: string, words: readonly string[], known: { values: string; flags: string }): Options {
  const values = new Map<string, string>();
  const flags = new Set<string>();
  const operands: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    const option = word.replace(/^--?/, "");
    if (option === word) operands.push(word);
    else if (known.flags.split(" ").includes(option)) flags.add(option);
    else if (known.values.split(" ").includes(option)) {
      const value = words[++at];
      if (value === undefined) throw new OpensslError(`${name}: Option -${option} needs a value`);
      values.set(option, value);
    } else throw new OpensslError(`${name}: Unknown option or cipher: ${option}\n${name}: Use -help for summary.`);
  }
  return { values, flags, operands };
}

function at(ctx: ProgramContext, path: string): string {
  return path.startsWith("/") ? path : `${ctx.cwd === "/" ? "" : ctx.cwd}/${path.replace(/^\.\//, "")}`;
}

function read(ctx: ProgramContext, path: string, what: string): string {
  try {
    return ctx.fs.readFile(at(ctx, path));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const why = error.errno === "EACCES" ? "Permission denied" : "No such file or directory";
    throw new OpensslError(`Could not open file or uri for loading ${what} from ${path}: ${why}`);
  }
}

function* deliver(ctx: ProgramContext, { values }: Options, text: string): Call<void> {
  const out = values.get("out");
  if (out === undefined) return yield* write(1, text);
  ctx.fs.writeFile(at(ctx, out), text, { mode: text.includes("PRIVATE KEY") ? 0o600 : 0o644 });
}

const SIZES = ["1024", "2048", "3072", "4096"];

/** A key of so many bits. */
function newKey(ctx: ProgramContext, size = "2048"): string {
  if (!SIZES.includes(size)) throw new OpensslError(`${size} bits: keys of ${SIZES.join(", ")} bits are simulated`);
  return newPrivateKey(Array.from({ length: 8 }, () => ctx.random(0x40000000)).join("."), Number(size));
}

function* genrsa(ctx: ProgramContext, options: Options): Call<void> {
  yield* deliver(ctx, options, newKey(ctx, options.operands[0]));
}

function* genpkey(ctx: ProgramContext, options: Options): Call<void> {
  const algorithm = options.values.get("algorithm") ?? "";
  if (algorithm.toUpperCase() !== "RSA") throw new OpensslError(`genpkey: Error initializing ${algorithm} context`);
  yield* deliver(ctx, options, newKey(ctx, options.values.get("pkeyopt")?.replace("rsa_keygen_bits:", "")));
}

function* req(ctx: ProgramContext, options: Options): Call<void> {
  const { values, flags } = options;
  if (flags.has("new") || values.has("newkey")) {
    let key: string;
    if (values.has("newkey")) {
      if (!flags.has("nodes") && !flags.has("noenc"))
        throw new OpensslError("req: a passphrase is not simulated: say -nodes");
      key = newKey(ctx, values.get("newkey")?.replace(/^rsa:?/, "") || undefined);
      ctx.fs.writeFile(at(ctx, values.get("keyout") ?? "privkey.pem"), key, { mode: 0o600 });
    } else key = read(ctx, values.get("key") ?? "", "private key");
    if (publicKeyOf(key) === undefined) throw new OpensslError(`Could not find private key from ${values.get("key")}`);
    const said = values.get("subj");
    if (said === undefined) throw new OpensslError("req: the questions for a subject are not simulated: say -subj");
    const subject = parseSubject(said);
    if (subject === undefined) {
      throw new OpensslError(
        `req: subject name is expected to be in the format /type0=value0/type1=value1/type2=... where characters may be escaped by \\. This name is not in that format: '${said}'`,
      );
    }
    if (!flags.has("x509")) return yield* deliver(ctx, options, newCertificateRequest(subject, key));
    const names = /^\s*subjectAltName\s*=\s*(.*)$/.exec(values.get("addext") ?? "subjectAltName=")?.[1];
    if (names === undefined) throw new OpensslError(`req: -addext ${values.get("addext")} is not simulated`);
    const alternativeNames = names.split(",").flatMap((name) => name.trim() || []);
    const own = { subject, publicKey: publicKeyOf(key) ?? [], alternativeNames };
    return yield* deliver(ctx, options, signed(ctx, own, { by: { name: subject, key }, days: values.get("days") }));
  }
  const pem = values.has("in") ? read(ctx, values.get("in") ?? "", "request") : yield* readAll(0);
  const request = parseCertificateRequest(pem);
  if (request === undefined) throw new OpensslError("Unable to load X509 request");
  const subject = flags.has("subject") ? `subject=${formatName(request.subject)}\n` : "";
  const shown = `${flags.has("text") ? requestText(request) : ""}${subject}`;
  yield* deliver(ctx, options, flags.has("noout") ? shown : `${shown}${pem}`);
}

/** Bits of an RSA key by the length of its SubjectPublicKeyInfo. */
const KEY_BITS: Readonly<Record<number, number>> = { 162: 1024, 294: 2048, 422: 3072, 550: 4096 };

/** What `-text` tells of a request. Simplified: without the numbers of key and signature; what is no RSA key of a usual size is an elliptic one. */
function requestText({ subject, publicKey, alternativeNames }: CertificateRequest): string {
  const bits = KEY_BITS[publicKey.length];
  const names = alternativeNames.map((name) => name.replace(/^IP:/, "IP Address:")).join(", ");
  return [
    "Certificate Request:",
    "    Data:",
    "        Version: 1 (0x0)",
    `        Subject: ${formatName(subject)}`,
    "        Subject Public Key Info:",
    `            Public Key Algorithm: ${bits === undefined ? "id-ecPublicKey" : "rsaEncryption"}`,
    ...(bits === undefined ? [] : [`                Public-Key: (${bits} bit)`]),
    "        Attributes:",
    ...(names === ""
      ? ["            (none)"]
      : [
          "            Requested Extensions:",
          "                X509v3 Subject Alternative Name: ",
          `                    ${names}`,
        ]),
    `    Signature Algorithm: ${bits === undefined ? "ecdsa-with-SHA256" : "sha256WithRSAEncryption"}`,
    "",
  ].join("\n");
}

const DAY_MS = 24 * 3600 * 1000;
const USUAL_DAYS = "30";

/** A certificate for whoever a request is of, by a name that has a key to sign with. */
function signed(
  ctx: ProgramContext,
  request: CertificateRequest,
  { by, days = USUAL_DAYS }: { by: { name: Name; key: string }; days?: string | undefined },
): string {
  if (!/^\d+$/.test(days)) throw new OpensslError(`Non-positive number "${days}" for option -days`);
  const terms = { notBefore: ctx.now(), notAfter: ctx.now() + Number(days) * DAY_MS };
  return new CertificateAuthority(by.name, { secret: by.key, ...terms }).issue(request, { ...terms, purposes: [] });
}

/** `x509 -req`: a request becomes a certificate. */
function* issue(ctx: ProgramContext, options: Options): Call<void> {
  const { values } = options;
  const request = parseCertificateRequest(read(ctx, values.get("in") ?? "", "certificate request"));
  if (request === undefined) throw new OpensslError("Unable to load X509 request");
  const own = values.has("signkey") || values.has("key");
  const authority = own ? undefined : parseCertificate(read(ctx, values.get("CA") ?? "", "CA certificate"));
  if (!own && authority === undefined)
    throw new OpensslError(`Could not find CA certificate from ${values.get("CA") ?? "<stdin>"}`);
  const file = values.get("signkey") ?? values.get("key") ?? values.get("CAkey") ?? values.get("CA") ?? "";
  const key = read(ctx, file, own ? "private key" : "CA private key");
  if (publicKeyOf(key) === undefined) throw new OpensslError(`Could not find private key from ${file}`);
  if (authority !== undefined && authority.publicKey.join() !== publicKeyOf(key)?.join())
    throw new OpensslError("CA certificate and CA private key do not match");
  const name = authority?.subject ?? request.subject;
  yield* write(2, `Certificate request self-signature ok\nsubject=${formatName(request.subject)}\n`);
  // openssl leaves a request's wishes out unless it is told to copy them.
  yield* deliver(
    ctx,
    options,
    signed(ctx, { ...request, alternativeNames: [] }, { by: { name, key }, days: values.get("days") }),
  );
}

function* sClient(ctx: ProgramContext, { values, operands }: Options): Call<number> {
  const place = values.get("connect") ?? operands[0] ?? "localhost:4433";
  const file = values.get("CAfile");
  const authorities = file === undefined ? undefined : read(ctx, file, "certificate");
  return yield* showServer({ place, serverName: values.get("servername"), authorities, now: ctx.now() });
}

/** `Jan  1 00:00:00 2027 GMT` */
function dateText(ms: number): string {
  // `Fri, 01 Jan 2027 00:00:00 GMT`
  const [, day = "", month = "", year = "", time = ""] = new Date(ms).toUTCString().split(" ");
  return `${month} ${String(Number(day)).padStart(2)} ${time} ${year} GMT`;
}

function* x509(ctx: ProgramContext, options: Options): Call<number | void> {
  const { values, flags } = options;
  if (flags.has("req")) return yield* issue(ctx, options);
  const text = values.has("in") ? read(ctx, values.get("in") ?? "", "certificate") : yield* readAll(0);
  const certificate = parseCertificate(text);
  if (certificate === undefined)
    throw new OpensslError(`Could not find certificate from ${values.get("in") ?? "<stdin>"}`);
  const { subject, issuer, notBefore, notAfter } = certificate;
  const lines: string[] = [];
  if (flags.has("text")) lines.push(...certificateText(text, dateText));
  const told: Readonly<Record<string, readonly string[]>> = {
    subject: [`subject=${formatName(subject)}`],
    issuer: [`issuer=${formatName(issuer)}`],
    startdate: [`notBefore=${dateText(notBefore)}`],
    enddate: [`notAfter=${dateText(notAfter)}`],
    dates: [`notBefore=${dateText(notBefore)}`, `notAfter=${dateText(notAfter)}`],
    serial: [`serial=${serialText(text)}`],
  };
  // In the order in which they are asked for.
  for (const flag of flags) lines.push(...(told[flag] ?? []));
  const wanted = (values.get("ext") ?? "").split(",").filter((name) => name !== "");
  if (wanted.length > 0) {
    const extensions = extensionTexts(text, wanted);
    lines.push(...(extensions.length === 0 ? ["No extensions matches"] : extensions));
  }
  const seconds = values.get("checkend");
  if (seconds !== undefined && !/^\d+$/.test(seconds)) {
    throw new OpensslError(`x509: Can't parse "${seconds}" as a number`);
  }
  const ends = seconds !== undefined && notAfter <= ctx.now() + Number(seconds) * 1000;
  if (seconds !== undefined) lines.push(`Certificate will ${ends ? "" : "not "}expire`);
  const shown = lines.length === 0 ? "" : `${lines.join("\n")}\n`;
  yield* deliver(ctx, options, flags.has("noout") ? shown : `${shown}${text}`);
  return ends ? 1 : 0;
}

/** `passwd -apr1 [-salt S] [-stdin] PASSWORD…`, of stdin a password in each line: what stands in a file for basic authentication. */
function* passwd(ctx: ProgramContext, { values, flags, operands }: Options): Call<void> {
  if (!flags.has("apr1")) throw new OpensslError("passwd: of its algorithms -apr1 is simulated");
  const passwords = flags.has("stdin") ? (yield* readAll(0)).replace(/\n$/, "").split("\n") : operands;
  if (passwords.length === 0) throw new OpensslError("passwd: the question for a password is not simulated: say it");
  const salt = (): string => values.get("salt") ?? newSalt((bound) => ctx.random(bound));
  for (const password of passwords) yield* write(1, `${apr1(password, salt())}\n`);
}

const SUBCOMMANDS: Readonly<Record<string, { run: Subcommand; values: string; flags: string }>> = {
  genrsa: { run: genrsa, values: "out", flags: "" },
  genpkey: { run: genpkey, values: "out algorithm pkeyopt", flags: "" },
  passwd: { run: passwd, values: "salt", flags: "apr1 stdin" },
  req: {
    run: req,
    values: "out in key subj newkey keyout days addext",
    flags: "new nodes noenc x509 sha256 batch noout subject text",
  },
  s_client: { run: sClient, values: "connect servername CAfile", flags: "showcerts" },
  x509: {
    run: x509,
    values: "out in CA CAkey key signkey days ext checkend",
    flags: "req CAcreateserial sha256 noout subject issuer dates startdate enddate serial text",
  },
};

export const openssl: Program = function* (ctx, argv) {
  const [, name = "help", ...words] = argv;
  if (name === "help") {
    yield* write(1, HELP);
    return 0;
  }
  if (name === "version") {
    yield* write(1, "OpenSSL 3.5.4 (simulated)\n");
    return 0;
  }
  const subcommand = Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined;
  try {
    if (subcommand === undefined) throw new OpensslError(`Invalid command '${name}'; type "help" for a list.`);
    return (yield* subcommand.run(ctx, parse(name, words, subcommand))) ?? 0;
  } catch (error) {
    if (!(error instanceof OpensslError) && !(error instanceof SystemError)) throw error;
    yield* write(2, `${error.message}\n`);
    return 1;
  }
};
