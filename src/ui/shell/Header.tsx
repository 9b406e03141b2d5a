/** Above everything: which lesson, what time it is, and what can be done to the whole. */
import { Moon, Plus, Search, Sun, SunMoon } from "lucide-react";
import { Menu } from "../components/Menu.tsx";
import { TrackMenu } from "../features/lessons/TrackMenu.tsx";
import { chooseTheme, openDialog, type Theme, usePage } from "../state/page.ts";
import { chooseLanguage, languageCodes, useT, useWords } from "../words/translate.ts";
import { BreakMenu } from "./BreakMenu.tsx";
import { TimeBar } from "./TimeBar.tsx";

export function Header() {
  const t = useT();
  return (
    <header className="header">
      <div className="logo">
        <Logo />
        <h1>Drydock</h1>
      </div>
      <TrackMenu />
      <button
        type="button"
        className="btn new-cluster-button"
        data-tip={t("new.tip")}
        onClick={() => openDialog("new-cluster")}
      >
        <Plus size={14} aria-hidden="true" />
        <span>{t("new.button")}</span>
      </button>
      <TimeBar />
      <div className="header-end">
        <BreakMenu />
        <button type="button" className="btn primary" data-tip={t("share.tip")} onClick={() => openDialog("share")}>
          {t("share.button")}
        </button>
        <button
          type="button"
          className="btn icon"
          aria-label={t("palette.open")}
          data-tip={t("palette.tip")}
          onClick={() => openDialog("palette")}
        >
          <Search size={14} aria-hidden="true" />
        </button>
        <LanguageMenu />
        <ThemeMenu />
      </div>
    </header>
  );
}

function Logo() {
  return (
    <svg
      width="22"
      height="22"
      viewBox="0 0 22 22"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.7"
      aria-hidden="true"
    >
      <path d="M2 4v12a3 3 0 0 0 3 3h12a3 3 0 0 0 3-3V4" />
      <path d="M6 12h10l-2 4H8z" fill="currentColor" stroke="none" />
      <path d="M11 12V5M11 5l4 4" />
    </svg>
  );
}

/** A language is called by its own name, whatever language the page speaks. */
function nameOf(code: string): string {
  return new Intl.DisplayNames([code], { type: "language" }).of(code) ?? code;
}

function LanguageMenu() {
  const t = useT();
  const code = useWords((state) => state.code);
  return (
    <Menu
      className="btn language-menu"
      label={t("language.label")}
      tip={t("language.label")}
      named
      button={
        <>
          <span className="visually-hidden">{t("language.label")}</span> {code.slice(0, 2).toUpperCase()}
        </>
      }
      align="end"
      groups={[
        {
          items: languageCodes.map((one) => ({
            id: one,
            label: nameOf(one),
            checked: one === code,
            onChoose: () => chooseLanguage(one),
          })),
        },
      ]}
    />
  );
}

const themes: readonly Theme[] = ["light", "dark", "system"];
const themeIcons = { light: Sun, dark: Moon, system: SunMoon };

function ThemeMenu() {
  const t = useT();
  const theme = usePage((state) => state.theme);
  const Icon = themeIcons[theme];
  return (
    <Menu
      label={t("theme.label")}
      tip={t("theme.label")}
      className="btn icon"
      align="end"
      button={<Icon size={14} aria-hidden="true" />}
      groups={[
        {
          items: themes.map((one) => ({
            id: one,
            label: t(`theme.${one}`),
            checked: one === theme,
            onChoose: () => chooseTheme(one),
          })),
        },
      ]}
    />
  );
}
