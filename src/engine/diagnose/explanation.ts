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
}
