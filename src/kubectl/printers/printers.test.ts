import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseColumnSpec, printColumns } from "./custom-columns.ts";
import { executeTemplate, parseTemplate } from "./go-template.ts";
import { executeJsonPath, parseJsonPath } from "./jsonpath.ts";
import { parseRelaxedPath } from "./jsonpath-relaxed.ts";
import { toJson } from "./json.ts";
import { aligned, DESCRIBE_TABS, TABLE_TABS } from "./tab-writer.ts";
import { toKyaml } from "./kyaml.ts";
import { toYaml } from "./yaml.ts";

const PODS = {
  apiVersion: "v1",
  kind: "List",
  items: [
    {
      metadata: { name: "a", labels: { "k8s.io/app": "x" } },
      spec: { containers: [{ name: "c1" }, { name: "c2" }] },
      status: { phase: "Running" },
    },
    { metadata: { name: "b" }, spec: { containers: [{ name: "c3" }] }, status: { phase: "Pending" } },
  ],
};

describe("jsonpath", () => {
  const run = (template: string, allowMissing = true): string =>
    executeJsonPath(parseJsonPath(template), PODS, { allowMissing });

  it.each([
    ["{.items[*].metadata.name}", "a b"],
    ["{.items[-1].metadata.name}", "b"],
    ["{.items[0].spec.containers[0:2].name}", "c1 c2"],
    ['{range .items[*]}{.metadata.name}{"\\t"}{.status.phase}{"\\n"}{end}', "a\tRunning\nb\tPending\n"],
    ['{.items[?(@.status.phase=="Pending")].metadata.name}', "b"],
    ["{.items[0].metadata.labels.k8s\\.io/app}", "x"],
    ["{.items[*]['metadata.name', 'status.phase']}", "a b Running Pending"],
    ["{..name}", "a c1 c2 b c3"],
    ["{.items[0].spec.containers}", '[{"name":"c1"},{"name":"c2"}]'],
    ["{.nothing}", ""],
  ])("%s", (template, output) => {
    expect(run(template)).toBe(output);
  });

  it.each([
    ["{.nothing}", "nothing is not found"],
    ["{.items[5]}", "array index out of bounds: index 5, length 2"],
    ["{.items[0:2:0]}", "step must be > 0"],
    ["{.kind[0]}", "string is not array or slice"],
    ["{end}", "not in range, nothing to end"],
    ["{.items", "unclosed action"],
    ["{.items[0", "unterminated array"],
    ["{.items[0].x", "unclosed action"],
  ])("%s fails", (template, message) => {
    expect(() => run(template, false)).toThrow(message);
  });

  it("takes paths without braces for columns and sorting", () => {
    expect(["metadata.name", ".metadata.name", "{metadata.name}"].map(parseRelaxedPath)).toEqual(
      Array(3).fill("{.metadata.name}"),
    );
  });
});

describe("go-template", () => {
  const run = (template: string): string => executeTemplate(parseTemplate(template), PODS, { allowMissing: true });

  it.each([
    ["{{range .items}}{{.metadata.name}}:{{end}}", "a:b:"],
    ["{{range.items}}{{.metadata.name}}:{{end}}", "a:b:"],
    ["{{len .items}} {{(index .items 0).status.phase}}", "2 Running"],
    ["{{range $i, $p := .items}}{{if $i}}, {{end}}{{$p.metadata.name}}{{end}}", "a, b"],
    [
      '{{with index .items 1}}{{if eq .status.phase "Running"}}up{{else if eq .status.phase "Pending"}}waiting{{end}}{{end}}',
      "waiting",
    ],
    ['{{printf "%s-%d" .kind (len .items)}}', "List-2"],
    ['{{"aGk=" | base64decode}}', "hi"],
    ["{{.nothing}}", "<no value>"],
    ["a {{- /* gone */ -}} b", "ab"],
    ['{{range .items}}{{if eq .metadata.name "b"}}{{break}}{{end}}{{.metadata.name}}{{end}}', "a"],
  ])("%s", (template, output) => {
    expect(run(template)).toBe(output);
  });

  it.each([
    ["{{.items", "unclosed action"],
    ["{{range .items}}", "unexpected EOF"],
    ["{{nope}}", 'function "nope" not defined'],
    ["{{1i}}", "complex numbers are not supported here"],
    ["{{9007199254740993}}", "numbers beyond 2^53 are not supported here"],
    ['{{printf "%x" 1.5}}', "the verb %x for a float64 is not supported here"],
  ])("%s fails", (template, message) => {
    expect(() => run(template)).toThrow(message);
  });
});

describe("yaml", () => {
  it("sorts keys and quotes what would not read back as text", () => {
    const value = {
      b: "yes",
      a: "1",
      c: "plain text",
      d: "",
      e: "12:30",
      f: null,
      g: [],
      h: {},
      port10: 1,
      port9: 2,
      n: "a: b",
    };
    expect(toYaml(value)).toBe(
      'a: "1"\nb: "yes"\nc: plain text\nd: ""\ne: "12:30"\nf: null\ng: []\nh: {}\n"n": \'a: b\'\nport9: 2\nport10: 1\n',
    );
  });

  it("puts lists at their key's column", () => {
    expect(toYaml({ spec: { containers: [{ name: "x", ports: [{ containerPort: 80 }] }] } })).toBe(
      "spec:\n  containers:\n  - name: x\n    ports:\n    - containerPort: 80\n",
    );
  });

  it("writes lines as a block and folds long ones", () => {
    expect(toYaml({ a: "x\ny\n", b: "x\ny", c: "\tx\ny" })).toBe('a: |\n  x\n  y\nb: |-\n  x\n  y\nc: "\\tx\\ny"\n');
    expect(
      toYaml({ message: "0/1 nodes are available: 1 node(s) had untolerated taint(s) that go on and on and on" }),
    ).toBe("message: '0/1 nodes are available: 1 node(s) had untolerated taint(s) that go on and\n  on and on'\n");
  });
});

describe("kyaml", () => {
  it("puts brackets of structures together, and items of other lists on lines of their own", () => {
    const pod = {
      kind: "Pod",
      apiVersion: "v1",
      metadata: { name: "web", labels: {} },
      spec: { containers: [{ name: "c", args: ["-v", ""], ports: [] }, { name: "d" }], replicas: 1, on: true },
    };
    expect(toKyaml(pod)).toBe(`---
{
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    labels: {},
    name: "web",
  },
  spec: {
    containers: [{
      args: [
        "-v",
        "",
      ],
      name: "c",
      ports: [],
    }, {
      name: "d",
    }],
    "on": true,
    replicas: 1,
  },
}
`);
  });

  it("quotes keys that could be read as something else", () => {
    const keys = [
      "app.kubernetes.io/name",
      "no",
      "12",
      "1e3",
      "0x1F",
      "2024-01-02",
      "t",
      "",
      "-a",
      "a b",
      "a.b-c",
      "a.",
    ];
    const lines = keys.map((key) => toKyaml({ [key]: null }).split("\n")[2]);
    expect(lines).toEqual([
      "  app.kubernetes.io/name: null,",
      '  "no": null,',
      '  "12": null,',
      '  "1e3": null,',
      '  "0x1F": null,',
      '  "2024-01-02": null,',
      '  "t": null,',
      '  "": null,',
      '  "-a": null,',
      '  "a b": null,',
      "  a.b-c: null,",
      '  "a.": null,',
    ]);
  });

  it("folds texts of several lines, which read back as they were", () => {
    const value = { a: 'x\n  y "q"\n', b: "x\ny", c: "\ttab\u0001", d: "\n\nz" };
    expect(toKyaml(value)).toBe(`---
{
  a: "\\
     x\\n\\
    \\  y \\"q\\"\\n\\
    ",
  b: "\\
     x\\n\\
     y\\
    ",
  c: "\\ttab\\x01",
  d: "\\
     \\n\\
     \\n\\
     z\\
    ",
}
`);
    expect(parse(toKyaml(value))).toEqual(value);
  });
});

describe("json", () => {
  it("indents by four, sorts keys and escapes as Go does", () => {
    expect(toJson({ b: "<&>", a: [1] })).toBe(
      '{\n    "a": [\n        1\n    ],\n    "b": "\\u003c\\u0026\\u003e"\n}\n',
    );
  });
});

describe("columns", () => {
  it("are at least six wide and three apart in tables", () => {
    expect(
      aligned(
        [
          ["A", "B"],
          ["x", "y"],
        ],
        TABLE_TABS,
      ),
    ).toBe("A     B\nx     y\n");
  });

  it("end where a line has no cell", () => {
    expect(aligned([["a", "b"], ["title"], ["longer", "c"]], DESCRIBE_TABS)).toBe("a  b\ntitle\nlonger  c\n");
  });

  it("can be the reader's own", () => {
    const columns = parseColumnSpec("NAME:.metadata.name,CONTAINERS:.spec.containers[*].name,NONE:.x");
    expect(printColumns(columns, PODS as never, false)).toBe(
      "NAME   CONTAINERS   NONE\na      c1,c2        <none>\nb      c3           <none>\n",
    );
  });
});
