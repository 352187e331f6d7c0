// The spread's executable values over the calendar, with thresholds and one marker per spread order.

import {
  ColorType,
  type AutoscaleInfo,
  type AutoscaleInfoProvider,
  createChart,
  createSeriesMarkers,
  LineSeries,
  LineStyle,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  type LineData,
  type SeriesMarker,
  type Time,
  type UTCTimestamp,
} from "lightweight-charts";
import { useEffect, useRef } from "preact/hooks";
import { store, usePaint } from "./store";
import type { Language, Strings } from "./strings";
import type { OrderRow, SeriesPoint, SpreadInfo, SpreadView } from "./types";

const BUY_COLOUR = "#5aa9ff";
const SELL_COLOUR = "#e2b04a";
const STATE_SIGNS: Record<string, string> = {
  complete: "✓", unwound: "↩", residual: "≈", halted: "■", refused: "⊘", cancelled: "✕", repairing: "!", unwinding: "↩",
};

const RANGE_STRETCH_MAX = 3;

type Threshold = "enter_buy" | "exit_buy" | "enter_sell" | "exit_sell";
const THRESHOLDS: [Threshold, "enterBuy" | "exitBuy" | "enterSell" | "exitSell", string, LineStyle][] = [
  ["enter_buy", "enterBuy", BUY_COLOUR, LineStyle.Dashed],
  ["exit_buy", "exitBuy", BUY_COLOUR, LineStyle.Dotted],
  ["enter_sell", "enterSell", SELL_COLOUR, LineStyle.Dashed],
  ["exit_sell", "exitSell", SELL_COLOUR, LineStyle.Dotted],
];

interface Drawing {
  chart: IChartApi;
  buy: ISeriesApi<"Line">;
  sell: ISeriesApi<"Line">;
  markers: [bought: ISeriesMarkersPluginApi<Time>, sold: ISeriesMarkersPluginApi<Time>];
  lines: Map<Threshold, IPriceLine>;
  drawnTo: number;
  generation: number;
  markerKey: string;
}

function draw(element: HTMLElement, info: SpreadInfo): Drawing {
  const chart = createChart(element, {
    autoSize: true,
    layout: {
      attributionLogo: false, // the logo would bring inline styles; the link stands in the page's footer
      background: { type: ColorType.Solid, color: "transparent" },
      textColor: "#8b98a9",
      fontFamily: getComputedStyle(element).fontFamily,
      fontSize: 11,
    },
    grid: { vertLines: { color: "#161f2b" }, horzLines: { color: "#161f2b" } },
    rightPriceScale: { borderColor: "#202b39", scaleMargins: { top: 0.1, bottom: 0.1 } },
    timeScale: { borderColor: "#202b39", timeVisible: true, secondsVisible: true, rightOffset: 6, barSpacing: 4, shiftVisibleRangeOnNewBar: true },
    crosshair: { vertLine: { color: "#3a4b61", labelBackgroundColor: "#26364a" }, horzLine: { color: "#3a4b61", labelBackgroundColor: "#26364a" } },
    localization: { locale: "en-GB" },
  });
  const priceFormat = { type: "price" as const, precision: info.value_decimals, minMove: 10 ** -info.value_decimals };
  const common = { lineWidth: 2 as const, priceFormat, priceLineVisible: false, crosshairMarkerRadius: 3 };
  const lines: Drawing["lines"] = new Map();
  const autoscaleInfoProvider: AutoscaleInfoProvider = (original) => withThresholds(original(), lines);
  const buy = chart.addSeries(LineSeries, { ...common, color: BUY_COLOUR, autoscaleInfoProvider });
  const sell = chart.addSeries(LineSeries, { ...common, color: SELL_COLOUR });
  // The buy value is the upper line: purchases are marked below the lower one, sales above the upper one.
  const markers: Drawing["markers"] = [createSeriesMarkers(sell, []), createSeriesMarkers(buy, [])];
  return { chart, buy, sell, markers, lines, drawnTo: 0, generation: -1, markerKey: "" };
}

/** Thresholds belong into the picture, unless they lie so far off that the lines would become flat. */
function withThresholds(found: AutoscaleInfo | null, lines: Drawing["lines"]): AutoscaleInfo | null {
  const range = found?.priceRange;
  if (found === null || range === null || range === undefined) return found;
  const room = RANGE_STRETCH_MAX * (range.maxValue - range.minValue);
  const near = [...lines.values()]
    .map((line) => line.options().price)
    .filter((price) => price > range.minValue - room && price < range.maxValue + room);
  const priceRange = { minValue: Math.min(range.minValue, ...near), maxValue: Math.max(range.maxValue, ...near) };
  return { ...found, priceRange };
}

const secondOf = (utcMs: number, offsetS: number) => (Math.floor(utcMs / 1000) + offsetS) as UTCTimestamp;

function lineData(points: SeriesPoint[], column: 1 | 2, offsetS: number): LineData[] {
  const result: LineData[] = [];
  for (const point of points) {
    const value = point[column];
    if (value === null) continue;
    const time = secondOf(point[0], offsetS);
    const last = result[result.length - 1];
    if (last !== undefined && last.time === time) last.value = value;
    else if (last === undefined || time > (last.time as number)) result.push({ time, value });
  }
  return result;
}

function paintLines(drawing: Drawing, points: SeriesPoint[], offsetS: number): void {
  const newest = points[points.length - 1];
  if (newest === undefined || newest[0] === drawing.drawnTo) return;
  if (drawing.generation !== store.generation || newest[0] < drawing.drawnTo) {
    drawing.buy.setData(lineData(points, 1, offsetS));
    drawing.sell.setData(lineData(points, 2, offsetS));
    drawing.generation = store.generation;
  } else {
    for (const point of points.slice(-20)) {
      if (point[0] <= drawing.drawnTo) continue;
      const time = secondOf(point[0], offsetS);
      if (point[1] !== null) drawing.buy.update({ time, value: point[1] });
      if (point[2] !== null) drawing.sell.update({ time, value: point[2] });
    }
  }
  drawing.drawnTo = newest[0];
}

function paintThresholds(drawing: Drawing, spread: SpreadView, strings: Strings): void {
  for (const [key, label, color, lineStyle] of THRESHOLDS) {
    const price = spread[key];
    const line = drawing.lines.get(key);
    const title = strings[label];
    if (price === null) {
      if (line !== undefined) drawing.buy.removePriceLine(line);
      drawing.lines.delete(key);
    } else if (line === undefined) {
      drawing.lines.set(key, drawing.buy.createPriceLine({ price, color, lineStyle, lineWidth: 1, axisLabelVisible: false, title }));
    } else if (line.options().price !== price || line.options().title !== title) {
      line.applyOptions({ price, title });
    }
  }
}

function paintMarkers(drawing: Drawing, orders: OrderRow[], points: SeriesPoint[], offsetS: number, strings: Strings): void {
  const from = points[0]?.[0] ?? 0;
  const shown = orders.filter((order) => order.started_utc_ns / 1e6 >= from);
  const key = strings.buyMarker + shown.map((order) => `${order.spread_order_id}${order.state}`).join();
  if (key === drawing.markerKey) return;
  drawing.markerKey = key;
  const marker = (order: OrderRow): SeriesMarker<Time> => ({
    time: secondOf(order.started_utc_ns / 1e6, offsetS),
    position: order.direction > 0 ? "belowBar" : "aboveBar",
    shape: order.direction > 0 ? "arrowUp" : "arrowDown",
    color: order.direction > 0 ? BUY_COLOUR : SELL_COLOUR,
    text: `${order.direction > 0 ? strings.buyMarker : strings.sellMarker}${order.spread_order_id} ${STATE_SIGNS[order.state] ?? "…"}`,
  });
  const byTime = (a: SeriesMarker<Time>, b: SeriesMarker<Time>) => (a.time as number) - (b.time as number);
  const [bought, sold] = drawing.markers;
  bought.setMarkers(shown.filter((order) => order.direction > 0).map(marker).sort(byTime));
  sold.setMarkers(shown.filter((order) => order.direction < 0).map(marker).sort(byTime));
}

interface Props {
  index: number;
  info: SpreadInfo;
  offsetS: number;
  language: Language;
  strings: Strings;
}

export function SpreadChart({ index, info, offsetS, language, strings }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const drawing = useRef<Drawing | null>(null);
  useEffect(() => {
    if (element.current === null) return undefined;
    const made = draw(element.current, info);
    drawing.current = made;
    return () => {
      drawing.current = null;
      made.chart.remove();
    };
  }, [index, info]);
  usePaint(() => {
    const points = store.series[index];
    const spread = store.snapshot?.spreads[index];
    if (drawing.current === null || points === undefined || spread === undefined) return;
    paintLines(drawing.current, points, offsetS);
    paintThresholds(drawing.current, spread, strings);
    const orders = [...store.orders.values()].filter((order) => order.spread_index === index);
    paintMarkers(drawing.current, orders, points, offsetS, strings);
  }, [index, info, offsetS, strings]);
  return (
    <section class="panel chart" aria-label={strings.chart}>
      <header class="panel-head">
        <h2>{strings.chart}</h2>
        <span class="chart-name">{language === "zh" ? info.name_zh : info.name}</span>
        <span class="legend"><i class="key buy-line" />{strings.buyAt}</span>
        <span class="legend"><i class="key sell-line" />{strings.sellAt}</span>
        <span class="legend"><i class="key dashed" />{strings.enter}</span>
        <span class="legend"><i class="key dotted" />{strings.exit}</span>
      </header>
      <div ref={element} class="chart-area" />
    </section>
  );
}
