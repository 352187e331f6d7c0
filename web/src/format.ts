// Numbers and times as text. Prices arrive in ticks; nothing here rounds a price that lies on its tick.

import type { InstrumentInfo } from "./types";

export const NO_VALUE = "–";

export function priceText(ticks: number, instrument: InstrumentInfo, extraDecimals = 0): string {
  const units = (ticks * instrument.tick_units) / 10 ** instrument.price_decimals;
  return units.toFixed(instrument.price_decimals + extraDecimals);
}

export function valueText(value: number | null, decimals: number): string {
  if (value === null) return NO_VALUE;
  const text = value.toFixed(decimals);
  return value < 0 ? "−" + text.slice(1) : text;
}

export function signedText(value: number): string {
  return value > 0 ? `+${value}` : value < 0 ? `−${-value}` : "0";
}

export function countText(value: number): string {
  return Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Money in 1e-4 units, rounded to whole units for reading. */
export function moneyText(e4: number): string {
  return (e4 < 0 ? "−" : "") + countText(Math.abs(e4) / 10_000);
}

export function durationText(ns: number): string {
  const size = Math.abs(ns);
  if (size < 1_000_000) return `${(ns / 1000).toFixed(size < 10_000 ? 1 : 0)} µs`;
  if (size < 1_000_000_000) return `${(ns / 1e6).toFixed(size < 10_000_000 ? 1 : 0)} ms`;
  if (size < 120e9) return `${(ns / 1e9).toFixed(size < 10e9 ? 2 : 1)} s`;
  if (size < 7200e9) return `${Math.round(ns / 60e9)} min`;
  return `${Math.round(ns / 3600e9)} h`;
}

const two = (value: number) => value.toString().padStart(2, "0");

/** Wall time of a venue; offsets are fixed, so no time-zone data is needed. */
export function clockText(utcNs: number, offsetS: number, milliseconds = false): string {
  if (!utcNs) return NO_VALUE;
  const date = new Date(utcNs / 1e6 + offsetS * 1000);
  const text = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  return milliseconds ? `${text}.${date.getUTCMilliseconds().toString().padStart(3, "0")}` : text;
}

export function dateText(utcNs: number, offsetS: number): string {
  if (!utcNs) return NO_VALUE;
  return new Date(utcNs / 1e6 + offsetS * 1000).toISOString().slice(0, 10);
}

export function offsetText(offsetS: number): string {
  const minutes = Math.abs(offsetS) / 60;
  const rest = minutes % 60 ? `:${two(minutes % 60)}` : "";
  return `UTC${offsetS < 0 ? "−" : "+"}${Math.floor(minutes / 60)}${rest}`;
}
