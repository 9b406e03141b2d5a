/** Ctrl-K: every action and every object by name. */
import { useEffect, useRef } from "react";
import { Command } from "cmdk";
import "./palette.css";
import { Dialog } from "../components/Dialog.tsx";
import { useT } from "../words/translate.ts";
import { commands } from "./commands.ts";

export default function Palette({ onClose }: { onClose(): void }) {
  const t = useT();
  const all = commands(t);
  const groups = [...new Set(all.map((command) => command.group))];
  const input = useRef<HTMLInputElement>(null);
  // The browser gives a dialog's focus to the first thing that can have it, which is the list's frame.
  useEffect(() => input.current?.focus(), []);
  return (
    <Dialog title={t("palette.open")} onClose={onClose} className="palette" closable={false}>
      <Command label={t("palette.open")} loop>
        <Command.Input ref={input} className="field" placeholder={t("palette.placeholder")} />
        <Command.List label={t("palette.results")}>
          <Command.Empty>{t("palette.none")}</Command.Empty>
          {groups.map((group) => (
            <Command.Group key={group} heading={t(group)}>
              {all
                .filter((command) => command.group === group)
                .map((command) => (
                  <Command.Item
                    key={command.id}
                    value={`${command.label} ${command.typed ?? ""} ${command.id}`}
                    onSelect={() => {
                      onClose();
                      command.run();
                    }}
                  >
                    <span>{command.label}</span>
                    {command.typed !== undefined && <code>{command.typed}</code>}
                  </Command.Item>
                ))}
            </Command.Group>
          ))}
        </Command.List>
      </Command>
    </Dialog>
  );
}
