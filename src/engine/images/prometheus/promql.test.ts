import { describe, expect, it } from "vitest";
import { evaluate } from "./promql.ts";
import { parsePromql, PromqlError } from "./promql-parser.ts";
import { metricName, queryOf, readRules, resourceOfLabel, RuleError, selectorMatchers } from "./adapter-rules.ts";
import { readConfig, relabelled } from "./scrape-config.ts";
import { parseExposition, SeriesStore } from "./series.ts";

const NOW = 120_000;
const store = new SeriesStore();
// Two counters, read each 15 seconds for two minutes; the second began again in between.
for (let at = 0; at <= NOW; at += 15_000) {
  store.append({ labels: { __name__: "hits", pod: "a", ns: "x" }, value: at / 1000 }, at);
  store.append(
    { labels: { __name__: "hits", pod: "b", ns: "x" }, value: at < 60_000 ? at / 500 : (at - 60_000) / 500 },
    at,
  );
}
const ask = (text: string): unknown => evaluate(parsePromql(text), store, NOW);

describe("PromQL", () => {
  it("sees the last sample, and growth by the second over a range", () => {
    expect(ask("hits")).toEqual([
      { labels: { __name__: "hits", pod: "a", ns: "x" }, value: 120 },
      { labels: { __name__: "hits", pod: "b", ns: "x" }, value: 120 },
    ]);
    expect(ask('rate(hits{pod="a"}[1m])')).toEqual([{ labels: { pod: "a", ns: "x" }, value: 1 }]);
    expect(ask('increase(hits{pod=~"b|c"}[1m])')).toEqual([{ labels: { pod: "b", ns: "x" }, value: 120 }]);
    expect(ask('irate(hits{pod!="a"}[5m])')).toEqual([{ labels: { pod: "b", ns: "x" }, value: 2 }]);
    expect(ask('max_over_time(hits{pod="b"}[2m])')).toEqual([{ labels: { pod: "b", ns: "x" }, value: 120 }]);
  });

  it("adds up by labels, calculates and compares", () => {
    expect(ask("sum(rate(hits[1m])) by (ns)")).toEqual([{ labels: { ns: "x" }, value: 3 }]);
    expect(ask("sum without (pod, ns) (hits)")).toEqual([{ labels: {}, value: 240 }]);
    expect(ask("avg(hits) / 2 - 1")).toEqual([{ labels: {}, value: 59 }]);
    expect(ask("count(rate(hits[1m]) > 1)")).toEqual([{ labels: {}, value: 1 }]);
    expect(ask("hits / hits")).toEqual([
      { labels: { pod: "a", ns: "x" }, value: 1 },
      { labels: { pod: "b", ns: "x" }, value: 1 },
    ]);
    expect(ask("(1 + 2) * 3")).toBe(9);
    expect(ask('hits{pod="a"} > 100')).toEqual([{ labels: { __name__: "hits", pod: "a", ns: "x" }, value: 120 }]);
  });

  it("refuses what it can't read and what it doesn't know", () => {
    const refusal = (text: string): string => {
      try {
        ask(text);
      } catch (error) {
        if (error instanceof PromqlError) return error.message;
        throw error;
      }
      return "";
    };
    expect(refusal('hits{pod=~"(a"}')).toBe("parse error: error parsing regexp: `(a`");
    expect(ask('count(hits{pod=~"(?i)A"})')).toEqual([{ labels: {}, value: 1 }]);
    expect(refusal("sum(")).toBe("parse error: unexpected end of input");
    expect(refusal("rate(hits)")).toBe(
      'parse error: expected type range vector in call to function "rate", got instant vector',
    );
    expect(refusal("histogram_quantile(0.9, hits)")).toBe(
      'parse error: this playground knows no function with name "histogram_quantile"',
    );
    expect(refusal("hits offset 5m")).toBe('parse error: unexpected identifier "offset"');
  });
});

it("series that nobody adds to any more are forgotten after an hour, and old samples of those that go on", () => {
  const kept = new SeriesStore();
  const shown = (): unknown[] => kept.select([]).map(({ labels, points }) => [labels["pod"], points.length]);
  for (const pod of ["gone", "stays"]) kept.append({ labels: { __name__: "up", pod }, value: 1 }, 0);
  kept.append({ labels: { __name__: "up", pod: "stays" }, value: 1 }, 3_500_000);
  expect(shown()).toEqual([
    ["gone", 1],
    ["stays", 2],
  ]);
  kept.append({ labels: { __name__: "up", pod: "stays" }, value: 1 }, 4_200_000);
  expect(shown()).toEqual([["stays", 2]]);
});

it("text that a program shows is read as a whole or not at all", () => {
  expect(parseExposition('# TYPE a counter\na{x="1",y="q\\"q"} 2\nb 1e3 1700000000\n')).toEqual([
    { labels: { __name__: "a", x: "1", y: 'q"q' }, value: 2 },
    { labels: { __name__: "b" }, value: 1000 },
  ]);
  expect(parseExposition("<html>\n")).toBeUndefined();
});

it("targets are relabelled, kept and dropped by rules", () => {
  const pod = { __address__: "10.0.0.1:80", __meta_port: "9898", __meta_label_app: "web" };
  const toPort = { source_labels: ["__address__", "__meta_port"], regex: "([^:]+)(?::\\d+)?;(\\d+)" };
  expect(
    relabelled(pod, [
      { ...toPort, replacement: "$1:$2", target_label: "__address__" },
      { action: "labelmap", regex: "__meta_label_(.+)" },
      { action: "labeldrop", regex: "__meta_.*" },
    ]),
  ).toEqual({ __address__: "10.0.0.1:9898", app: "web" });
  expect(relabelled(pod, [{ source_labels: ["__meta_label_app"], action: "drop", regex: "web" }])).toBeUndefined();
  expect(relabelled(pod, [{ source_labels: ["__meta_label_app"], action: "keep", regex: "we" }])).toBeUndefined();
  expect(readConfig("rule_files: [x]\nscrape_configs:\n- job_name: a\n  proxy_url: http://p\n").unread).toEqual([
    "rule_files",
    "proxy_url of job a",
  ]);
  expect(() => readConfig("scrape_configs:\n- job_name: a\n  relabel_configs:\n  - action: hashmod\n")).toThrow(
    'unknown relabel action "hashmod"',
  );
  const job = (fields: object) => () => readConfig(JSON.stringify({ scrape_configs: [{ job_name: "a", ...fields }] }));
  expect(job({ relabel_configs: [{ action: "keep", regex: "(" }] })).toThrow("error parsing regexp: `(`");
  expect(job({ relabel_configs: [{ regex: "x" }] })).toThrow("requires 'target_label' value");
  expect(job({ static_configs: { targets: ["x"] } })).toThrow("cannot unmarshal static_configs");
  expect(job({ static_configs: [{ targets: "x:80" }] })).toThrow("cannot unmarshal targets");
  const discovery = [{ role: "ingress" }, { role: "pod", selectors: [], namespaces: { own_namespace: true } }];
  expect(job({ kubernetes_sd_configs: discovery })()).toMatchObject({
    jobs: [{ discovery: [{ role: "pod", namespaces: [] }] }],
    unread: ["role ingress of job a", "selectors of job a", "namespaces.own_namespace of job a"],
  });
});

it("an adapter's rules name metrics, and find objects by labels and templates", () => {
  const { rules, unread } = readRules(
    JSON.stringify({
      rules: [
        {
          seriesQuery: "{a}",
          seriesFilters: [{ isNot: "_seconds_total$" }],
          name: { matches: "^(.*)_total$", as: "${1}_per_second" },
          resources: { template: "kube_<<.Group>>_<<.Resource>>", overrides: { p: { resource: "pod" } } },
          metricsQuery: "sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)",
        },
      ],
      resourceRules: {},
    }),
  );
  const [rule] = rules;
  if (rule === undefined) throw new Error("no rule");
  expect(unread).toEqual(["resourceRules"]);
  expect(["hits_total", "cpu_seconds_total", "hits"].map((name) => metricName(rule, name))).toEqual([
    "hits_per_second",
    undefined,
    undefined,
  ]);
  expect([
    resourceOfLabel(rule, "p"),
    resourceOfLabel(rule, "kube_apps_deployment"),
    resourceOfLabel(rule, "q"),
  ]).toEqual([{ group: "", resource: "pod" }, { group: "apps", resource: "deployment" }, undefined]);
  expect(queryOf(rule, { series: "hits_total", matchers: ['p="a"', 'ns="x"'], groupBy: "p" })).toBe(
    'sum(rate(hits_total{p="a",ns="x"}[2m])) by (p)',
  );
  expect(selectorMatchers("queue=a,tier in (x,y),!old,new,z!=1")).toEqual([
    'queue="a"',
    'tier=~"x|y"',
    'old=""',
    'new!=""',
    'z!="1"',
  ]);
  expect(() => readRules(JSON.stringify({ rules: [{ metricsQuery: "<<index .LabelValuesByName `x`>>" }] }))).toThrow(
    RuleError,
  );
});
