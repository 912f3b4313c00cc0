package import WireFormat

/// The tunnel in which a packet came: the innermost one, where there are several.
///
/// A flow is the same flow inside a tunnel and outside, or in two tunnels: often one direction alone is wrapped, or a
/// mirror shows both sides of a gateway. So the tunnel is told with what is seen and is no part of a flow's key.
package struct Tunnel: Hashable, Sendable {
  package enum Kind: String, Sendable {
    /// IP in IP (RFC 2003), 6in4 and its kin (RFC 4213, RFC 2473).
    case ip = "ip-in-ip"
    case gre, erspan, wccp, etherip, mpls
    case vxlan
    case vxlanGPE = "vxlan-gpe"
    case geneve, gtp, teredo, l2tp, capwap, tzsp, lisp
  }

  package var kind: Kind
  /// Outer addresses.
  package var source: IPAddress
  package var destination: IPAddress

  package init(kind: Kind, source: IPAddress, destination: IPAddress) {
    self.kind = kind
    self.source = source
    self.destination = destination
  }
}

extension Tunnel: CustomStringConvertible {
  /// `geneve 10.0.0.1 → 10.0.0.2`
  package var description: String { "\(kind.rawValue) \(source) → \(destination)" }
}

extension Tunnel.Kind {
  /// The kind of tunnel that has this layer directly in its IP packet or datagram.
  init?(_ layer: Layer) {
    switch layer {
    case .ip: self = .ip
    case .gre: self = .gre
    case .erspan1, .erspan2, .erspan3: self = .erspan
    case .wccp: self = .wccp
    case .etherIP: self = .etherip
    case .mpls: self = .mpls
    case .vxlan: self = .vxlan
    case .vxlanGPE: self = .vxlanGPE
    case .geneve: self = .geneve
    case .gtp: self = .gtp
    case .teredo: self = .teredo
    case .l2tp, .l2tp3: self = .l2tp
    case .capwap: self = .capwap
    case .tzsp: self = .tzsp
    case .lisp: self = .lisp
    default: return nil
    }
  }
}
