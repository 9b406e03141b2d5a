/** The shape of a state; colour comes from the class of the line that it stands in, so shape and text carry it alone too. */
import type { InspectorView } from "../../worker/protocol.ts";

export type MarkState = InspectorView["status"]["state"];

export function StatusMark({ state, size = 11 }: { state: MarkState; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 12 12" aria-hidden="true" className="status-mark">
      <Shape state={state} />
    </svg>
  );
}

function Shape({ state }: { state: MarkState }) {
  switch (state) {
    case "running":
    case "ready":
      return <circle cx="6" cy="6" r="5" fill="currentColor" />;
    case "waiting":
      return (
        <>
          <circle cx="6" cy="6" r="4.6" fill="none" stroke="currentColor" strokeWidth="1.4" />
          <path d="M6 6V1.4A4.6 4.6 0 0 1 10.6 6Z" fill="currentColor" />
        </>
      );
    case "failing":
    case "not-ready":
      return <path d="M6 .8 11.6 11H.4Z" fill="currentColor" />;
    case "completed":
      return <path d="m1.5 6.4 3 3 6-7" fill="none" stroke="currentColor" strokeWidth="1.8" />;
    case "pending":
      return <path d="M6 .9 11.1 6 6 11.1.9 6Z" fill="none" stroke="currentColor" strokeWidth="1.4" />;
    default:
      return <circle cx="6" cy="6" r="4.6" fill="none" stroke="currentColor" strokeWidth="1.4" />;
  }
}

export function StatusLine({ state, text }: { state: MarkState; text: string }) {
  return (
    <span className={`status state-${state}`}>
      {state !== "none" && <StatusMark state={state} />}
      <span className="status-text">{text}</span>
    </span>
  );
}
