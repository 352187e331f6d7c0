// Spread orders as a table; a row opens the order's story.

import { clockText, durationText, NO_VALUE, priceText, valueText } from "./format";
import { nameOf, type Strings } from "./strings";
import type { Description, LegRow, OrderRow } from "./types";

const ENDED = new Set(["refused", "complete", "cancelled", "unwound", "residual"]);

interface Props {
  orders: OrderRow[];
  selected: number | null;
  description: Description;
  offsetS: number;
  strings: Strings;
  onSelect: (spreadOrderId: number) => void;
}

export function OrdersTable({ orders, selected, description, offsetS, strings, onSelect }: Props) {
  return (
    <section class="panel orders" aria-label={strings.spreadOrders}>
      <header class="panel-head">
        <h2>{strings.spreadOrders}</h2>
        <span class="count">{orders.length}</span>
      </header>
      {orders.length === 0 ? (
        <p class="nothing">{strings.noOrders}</p>
      ) : (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th class="number">#</th>
                <th>{strings.time}</th>
                <th>{strings.action}</th>
                <th class="number">{strings.value}</th>
                <th>{strings.state}</th>
                <th>{strings.leg} 1</th>
                <th>{strings.leg} 2</th>
                <th>{strings.repair}</th>
                <th class="number">{strings.reaction}</th>
                <th class="number">{strings.duration}</th>
              </tr>
            </thead>
            <tbody>
              {orders.map((order) => (
                <Row key={order.spread_order_id} {...{ order, description, offsetS, strings, onSelect }}
                  selected={order.spread_order_id === selected} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

type RowProps = Omit<Props, "orders" | "selected"> & { order: OrderRow; selected: boolean };

function Row({ order, selected, description, offsetS, strings, onSelect }: RowProps) {
  const info = description.spreads[order.spread_index];
  const decimals = info?.value_decimals ?? 1;
  const open = () => onSelect(order.spread_order_id);
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    open();
  };
  const rest = order.legs.slice(2);
  return (
    <tr tabIndex={0} aria-selected={selected} data-order={order.spread_order_id} data-state={order.state} onClick={open} onKeyDown={onKey}>
      <td class="number">{order.spread_order_id}</td>
      <td>{clockText(order.started_utc_ns, offsetS)}</td>
      <td>
        <span class={`side ${order.direction > 0 ? "buy" : "sell"}`}>
          {order.direction > 0 ? strings.buy : strings.sell} {order.opening ? strings.open : strings.close}
        </span>
      </td>
      <td class="number">
        {valueText(order.value, decimals)} <small>/ {valueText(order.threshold, decimals)}</small>
      </td>
      <td><StateChip state={order.state} strings={strings} /></td>
      <td><LegCell leg={order.legs[0]} description={description} strings={strings} /></td>
      <td>
        <LegCell leg={order.legs[1]} description={description} strings={strings} />
        {rest.length > 0 && <small> +{rest.length}</small>}
      </td>
      <td class="repairs" title={repairText(order, strings)}>{repairText(order, strings)}</td>
      <td class="number">{order.reaction_ns === null ? NO_VALUE : durationText(order.reaction_ns)}</td>
      <td class="number">{ENDED.has(order.state) ? durationText(order.changed_ns - order.started_ns) : "…"}</td>
    </tr>
  );
}

function repairText(order: OrderRow, strings: Strings): string {
  const counts = new Map<string, number>();
  for (const repair of order.repairs) counts.set(repair.step, (counts.get(repair.step) ?? 0) + 1);
  return [...counts].map(([step, count]) => nameOf(strings, step) + (count > 1 ? ` ×${count}` : "")).join(" → ");
}

export function StateChip({ state, strings }: { state: string; strings: Strings }) {
  return <span class="chip" data-state={state}>{nameOf(strings, state)}</span>;
}

function LegCell({ leg, description, strings }: { leg: LegRow | undefined; description: Description; strings: Strings }) {
  const instrument = leg === undefined ? undefined : description.instruments[leg.instrument_index];
  if (leg === undefined || instrument === undefined) return <span class="muted">{NO_VALUE}</span>;
  const share = leg.target_lots === 0 ? 0 : Math.max(0, Math.min(1, leg.filled_lots / leg.target_lots));
  const short = instrument.symbol.split(".")[1] ?? instrument.symbol;
  return (
    <span class="leg">
      <span class={`side ${leg.side}`}>{leg.side === "buy" ? strings.buy : strings.sell}</span>
      <span class="leg-symbol">{short}</span>
      <meter class="fill" min={0} max={1} value={share} aria-label={`${leg.filled_lots} / ${leg.target_lots}`} />
      <b>{leg.filled_lots}/{leg.target_lots}</b>
      <span class="leg-price">{leg.price_ticks === null ? "" : `@ ${averageText(leg.price_ticks, instrument)}`}</span>
      <small class="leg-state" data-state={leg.state}>{nameOf(strings, leg.state)}</small>
    </span>
  );
}

function averageText(ticks: number, instrument: Parameters<typeof priceText>[1]): string {
  return priceText(ticks, instrument, Number.isInteger(ticks) ? 0 : 1);
}
