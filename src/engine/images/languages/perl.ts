/** perl: one-liners that print, and π to as many digits as the Job of Kubernetes' documentation asks for. */
import type { Call } from "../../base/syscalls.ts";
import { sleep, write } from "../../base/syscalls.ts";
import { literal } from "./interpreter.ts";
import type { Language } from "./interpreter.ts";

/** More digits than this would take the browser's time, not the cluster's. */
const MOST_DIGITS = 20_000;
/** About what Math::BigFloat takes for 2,000 digits. */
const MS_OF_2000_DIGITS = 4000;

/** arctan(1/n) times `unit`. */
function arctan(n: bigint, unit: bigint): bigint {
  let power = unit / n;
  let sum = power;
  for (let odd = 3n, sign = -1n; power !== 0n; odd += 2n, sign = -sign) {
    power /= n * n;
    sum += (sign * power) / odd;
  }
  return sum;
}

/** π with so many digits in all, the last one rounded, by Machin's formula. */
export function piDigits(digits: number): string {
  const guard = 12n;
  const unit = 10n ** (BigInt(digits - 1) + guard);
  const pi = 4n * (4n * arctan(5n, unit) - arctan(239n, unit));
  const text = String((pi + 5n * 10n ** (guard - 1n)) / 10n ** guard);
  return digits === 1 ? text : `${text[0]}.${text.slice(1)}`;
}

function* printPi(digits: number): Call<number> {
  if (digits > MOST_DIGITS) {
    yield* write(2, `perl: this playground computes at most ${MOST_DIGITS} digits\n`);
    return 1;
  }
  yield* sleep(Math.round(MS_OF_2000_DIGITS * (digits / 2000) ** 2));
  yield* write(1, `${piDigits(digits)}\n`);
  return 0;
}

function language(version: string, endsLines: boolean): Language {
  const about = `\nThis is perl 5, version ${version.split(".")[1]}, subversion ${version.split(".")[2]} (v${version}) built for x86_64-linux-gnu\n`;
  return {
    title: "perl",
    versions: { "-v": about, "--version": about },
    evaluates: ["-e", "-E", "-le", "-we", "-wle", "-lwe"],
    harmless: /^-[wl]+$/,
    step(statement) {
      const printed = /^(print|say)\s*\(?(.*?)\)?$/.exec(statement);
      const value = printed === null ? undefined : literal(printed[2] as string);
      if (value !== undefined) return { prints: printed?.[1] === "say" || endsLines ? `${value}\n` : value };
      const slept = /^sleep\s*\(?\s*(\d+)\s*\)?$/.exec(statement);
      if (slept !== null) return { sleepsMs: Number(slept[1]) * 1000 };
      const exit = /^exit\s*\(?\s*(\d+)\s*\)?$/.exec(statement);
      if (exit !== null) return { exits: Number(exit[1]) };
      return /^use (strict|warnings)$/.test(statement) ? "nothing" : undefined;
    },
    missing: (path) => ({ text: `Can't open perl script "${path}": No such file or directory`, code: 2 }),
    special(_ctx, argv) {
      if (!argv.includes("-Mbignum=bpi")) return undefined;
      const match = /^\s*print\s+bpi\(\s*([1-9]\d*)\s*\)\s*;?\s*$/.exec(argv.at(-1) ?? "");
      return match === null ? undefined : printPi(Number(match[1]));
    },
  };
}

/** Whether lines are ended is an option's doing, so the language depends on the arguments. */
export function perlLanguage(version: string, argv: readonly string[]): Language {
  return language(
    version,
    argv.some((word) => /^-[a-z]*l[a-z]*$/.test(word)),
  );
}
