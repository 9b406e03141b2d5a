/** A row of tabs after the ARIA pattern: one tab stop, arrows move and choose, Home and End jump. */
import { type KeyboardEvent, type ReactNode, useRef } from "react";

export interface TabItem<Id extends string> {
  id: Id;
  label: ReactNode;
  /** A longer name where the label is short. */
  title?: string;
  onClose?: () => void;
  closeLabel?: string;
}

interface TabsProps<Id extends string> {
  label: string;
  items: readonly TabItem<Id>[];
  active: Id;
  onChange(id: Id): void;
  /** The id of the panel that the active tab shows. */
  controls: string;
  className: string;
}

export function Tabs<Id extends string>({ label, items, active, onChange, controls, className }: TabsProps<Id>) {
  const row = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = items.findIndex((item) => item.id === active);
    const moves: Record<string, number> = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: items.length - 1 };
    const to = moves[event.key];
    if (event.key === "Delete") items[at]?.onClose?.();
    if (to === undefined) return;
    const next = items[(to + items.length) % items.length];
    if (next === undefined) return;
    event.preventDefault();
    onChange(next.id);
    row.current?.querySelectorAll<HTMLElement>("[role=tab]")[items.indexOf(next)]?.focus();
  };
  return (
    <div className={className} role="presentation">
      <div role="tablist" aria-label={label} ref={row} onKeyDown={onKeyDown}>
        {items.map((item) => (
          <button
            key={item.id}
            type="button"
            role="tab"
            id={`${controls}-tab-${item.id}`}
            aria-selected={item.id === active}
            aria-controls={item.id === active ? controls : undefined}
            tabIndex={item.id === active ? 0 : -1}
            data-tip={item.title}
            onClick={() => onChange(item.id)}
            onAuxClick={(event) => event.button === 1 && item.onClose?.()}
          >
            {item.label}
          </button>
        ))}
      </div>
    </div>
  );
}

export function TabPanel({
  id,
  tab,
  children,
  className,
}: {
  id: string;
  tab: string;
  children: ReactNode;
  className?: string;
}) {
  return (
    <div id={id} role="tabpanel" aria-labelledby={`${id}-tab-${tab}`} className={className}>
      {children}
    </div>
  );
}
