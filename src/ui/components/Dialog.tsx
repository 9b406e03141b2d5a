/** The browser's own modal dialog: focus stays inside, Escape closes, focus returns to where it was. */
import { type ReactNode, useEffect, useId, useRef } from "react";
import { X } from "lucide-react";
import { useT } from "../words/translate.ts";

interface DialogProps {
  title: string;
  onClose(): void;
  children: ReactNode;
  className?: string;
  /** Without a cross the first control has the focus; Escape and a click outside still close. */
  closable?: boolean;
}

export function Dialog({ title, onClose, children, className = "", closable = true }: DialogProps) {
  const t = useT();
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={`dialog ${className}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <div className="dialog-body">
        <div className="dialog-head">
          <h2 id={id}>{title}</h2>
          {closable && (
            <button type="button" className="btn quiet icon" aria-label={t("dialog.close")} onClick={onClose}>
              <X size={16} aria-hidden="true" />
            </button>
          )}
        </div>
        {children}
      </div>
    </dialog>
  );
}
