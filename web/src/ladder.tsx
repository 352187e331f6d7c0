// One instrument's book. Its 20 rows are made once; a frame only writes texts and bar widths into them.

import { useRef } from "preact/hooks";
import { clockText, countText, durationText, NO_VALUE, priceText } from "./format";
import { store, usePaint } from "./store";
import { nameOf, type Language, type Strings } from "./strings";
import type { BookView, InstrumentInfo, Level } from "./types";

const LEVELS = 10;

interface Props {
  index: number;
  instrument: InstrumentInfo;
  side: number;
  language: Language;
  strings: Strings;
}

function setText(cell: Element | null | undefined, text: string): void {
  if (cell && cell.textContent !== text) cell.textContent = text;
}

function paintLevel(row: Element | undefined, level: Level | undefined, largest: number, instrument: InstrumentInfo) {
  if (row === undefined) return;
  const [price, size, bar] = [row.children[0], row.children[1], row.children[2] as HTMLElement];
  setText(price, level === undefined ? "" : priceText(level[0], instrument));
  setText(size, level === undefined ? "" : countText(level[1]));
  bar.style.transform = `scaleX(${level === undefined || largest === 0 ? 0 : level[1] / largest})`;
}

function paintSides(root: HTMLElement, book: BookView, instrument: InstrumentInfo): void {
  const largest = Math.max(0, ...book.bids.map((level) => level[1]), ...book.asks.map((level) => level[1]));
  const asks = root.querySelectorAll(".ladder-row.ask");
  const bids = root.querySelectorAll(".ladder-row.bid");
  for (let level = 0; level < LEVELS; level += 1) {
    paintLevel(asks[LEVELS - 1 - level], book.asks[level], largest, instrument);
    paintLevel(bids[level], book.bids[level], largest, instrument);
  }
}

// What is unusual about the book, and on which side it has the best price of the instruments that stand for it.
function marksText(index: number, book: BookView, strings: Strings): string {
  const texts = book.marks.map((mark) => nameOf(strings, mark));
  for (const market of store.snapshot?.markets ?? []) {
    if (!market.instruments.includes(index)) continue;
    if (market.bid?.instruments.includes(index)) texts.push(strings.bestBid);
    if (market.ask?.instruments.includes(index)) texts.push(strings.bestAsk);
    texts.push(...market.marks.map((mark) => `${strings.together} ${nameOf(strings, mark)}`));
  }
  return texts.join(" · ");
}

export function Ladder({ index, instrument, side, language, strings }: Props) {
  const root = useRef<HTMLElement>(null);
  const previous = useRef(0);
  usePaint(() => {
    const book = store.snapshot?.instruments[index];
    const element = root.current;
    if (book === undefined || element === null) return;
    paintSides(element, book, instrument);
    const last = element.querySelector(".ladder-last") as HTMLElement;
    setText(last.querySelector("b"), book.last_ticks ? priceText(book.last_ticks, instrument) : NO_VALUE);
    if (book.last_ticks !== previous.current && previous.current !== 0) {
      last.dataset["move"] = book.last_ticks > previous.current ? "up" : "down";
    }
    previous.current = book.last_ticks;
    const [bid, ask] = [book.bids[0], book.asks[0]];
    setText(last.querySelector("small"), bid && ask ? priceText(ask[0] - bid[0], instrument) : strings.noQuote);
    const state = element.querySelector(".pill") as HTMLElement;
    state.dataset["state"] = store.current ? book.state : "stale";
    setText(state, nameOf(strings, state.dataset["state"] ?? ""));
    setText(element.querySelector(".marks"), marksText(index, book, strings));
    setText(element.querySelector(".age"), book.updates ? durationText(book.age_ns) : NO_VALUE);
    setText(element.querySelector(".at"), clockText(book.event_utc_ns, instrument.utc_offset_s, true));
    setText(element.querySelector(".updates"), countText(book.updates));
  }, [index, instrument, strings]);
  const venue = language === "zh" ? instrument.venue_name_zh : instrument.venue_name;
  const rows = [...Array(LEVELS).keys()];
  return (
    <section ref={root} class="panel ladder" data-symbol={instrument.symbol} aria-label={`${strings.book} ${instrument.symbol}`}>
      <header class="ladder-head">
        <div class="ladder-title">
          <h2>{instrument.symbol}</h2>
          <span class={`side ${side > 0 ? "buy" : "sell"}`}>{side > 0 ? strings.buy : strings.sell}</span>
          <span class="pill" />
        </div>
        <p class="ladder-name" title={venue}>{language === "zh" ? instrument.name_zh : instrument.name}</p>
        <p class="ladder-meta">
          <span>{instrument.currency}</span>
          {instrument.modelled && <span class="tag" title={strings.modelledHint}>{strings.modelled}</span>}
          <span class="marks" />
          {!instrument.tradable && <span class="tag">{strings.pricingOnly}</span>}
          <span class="meta-right">{strings.age} <b class="age" /></span>
        </p>
      </header>
      <div class="ladder-columns"><span>{strings.price}</span><span>{strings.size}</span></div>
      <div class="ladder-rows">
        {rows.map((level) => <LadderRow key={`ask${level}`} kind="ask" label={`${strings.ask} ${LEVELS - level}`} />)}
        <div class="ladder-last"><span>{strings.last}</span><b /><small /></div>
        {rows.map((level) => <LadderRow key={`bid${level}`} kind="bid" label={`${strings.bid} ${level + 1}`} />)}
      </div>
      <footer class="ladder-foot"><span class="at" /><span><span class="updates" /> {strings.updates}</span></footer>
    </section>
  );
}

function LadderRow({ kind, label }: { kind: "ask" | "bid"; label: string }) {
  return (
    <div class={`ladder-row ${kind}`} title={label}>
      <span class="level-price" />
      <span class="level-size" />
      <i class="bar" aria-hidden="true" />
    </div>
  );
}
