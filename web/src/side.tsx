// The right column: every spread in a line, the chosen one's numbers, connections, alerts and activity.

import { useState } from "preact/hooks";
import { clockText, countText, signedText, valueText } from "./format";
import { store } from "./store";
import { lineText } from "./story";
import { nameOf, type Language, type Strings } from "./strings";
import type { AlertRow, Description, Snapshot, SpreadInfo, StoryLine } from "./types";

interface Common {
  description: Description;
  snapshot: Snapshot;
  language: Language;
  strings: Strings;
}

interface TabsProps extends Common {
  chosen: number;
  onChoose: (index: number) => void;
}

/** Every spread with what buying and selling it costs now; the chosen one's books and chart fill the page. */
export function SpreadTabs({ chosen, onChoose, description, snapshot, language, strings }: TabsProps) {
  return (
    <nav class="panel spread-tabs" aria-label={strings.spreads}>
      {description.spreads.map((info, at) => {
        const now = snapshot.spreads[at];
        if (now === undefined) return null;
        const text = (value: number | null) => valueText(value, info.value_decimals);
        return (
          <button key={at} type="button" aria-pressed={at === chosen} onClick={() => onChoose(at)} data-blocked={now.gate !== ""}
            title={now.gate === "" ? strings.gateOpen : `${strings.gateBlocks}: ${nameOf(strings, now.gate)}`}>
            <span aria-hidden="true">{now.gate === "" ? "●" : "▲"}</span>
            <b>{language === "zh" ? info.name_zh : info.name}</b>
            <span class="number">{text(now.buy)}</span>
            <span class="number">{text(now.sell)}</span>
            <small>{nameOf(strings, info.unit)}</small>
          </button>
        );
      })}
    </nav>
  );
}

export function SpreadCard({ index, info, description, snapshot, strings }: Common & { index: number; info: SpreadInfo }) {
  const spread = snapshot.spreads[index];
  if (spread === undefined) return null;
  const text = (value: number | null) => valueText(value, info.value_decimals);
  const isFull = info.largest_lots > 0 && Math.abs(spread.leg_lots[0] ?? 0) >= info.largest_lots;
  return (
    <section class="panel spread-card" aria-label={strings.thresholds}>
      <div class="values">
        <div class="value buy-value"><span>{strings.buyAt}</span><b data-testid="buy-value">{text(spread.buy)}</b></div>
        <div class="value sell-value"><span>{strings.sellAt}</span><b data-testid="sell-value">{text(spread.sell)}</b></div>
      </div>
      <table class="thresholds">
        <thead>
          <tr><th>{strings.thresholds} <small>{nameOf(strings, info.unit)}</small></th><th class="number">{strings.enter}</th><th class="number">{strings.exit}</th></tr>
        </thead>
        <tbody>
          <tr><th scope="row">{strings.buySpread}</th><td class="number">≤ {text(spread.enter_buy)}</td><td class="number">≥ {text(spread.exit_buy)}</td></tr>
          <tr><th scope="row">{strings.sellSpread}</th><td class="number">≥ {text(spread.enter_sell)}</td><td class="number">≤ {text(spread.exit_sell)}</td></tr>
        </tbody>
      </table>
      <p class="gate" data-blocked={spread.gate !== ""}>
        <span aria-hidden="true">{spread.gate === "" ? "●" : "▲"}</span>
        {spread.gate === "" ? strings.gateOpen : `${strings.gateBlocks}: ${nameOf(strings, spread.gate)}`}
        <span class="open-orders">{spread.open_orders > 0 ? `${spread.open_orders} ${strings.ordersOpen}` : ""}</span>
      </p>
      {isFull && <p class="gate" data-blocked="true" data-testid="position-full"><span aria-hidden="true">▲</span>{strings.positionFull}</p>}
      <h3 class="position-title">{strings.position}</h3>
      <dl class="position">
        {info.legs.map((leg, position) => (
          <div key={position}>
            <dt>{description.instruments[leg.instrument_index]?.symbol}</dt>
            <dd>{signedText(spread.leg_lots[position] ?? 0)} <small>{strings.lots}</small></dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

export function Connections({ description, snapshot, language, strings }: Common) {
  return (
    <section class="panel connections" aria-label={strings.connections}>
      <header class="panel-head"><h2>{strings.connections}</h2></header>
      <table>
        <thead>
          <tr>
            <th>{strings.session}</th><th class="number">{strings.messagesIn}</th><th class="number">{strings.messagesOut}</th>
            <th class="number">{strings.gaps}</th><th class="number">{strings.faults}</th>
          </tr>
        </thead>
        <tbody>
          {description.sources.map((source, index) => {
            const now = snapshot.sources[index];
            const rate = store.rates[index] ?? [0, 0];
            if (now === undefined) return null;
            const state = store.current ? now.state : "lost";
            return (
              <tr key={index}>
                <th scope="row">
                  <span class="light" data-state={state} role="img" aria-label={nameOf(strings, state)} title={nameOf(strings, state)} />
                  <span class="source-name">{language === "zh" ? source.name_zh : source.name}</span>
                  {state !== "logged_on" && <small class="source-state"> {nameOf(strings, state)}</small>}
                </th>
                <td class="number">{countText(rate[0])}</td>
                <td class="number">{countText(rate[1])}</td>
                <td class={`number ${now.gaps ? "notable" : "muted"}`}>{countText(now.gaps)}</td>
                <td class={`number ${now.faults ? "notable" : "muted"}`}>{countText(now.faults)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

interface FeedProps {
  alerts: AlertRow[];
  activity: StoryLine[];
  description: Description;
  offsetS: number;
  language: Language;
  strings: Strings;
  onSelect: (spreadOrderId: number) => void;
}

type Tab = "alerts" | "activity";

export function Feed({ alerts, activity, description, offsetS, language, strings, onSelect }: FeedProps) {
  const [tab, setTab] = useState<Tab>("alerts");
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const next: Tab = tab === "alerts" ? "activity" : "alerts";
    setTab(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  const tabs: [Tab, string, number][] = [["alerts", strings.alerts, alerts.length], ["activity", strings.activity, activity.length]];
  return (
    <section class="panel feed">
      <div class="panel-head tabs" role="tablist" onKeyDown={onKey}>
        {tabs.map(([name, label, count]) => (
          <button key={name} id={`tab-${name}`} type="button" role="tab" aria-selected={tab === name} aria-controls="feed-panel"
            tabIndex={tab === name ? 0 : -1} onClick={() => setTab(name)}>
            {label} <span class="count">{count}</span>
          </button>
        ))}
      </div>
      <div class="scroll" id="feed-panel" role="tabpanel" tabIndex={0} aria-labelledby={`tab-${tab}`} aria-live="polite">
        {tab === "alerts" ? (
          alerts.length === 0 ? <p class="nothing">{strings.noAlerts}</p> : (
            <ul class="lines">
              {[...alerts].reverse().map((alert) => (
                <li key={alert.seq} class="alert" data-level={alert.level}>
                  <span class="level">{nameOf(strings, alert.level)}</span>
                  <time>{clockText(alert.utc_ns, offsetS)}</time>
                  {alert.spread_order_id > 0 && (
                    <button type="button" class="link" onClick={() => onSelect(alert.spread_order_id)}>#{alert.spread_order_id}</button>
                  )}
                  <p>{language === "zh" ? alert.text_zh : alert.text_en}</p>
                </li>
              ))}
            </ul>
          )
        ) : activity.length === 0 ? <p class="nothing">{strings.noActivity}</p> : (
          <ul class="lines">
            {[...activity].reverse().map((line) => (
              <li key={line.seq}>
                <time>{clockText(line.utc_ns, offsetS)}</time>
                <p>{lineText(line, { strings, description, order: null })}</p>
              </li>
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}
