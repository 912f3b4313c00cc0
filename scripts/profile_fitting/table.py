"""The accuracy table: what each fit does on test sources, beside octets ÷ 4."""

from . import fit, yaml_text


def render(fitted, recordings):
    lines = [
        f"{'profile':<24} {'figure':<27} {'fitted':>7} {'tested':>7} {'median':>8} {'p90':>8} "
        f"{'in 90%':>7} {'hi/lo':>6} {'total':>7}"
    ]
    for identifier, _, _, counted, asked in fitted:
        for name, row in yaml_text.card_rows(counted, asked):
            lines.append(
                f"{identifier:<24} {name:<27} {row['fitted']:>7} {row['tested']:>7} "
                f"{row['median']:>8.1%} {row['p90']:>8.1%} {row['coverage']:>7.1%} "
                f"{row['width']:>6.2f} {row['bias']:>+7.1%} {row.get('bar', '')}"
            )
        lines += by_four(identifier, recordings)
    return "\n".join(lines)


def by_four(identifier, recordings):
    """Body octets ÷ 4, if one could see them: what a proxy's rule of thumb says."""
    rows = [
        (sum(r.events) / 4, r.completion)
        for r in recordings
        if r.dialect == identifier and r.completion and r.events and fit.is_fair(r)
    ]
    if not rows:
        return []
    errors = sorted(abs(guess / truth - 1) for guess, truth in rows)
    total = sum(guess for guess, _ in rows) / sum(truth for _, truth in rows) - 1
    return [
        f"{'':<24} {'body octets ÷ 4':<27} {'':>7} {len(rows):>7} {errors[len(errors) // 2]:>8.0%} "
        f"{errors[int(0.9 * len(errors))]:>8.0%} {'':>7} {'':>6} {total:>+7.0%}"
    ]
