/** Splits YAML that we printed ourselves into coloured parts, line by line. Not a parser: block text is left plain. */

export interface YamlPart {
  text: string;
  kind: "" | "key" | "string" | "number" | "word" | "comment" | "dash";
}

const line = /^(\s*)((?:- )*)(?:([^\s:#'"][^:#]*|"[^"]*"|'[^']*')(:)(?=\s|$))?(\s*)(.*)$/;

export function highlightYaml(text: string): YamlPart[][] {
  return text.replace(/\n$/, "").split("\n").map(highlightLine);
}

function highlightLine(source: string): YamlPart[] {
  if (/^\s*#/.test(source)) return [{ text: source, kind: "comment" }];
  const found = line.exec(source);
  if (found === null) return [{ text: source, kind: "" }];
  const [, indent = "", dashes = "", key = "", colon = "", space = "", value = ""] = found;
  const parts: YamlPart[] = [
    { text: indent, kind: "" },
    { text: dashes, kind: "dash" },
    { text: key, kind: "key" },
    { text: colon + space, kind: "" },
    { text: value, kind: kindOf(value) },
  ];
  return parts.filter((part) => part.text !== "");
}

function kindOf(value: string): YamlPart["kind"] {
  if (value === "") return "";
  if (/^-?\d+(\.\d+)?$/.test(value)) return "number";
  if (/^(true|false|null|~)$/.test(value)) return "word";
  return "string";
}
