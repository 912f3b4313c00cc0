"""Profiles as YAML, in one fixed order."""

import re

from . import dialects, prompts

NAMES = {
    "byReply": "completion, reply",
    "byReasoning": "completion, beside reasoning",
    "byEvents": "completion, events",
    "byText": "completion, text octets",
    "byCompressedOctets": "completion, compressed",
    "byOctets": "completion, octets",
    "byBody": "prompt, head known",
    "byBurst": "prompt, head allowed for",
    "byCall": "prompt, reply calls a tool",
}


TEXT_FIELDS = {
    "usual": "usual", "overhead": "overhead", "mostText": "most_text", "leastText": "least_text",
    "perEvent": "per_event", "closing": "closing", "rated": "rated",
}
BLOCK_FIELDS = {name: name for name in ("start", "block", "ping", "stop", "delta", "end", "text", "tool")}
COMPRESSED_FIELDS = {
    "opening": "opening", "closing": "closing", "usual": "usual", "overhead": "overhead", "perEvent": "per_event",
}
ATTACHMENT_FIELDS = {
    "most": "most", "even": "even", "steepness": "steepness", "perToken": "per_token", "power": "power", "low": "low",
    "meanFactor": "mean_factor",
}


def fields(shape, names, pad, always=False):
    """Each field that has a value, under the name it has in a profile; zero is the value of one that is left out."""
    values = ((key, getattr(shape, name)) for key, name in names.items())
    return [f"{pad}{key}: {number(value)}" for key, value in values if value or always]


def number(value):
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def calibration(key, fitted, indent):
    pad = " " * indent
    lines = [
        f"{pad}{key}:",
        f"{pad}  offset: {number(fitted.offset)}",
        f"{pad}  perToken: {number(fitted.per_token)}",
        *([f"{pad}  power: {number(fitted.power)}"] if fitted.power != 1 else []),
        *([f"{pad}  least: {number(fitted.least)}"] if fitted.least != 1 else []),
        f"{pad}  meanFactor: {number(fitted.mean_factor)}",
        f"{pad}  sharedVariance: {number(fitted.shared_variance)}",
        *([f"{pad}  densest: {number(fitted.densest)}"] if getattr(fitted, "densest", None) else []),
        f"{pad}  mostTokens: {fitted.most}",
    ]
    steps = getattr(fitted, "steps", [])
    if steps:
        lines.append(f"{pad}  steps:")
    for edge, likely, low, high, mean in steps:
        lines.append(
            f"{pad}    - {{upTo: {number(edge)}, likely: {number(likely)}, low: {number(low)}, high: {number(high)}, "
            f"mean: {number(mean)}}}"
        )
    lines.append(f"{pad}  bands:")
    for edge, low, high in fitted.bands:
        first = f"upTo: {edge}, " if edge is not None else ""
        lines.append(f"{pad}    - {{{first}low: {number(low)}, high: {number(high)}}}")
    return lines


def head(pad, allowance):
    return f"{pad}head: {{http11: {number(allowance[1])}, http2: {number(allowance[2])}}}"


def completion(fitted):
    lines = ["completion:", f"  method: {fitted['method']}", head("  ", dialects.RESPONSE_HEAD)]
    if fitted.get("unknown"):
        lines.append("  unknown: true")
    lines.append(f"  leastRecords: {fitted['leastRecords']}")
    if "mostRecords" in fitted:
        lines.append(f"  mostRecords: {fitted['mostRecords']}")
    if "byReply" in fitted:
        lines.append(f"  reply: {dialects.REPLIES[fitted['id']]}")
    if "byReasoning" in fitted:
        lines.append(f"  reasoningFrom: {number(dialects.REASONING_FROM[fitted['id']])}")
    if "lattice" in fitted:
        shape = fitted["lattice"]
        lines += ["  lattice:"] + [
            f"    {name}: {number(getattr(shape, name))}"
            for name in ("least", "usual", "most", "tight", "slack", "burst", "closing")
            if getattr(shape, name) is not None
        ]
    if "text" in fitted:
        lines += ["  text:"] + fields(fitted["text"], TEXT_FIELDS, "    ")
    if "blocks" in fitted:
        lines += ["  blocks:"] + fields(fitted["blocks"], BLOCK_FIELDS, "    ")
    if "compressed" in fitted:
        lines += ["  compressed:"] + fields(fitted["compressed"], COMPRESSED_FIELDS, "    ", always=True)
    for key in ("byReply", "byReasoning", "byEvents", "byText", "byCompressedOctets", "byOctets"):
        if key in fitted:
            lines += calibration(key, fitted[key], 2)
    return lines


def prompt(identifier, fitted):
    key = fitted["key"]
    attachment = dialects.ATTACHMENT.get(key, dialects.ATTACHMENT_OTHERWISE)
    first, second, later = map(number, dialects.REQUEST_HEAD[key])
    lines = [
        "prompt:",
        f"  head: {{http11: {first}, http2: {second}, http2Later: {later}}}",
        f"  skeleton: {number(prompts.skeleton(identifier))}",
        f"  attachmentAbove: {attachment}",
    ]
    if identifier in dialects.OPENINGS:
        least, growth = map(number, dialects.OPENINGS[identifier])
        lines.append(f"  opening: {{least: {least}, growth: {growth}}}")
    attached = fitted["attached"]
    if attached.most:
        lines += ["  attachment:"] + fields(attached, ATTACHMENT_FIELDS, "    ")
        first, last, tokens = map(number, attached.named)
        lines.append(f"    named: {{from: {first}, upTo: {last}, tokens: {tokens}}}")
    for name in ("byBody", "byBurst", "byCall"):
        if name in fitted:
            lines += calibration(name, fitted[name], 2)
    return lines


def card_rows(counted, asked):
    for source in (counted, asked or {}):
        for key, name in NAMES.items():
            if key in source:
                for part, figures in source[key].cards:
                    yield (f"  {part}" if part else name), figures


def models(identifier, counted, calls):
    """The models whose calls a profile was fitted on, each once and without the date of its snapshot; none where it
    borrows its figures."""
    if counted["kind"] == "borrowed":
        return []
    dialects_ = dialects.UNARY_CALLS.get(identifier, (identifier,))
    names = {plain(call.model) for call in calls if call.dialect in dialects_}
    if counted["kind"].startswith("real"):
        names.add("gpt-4o")
    return sorted(names - {""})


def plain(model):
    """As `ModelName` of TokenEstimation writes it."""
    parts = model.lower().rsplit("/", 1)[-1].split("-")
    while len(parts) > 1 and (parts[-1] == "latest" or len(parts) > 2 and re.fullmatch("[0-9]{2,}", parts[-1])):
        parts.pop()
    return "-".join(parts)


def card(counted, asked, data, date, names):
    lines = [
        "card:",
        f"  kind: {counted['kind']}",
        f'  data: "{data}"',
        f"  date: {date}",
        "  command: scripts/fit-profiles",
    ]
    if names:
        lines += wrapped("  models: [", [f'"{name}"' for name in names])
    lines.append("  rows:")
    for name, row in card_rows(counted, asked):
        lines.append(f'    - what: "{name}"')
        lines += [
            f"      {key}: {number(row[key])}"
            for key in ("fitted", "tested", "median", "p90", "coverage", "width", "bias")
        ]
        if "bar" in row and counted["kind"] != "borrowed":
            lines.append(f"      bar: {row['bar']}")
    return lines


def wrapped(start, words):
    """A list in flow style, lines of 140 columns at most."""
    lines, line = [], start
    for number, word in enumerate(words):
        word += "]" if number == len(words) - 1 else ","
        if len(line) + len(word) > 140:
            lines.append(line.rstrip())
            line = " " * len(start)
        line += word + " "
    return lines + [line.rstrip()]


def profile(identifier, family, parent, counted, asked, data, date, version, names=()):
    """The text of one file."""
    lines = [
        "# Made by scripts/fit-profiles from recorded calls; do not edit by hand.",
        "schema: 1",
        f"id: {identifier}",
        f"version: {version}",
        f"family: {family}",
    ]
    if parent:
        lines.append(f"parent: {parent}")
    siblings = dialects.SIBLINGS.get(identifier, ())
    if siblings:
        lines.append(f"siblings: [{', '.join(siblings)}]")
    unary = dialects.UNARY.get(identifier, "unary-json") if counted["method"] != "octets" else None
    if unary:
        lines.append(f"unary: {unary}")
    hidden = dialects.HIDDEN.get(identifier, ())
    if hidden:
        lines.append(f"hidden: [{', '.join(hidden)}]")
    lines += completion(counted) + (prompt(identifier, asked) if asked else ["serverSideHistory: true"]) + card(counted, asked, data, date, names)
    return "\n".join(lines) + "\n"


def describe(counted, asked):
    """What the figures rest on, in a line."""
    if counted["kind"] == "borrowed":
        return counted["note"]
    data = "100 gpt-4o streams; test suites' calls" if counted["kind"].startswith("real") else "test suites' calls"
    borrowed = [
        name.removeprefix("completion, ").replace("prompt, head known", "prompts")
        for source in (counted, asked or {})
        for key, name in NAMES.items()
        if key in source and source[key].borrowed and key != "byBurst"
    ]
    if borrowed:
        data += f"; parent's intervals: {', '.join(borrowed)}"
    return data + (f"; {counted['note']}" if "note" in counted else "")
