/** `kubectl create ingress`. Upstream: kubectl pkg/cmd/create/create_ingress.go. */
import { CREATE_FLAGS, defineCommand } from "../command.ts";
import { createObject, requiredName } from "../create-object.ts";
import { CommandError } from "../errors.ts";
import { INGRESSES } from "../generators/resources.ts";

interface Rule {
  host: string;
  path: string;
  service: string;
  port: string;
  tls: string | undefined;
}

const RULE = /^([^=/]*)(\/[^=]*)=([^:=,]+):([^,=]+)(?:,tls(?:=([^,]*))?)?$/;

function parseRule(text: string): Rule {
  const match = RULE.exec(text);
  if (match === null) {
    throw new CommandError(`rule ${text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]`);
  }
  const [, host = "", path = "", service = "", port = "", secret] = match;
  return { host, path, service, port, tls: text.includes(",tls") ? (secret ?? "") : undefined };
}

function backend(service: string, port: string): object {
  return { service: { name: service, port: /^\d+$/.test(port) ? { number: Number(port) } : { name: port } } };
}

function pathOf(rule: Rule): object {
  const prefix = rule.path.endsWith("*");
  return {
    path: prefix ? rule.path.slice(0, -1) || "/" : rule.path,
    pathType: prefix ? "Prefix" : "Exact",
    backend: backend(rule.service, rule.port),
  };
}

/** Rules of one host stay together, in the order of their first mention. */
function ingressRules(rules: readonly Rule[]): object[] {
  const hosts = [...new Set(rules.map((rule) => rule.host))];
  return hosts.map((host) => ({
    ...(host !== "" && { host }),
    http: { paths: rules.filter((rule) => rule.host === host).map(pathOf) },
  }));
}

function tlsOf(rules: readonly Rule[]): object[] {
  const secured = rules.filter((rule) => rule.tls !== undefined);
  const secrets = [...new Set(secured.map((rule) => rule.tls ?? ""))];
  return secrets.map((secret) => {
    const hosts = [
      ...new Set(secured.filter((rule) => rule.tls === secret && rule.host !== "").map((rule) => rule.host)),
    ];
    return { ...(hosts.length > 0 && { hosts }), ...(secret !== "" && { secretName: secret }) };
  });
}

export const createIngress = defineCommand({
  name: "ingress",
  aliases: ["ing"],
  short: "Create an ingress with the specified name",
  usage: "NAME --rule=host/path=service:port[,tls[=secret]]",
  flags: [
    ...CREATE_FLAGS,
    { name: "class", type: "string", usage: "Ingress class." },
    { name: "rule", type: "array", usage: "host/path=service:port[,tls=secret]; may be repeated." },
    { name: "default-backend", type: "string", usage: "service:port for whatever no rule takes." },
    { name: "annotation", type: "array", usage: "key=value; may be repeated." },
  ],
  completes: "none",
  *run(call) {
    const name = requiredName(call);
    const rules = call.flags.list("rule").map(parseRule);
    const fallback = call.flags.string("default-backend");
    if (rules.length === 0 && fallback === "") {
      throw new CommandError(
        "not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)",
      );
    }
    if (fallback !== "" && !/^[^:=,]+:[^:=,]+$/.test(fallback)) {
      throw new CommandError("default-backend should be in format servicename:serviceport");
    }
    const annotations = Object.fromEntries(
      call.flags.list("annotation").map((spec) => {
        const equals = spec.indexOf("=");
        if (equals < 0) throw new CommandError(`annotation ${spec} is invalid and should be in format key=[value]`);
        return [spec.slice(0, equals), spec.slice(equals + 1)];
      }),
    );
    const ingressClass = call.flags.string("class");
    const [service = "", port = ""] = fallback.split(":");
    const tls = tlsOf(rules);
    yield* createObject(
      call,
      INGRESSES,
      {
        metadata: { name, ...(Object.keys(annotations).length > 0 && { annotations }) },
        spec: {
          ...(ingressClass !== "" && { ingressClassName: ingressClass }),
          ...(fallback !== "" && { defaultBackend: backend(service, port) }),
          ...(tls.length > 0 && { tls }),
          ...(rules.length > 0 && { rules: ingressRules(rules) }),
        },
        status: { loadBalancer: {} },
      },
      { failure: "failed to create ingress: " },
    );
  },
});
