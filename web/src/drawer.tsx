// One spread order's story: its audit lines in the log's order, read from the console whenever the order changes.

import { useEffect, useRef, useState } from "preact/hooks";
import { clockText, durationText } from "./format";
import { StateChip } from "./orders";
import { lineText } from "./story";
import type { Strings } from "./strings";
import type { Description, OrderRow, Story } from "./types";

const QUIET_EVENTS = new Set(["sent", "leg_order_state", "release"]);

interface Props {
  order: OrderRow;
  description: Description;
  offsetS: number;
  strings: Strings;
  onClose: () => void;
}

export function StoryDrawer({ order, description, offsetS, strings, onClose }: Props) {
  const [story, setStory] = useState<Story | null>(null);
  const close = useRef<HTMLButtonElement>(null);
  const id = order.spread_order_id;
  useEffect(() => {
    const abort = new AbortController();
    fetch(`/api/spread-orders/${id}`, { signal: abort.signal })
      .then(async (answer) => (answer.ok ? setStory((await answer.json()) as Story) : undefined))
      .catch((error: unknown) => {
        if (!abort.signal.aborted) console.warn("story not loaded", error);
      });
    return () => abort.abort();
  }, [id, order.changed_seq]);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    close.current?.focus();
    return () => before?.focus();
  }, [id]);
  const shown = story !== null && story.order.spread_order_id === id ? story : null;
  return (
    <div class="drawer" role="dialog" aria-modal="false" aria-label={`${strings.story} ${id}`}
      onKeyDown={(event) => event.key === "Escape" && onClose()}>
      <header class="drawer-head">
        <h2>{strings.story} #{id}</h2>
        <StateChip state={order.state} strings={strings} />
        <button ref={close} type="button" class="quiet" onClick={onClose}>{strings.closeStory} <kbd>Esc</kbd></button>
      </header>
      <div class="scroll" tabIndex={0} role="region" aria-label={`${strings.story} ${id}`}>
        {shown === null ? <p class="nothing">{strings.loading}</p> : (
          <ol class="story">
            {shown.lines.map((line) => (
              <li key={line.seq} class={QUIET_EVENTS.has(line.event) ? "quiet-line" : ""} data-event={line.event}
                data-level={line.fields["level"] ?? ""}>
                <time title={`${strings.logRecords} ${line.seq}`}>
                  {clockText(line.utc_ns, offsetS, true)}
                  <small>+{durationText(line.now_ns - order.started_ns)}</small>
                </time>
                <p>{lineText(line, { strings, description, order })}</p>
                <span class="seq">{line.seq}</span>
              </li>
            ))}
          </ol>
        )}
        {shown !== null && shown.dropped_lines > 0 && <p class="nothing">{shown.dropped_lines} {strings.storyDropped}</p>}
      </div>
    </div>
  );
}
