// What the console's interface sends; the Python side is console/page.py, console/projection.py and console/hub.py.

export interface InstrumentInfo {
  symbol: string;
  name: string;
  name_zh: string;
  venue: string;
  venue_name: string;
  venue_name_zh: string;
  utc_offset_s: number;
  currency: string;
  price_decimals: number;
  tick_units: number;
  modelled: boolean;
  tradable: boolean;
}

export interface LegInfo {
  instrument_index: number;
  side: number;
  ratio: number;
  multiplier: number;
}

export interface SpreadInfo {
  name: string;
  name_zh: string;
  unit: string;
  value_decimals: number;
  largest_lots: number;
  legs: LegInfo[];
}

export interface SourceInfo {
  name: string;
  name_zh: string;
  kind: string;
  venue: string;
}

export interface Description {
  engine_name: string;
  code_version: string;
  speed_milli: number;
  instruments: InstrumentInfo[];
  spreads: SpreadInfo[];
  sources: SourceInfo[];
  gate_names: string[];
  counter_names: string[];
}

export type Level = [priceTicks: number, quantityLots: number];

export interface BookView {
  state: string;
  last_ticks: number;
  event_utc_ns: number;
  age_ns: number;
  updates: number;
  bids: Level[];
  asks: Level[];
  marks: string[];
}

export interface BestView {
  price: number;
  instruments: number[];
}

export interface MarketView {
  instruments: number[];
  bid: BestView | null;
  ask: BestView | null;
  marks: string[];
}

export interface SpreadView {
  buy: number | null;
  sell: number | null;
  mid: number | null;
  enter_buy: number | null;
  exit_buy: number | null;
  enter_sell: number | null;
  exit_sell: number | null;
  gate: string;
  open_orders: number;
  leg_lots: number[];
}

export interface SourceView {
  state: string;
  messages_in: number;
  messages_out: number;
  gaps: number;
  faults: number;
}

export interface Snapshot {
  sequence: number;
  now_ns: number;
  utc_ns: number;
  engine_state: string;
  instruments: BookView[];
  spreads: SpreadView[];
  sources: SourceView[];
  counters: Record<string, number>;
  markets: MarketView[];
}

export interface LegRow {
  leg: number;
  instrument_index: number;
  side: "buy" | "sell";
  target_lots: number;
  filled_lots: number;
  price_ticks: number | null;
  limit_price_ticks: number;
  state: string;
  orders: number;
  reject_class: string;
}

export interface RepairRow {
  now_ns: number;
  leg: number;
  step: string;
  attempt: number;
  deficit_lots: number;
  reason: string;
}

export interface OrderRow {
  spread_order_id: number;
  spread_index: number;
  direction: number;
  opening: boolean;
  state: string;
  started_ns: number;
  started_utc_ns: number;
  changed_ns: number;
  changed_seq: number;
  value: number | null;
  threshold: number | null;
  reason: string;
  reaction_ns: number | null;
  legs: LegRow[];
  repairs: RepairRow[];
  alert_level: string;
}

export interface AlertRow {
  seq: number;
  alert_id: number;
  level: string;
  code: string;
  spread_order_id: number;
  utc_ns: number;
  text_en: string;
  text_zh: string;
  deadline_ns: number;
}

export interface StoryLine {
  seq: number;
  cause_seq: number;
  utc_ns: number;
  now_ns: number;
  event: string;
  fields: Record<string, number | string>;
}

export interface Story {
  order: OrderRow;
  lines: StoryLine[];
  dropped_lines: number;
}

export type SeriesPoint = [utcMs: number, buy: number | null, sell: number | null];

interface Common {
  snapshot: Snapshot | null;
  silent: boolean;
  fault: string;
  orders: OrderRow[];
  alerts: AlertRow[];
  activity: StoryLine[];
  cursor: number;
}

export interface Hello extends Common {
  type: "hello";
  description: Description | null;
  series: SeriesPoint[][];
}

export interface Tick extends Common {
  type: "tick";
}
