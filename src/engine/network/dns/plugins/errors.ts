/**
 * A line for each query that a plugin further down failed at; without it nobody hears of them. Upstream: coredns
 * plugin/errors/{setup,errors}.go.
 *
 * **Simplified:** what is consolidated is told when its time is over, not earlier when the Corefile is read again.
 */
import { formatGoDuration } from "../../../base/go-duration.ts";
import { goRegExp } from "../../../base/go-regexp.ts";
import type { Directive } from "../corefile.ts";
import { durationMs, setupError, wrongArguments } from "../plugin.ts";
import type { PluginSetup, Setup } from "../plugin.ts";

const NAME = "errors";
const LEVELS: Readonly<Record<string, string>> = {
  warning: "[WARNING]",
  error: "[ERROR]",
  info: "[INFO]",
  debug: "[DEBUG]",
};

/** `consolidate 5m ".* i/o timeout$" warning`: errors of one pattern are counted, and told together. */
interface Consolidated {
  readonly pattern: RegExp;
  tell(): void;
}

export const errorsPlugin: PluginSetup = (directive, setup, next) => {
  const [log] = directive.args;
  if (directive.args.length > 1) throw wrongArguments(setup, NAME, directive.line, directive.args.at(-1) as string);
  if (log !== undefined && log !== "stdout")
    throw setupError(setup, NAME, { line: directive.line, message: `invalid log file: ${log}` });
  const consolidated = directive.block.flatMap((line) => consolidatedBy(line, setup));
  return (request) => {
    const message = next(request);
    const { failed } = request;
    if (failed.error === undefined) return message;
    const { name, type, why } = failed.error;
    failed.error = undefined;
    const kind = consolidated.find(({ pattern }) => pattern.test(why));
    if (kind === undefined) setup.host.log(`[ERROR] plugin/errors: 2 ${name}. ${type}: ${why}`);
    else kind.tell();
    return message;
  };
};

function consolidatedBy({ words, line }: Directive["block"][number], setup: Setup): Consolidated[] {
  const [property = "", ...args] = words;
  // Go's stack of a panic: nothing here panics.
  if (property === "stacktrace") return [];
  if (property !== "consolidate") {
    const expected = `expecting 'Unknown field ${property}'`;
    throw setupError(setup, NAME, `${setup.file}:${line} - Syntax error: Unexpected token '${property}', ${expected}`);
  }
  if (args.length < 2 || args.length > 3) throw wrongArguments(setup, NAME, line, words.at(-1) as string);
  const [period = "", expression = "", level = "error"] = args;
  const ms = durationMs(period);
  if (ms === undefined)
    throw setupError(setup, NAME, { line, message: `time: invalid duration ${JSON.stringify(period)}` });
  const pattern = goRegExp(expression);
  if (pattern === undefined)
    throw setupError(setup, NAME, { line, message: `error parsing regexp: \`${expression}\`` });
  const prefix = LEVELS[level];
  if (prefix === undefined)
    throw setupError(setup, NAME, { line, message: `unknown log level argument in consolidate: ${level}` });
  const { host } = setup;
  let count = 0;
  return [
    {
      pattern,
      tell() {
        if (count++ > 0) return;
        host.after(ms, () => {
          // CoreDNS has debug's lines only with the plugin of that name.
          if (level !== "debug")
            host.log(
              `${prefix} plugin/errors: ${count} errors like '${expression}' occurred in last ${formatGoDuration(ms)}`,
            );
          count = 0;
        });
      },
    },
  ];
}
