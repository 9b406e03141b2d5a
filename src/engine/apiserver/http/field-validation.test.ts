import { describe, expect, it } from "vitest";
import { TestServer } from "../testing/test-server.ts";
import { scanJson } from "../../base/json-scan.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
const TWICE =
  '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","name":"c","labels":{"a":"1","a":"2"}},"dat":{},"data":{"x":"1"}}';
const ALL = ['duplicate field "metadata.name"', 'duplicate field "metadata.labels.a"', 'unknown field "dat"'];
const headerOf = (texts: readonly string[]) => texts.map((text) => `299 - "${text.replaceAll('"', '\\"')}"`).join(", ");

describe("field validation", () => {
  it("API170 refuses, tells of or passes over fields that are there twice or unknown", () => {
    const test = new TestServer();
    const strict = test.http("POST", `${MAPS}?fieldValidation=Strict`, { body: TWICE });
    expect([strict.status, strict.json.message]).toEqual([
      400,
      `ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: ${ALL.join(", ")}`,
    ]);
    const ignored = test.http("POST", `${MAPS}?fieldValidation=Ignore&dryRun=All`, { body: TWICE });
    expect([ignored.status, ignored.headers["Warning"]]).toEqual([201, undefined]);
    const warned = test.http("POST", MAPS, { body: TWICE });
    expect([warned.status, warned.headers["Warning"]]).toEqual([201, headerOf(ALL)]);
    expect(warned.json.metadata.labels).toEqual({ a: "2" });
    const unknown = test.http("POST", `${MAPS}?fieldValidation=Loose`, { body: TWICE });
    expect([unknown.status, unknown.json.message]).toEqual([
      422,
      'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Loose": supported values: "", "Ignore", "Strict", "Warn"',
    ]);
  });

  it("API170 reads YAML strictly too", () => {
    const test = new TestServer();
    const body = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n  name: c\ndata: {}\n";
    const headers = { "Content-Type": "application/yaml" };
    expect(test.http("POST", `${MAPS}?fieldValidation=Strict`, { body, headers }).json.message).toBe(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: yaml: unmarshal errors:\n  line 5: key "name" already set in map',
    );
    expect(test.http("POST", MAPS, { body, headers }).headers["Warning"]).toBe(
      headerOf(['line 5: key "name" already set in map']),
    );
  });

  it("API171 holds for patches, each in its own words", () => {
    const test = new TestServer();
    const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "a", image: "a" }] } };
    const spec = { selector: { matchLabels: { a: "b" } }, template };
    test.http("POST", DEPLOYMENTS, { body: { metadata: { name: "web" }, spec } });
    const patch = (type: string, body: string, query = "fieldValidation=Strict") =>
      test.http("PATCH", `${DEPLOYMENTS}/web?${query}`, { headers: { "Content-Type": `application/${type}` }, body });
    expect(
      patch("strategic-merge-patch+json", '{"spec":{"replica":2,"paused":true,"paused":false}}').json,
    ).toMatchObject({
      code: 422,
      message:
        ' "" is invalid: patch: Invalid value: "map[spec:map[paused:false replica:2]]": strict decoding error: duplicate field "spec.paused", unknown field "spec.replica"',
    });
    expect(patch("strategic-merge-patch+json", '{"spec":{"replicas":"x"}}').json.message).toBe(
      ' "" is invalid: patch: Invalid value: "map[spec:map[replicas:x]]": unrecognized type: int32',
    );
    expect(patch("merge-patch+json", '{"spec":{"replicas":"x"}}').json.message).toMatch(
      /^ "" is invalid: patch: Invalid value: "{.*}": json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32$/,
    );
    expect(
      patch("json-patch+json", '[{"op":"add","path":"/spec/replica","value":1,"value":2}]', "").headers,
    ).toMatchObject({
      Warning: headerOf(['json patch duplicate field "[0].value"', 'unknown field "spec.replica"']),
    });
    expect(patch("merge-patch+json", "{").json.message).toBe("error decoding patch: unexpected end of JSON input");
    expect(patch("merge-patch+json", "true").json.message).toBe(
      "json: cannot unmarshal bool into Go value of type map[string]interface {}",
    );
    const apply = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 1\n  replicas: 2\n";
    expect(patch("apply-patch+yaml", apply, "fieldManager=x&force=true&fieldValidation=Strict").json.message).toBe(
      'error strict decoding YAML: yaml: unmarshal errors:\n  line 6: key "replicas" already set in map',
    );
    expect(patch("apply-patch+yaml", apply, "fieldManager=x&force=true").json.spec.replicas).toBe(2);
  });

  it("API172 warns of what is doubtful in a pod or a template", () => {
    const test = new TestServer();
    const port = { containerPort: 80, protocol: "TCP" };
    const containers = [
      {
        name: "a",
        image: "a",
        ports: [
          { ...port, name: "x" },
          { ...port, name: "y" },
        ],
      },
    ];
    const template = { metadata: { labels: { a: "b" } }, spec: { containers } };
    const body = { metadata: { name: "web" }, spec: { selector: { matchLabels: { a: "b" } }, template } };
    const text = (path: string) =>
      headerOf([`${path}containers[0].ports[1]: duplicate port definition with ${path}containers[0].ports[0]`]);
    expect(test.http("POST", DEPLOYMENTS, { body }).headers["Warning"]).toBe(text("spec.template.spec."));
    const pod = { metadata: { name: "p" }, spec: { containers } };
    expect(test.http("POST", "/api/v1/namespaces/default/pods", { body: pod }).headers["Warning"]).toBe(text("spec."));
    expect(test.http("PUT", `${DEPLOYMENTS}/web`, { body }).headers["Warning"]).toBeUndefined();
  });

  it("API173 says what is wrong with a text as Go says it", () => {
    const problems: Record<string, string | undefined> = {
      '{"a":1,"b":[true,null,-1.5e+3,"\\u00e4"]} ': undefined,
      "": "unexpected end of JSON input",
      '{"a"': "unexpected end of JSON input",
      "{a:1}": "invalid character 'a' looking for beginning of object key string",
      '{"a" 1}': "invalid character '1' after object key",
      '{"a":1 "b":2}': "invalid character '\"' after object key:value pair",
      "[1 2]": "invalid character '2' after array element",
      "{} x": "invalid character 'x' after top-level value",
      '"a\nb"': "invalid character '\\n' in string literal",
      '"\\x"': "invalid character 'x' in string escape code",
      '"\\u00g0"': "invalid character 'g' in \\u hexadecimal character escape",
      tru3: "invalid character '3' in literal true (expecting 'e')",
      "-x": "invalid character 'x' in numeric literal",
      "1.x": "invalid character 'x' after decimal point in numeric literal",
      "1ex": "invalid character 'x' in exponent of numeric literal",
      "'a'": "invalid character '\\'' looking for beginning of value",
    };
    for (const [text, problem] of Object.entries(problems))
      expect([text, scanJson(text).problem]).toEqual([text, problem]);
    const test = new TestServer();
    expect(test.http("POST", MAPS, { body: '{"kind": }' }).json.message).toBe(
      "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: invalid character '}' looking for beginning of value ({\"kind\": })",
    );
    expect(test.http("POST", MAPS, { body: "hä?" }).json.message).toMatch(
      /looking for beginning of value \(68c3a43f\)$/,
    );
  });
});
