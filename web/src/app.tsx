// The page: header, books, chart, the spread's numbers, spread orders, alerts.

import { useEffect, useState } from "preact/hooks";
import { SpreadChart } from "./chart";
import { StoryDrawer } from "./drawer";
import { clockText, countText, dateText, durationText, offsetText } from "./format";
import { Ladder } from "./ladder";
import { OrdersTable } from "./orders";
import { Connections, Feed, SpreadCard, SpreadTabs } from "./side";
import { store, useStore } from "./store";
import { initialLanguage, nameOf, rememberLanguage, TABLES, type Language, type Strings } from "./strings";
import type { Description, Snapshot } from "./types";

export function App() {
  const [language, setLanguage] = useState<Language>(initialLanguage);
  const link = useStore((state) => state.link);
  const description = useStore((state) => state.description);
  const snapshot = useStore((state) => state.snapshot);
  const strings = TABLES[language];
  useEffect(() => rememberLanguage(language), [language]);
  const toggle = () => setLanguage(language === "en" ? "zh" : "en");
  const ready = description !== null && snapshot !== null;
  return (
    <>
      <Header {...{ description, snapshot, language, strings, toggle }} />
      <Notice strings={strings} ready={ready} />
      {link === "denied" ? <AccessForm strings={strings} /> : ready && <Desk {...{ description, snapshot, language, strings }} />}
      <footer class="page-foot">
        <a href="https://www.tradingview.com/" target="_blank" rel="noopener noreferrer">{strings.chartsBy}</a>
        <a href="/assets/licences.txt" target="_blank" rel="noopener">{strings.licences}</a>
        {description !== null && <span>{description.engine_name} · {description.code_version}</span>}
      </footer>
    </>
  );
}

interface HeaderProps {
  description: Description | null;
  snapshot: Snapshot | null;
  language: Language;
  strings: Strings;
  toggle: () => void;
}

function Header({ description, snapshot, language, strings, toggle }: HeaderProps) {
  const offsetS = description?.instruments[0]?.utc_offset_s ?? 0;
  const speed = (description?.speed_milli ?? 1000) / 1000;
  // An engine that has ended said so in its last state; one that says nothing any more may be anywhere.
  const last = snapshot?.engine_state ?? "stale";
  const state = store.current || last === "stopped" ? last : "stale";
  const counters = Object.entries(snapshot?.counters ?? {});
  return (
    <header class="page-head">
      <h1><img src="/favicon.svg" alt="" width="22" height="22" />{strings.title}</h1>
      {snapshot !== null && <span class="pill" data-state={state}>{strings.engine} {nameOf(strings, state)}</span>}
      <dl class="counters" aria-label={strings.counters}>
        {counters.map(([name, value]) => (
          <div key={name}>
            <dt>{nameOf(strings, name)}</dt>
            <dd>{name.includes("_ns") ? durationText(value) : countText(value)}</dd>
          </div>
        ))}
      </dl>
      {snapshot !== null && (
        <div class="clock">
          <span class="date">{dateText(snapshot.utc_ns, offsetS)}</span>
          <b data-testid="clock">{clockText(snapshot.utc_ns, offsetS)}</b>
          <span>{offsetText(offsetS)}</span>
          <span class="speed" data-fast={speed !== 1} title={strings.speed}>{speed === 1 ? strings.realTime : `×${speed}`}</span>
        </div>
      )}
      <button type="button" class="language" lang={language === "en" ? "zh-CN" : "en"} aria-label={strings.languageLabel} onClick={toggle}>
        {strings.language}
      </button>
    </header>
  );
}

function Notice({ strings, ready }: { strings: Strings; ready: boolean }) {
  const link = useStore((state) => state.link);
  const silent = useStore((state) => state.silent);
  const fault = useStore((state) => state.fault);
  if (link === "denied") return null;
  if (link === "connecting") return ready ? null : <p class="notice" role="status">{strings.connecting}</p>;
  if (link === "lost") return <p class="notice bad" role="alert">▲ {strings.disconnected}</p>;
  if (fault !== "") return <p class="notice bad" role="alert">▲ {strings.fault}: {fault}</p>;
  if (!ready) return <p class="notice" role="status">{strings.noEngine}</p>;
  return silent ? <p class="notice bad" role="alert">▲ {strings.silent}</p> : null;
}

interface DeskProps {
  description: Description;
  snapshot: Snapshot;
  language: Language;
  strings: Strings;
}

function Desk({ description, snapshot, language, strings }: DeskProps) {
  const [chosen, setChosen] = useState(0);
  const [selected, setSelected] = useState<number | null>(null);
  useStore((state) => state.link);
  const index = chosen < description.spreads.length ? chosen : 0;
  const info = description.spreads[index];
  if (info === undefined) return null;
  const offsetS = description.instruments[info.legs[0]?.instrument_index ?? 0]?.utc_offset_s ?? 0;
  const orders = store.newestOrders();
  const order = selected === null ? undefined : store.orders.get(selected);
  return (
    <main class="desk" data-current={store.current}>
      <div class="ladders">
        {info.legs.map((leg) => {
          const instrument = description.instruments[leg.instrument_index];
          return instrument === undefined ? null : (
            <Ladder key={leg.instrument_index} index={leg.instrument_index} side={leg.side} {...{ instrument, language, strings }} />
          );
        })}
      </div>
      <SpreadChart {...{ index, info, offsetS, language, strings }} />
      <div class="side-column">
        {description.spreads.length > 1 && <SpreadTabs chosen={index} onChoose={setChosen} {...{ description, snapshot, language, strings }} />}
        <SpreadCard {...{ index, info, description, snapshot, language, strings }} />
        <Connections {...{ description, snapshot, language, strings }} />
        <Feed alerts={store.alerts} activity={store.activity} onSelect={setSelected} {...{ description, offsetS, language, strings }} />
      </div>
      <OrdersTable {...{ orders, selected, description, offsetS, strings }} onSelect={setSelected} />
      {order !== undefined && <StoryDrawer {...{ order, description, offsetS, strings }} onClose={() => setSelected(null)} />}
    </main>
  );
}

function AccessForm({ strings }: { strings: Strings }) {
  const [wrong, setWrong] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const token = new FormData(event.currentTarget as HTMLFormElement).get("token");
    if (await store.login(String(token).trim())) await store.connect();
    else setWrong(true);
  };
  return (
    <form class="access panel" onSubmit={(event) => void submit(event)}>
      <h2>{strings.accessTitle}</h2>
      <p>{strings.accessText}</p>
      <label>{strings.accessLabel}<input name="token" type="password" autocomplete="off" required /></label>
      {wrong && <p class="wrong" role="alert">{strings.accessWrong}</p>}
      <button type="submit">{strings.accessButton}</button>
    </form>
  );
}
