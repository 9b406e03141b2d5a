import type { Builtin } from "../shell.ts";

/** What a program's own completion script calls its function, after cobra. */
const STARTER = "__start_";

/**
 * complete [-o option]… -F __start_PROGRAM name…; complete [-p]; complete -r name…
 *
 * Simplified: completion is done by the terminal, so that of the ways to say how one alone is left: as a program that it
 * knows.
 */
export const complete: Builtin = function* (shell, args) {
  const names: string[] = [];
  let starter = "";
  let removes = false;
  for (let at = 0; at < args.length; at++) {
    const word = args[at] as string;
    if (word === "-o") at++;
    else if (word === "-F") starter = args[++at] ?? "";
    else if (word === "-r") removes = true;
    else if (word.startsWith("-") && word !== "-p") {
      yield* shell.complain(`complete: ${word} is not simulated`);
      return 2;
    } else if (word !== "-p") names.push(word);
  }
  if (removes) for (const name of names) shell.completions.delete(name);
  else if (starter === "") {
    for (const [name, program] of shell.completions) yield* shell.out(`complete -F ${STARTER}${program} ${name}\n`);
  } else if (starter.startsWith(STARTER)) {
    for (const name of names) shell.completions.set(name, starter.slice(STARTER.length));
  } else {
    yield* shell.complain(`complete: functions other than ${STARTER}PROGRAM are not simulated: ${starter}`);
    return 2;
  }
  return 0;
};
