/** Events of one object, oldest first, by virtual clock. */
import type { InspectorView } from "../../../worker/protocol.ts";
import { formatElapsed, useTime } from "../../state/time.ts";
import { useT } from "../../words/translate.ts";

export function Events({ events, most = 200 }: { events: InspectorView["events"]; most?: number }) {
  const t = useT();
  const start = useTime((state) => state.now - state.elapsed);
  // They come newest first; among those of one instant that order must turn too.
  const ordered = events
    .toReversed()
    .toSorted((a, b) => a.time - b.time)
    .slice(-most);
  if (events.length === 0) return <p className="quiet">{t("inspector.no-events")}</p>;
  return (
    <ol className="object-events">
      {ordered.map((event, index) => (
        <li key={index} className={event.type === "Warning" ? "warning" : ""}>
          <time>{formatElapsed(event.time - start).slice(-5)}</time>
          <span>
            <b>{event.reason}</b>
            {event.count > 1 && <i> ×{event.count}</i>} {event.message}
          </span>
        </li>
      ))}
    </ol>
  );
}
