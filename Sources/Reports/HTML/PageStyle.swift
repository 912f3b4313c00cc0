/// The page's style sheet.
enum PageStyle {
  static let css: HTML = """
    :root { color-scheme: light dark; --page:#f6f7f9; --card:#fff; --ink:#1b2430; --muted:#5d6b7c; \
    --line:#dde2e8; --grid:#e9edf1; --accent:#2b5c8f; --unapproved:#c0362c; --unknown:#e0a22c; \
    --tolerated:#6ea4d8; --approved:#5fae84; --unapproved-text:#a82a21; --unknown-text:#855a00; \
    --tolerated-text:#245f9b; --approved-text:#1f6d45; --tint:14%; }
    @media (prefers-color-scheme: dark) { :root { --page:#11161c; --card:#1a212a; --ink:#e6ebf1; \
    --muted:#9aa8b8; --line:#2c3743; --grid:#26303b; --accent:#7fb2e5; --unapproved:#e5594d; --unknown:#d9a441; \
    --tolerated:#4d86bd; --approved:#46946a; --unapproved-text:#ff9a8f; --unknown-text:#f0c46c; \
    --tolerated-text:#9cc6ef; --approved-text:#8fd3ae; --tint:22%; } }
    * { box-sizing: border-box; }
    body { margin:0; background:var(--page); color:var(--ink); \
    font:15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
    main { max-width:1320px; margin:0 auto; padding:36px 32px 64px; }
    h1 { font-size:32px; line-height:1.15; margin:2px 0 4px; letter-spacing:-.02em; }
    h2 { font-size:19px; margin:0 0 4px; letter-spacing:-.01em; }
    h3 { font-size:13px; margin:18px 0 6px; color:var(--muted); font-weight:600; }
    p, ul, dl, dd { margin:0; padding:0; } ul { list-style:none; }
    b, strong { font-weight:650; }
    .brand { color:var(--accent); font-weight:700; letter-spacing:.04em; }
    .period { font-size:18px; color:var(--muted); }
    .chip { border:1px solid var(--line); border-radius:999px; padding:1px 10px; font-size:13px; }
    .facts { display:flex; flex-wrap:wrap; gap:4px 28px; margin:14px 0 0; font-size:13px; }
    .facts div { display:flex; gap:7px; } .facts dt, .muted, .interval, .caption { color:var(--muted); }
    .facts dd { margin:0; }
    .headline { font-size:20px; line-height:1.4; margin:22px 0 0; max-width:60em; }
    .headline strong { color:var(--unapproved-text); }
    .caption { margin:0 0 14px; font-size:14px; max-width:72em; }
    section { margin-top:28px; background:var(--card); border:1px solid var(--line); border-radius:12px; \
    padding:22px 24px; }
    section.tiles { display:grid; grid-template-columns:repeat(auto-fit, minmax(155px, 1fr)); gap:12px; padding:0; \
    border:0; background:none; }
    .tile { background:var(--card); border:1px solid var(--line); border-radius:12px; padding:14px 16px; }
    .tile .name { font-size:13px; color:var(--muted); }
    .tile .value { font-size:28px; font-weight:650; letter-spacing:-.02em; line-height:1.3; }
    .tile .note { font-size:12.5px; color:var(--muted); }
    .tile.alarm { border-color:var(--unapproved); box-shadow:inset 4px 0 0 var(--unapproved); }
    .tile.alarm .value { color:var(--unapproved-text); }
    section.verdicts { margin-top:12px; padding:16px 18px; }
    .strip { display:flex; gap:2px; height:22px; border-radius:6px; overflow:hidden; }
    .strip span { flex:1 0 18px; text-align:center; font-size:13px; line-height:22px; font-weight:700; \
    color:#fff; }
    .strip .unapproved { background:var(--unapproved); } .strip .unknown { background:var(--unknown); color:#222; }
    .strip .tolerated { background:var(--tolerated); color:#10233a; } .strip .approved { background:var(--approved); \
    color:#0c2a1a; }
    .legend { display:flex; flex-wrap:wrap; gap:6px 20px; margin-top:12px; font-size:12.5px; }
    .badge { display:inline-block; white-space:nowrap; border-radius:6px; padding:1px 8px; font-size:12.5px; \
    font-weight:650; border:1px solid; }
    .badge.unapproved { color:var(--unapproved-text); \
    background:color-mix(in srgb, var(--unapproved) var(--tint), transparent); border-color:var(--unapproved); }
    .badge.unknown { color:var(--unknown-text); \
    background:color-mix(in srgb, var(--unknown) var(--tint), transparent); border-color:var(--unknown); }
    .badge.tolerated { color:var(--tolerated-text); \
    background:color-mix(in srgb, var(--tolerated) var(--tint), transparent); border-color:var(--tolerated); }
    .badge.approved { color:var(--approved-text); \
    background:color-mix(in srgb, var(--approved) var(--tint), transparent); border-color:var(--approved); }
    .known { font-weight:650; font-size:13px; white-space:nowrap; }
    .known.inferred, .known.unknown { font-style:italic; }
    .mono, .address { font-family:ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; \
    font-size:12.5px; overflow-wrap:anywhere; }
    .address { font-size:13.5px; font-weight:650; } .mac { font-size:12px; white-space:nowrap; }
    table { width:100%; border-collapse:collapse; font-size:14px; }
    th { text-align:left; font-weight:600; font-size:12.5px; color:var(--muted); vertical-align:bottom; \
    padding:0 12px 6px 0; }
    td { vertical-align:top; padding:10px 12px 10px 0; border-top:1px solid var(--line); }
    td .muted, td .interval { font-size:12.5px; } td .muted.mac { font-size:12px; }
    .cards td:first-child, .uses td:nth-child(2) { overflow-wrap:anywhere; } \
    .cards th:first-child, .uses th:nth-child(2) { min-width:132px; }
    td:last-child, th:last-child { padding-right:0; } .uses td, .uses th { padding-right:10px; }
    .number { text-align:right; font-variant-numeric:tabular-nums; }
    .tight { white-space:nowrap; }
    tr.group th { padding:20px 0 6px; font-size:15px; color:var(--ink); font-weight:650; }
    tr.group .muted { font-weight:400; font-size:13px; margin-left:6px; }
    td.again > * { opacity:0; }
    .uses td:last-child { width:31%; } .uses td:nth-child(4) { width:25%; }
    .evidence { margin-top:3px; font-size:12.5px; }
    .evidence li { display:grid; grid-template-columns:44px minmax(0, 1fr); margin-bottom:2px; }
    .evidence li.muted { display:block; }
    .evidence .source { color:var(--muted); font-size:10.5px; line-height:18px; text-transform:uppercase; }
    .evidence .rule { color:var(--muted); font-size:11.5px; overflow-wrap:anywhere; }
    .abstained { color:var(--muted); font-style:italic; }
    .ranges { display:grid; grid-template-columns:70px 116px minmax(100px, 1fr); gap:2px 8px; align-items:center; \
    font-variant-numeric:tabular-nums; font-size:13.5px; }
    .ranges .muted { font-size:12.5px; } .ranges .partial { display:block; font-size:11.5px; color:var(--muted); }
    svg.range { display:block; width:100%; max-width:320px; }
    svg.range .base { stroke:var(--line); stroke-width:1; } svg.range .grid { stroke:var(--grid); }
    svg.range .band { fill:var(--accent); opacity:.4; } svg.range .likely { stroke:var(--accent); stroke-width:2.5; }
    .axis text { font-size:9.5px; fill:var(--muted); text-anchor:middle; font-weight:400; }
    .axis text.low { text-anchor:start; } .axis text.high { text-anchor:end; }
    svg.chart { display:block; width:100%; height:auto; overflow:visible; }
    svg.chart text { font-size:12px; fill:var(--muted); } svg.chart .level { text-anchor:end; }
    svg.chart .time { text-anchor:middle; }
    svg.chart .grid, svg.chart .tick { stroke:var(--grid); } svg.chart .tick { stroke:var(--muted); }
    .bar-unapproved { fill:url(#hatch); } .bar-unknown { fill:url(#dots); }
    .bar-tolerated { fill:var(--tolerated); } .bar-approved { fill:var(--approved); }
    svg rect.unapproved { fill:var(--unapproved); } svg rect.unknown { fill:var(--unknown); }
    svg line.ink { stroke:var(--card); stroke-width:2; opacity:.45; } svg circle.ink { fill:var(--ink); opacity:.5; }
    section.columns { display:grid; grid-template-columns:repeat(auto-fit, minmax(310px, 1fr)); gap:24px 40px; }
    .measures li { position:relative; display:flex; flex-wrap:wrap; gap:0 6px; padding:5px 0 6px; font-size:14px; }
    .measures span:first-child { flex:1; } .measures b { font-variant-numeric:tabular-nums; }
    .measures i { position:absolute; left:0; bottom:0; height:3px; min-width:1px; border-radius:2px; \
    background:var(--accent); opacity:.6; }
    .measures li::after { content:""; position:absolute; left:0; right:0; bottom:0; height:3px; border-radius:2px; \
    background:var(--grid); z-index:-1; }
    .measures { position:relative; z-index:0; }
    .plain li { padding:6px 0 6px 18px; position:relative; } .plain li::before { content:"–"; position:absolute; left:0; \
    color:var(--muted); }
    .reading dl { display:grid; grid-template-columns:minmax(90px, max-content) 1fr; gap:8px 22px; margin:10px 0 24px; \
    font-size:14px; max-width:78em; } .reading dl:last-child { margin-bottom:0; }
    .reading dt { font-weight:650; } .reading dd .badge { margin-right:2px; }
    @media screen and (max-width:860px) {
    main { padding:20px 14px 40px; } h1 { font-size:27px; } .headline { font-size:18px; }
    section { padding:16px; } section.tiles { padding:0; grid-template-columns:repeat(2, 1fr); }
    .cards thead { display:none; } .cards, .cards tbody, .cards tr, .cards td { display:block; }
    .cards tr { padding:10px 0; border-top:1px solid var(--line); } .cards tr.group { border-top:0; padding:6px 0 0; }
    .cards tr.group th { display:block; padding:10px 0 4px; }
    .cards td { display:grid; grid-template-columns:112px minmax(0, 1fr); overflow-wrap:anywhere; border:0; padding:3px 0; text-align:left; }
    .cards td::before { content:attr(data-label); color:var(--muted); font-size:12.5px; grid-row:1 / span 20; }
    .cards td > * { grid-column:2; justify-self:start; } .cards td > br { display:none; } .ranges.axis { display:none; } .cards td > .ranges { justify-self:stretch; }
    svg.chart text { font-size:20px; } svg.chart .odd { display:none; } td.again > * { opacity:1; } .uses td:nth-child(n) { width:auto; } .cards td > .evidence { justify-self:stretch; } \
    .reading dl { grid-template-columns:1fr; gap:2px; } .reading dd { margin-bottom:8px; }
    }
    @media screen and (max-width:480px) {
    svg.chart text { font-size:30px; } svg.chart .even { display:none; }
    .cards td { grid-template-columns:84px minmax(0, 1fr); } .ranges { grid-template-columns:70px minmax(0, 1fr); }
    .ranges > :nth-child(3n) { grid-column:1 / -1; max-width:none; }
    }
    @media print {
    :root { --page:#fff; --card:#fff; --ink:#000; --muted:#444; --line:#bbb; --grid:#ddd; }
    body, table, .measures li, .ranges { font-size:11px; } .headline { font-size:16px; } main { max-width:none; padding:0; } \
    section.tiles { grid-template-columns:repeat(7, 1fr); } .tile { padding:8px; } .tile .value { font-size:19px; } \
    .ranges { grid-template-columns:56px 92px minmax(60px, 1fr); gap:2px 4px; } \
    td .muted, td .interval, .ranges .muted, .ranges .partial { font-size:10px; } .reading dl { font-size:11px; } \
    .evidence, .evidence .rule { font-size:10px; } .mono, .address, .badge { font-size:10px; } section { break-inside:auto; margin-top:14px; padding:10px 0; \
    border:0; border-top:1px solid var(--line); border-radius:0; } tr, .tile, .measures li, svg.chart { break-inside:avoid; }
    thead { display:table-header-group; } h2, h3, .caption, tr.group { break-after:avoid; }
    .strip span, .badge, .measures i, svg * { -webkit-print-color-adjust:exact; print-color-adjust:exact; }
    @page { size:A4 landscape; margin:14mm; }
    }
    """
}
