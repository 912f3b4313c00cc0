"""Word lists for the sentences in `prose`."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


_NAMES = _words("Amara Bogdan Chiara Dmitri Elif Farid Greta Hiroshi Ines Jonas Katarzyna Luan "
                "Maren Nadia Oskar Priya Quentin Rosa Sandeep Tove Ulrich Vera Wanda Yusuf Zoe")

ENGLISH = {
    "Name": _NAMES,
    "thing": _phrases("""invoice, release, dashboard, contract, migration, backup, load balancer,
        forecast, queue, pull request, budget line, expense report, certificate, schema,
        onboarding guide, price list, purchase order, test suite, log rotation, customer record,
        discount, feature flag, cache, tender, support ticket, ledger, shipping label, payroll run,
        retention rule, meeting note, container image, warehouse count, audit trail, quotation,
        rate limit, spreadsheet, firewall change, newsletter, travel policy, index, deployment,
        reconciliation, status page, supplier list, training plan, subscription, thumbnail"""),
    "adjective": _phrases("""stale, quarterly, incomplete, automatic, expensive, shared, reliable,
        provisional, unusually small, well documented, outdated, approved, fragile, duplicated,
        regional, temporary, remarkably simple, overdue, consistent, misleading, public, secondary,
        reproducible, preliminary, half finished, conservative, surprising, read-only, tidy"""),
    "done": _phrases("""reviewed, rolled back, approved, merged, measured, archived, renamed,
        translated, split in two, rescheduled, cancelled, encrypted, reconciled, forwarded,
        double-checked, estimated, closed, rewritten, exported, signed, postponed"""),
    "did": _phrases("""measured, compared, rebuilt, rewrote, audited, simplified, sampled, checked,
        replaced, summarised, tested, restored, negotiated, cleaned up"""),
    "do": _words("review merge measure archive rename split export verify simplify restore approve "
                 "refresh compare collect publish validate update close"),
    "team": _phrases("""platform team, finance department, sales office in Lyon, auditors,
        support desk, data group, legal team, night shift, warehouse crew, product owners,
        works council, design studio, security reviewers, treasury"""),
    "event": _phrases("""end of the quarter, last outage, board meeting, autumn release, trade fair,
        annual audit, price change, office move, code freeze, supplier visit, tax deadline,
        customer workshop, holiday season, load test"""),
    "measure": _phrases("""median latency, error rate, gross margin, conversion, headcount,
        response time, stock level, memory use, churn, open balance, test coverage, lead time,
        cost per order, cash position, utilisation, return rate"""),
    "rose": _phrases("rose, fell, doubled, dropped slightly, recovered, drifted, levelled off"),
    "when": _phrases("""by Friday, next week, before noon, after the release, in the morning,
        within two sprints, at the end of the month, once the tests pass, as soon as possible"""),
    "place": _phrases("""folder, repository, cabinet, bucket, wiki page, region, appendix, branch,
        staging cluster, shared drive, drawer, table"""),
    "noun": _words("invoice order ticket account record session packet budget worker message "
                   "region customer sensor batch token"),
    "field": _words("amount size priority weight balance duration age latency score quantity"),
}

GERMAN = {
    "Name": _NAMES,
    "Abteilung": _phrases("""Buchhaltung, Personalabteilung, Entwicklung, Geschäftsführung,
        Rechtsabteilung, Lagerverwaltung, Vertriebsleitung, Revision, Qualitätssicherung"""),
    "Gegenstand": _phrases("""Jahresabschluss, Lieferschein, Kostenvoranschlag, Arbeitsvertrag,
        Prüfbericht, Buchungssatz, Dienstplan, Wartungsvertrag, Zahlungsplan, Entwurf,
        Reisekostenantrag, Urlaubsplan, Datensatz, Auftrag, Nachweis, Schriftwechsel"""),
    "Eigenschaft": _phrases("""vorläufige, geprüfte, fehlende, unterschriebene, ausführliche,
        überarbeitete, vertrauliche, monatliche"""),
    "getan": _phrases("""freigegeben, geprüft, abgelehnt, übersetzt, gebucht, weitergeleitet,
        unterschrieben, überarbeitet, archiviert, verschoben"""),
    "tun": _phrases("prüfen, buchen, unterschreiben, ergänzen, archivieren, übersetzen"),
    "wann": _phrases("""am Freitag, in der nächsten Woche, vor der Prüfung, bis Monatsende, gestern,
        noch heute, nach dem Quartalsende"""),
    "Wert": _phrases("""Umsatz, Deckungsbeitrag, Lagerbestand, Krankenstand, Rabatt, Steuersatz,
        Aufwand, Freibetrag"""),
}
