/** What a "why?" is answered with: a message's key and what to put into it. Words are the page's and kubectl's matter. */
export interface Finding {
  /** `diagnose.<key>` in the catalogue of words. */
  key: string;
  values: Readonly<Record<string, string | number>>;
}

/** The smallest thing that would mend it, in a form that can be tried. */
export interface Mend {
  /** A line for the laptop's shell: `kubectl set selector service/web app=web`. */
  command?: string;
  /** What to ask for instead. */
  url?: string;
  /** The Host header to ask with. */
  host?: string;
}

/** What went wrong, what would mend it, and how. */
export interface Explanation {
  cause: Finding;
  change: Finding;
  /** How to make the change; absent where only a person can know it. */
  mend?: Mend;
}

/** An explanation in the catalogue's words. */
export function found(keys: { cause: string; change: string }, values: Finding["values"], mend?: Mend): Explanation {
  return {
    cause: { key: `exchange.${keys.cause}`, values },
    change: { key: `change.${keys.change}`, values },
    ...(mend !== undefined && { mend }),
  };
}
