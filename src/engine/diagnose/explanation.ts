/** What a "why?" is answered with: a message's key and what to put into it. Words are the page's and kubectl's matter. */
export interface Finding {
  /** `diagnose.<key>` in the catalogue of words. */
  key: string;
  values: Readonly<Record<string, string | number>>;
}
