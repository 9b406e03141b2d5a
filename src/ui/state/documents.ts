/** Files that are open in the editor. The text is the worker's once saved; until then it lives here. */
import { create } from "zustand";

export interface OpenDocument {
  path: string;
  text: string;
  saved: string;
  /** Set when `kubectl edit` waits for this text. */
  edit?: number;
}

export const useDocuments = create<{ open: Map<string, OpenDocument> }>(() => ({ open: new Map() }));

export function setDocument(document: OpenDocument): void {
  useDocuments.setState(({ open }) => ({ open: new Map(open).set(document.path, document) }));
}

export function changeText(path: string, text: string): void {
  const document = useDocuments.getState().open.get(path);
  if (document !== undefined && document.text !== text) setDocument({ ...document, text });
}

export function forgetDocument(path: string): void {
  useDocuments.setState(({ open }) => {
    const next = new Map(open);
    next.delete(path);
    return { open: next };
  });
}
