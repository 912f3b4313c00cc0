import StrictYAML

/// What a group may use of everything, or of one provider, service or tenant, in a day, a week or a month.
///
/// A budget speaks of a group as a whole and never of a person: it has no key for a host, and a group of one address needs
/// `single_host: true`.
package struct Budget: Sendable, Equatable {
  /// What the budget is of.
  package let subject: PolicySubject
  package let span: Span
  package let limit: Limit
  package let owner: String
  package let reason: String
  /// Where it stands in the file, from 1.
  package let line: Int

  package init(
    subject: PolicySubject, span: Span, limit: Limit, owner: String, reason: String, line: Int
  ) {
    (self.subject, self.span, self.limit) = (subject, span, limit)
    (self.owner, self.reason, self.line) = (owner, reason, line)
  }

  package enum Span: String, Sendable, CaseIterable {
    case day
    /// From Monday on (ISO 8601).
    case week
    case month
  }

  package enum Limit: Sendable, Equatable {
    /// Of prompts and completions together.
    case tokens(Int)
    /// IP octets on the wire, both directions.
    case octets(Int)
    /// At the prices of `prices.yaml`, in units of the currency (ISO 4217).
    case cost(Double, currency: String)

    /// `tokens`, `octets` or `cost`, as the file says it.
    package var measure: String {
      switch self {
      case .tokens: "tokens"
      case .octets: "octets"
      case .cost: "cost"
      }
    }
  }

  /// The UTC days of the span that holds a day, counted since 1970-01-01; a day before 1970 has a span of its own.
  package func period(holding day: Int) -> Range<Int> {
    guard let date = CalendarDate(daysSince1970: day) else { return day..<day + 1 }
    switch span {
    case .day: return day..<day + 1
    case .week:
      // 1970-01-01 was a Thursday.
      let monday = day - (day + 3) % 7
      return monday..<monday + 7
    case .month: return date.month
    }
  }
}

/// What a line of the policy speaks of: a host group or all, and a provider, a service or everything, of one tenant or of
/// any.
package struct PolicySubject: Sendable, Hashable {
  /// A group's id; nil: all hosts.
  package var group: String?
  package var use: Use
  /// Nil: whatever the tenant.
  package var tenant: String?

  package enum Use: Sendable, Hashable {
    case everything
    case provider(String)
    case service(String)
  }

  package init(group: String?, use: Use, tenant: String? = nil) {
    (self.group, self.use, self.tenant) = (group, use, tenant)
  }

  /// `service azure-openai-api, tenant contoso`, without the group.
  package var useText: String {
    let text =
      switch use {
      case .everything: "all AI services"
      case .provider(let id): "provider \(id)"
      case .service(let id): "service \(id)"
      }
    return tenant.map { "\(text), tenant \($0)" } ?? text
  }

  package var groupText: String { group ?? "all hosts" }
}
