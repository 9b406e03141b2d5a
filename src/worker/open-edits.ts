export interface EditRequest {
  title: string;
  text: string;
}

interface OpenEdit {
  request: EditRequest;
  done(text: string | null): void;
}

/** Every `kubectl edit` and nano that waits for its text, numbered in the order of asking. */
export class OpenEdits {
  private readonly open = new Map<number, OpenEdit>();
  private next = 1;

  add(request: EditRequest, done: (text: string | null) => void): number {
    const edit = this.next++;
    this.open.set(edit, { request, done });
    return edit;
  }

  /** Whoever asked has gone. */
  drop(edit: number): void {
    this.open.delete(edit);
  }

  /** Gives the text, or null when the edit was given up. */
  finish(edit: number, text: string | null): void {
    const open = this.open.get(edit);
    this.open.delete(edit);
    open?.done(text);
  }

  list(): [edit: number, request: EditRequest][] {
    return [...this.open].map(([edit, { request }]) => [edit, request]);
  }
}
