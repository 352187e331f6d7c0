// The page's state, fed by the WebSocket. Listeners run once per animation frame however much arrived.

import { useEffect, useReducer } from "preact/hooks";
import type { AlertRow, Description, Hello, OrderRow, SeriesPoint, Snapshot, StoryLine, Tick } from "./types";

const ORDERS_SHOWN_MAX = 200;
const LINES_KEPT_MAX = 300;
const POINTS_KEPT_MAX = 6000;
const RATE_WINDOW_MS = 2000;
const RECONNECT_MS = [250, 500, 1000, 2000, 4000];

export type Link = "connecting" | "open" | "lost" | "denied";

interface Sample {
  atMs: number;
  totals: [received: number, sent: number][];
}

class Store {
  link: Link = "connecting";
  description: Description | null = null;
  snapshot: Snapshot | null = null;
  silent = false;
  fault = "";
  series: SeriesPoint[][] = [];
  /** Rises with every hello: what was drawn before is void. */
  generation = 0;
  orders = new Map<number, OrderRow>();
  alerts: AlertRow[] = [];
  activity: StoryLine[] = [];
  rates: [received: number, sent: number][] = [];

  private listeners = new Set<() => void>();
  private frame = 0;
  private failures = 0;
  private samples: Sample[] = [];

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Whether the numbers shown are the engine's present ones. */
  get current(): boolean {
    return this.link === "open" && !this.silent && this.snapshot !== null;
  }

  newestOrders(): OrderRow[] {
    return [...this.orders.values()].sort((a, b) => b.spread_order_id - a.spread_order_id).slice(0, ORDERS_SHOWN_MAX);
  }

  /** Take the token out of the address, so that it stays in no history, and connect. */
  async start(): Promise<void> {
    const token = new URLSearchParams(location.hash.slice(1)).get("token");
    if (token !== null) {
      history.replaceState(null, "", location.pathname);
      await this.login(token);
    }
    await this.connect();
  }

  async login(token: string): Promise<boolean> {
    const answer = await fetch("/api/session", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token }),
    });
    return answer.ok;
  }

  async connect(): Promise<void> {
    this.setLink(this.failures === 0 ? "connecting" : "lost");
    const known = await this.isKnown();
    if (known === false) {
      this.setLink("denied");
    } else if (known === undefined) {
      this.retry();
    } else {
      this.openSocket();
    }
  }

  private openSocket(): void {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`);
    socket.onopen = () => {
      this.failures = 0;
      this.setLink("open");
    };
    socket.onmessage = (event: MessageEvent<string>) => this.receive(JSON.parse(event.data) as Hello | Tick);
    socket.onclose = () => this.retry();
  }

  private retry(): void {
    this.setLink("lost");
    const wait = RECONNECT_MS[Math.min(this.failures, RECONNECT_MS.length - 1)] ?? 4000;
    this.failures += 1;
    setTimeout(() => void this.connect(), wait);
  }

  /** Undefined when the console cannot be reached. */
  private async isKnown(): Promise<boolean | undefined> {
    try {
      const answer = await fetch("/api/session");
      return answer.ok ? ((await answer.json()) as { known: boolean }).known : undefined;
    } catch {
      return undefined;
    }
  }

  private setLink(link: Link): void {
    this.link = link;
    this.invalidate();
  }

  private receive(message: Hello | Tick): void {
    if (message.type === "hello") {
      this.generation += 1;
      this.description = message.description;
      this.series = message.series;
      this.orders = new Map();
      this.alerts = [];
      this.activity = [];
      this.samples = [];
    } else if (message.snapshot !== null && message.snapshot.sequence !== this.snapshot?.sequence) {
      this.extendSeries(message.snapshot);
    }
    this.snapshot = message.snapshot;
    this.silent = message.silent;
    this.fault = message.fault;
    for (const order of message.orders) this.orders.set(order.spread_order_id, order);
    this.alerts = [...this.alerts, ...message.alerts].slice(-LINES_KEPT_MAX);
    this.activity = [...this.activity, ...message.activity].slice(-LINES_KEPT_MAX);
    this.measureRates();
    this.invalidate();
  }

  private extendSeries(snapshot: Snapshot): void {
    snapshot.spreads.forEach((spread, index) => {
      const points = this.series[index];
      if (points === undefined || !snapshot.utc_ns) return;
      points.push([Math.floor(snapshot.utc_ns / 1e6), spread.buy, spread.sell]);
      if (points.length > POINTS_KEPT_MAX) points.splice(0, points.length - POINTS_KEPT_MAX);
    });
  }

  private measureRates(): void {
    if (this.snapshot === null) return;
    const atMs = performance.now();
    const totals = this.snapshot.sources.map((s): [number, number] => [s.messages_in, s.messages_out]);
    this.samples.push({ atMs, totals });
    while (this.samples.length > 2 && atMs - (this.samples[0]?.atMs ?? atMs) > RATE_WINDOW_MS) this.samples.shift();
    const first = this.samples[0];
    const seconds = first === undefined ? 0 : (atMs - first.atMs) / 1000;
    this.rates = totals.map(([received, sent], index) => {
      const before = first?.totals[index];
      if (before === undefined || seconds <= 0) return [0, 0];
      return [(received - before[0]) / seconds, (sent - before[1]) / seconds];
    });
  }

  private invalidate(): void {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      for (const listener of this.listeners) listener();
    });
  }
}

export const store = new Store();

/** Render again whenever `read` gives something else. */
export function useStore<T>(read: (state: Store) => T): T {
  const [, render] = useReducer((count: number) => count + 1, 0);
  const value = read(store);
  useEffect(() => {
    let seen = read(store);
    return store.subscribe(() => {
      const next = read(store);
      if (next !== seen) {
        seen = next;
        render(undefined);
      }
    });
  }, []);
  return value;
}

/** Call `paint` on every frame that has news. */
export function usePaint(paint: () => void, inputs: unknown[]): void {
  useEffect(() => {
    paint();
    return store.subscribe(paint);
  }, inputs);
}
