/** One tooltip for the whole page: whatever carries `data-tip` shows it on hover and on keyboard focus; Escape hides it. */
import { useEffect, useRef } from "react";

const delay = 350;

export function TipLayer() {
  const tip = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let timer = 0;
    const hide = (): void => {
      clearTimeout(timer);
      if (tip.current?.matches(":popover-open") === true) tip.current.hidePopover();
    };
    const show = (target: HTMLElement): void => {
      const element = tip.current;
      const text = target.dataset["tip"];
      if (element === null || text === undefined || text === "" || !target.isConnected) return;
      element.textContent = text;
      element.showPopover();
      const at = target.getBoundingClientRect();
      const wide = element.offsetWidth;
      const below = at.bottom + 6 + element.offsetHeight < innerHeight;
      element.style.left = `${Math.max(6, Math.min(at.left + at.width / 2 - wide / 2, innerWidth - wide - 6))}px`;
      element.style.top = `${below ? at.bottom + 6 : at.top - element.offsetHeight - 6}px`;
    };
    const over = (event: Event): void => {
      const target = (event.target as Element | null)?.closest?.<HTMLElement>("[data-tip]");
      hide();
      if (target === null || target === undefined) return;
      if (event.type === "focusin" && !target.matches(":focus-visible")) return;
      timer = window.setTimeout(() => show(target), event.type === "focusin" ? 0 : delay);
    };
    const key = (event: globalThis.KeyboardEvent): void => {
      if (event.key === "Escape") hide();
    };
    document.addEventListener("pointerover", over);
    document.addEventListener("focusin", over);
    document.addEventListener("pointerdown", hide);
    document.addEventListener("keydown", key);
    return () => {
      hide();
      document.removeEventListener("pointerover", over);
      document.removeEventListener("focusin", over);
      document.removeEventListener("pointerdown", hide);
      document.removeEventListener("keydown", key);
    };
  }, []);
  return <div ref={tip} popover="manual" className="tip" role="tooltip" />;
}
