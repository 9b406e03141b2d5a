/** Shows one terminal's screen and keeps its size in step with the panel. */
import { useEffect, useRef } from "react";
import "@xterm/xterm/css/xterm.css";
import "./terminal.css";
import { useDock } from "../../state/dock.ts";
import { useT } from "../../words/translate.ts";
import { closeScreen, screenOf } from "./screens.ts";

interface TerminalPaneProps {
  terminal: number;
  session: number;
  shown: boolean;
}

export function TerminalPane({ terminal: id, session, shown }: TerminalPaneProps) {
  const t = useT();
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const { terminal, fit } = screenOf(id, session);
    if (terminal.element === undefined) terminal.open(element);
    else element.append(terminal.element);
    const resize = new ResizeObserver(() => {
      if (element.offsetWidth > 40 && element.offsetHeight > 20) fit.fit();
    });
    resize.observe(element);
    void document.fonts?.ready.then(() => element.offsetWidth > 40 && fit.fit());
    return () => {
      resize.disconnect();
      // Closed for good only when its tab is gone; otherwise another pane takes the screen over.
      const { tabs, session: present } = useDock.getState();
      const open = session === present && tabs.some((tab) => tab.type === "terminal" && tab.terminal === id);
      if (!open) closeScreen(id, session);
    };
  }, [id, session]);
  useEffect(() => {
    if (shown) screenOf(id, session).terminal.focus();
  }, [id, session, shown]);
  return <div className="terminal" ref={host} hidden={!shown} role="group" aria-label={t("terminal.label")} />;
}
