import { describe, expect, it } from "vitest";
import {
  type CelDeclarations,
  CelCompiler,
  evaluate,
  fromCel,
  optionalOf,
  toCel,
  type CelObjectType,
  type CelType,
} from "./index.ts";

function compileAlone(expression: string, declarations: CelDeclarations) {
  return new CelCompiler(declarations).compile(expression);
}

const port: CelObjectType = {
  object: "Port",
  fields: () => ({ name: "string", "container-port": "int", namespace: "string" }),
};
const spec: CelObjectType = {
  object: "Spec",
  fields: () => ({
    replicas: "int",
    minReplicas: "int",
    ratio: "double",
    ports: { list: port },
    labels: { map: "string" },
    any: "dyn",
    when: "timestamp",
    tags: { list: "string" },
  }),
};
const compiler = new CelCompiler({ self: spec, oldSelf: spec });

function run(expression: string, self: object, type: CelType = "dyn"): unknown {
  const { program, error } = compileAlone(expression, { self: type });
  if (program === undefined) return error;
  const result = evaluate(program, { self: toCel(self, type) });
  return result.error ?? fromCel(result.value);
}

describe("API130 expressions", () => {
  it.each<[string, unknown, unknown]>([
    ["self.a + 1", { a: 2 }, 3],
    ["self.a > 1.5", { a: 2 }, true],
    ["self.a / 2", { a: 5 }, 2],
    ["has(self.b)", { a: 5 }, false],
    ["has(self.l[0].x)", { l: [{ x: 1 }] }, true],
    ["has(self.l[0].y)", { l: [{ x: 1 }] }, false],
    ["has(self.l[0].y.z)", { l: [{ x: 1 }] }, "no such key: y"],
    ["has(self.l[1].x)", { l: [] }, "index out of bounds: 1"],
    ["self.l.filter(x, has(self.m[x].k)).size()", { l: ["a", "b"], m: { a: { k: 1 }, b: {} } }, 1],
    ["self.b", {}, "no such key: b"],
    ["self.l[3]", { l: [1] }, "index out of bounds: 3"],
    ["1 / self.a", { a: 0 }, "division by zero"],
    ["self.a + 'x'", { a: 1 }, "no such overload"],
    ["self.l.all(x, x > 0)", { l: [1, 2] }, true],
    ["self.m.all(k, self.m[k] > 1)", { m: { a: 1 } }, false],
    ["self.l.map(x, x * 2).filter(x, x > 2)", { l: [1, 2] }, [4]],
    ["self.l.exists_one(x, x == 'a')", { l: ["a", "b"] }, true],
    ["self.?a.?b.orValue('none')", {}, "none"],
    ["self.?a.optMap(x, x + 1).orValue(0)", { a: 1 }, 2],
    ["self.l.all(i, v, v == i)", { l: [0, 1] }, true],
    ["self.m.transformList(k, v, k + v)", { m: { a: "1", b: "2" } }, ["a1", "b2"]],
    ["self.l.isSorted() && self.l.sum() == 6 && self.l.min() == 1 && self.l.max() == 3", { l: [1, 2, 3] }, true],
    ["self.l.max() + 1", { l: [1, 2] }, 3],
    ["self.l.indexOf('b') == 1 && self.l.lastIndexOf('b') == 2", { l: ["a", "b", "b"] }, true],
    ["sets.contains(self.l, ['a']) && !sets.intersects(self.l, ['z'])", { l: ["a", "b"] }, true],
    ["self.s.matches('^[[:alpha:]]+$') && self.s.matches('(?i)^ABC$')", { s: "abc" }, true],
    ["self.s.findAll('[a-z]', 2)", { s: "a1b2c" }, ["a", "b"]],
    ["self.s.find('[0-9]+') + self.s.replace('a', 'x').charAt(0)", { s: "a12" }, "12x"],
    ["'%s is %d of %.2f%%'.format([self.s, 3, 1.5])", { s: "x" }, "x is 3 of 1.50%"],
    ["self.s.split(',').join('-').upperAscii()", { s: "a,b" }, "A-B"],
    [
      "url(self.s).getHost() + url(self.s).getPort() + url(self.s).getEscapedPath()",
      { s: "https://x:84/a?b=c" },
      "x:8484/a",
    ],
    ["isURL(self.s)", { s: "no url" }, false],
    ["quantity('1.5Gi').isGreaterThan(quantity('1000Mi')) && isQuantity('1k') && !isQuantity('x')", {}, true],
    ["quantity('1').add(quantity('500m')).compareTo(quantity('1500m'))", {}, 0],
    ["quantity('2') == quantity('2000m')", {}, true],
    ["cidr('10.0.0.0/8').containsIP(self.s) && ip(self.s).family() == 4 && !isIP('x')", { s: "10.1.2.3" }, true],
    ["string(cidr('192.168.1.7/24').masked())", {}, "192.168.1.0/24"],
    ["string(ip('2001:db8:0:0:0:0:0:1'))", {}, "2001:db8::1"],
    ["semver('1.2.3').isLessThan(semver('1.10.0')) && isSemver('v1.0', true)", {}, true],
    ["format.dns1123Label().validate(self.s).hasValue()", { s: "Not a label" }, true],
    ["duration('1h30m') > duration('45m') && timestamp('2026-01-01T00:00:00Z').getFullYear() == 2026", {}, true],
    ["type(self.a) == int && type(self.d) == double", { a: 1, d: 1.5 }, true],
    ["cel.bind(x, self.a, x * x)", { a: 3 }, 9],
  ])("%s", (expression, self, expected) => {
    expect(run(expression, self as object)).toEqual(expected);
  });

  it("API130 knows the fields of structures, by their escaped names", () => {
    const self = toCel({ ports: [{ name: "a", "container-port": 80, namespace: "x" }], ratio: 1, other: 1 }, spec);
    const { program } = compiler.compile(
      "self.ports[0].container__dash__port == 80 && self.ports[0].__namespace__ == 'x'",
    );
    expect(program && evaluate(program, { self })).toEqual({ value: true, cost: 0 });
    expect(program?.type).toBe("bool");
    expect(self).toEqual({ ports: [{ name: "a", container__dash__port: 80n, __namespace__: "x" }], ratio: 1 });
  });

  it("API130 compares whole structures and lists of them", () => {
    const { program } = compiler.compile("self == oldSelf && self.ports == oldSelf.ports");
    const self = toCel({ ports: [{ name: "a" }] }, spec);
    const oldSelf = toCel({ ports: [{ name: "a" }] }, spec);
    expect(program && evaluate(program, { self, oldSelf }).value).toBe(true);
    expect([...(program?.reads ?? [])].sort()).toEqual(["oldSelf", "self"]);
  });

  it("API130 gives an optional oldSelf", () => {
    const { program } = compileAlone("!oldSelf.hasValue() || oldSelf.value().replicas == 1", {
      oldSelf: { optional: spec },
    });
    expect(program?.type).toBe("bool");
    const results = [undefined, toCel({ replicas: 2 }, spec)].map(
      (old) => program && evaluate(program, { oldSelf: optionalOf(old) }).value,
    );
    expect(results).toEqual([true, false]);
  });
});

describe("types", () => {
  it("API131 structures that are called alike are told apart", () => {
    const a: CelObjectType = { object: "Object.a_b", fields: () => ({ x: "int" }) };
    const b: CelObjectType = { object: "Object.a-b", fields: () => ({ y: "int" }) };
    const root: CelObjectType = { object: "Object", fields: () => ({ a_b: a, "a-b": b }) };
    const both = new CelCompiler({ self: root });
    expect(both.compile("self.a_b.x == self.a__dash__b.y").error).toBeUndefined();
    expect(both.compile("self.a_b.y == 1").error).toContain("undefined field 'y'");
  });
});

describe("API131 complaints", () => {
  it.each<[string, string]>([
    ["self.replica > 1", "ERROR: <input>:1:5: undefined field 'replica'\n | self.replica > 1\n | ....^"],
    [
      "selv.replicas > 1",
      "ERROR: <input>:1:1: undeclared reference to 'selv' (in container '')\n | selv.replicas > 1\n | ^",
    ],
    [
      "self.replicas == 'a'",
      "ERROR: <input>:1:15: found no matching overload for '_==_' applied to '(int, string)'\n | self.replicas == 'a'\n | ..............^",
    ],
    [
      "self.tags.foo()",
      "ERROR: <input>:1:14: undeclared reference to 'foo' (in container '')\n | self.tags.foo()\n | .............^",
    ],
    [
      "self.tags.size(1) > 1",
      "ERROR: <input>:1:15: found no matching overload for 'size' applied to 'list(string).(int)'\n | self.tags.size(1) > 1\n | ..............^",
    ],
    [
      "self.ports.all(p, p.nam == '')",
      "ERROR: <input>:1:20: undefined field 'nam'\n | self.ports.all(p, p.nam == '')\n | ...................^",
    ],
    [
      "!self.replicas",
      "ERROR: <input>:1:1: found no matching overload for '!_' applied to '(int)'\n | !self.replicas\n | ^",
    ],
    [
      "self.replicas && true",
      "ERROR: <input>:1:5: expected type 'bool' but found 'int'\n | self.replicas && true\n | ....^",
    ],
    [
      "self.tags.name",
      "ERROR: <input>:1:10: type 'list(string)' does not support field selection\n | self.tags.name\n | .........^",
    ],
  ])("API131 %s", (expression, text) => {
    expect(compiler.compile(expression)).toEqual({ error: text });
  });

  it("API131 points into the right line", () => {
    expect(compiler.compile("self.replicas > 1 &&\n  self.nope")).toEqual({
      error: "ERROR: <input>:2:7: undefined field 'nope'\n |   self.nope\n | ......^",
    });
  });

  it("API131 a syntax error is one", () => {
    expect(compiler.compile("self.replicas >").error).toMatch(/^ERROR: <input>:1:16: Syntax error: /);
  });
});

describe("API132 cost", () => {
  const list = toCel(Array.from({ length: 200 }, (_, at) => at));

  it.each([
    "self.all(a, self.all(b, self.all(c, self.all(d, true))))",
    "self.map(a, self.map(b, self.map(c, c))).size() > 0",
  ])("API132 %s ends", (expression) => {
    const { program } = compileAlone(expression, { self: "dyn" });
    expect(program && evaluate(program, { self: list })).toEqual({
      error: "operation cancelled: actual cost limit exceeded",
      cost: expect.any(Number) as number,
    });
  });

  it("API132 counts the steps of each evaluation anew", () => {
    const { program } = compileAlone("self.all(a, a >= 0)", { self: "dyn" });
    const costs = [1, 2].map(() => program && evaluate(program, { self: list }).cost);
    expect(costs).toEqual([200, 200]);
  });
});
