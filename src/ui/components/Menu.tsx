/** A button that opens a list of actions, after the ARIA menu pattern, drawn in the browser's own top layer. */
import { type KeyboardEvent, type ReactNode, useId, useLayoutEffect, useRef, useState } from "react";

export interface MenuItem {
  id: string;
  label: ReactNode;
  /** The command that a learner could type for it. */
  command?: string;
  checked?: boolean;
  disabled?: boolean;
  onChoose(): void;
}

export interface MenuGroup {
  label?: string;
  items: MenuItem[];
}

interface MenuProps {
  label: string;
  button: ReactNode;
  groups: MenuGroup[];
  tip?: string;
  className?: string;
  align?: "start" | "end";
  /** The button's own text names it; `label` then names the list only. */
  named?: boolean;
  /** Shown where there is nothing to choose. */
  empty?: string;
}

export function Menu({
  label,
  button,
  groups,
  tip,
  className = "btn",
  align = "start",
  named = false,
  empty,
}: MenuProps) {
  const id = useId();
  const trigger = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);

  const items = (): HTMLElement[] => itemsOf(list.current);
  const onToggle = (now: boolean): void => {
    setOpen(now);
  };
  // Only once its items are drawn has the list a width, and something to focus.
  useLayoutEffect(() => {
    if (!open) return;
    place(trigger.current, list.current, align);
    const all = itemsOf(list.current);
    (all.find((item) => item.getAttribute("aria-checked") === "true") ?? all[0])?.focus();
  }, [open, align]);
  const close = (): void => {
    list.current?.hidePopover();
    trigger.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const moves: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 };
    const to = moves[event.key];
    if (to !== undefined) {
      event.preventDefault();
      all[(to + all.length) % all.length]?.focus();
    } else if (event.key === "Tab") list.current?.hidePopover();
    else if (event.key.length === 1 && event.key !== " ") {
      const letter = event.key.toLowerCase();
      [...all.slice(at + 1), ...all].find((item) => item.textContent?.trim().toLowerCase().startsWith(letter))?.focus();
    }
  };

  return (
    <>
      <button
        type="button"
        ref={trigger}
        className={className}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={named ? undefined : label}
        data-tip={tip}
        popoverTarget={id}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown") return;
          event.preventDefault();
          list.current?.showPopover();
        }}
      >
        {button}
      </button>
      <div
        id={id}
        ref={list}
        popover="auto"
        role="menu"
        aria-label={label}
        className="menu"
        onToggle={(event) => onToggle(event.newState === "open")}
        onKeyDown={onKeyDown}
      >
        {open &&
          groups.map((group, index) => (
            <div key={index} role="group" aria-label={group.label} className="menu-group">
              {group.label !== undefined && <div className="menu-label">{group.label}</div>}
              {group.items.map((item) => (
                <button
                  key={item.id}
                  type="button"
                  role={item.checked === undefined ? "menuitem" : "menuitemradio"}
                  aria-checked={item.checked}
                  aria-disabled={item.disabled}
                  tabIndex={-1}
                  onClick={() => {
                    if (item.disabled === true) return;
                    close();
                    item.onChoose();
                  }}
                >
                  <span className="menu-tick" aria-hidden="true">
                    {item.checked === true ? "✓" : ""}
                  </span>
                  <span className="menu-text">{item.label}</span>
                  {item.command !== undefined && <code>{item.command}</code>}
                </button>
              ))}
            </div>
          ))}
        {open && groups.every((group) => group.items.length === 0) && <p className="menu-empty">{empty}</p>}
      </div>
    </>
  );
}

function itemsOf(menu: HTMLElement | null): HTMLElement[] {
  return [...(menu?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];
}

/** Below its button, inside of the window. */
function place(button: HTMLElement | null, menu: HTMLElement | null, align: "start" | "end"): void {
  const from = button?.getBoundingClientRect();
  if (from === undefined || menu === null) return;
  const wide = menu.offsetWidth;
  const left = align === "end" ? from.right - wide : from.left;
  menu.style.left = `${Math.max(8, Math.min(left, innerWidth - wide - 8))}px`;
  menu.style.top = `${from.bottom + 4}px`;
  menu.style.maxHeight = `${innerHeight - from.bottom - 16}px`;
}
