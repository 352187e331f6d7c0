"""The report: JSON for machines, and one HTML page, whole in itself, in English and Chinese for a broker's people."""

from __future__ import annotations

import datetime
import html
from typing import Any, Final

from cross_market_connect import __version__
from cross_market_connect.conformance.case import FAIL, NEEDS_HELP, NOT_SUPPORTED, PASS, SECTIONS
from cross_market_connect.conformance.suite import Outcome, counts
from cross_market_connect.conformance.target import Target

VERDICTS_ZH: Final = {PASS: "通过", FAIL: "失败", NOT_SUPPORTED: "不支持", NEEDS_HELP: "需要对方配合"}
CLASSES: Final = {PASS: "pass", FAIL: "fail", NOT_SUPPORTED: "none", NEEDS_HELP: "help"}
DIRECTIONS: Final = {"sent": ("→", "sent 发送"), "received": ("←", "received 接收"), "note": ("·", "remark 说明")}

STYLE: Final = """
body{font:15px/1.5 system-ui,"PingFang SC","Microsoft YaHei",sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;
color:#1d2733;background:#fff}h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}.zh{color:#5a6675}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.35rem .6rem;vertical-align:top}
th{font-weight:600;color:#5a6675;border-bottom:1px solid #c9d1da}tr+tr td{border-top:1px solid #e7ebef}
.tag{display:inline-block;padding:0 .5rem;border-radius:.6rem;white-space:nowrap;font-weight:600}
.pass{background:#dff3e4;color:#11622c}.fail{background:#fbe0de;color:#99190f}.none{background:#e9ecef;color:#4a5560}
.help{background:#fff1d1;color:#7a5200}.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
details{margin:.25rem 0}summary{cursor:pointer;color:#2f5d8a}pre{font:12px/1.45 ui-monospace,Consolas,monospace;
background:#f6f8fa;padding:.6rem;overflow-x:auto;white-space:pre-wrap;word-break:break-all;margin:.3rem 0}
.sum span{margin-right:.6rem}.why{color:#99190f}.ask{color:#7a5200}
"""


def as_object(target: Target, outcomes: list[Outcome], with_messages: bool) -> dict[str, Any]:
    """What `--json` prints, and with the messages what the report's JSON file holds."""
    return {
        "gateway": target.name,
        "version": target.version,
        "engine": __version__,
        "simulated": target.is_simulated,
        "passed": not any(outcome.verdict == FAIL for outcome in outcomes),
        "counts": counts(outcomes),
        "duration_ms": round(sum(outcome.duration_ms for outcome in outcomes), 1),
        "cases": [_case_object(outcome, with_messages) for outcome in outcomes],
    }


def _case_object(outcome: Outcome, with_messages: bool) -> dict[str, Any]:
    case = outcome.case
    fields: dict[str, Any] = {
        "number": case.number,
        "title": case.title,
        "title_zh": case.title_zh,
        "verdict": outcome.verdict,
        "reason": outcome.reason,
        "duration_ms": round(outcome.duration_ms, 1),
    }
    if with_messages:
        fields |= {"rule": case.rule, "asks": case.asks, "asks_zh": case.asks_zh, "script": case.script}
        fields["messages"] = [
            {"at_ms": round(line.at_ms, 3), "direction": line.direction, "text": line.text} for line in outcome.lines
        ]
    return fields


def as_html(target: Target, outcomes: list[Outcome], utc: datetime.datetime) -> str:
    """The page. It loads nothing from anywhere."""
    source = target.source
    found = counts(outcomes)
    where = "the suite's own simulated venue 自带模拟交易所" if target.is_simulated else f"{source.host}:{source.port}"
    facts = (
        ("Gateway 网关", target.name),
        ("Protocol 协议", target.version),
        ("Session 会话", f"{source.sender_comp_id} → {source.target_comp_id}"),
        ("Counterparty 对方", where),
        ("Account 账户", source.account),
        ("Engine 引擎版本", __version__),
        ("Time 时间", utc.strftime("%Y-%m-%d %H:%M:%S UTC")),
    )
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        f"<title>Conformance of {_text(target.name)}</title><style>{STYLE}</style></head><body>",
        f'<h1>Conformance of {_text(target.name)} <span class="zh">接口符合性测试报告</span></h1>',
        "<table>",
        *(f"<tr><th>{_text(name)}</th><td>{_text(value)}</td></tr>" for name, value in facts),
        "</table><p class=sum>",
        *(f"<span>{_tag(verdict)} {count}</span>" for verdict, count in found.items()),
        "</p>",
    ]
    for section, (title, title_zh) in SECTIONS.items():
        rows = [outcome for outcome in outcomes if outcome.case.number // 100 == section]
        if rows:
            parts.append(f'<h2>{_text(title)} <span class="zh">{_text(title_zh)}</span></h2><table>')
            parts.append("<tr><th>No. 编号<th>Case 用例<th>Verdict 结论<th class=n>ms</tr>")
            parts += [_row(outcome) for outcome in rows]
            parts.append("</table>")
    parts.append("</body></html>\n")
    return "\n".join(parts)


def _row(outcome: Outcome) -> str:
    case = outcome.case
    said = ""
    if outcome.verdict == NEEDS_HELP:
        said = f'<div class="ask">{_text(case.asks)}<br>{_text(case.asks_zh)}</div>'
    elif outcome.reason:
        said = f'<div class="why">{_text(outcome.reason)}</div>'
    lines = "\n".join(f"{line.at_ms:9.1f} {DIRECTIONS[line.direction][0]} {_text(line.text)}" for line in outcome.lines)
    legend = ", ".join(f"{arrow} {meaning}" for arrow, meaning in DIRECTIONS.values())
    detail = ""
    if lines:
        script = f"<pre>{_text(case.script)}</pre>" if case.script else ""
        detail = f"<details><summary>Messages 报文 ({legend})</summary>{script}<pre>{lines}</pre></details>"
    return (
        f'<tr><td class="n">{case.number}<td>{_text(case.title)}<br><span class="zh">{_text(case.title_zh)}</span>'
        f'<br><small class="zh">{_text(case.rule)}</small>{said}{detail}'
        f'<td>{_tag(outcome.verdict)}<td class="n">{outcome.duration_ms:.0f}</tr>'
    )


def _tag(verdict: str) -> str:
    return f'<span class="tag {CLASSES[verdict]}">{_text(verdict)} {VERDICTS_ZH[verdict]}</span>'


def _text(text: str) -> str:
    return html.escape(text)
