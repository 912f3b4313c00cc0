"""What a packet may cost, and what it costs."""

TOLERANCE = 0.05
# Each figure's title, and the digits that are kept of it.
FIGURES = {'instructions': ('instructions', 1), 'allocations': ('allocations', 4), 'objects': ('objects of Swift', 4)}
WRITE = 'scripts/check-budgets --write'


def figures(name, measured):
    """A line that says what a mix costs."""
    return (f"{name}: {measured['packets']:,} packets; a packet costs "
            + ', '.join(f'{measured[figure]:,} {title}' for figure, (title, _) in FIGURES.items()))


def compare(measured, budget):
    """Whether a mix keeps its budget, and lines that say so. None is a budget that nobody has written."""
    if budget is None:
        return False, [f'  FAILED: there is no budget: {WRITE}']
    if budget['packets'] != measured['packets']:
        return False, [f"  FAILED: the budget is for another mix, of {budget['packets']:,} packets: {WRITE}"]
    lines = []
    kept = True
    for figure, (title, digits) in FIGURES.items():
        now, then = measured[figure], budget[figure]
        # What is next to nothing may move by its last digits.
        margin = max(TOLERANCE * then, 10 * 10.0 ** -digits)
        change = f'{(now - then) / then:+.1%}'.replace('%', ' %') if then else 'from nothing'
        if now > then + margin:
            kept = False
            lines.append(f'  FAILED: {title}: {now:,} a packet, {change} of the budget of {then:,}')
            if figure == 'instructions':
                lines += growth(measured['parts'], budget['parts'])
        elif now < then - margin:
            # Else what was won could be lost again without a word.
            kept = False
            lines.append(f'  FAILED: {title}: {now:,} a packet, {change} of {then:,}: lower the budget: {WRITE}')
        else:
            lines.append(f'  {title}: {change} of the budget of {then:,}')
    return kept, lines


def growth(now, then):
    """The parts that grew, the most first."""
    grown = {part: now.get(part, 0) - then.get(part, 0) for part in now | then}
    for part, more in sorted(grown.items(), key=lambda item: -item[1])[:5]:
        if more > 1:
            yield f'    {part}: {now.get(part, 0):,} instructions a packet, {more:+,.1f}'
