// Audit lines as sentences: the template of the event with its fields put in.

import { clockText, countText, durationText, moneyText, priceText, valueText } from "./format";
import { nameOf, type Strings } from "./strings";
import type { Description, OrderRow, StoryLine } from "./types";

const GATES_IN_NS = new Set(["quote_age", "skew", "near_close", "cool_down"]);

interface Context {
  strings: Strings;
  description: Description;
  order: OrderRow | null;
}

function fieldText(name: string, line: StoryLine, context: Context): string {
  const value = line.fields[name];
  if (value === undefined || value === "") return "";
  if (typeof value === "string") return stringText(name, value, context);
  const { description, order } = context;
  if (name.endsWith("_e9")) {
    const decimals = order === null ? 1 : (description.spreads[order.spread_index]?.value_decimals ?? 1);
    return valueText(value / 1e9, decimals);
  }
  if (name.endsWith("_e4")) return moneyText(value);
  if (name === "sent_ns" && order !== null) return durationText(value - order.started_ns);
  if (name.endsWith("utc_ns")) return clockText(value, 0, true);
  if (name.endsWith("_ns")) return durationText(value);
  if (name.endsWith("_ticks")) return ticksText(name, value, line, context);
  if (name === "last_lots") return value === 0 ? "" : `${value} ${context.strings.lots}`;
  if (name === "leg") return `${value + 1}`;
  if (name === "source") return description.sources[value]?.name ?? `${value}`;
  if (name === "instrument_index") return description.instruments[value]?.symbol ?? "";
  if (name === "observed" || name === "limit") {
    return GATES_IN_NS.has(String(line.fields["gate"])) ? durationText(value) : countText(value);
  }
  return `${value}`;
}

function stringText(name: string, value: string, context: Context): string {
  if (name === "reject_class") return value === "none" ? "" : nameOf(context.strings, value);
  if (name === "text_en" || name === "text_zh" || name === "quotes") return value;
  return nameOf(context.strings, value);
}

function ticksText(name: string, value: number, line: StoryLine, context: Context): string {
  const leg = context.order?.legs.find((each) => each.leg === line.fields["leg"]);
  const instrument = leg === undefined ? undefined : context.description.instruments[leg.instrument_index];
  if (instrument === undefined || (name === "last_ticks" && value === 0)) return "";
  return name === "last_ticks" ? `@ ${priceText(value, instrument)}` : priceText(value, instrument);
}

/** One audit line as a sentence in the table's language. */
export function lineText(line: StoryLine, context: Context): string {
  const isNew = line.event === "spread_order" && line.fields["state"] === line.fields["state_before"];
  const template = context.strings.events[isNew ? "spread_order_new" : line.event];
  if (template === undefined) return line.event;
  return template
    .replace(/\{(\w+)\}/g, (_, name: string) => fieldText(name, line, context))
    .replace(/\s*(\(\)|\uff08\uff09)/g, "")
    .replace(/\s{2,}/g, " ")
    .replace(/[\s.,:\u3002\uff1a\uff0c]+$/u, "");
}
