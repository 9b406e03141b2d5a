/** Rules as far as they are texts; what they mean is the server's to check. Upstream: the same file as `validate-schema`. */
import { invalidValue, notSupported, required, type FieldError } from "../../meta/field-error.ts";
import { fieldPathSchema } from "./field-path.ts";
import { RULES, type Schema } from "./schema-nodes.ts";

export const RULE_REASONS = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

export function validateRuleTexts(schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, rule] of (schema[RULES] ?? []).entries()) {
    const at = `${path}.${RULES}[${index}]`;
    const { message = "", messageExpression = "", fieldPath = "", reason } = rule;
    const text = rule.rule ?? "";
    if (text.trim() === "") errors.push(required(`${at}.rule`, "rule is not specified"));
    else if (message !== "" && message.trim() === "") {
      errors.push(invalidValue(`${at}.message`, message, "message must be non-empty if specified"));
    } else if (hasNewlines(message.trim())) {
      errors.push(invalidValue(`${at}.message`, message, "message must not contain line breaks"));
    } else if (hasNewlines(text.trim()) && message.trim() === "") {
      errors.push(required(`${at}.message`, "message must be specified if rule contains line breaks"));
    }
    if (messageExpression !== "" && messageExpression.trim() === "") {
      errors.push(required(`${at}.messageExpression`, "messageExpression must be non-empty if specified"));
    }
    if (reason !== undefined && !RULE_REASONS.includes(reason)) {
      errors.push(notSupported(`${at}.reason`, reason, RULE_REASONS));
    }
    if (fieldPath === "") continue;
    const complaint = (why: string): FieldError => invalidValue(`${at}.fieldPath`, fieldPath, why);
    if (fieldPath.trim() === "") errors.push(complaint("fieldPath must be non-empty if specified"));
    if (hasNewlines(fieldPath)) errors.push(complaint("fieldPath must not contain line breaks"));
    if (fieldPathSchema(schema, fieldPath, { brackets: true }).schema === undefined) {
      errors.push(complaint("fieldPath must be a valid path"));
    }
  }
  return errors;
}

function hasNewlines(text: string): boolean {
  return /[\n\r]/.test(text);
}
