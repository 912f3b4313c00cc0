"""Profiles as YAML, in one fixed order."""

from . import dialects

NAMES = {
    "byEvents": "completion, events",
    "byText": "completion, text octets",
    "byCompressedOctets": "completion, compressed",
    "byOctets": "completion, octets",
    "byBody": "prompt, head known",
    "byBurst": "prompt, head allowed for",
}


def number(value):
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def calibration(key, fitted, indent):
    pad = " " * indent
    lines = [
        f"{pad}{key}:",
        f"{pad}  offset: {number(fitted.offset)}",
        f"{pad}  perToken: {number(fitted.per_token)}",
        f"{pad}  meanFactor: {number(fitted.mean_factor)}",
        f"{pad}  sharedVariance: {number(fitted.shared_variance)}",
        f"{pad}  mostTokens: {fitted.most}",
        f"{pad}  bands:",
    ]
    for edge, low, high in fitted.bands:
        first = f"upTo: {edge}, " if edge is not None else ""
        lines.append(f"{pad}    - {{{first}low: {number(low)}, high: {number(high)}}}")
    return lines


def head(pad, allowance):
    return f"{pad}head: {{http11: {number(allowance[1])}, http2: {number(allowance[2])}}}"


def completion(fitted):
    lines = ["completion:", f"  method: {fitted['method']}", head("  ", dialects.RESPONSE_HEAD)]
    lines.append(f"  leastRecords: {fitted['leastRecords']}")
    if "mostRecords" in fitted:
        lines.append(f"  mostRecords: {fitted['mostRecords']}")
    if "lattice" in fitted:
        shape = fitted["lattice"]
        lines += ["  lattice:"] + [
            f"    {name}: {number(getattr(shape, name))}"
            for name in ("least", "usual", "most", "tight", "slack", "burst", "closing")
            if getattr(shape, name) is not None
        ]
    if "text" in fitted:
        shape = fitted["text"]
        lines += ["  text:"] + [
            f"    {key}: {number(value)}"
            for key, value in (
                ("usual", shape.usual),
                ("overhead", shape.overhead),
                ("mostText", shape.most_text),
                ("leastText", shape.least_text),
            )
            if value is not None
        ] + (["    skipsLast: true"] if shape.skips_last else [])
    for key in ("byEvents", "byText", "byCompressedOctets", "byOctets"):
        if key in fitted:
            lines += calibration(key, fitted[key], 2)
    return lines


def prompt(fitted):
    key = fitted["key"]
    attachment = dialects.ATTACHMENT.get(key, dialects.ATTACHMENT_OTHERWISE)
    lines = ["prompt:", head("  ", dialects.REQUEST_HEAD[key]), f"  attachmentAbove: {attachment}"]
    for name in ("byBody", "byBurst"):
        lines += calibration(name, fitted[name], 2)
    return lines


def card_rows(counted, asked):
    for source in (counted, asked):
        for key, name in NAMES.items():
            if key in source:
                yield name, source[key].card


def card(counted, asked, data, date):
    lines = [
        "card:",
        f"  kind: {counted['kind']}",
        f"  data: {data}",
        f"  date: {date}",
        "  command: scripts/fit-profiles",
        "  rows:",
    ]
    for name, row in card_rows(counted, asked):
        lines.append(f"    - what: {name}")
        lines += [
            f"      {key}: {number(row[key])}"
            for key in ("fitted", "tested", "median", "p90", "coverage", "width", "bias")
        ]
    return lines


def profile(identifier, family, parent, counted, asked, data, date, version):
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
    hidden = dialects.HIDDEN[identifier]
    if hidden:
        lines.append(f"hidden: [{', '.join(hidden)}]")
    lines += completion(counted) + prompt(asked) + card(counted, asked, data, date)
    return "\n".join(lines) + "\n"


def describe(identifier, counted):
    """What the figures rest on, in a line."""
    replayed = "public test suites' calls, headers and flushes assumed"
    if counted["kind"] == "borrowed":
        return "openai-chat-stream's, half as wide again"
    if counted["kind"].startswith("real"):
        return "100 gpt-4o streams; test suites' calls"
    return replayed
