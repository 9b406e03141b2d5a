/** The Events tab of the dock: all Event objects, newest first, as `kubectl events -A` would list them. */
import { useMemo } from "react";
import "./timeline.css";
import { inspect } from "../../state/actions.ts";
import { useEvents } from "../../state/happenings.ts";
import { formatElapsed, useTime } from "../../state/time.ts";
import { useT } from "../../words/translate.ts";

const most = 200;

export function EventList() {
  const t = useT();
  const byUid = useEvents((state) => state.byUid);
  const start = useTime((state) => state.now - state.elapsed);
  const events = useMemo(() => [...byUid.values()].slice(-most).toReversed(), [byUid]);
  return (
    <div className="event-list" tabIndex={0} role="group" aria-label={t("dock.events")}>
      {events.length === 0 && <p>{t("events.empty")}</p>}
      <table>
        <thead className="visually-hidden">
          <tr>
            <th scope="col">{t("events.time")}</th>
            <th scope="col">{t("events.type")}</th>
            <th scope="col">{t("events.reason")}</th>
            <th scope="col">{t("events.object")}</th>
            <th scope="col">{t("events.message")}</th>
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <tr key={event.uid} className={event.type === "Warning" ? "warning" : ""}>
              <td>{formatElapsed(event.time - start)}</td>
              <td className="event-type">{event.type}</td>
              <td>{event.reason}</td>
              <td>
                <button type="button" className="link" onClick={() => inspect(event.object)}>
                  {event.object.kind.toLowerCase()}/{event.object.name}
                </button>
              </td>
              <td>
                {event.message}
                {event.count > 1 && ` (×${event.count})`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
