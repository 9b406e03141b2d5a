/** Quantities (`100m`, `2Gi`) as numbers to sort by; undefined for other text. */
const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

export function parseQuantityForSort(text: string): number | undefined {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/.exec(text);
  if (match === null) return undefined;
  const [, number = "", suffix = ""] = match;
  if (/^[eE][+-]?\d/.test(suffix)) return Number(`${number}${suffix}`);
  return Number(number) * (SUFFIXES[suffix] ?? 1);
}
