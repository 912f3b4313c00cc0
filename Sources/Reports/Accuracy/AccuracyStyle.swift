/// What the page of an evaluation needs beyond ``PageStyle``.
enum AccuracyStyle {
  static let css: HTML = """
    .plots { display:grid; grid-template-columns:repeat(auto-fill, minmax(min(100%, 480px), 1fr)); gap:18px 32px; }
    svg.plot { display:block; width:100%; height:auto; }
    svg.plot text { font-size:12px; fill:var(--muted); } svg.plot text.end { text-anchor:end; }
    svg.plot text.middle { text-anchor:middle; } svg.plot text.name { fill:var(--ink); font-size:11.5px; }
    svg.plot .grid { stroke:var(--grid); } svg.plot .frame { fill:none; stroke:var(--line); }
    svg.plot .even { stroke:var(--muted); stroke-dasharray:5 4; fill:none; }
    svg.plot .target { fill:var(--approved); opacity:.28; }
    svg.plot .interval { stroke:var(--accent); stroke-width:1.2; opacity:.45; }
    svg.plot .held { fill:var(--accent); fill-opacity:.75; }
    svg.plot .interval.out { stroke:var(--unapproved); opacity:.7; }
    svg.plot .out-mark { fill:none; stroke:var(--unapproved); stroke-width:1.8; }
    svg.plot .curve { fill:none; stroke:var(--accent); stroke-width:2.6; }
    svg.plot .curve.wire { stroke:var(--unknown); stroke-width:1.8; stroke-dasharray:2 3; }
    svg.plot .curve.constant { stroke:var(--muted); stroke-width:1.8; stroke-dasharray:8 4; }
    svg.plot .curve.plain { stroke:var(--approved); stroke-width:1.8; stroke-dasharray:10 3 2 3; }
    svg.key { display:inline-block; width:30px; height:10px; vertical-align:middle; margin-right:6px; }
    .miss { color:var(--unapproved-text); font-weight:650; } .none { margin-top:14px; }
    table.bar td, table.scores td { padding-top:6px; padding-bottom:6px; }
    table.scores th.number, td.number { padding-right:12px; } td.number.muted { font-size:13px; }
    .evidence-head .plain li { overflow-wrap:anywhere; }
    @media screen and (max-width:860px) { table.bar, table.scores { display:block; overflow-x:auto; } \
    .plots { grid-template-columns:1fr; } }
    """
}
