/** Virtual time: start over, pause, step, speed, run until nothing changes, what happened lately, the clock. */
import { useMemo } from "react";
import { FastForward, Pause, Play, SkipBack, StepForward } from "lucide-react";
import { Menu } from "../components/Menu.tsx";
import { runUntilIdle, setSpeed, speeds, step, togglePause } from "../state/actions.ts";
import { startOver } from "../state/engine.ts";
import { useHappenings } from "../state/happenings.ts";
import { usePage } from "../state/page.ts";
import { formatElapsed, useTime } from "../state/time.ts";
import { useT } from "../words/translate.ts";

export function TimeBar() {
  const t = useT();
  const paused = useTime((state) => state.paused);
  const running = useTime((state) => state.running);
  const idle = useTime((state) => state.idle);
  const ready = usePage((state) => state.boot === "ready");
  return (
    <div className="time" role="group" aria-label={t("time.label")}>
      <IconButton
        label={t("time.start-over")}
        tip={t("time.start-over-tip")}
        disabled={!ready}
        onClick={() => void startOver()}
      >
        <SkipBack size={14} fill="currentColor" aria-hidden="true" />
      </IconButton>
      <IconButton
        label={t(paused ? "time.play" : "time.pause")}
        tip={t(paused ? "time.play-tip" : "time.pause-tip")}
        disabled={!ready}
        onClick={togglePause}
      >
        {paused ? (
          <Play size={14} fill="currentColor" aria-hidden="true" />
        ) : (
          <Pause size={14} fill="currentColor" strokeWidth={0} aria-hidden="true" />
        )}
      </IconButton>
      <IconButton label={t("time.step")} tip={t("time.step-tip")} disabled={!ready} onClick={step}>
        <StepForward size={14} fill="currentColor" aria-hidden="true" />
      </IconButton>
      <SpeedMenu />
      <IconButton
        label={t("time.until-idle")}
        tip={t(idle ? "time.idle-tip" : "time.until-idle-tip")}
        disabled={!ready}
        pressed={running}
        onClick={runUntilIdle}
      >
        <FastForward size={14} fill="currentColor" aria-hidden="true" />
      </IconButton>
      <ActivityTrack />
      <Clock />
    </div>
  );
}

interface IconButtonProps {
  label: string;
  tip: string;
  disabled: boolean;
  pressed?: boolean;
  onClick(): void;
  children: React.ReactNode;
}

function IconButton({ label, tip, disabled, pressed, onClick, children }: IconButtonProps) {
  return (
    <button
      type="button"
      className="btn icon"
      aria-label={label}
      data-tip={tip}
      disabled={disabled}
      aria-pressed={pressed}
      onClick={onClick}
    >
      {children}
    </button>
  );
}

function SpeedMenu() {
  const t = useT();
  const speed = useTime((state) => state.speed);
  return (
    <Menu
      label={t("time.speed", { speed })}
      tip={t("time.speed-tip")}
      className="btn speed"
      button={`${speed}×`}
      groups={[
        {
          label: t("time.speed-label"),
          items: speeds.map((one) => ({
            id: String(one),
            label: `${one}×`,
            checked: one === speed,
            onChoose: () => setSpeed(one),
          })),
        },
      ]}
    />
  );
}

function Clock() {
  const t = useT();
  const text = useTime((state) => formatElapsed(state.elapsed));
  return (
    <time className="clock" role="timer" aria-label={t("time.clock", { time: text })}>
      {text}
    </time>
  );
}

/** Virtual milliseconds that the track shows, and into how many strokes it sums them. */
const span = 120_000;
const strokes = 60;

/** How much happened lately, as strokes of a tide gauge; the present is at the right. */
function ActivityTrack() {
  const t = useT();
  const list = useHappenings((state) => state.list);
  const tick = useTime((state) => Math.floor(state.now / (span / strokes)));
  const heights = useMemo(() => {
    const counts = Array.from({ length: strokes }, () => 0);
    for (let at = list.length - 1; at >= 0; at--) {
      const age = tick - Math.floor((list[at]?.time ?? 0) / (span / strokes));
      if (age >= strokes) break;
      const slot = strokes - 1 - Math.max(0, age);
      counts[slot] = (counts[slot] ?? 0) + 1;
    }
    return counts;
  }, [list, tick]);
  return (
    <button
      type="button"
      className="track"
      aria-label={t("time.track")}
      data-tip={t("time.track-tip")}
      onClick={() => usePage.setState({ seaView: "timeline", narrowRegion: "sea" })}
    >
      <svg viewBox={`0 0 ${strokes * 5} 22`} preserveAspectRatio="none" aria-hidden="true">
        <path className="track-base" d={`M0 20.5H${strokes * 5}`} />
        <path
          className="track-strokes"
          d={heights
            .map((count, at) =>
              count === 0 ? "" : `M${at * 5 + 2} 20V${20 - Math.min(16, 3 + 3 * Math.log2(count + 1))}`,
            )
            .join("")}
        />
      </svg>
      <i aria-hidden="true" />
    </button>
  );
}
