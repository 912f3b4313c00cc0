import Testing
import WireFormat

@testable import RuleBundles

@Suite("A rule bundle")
struct RuleBundleTests {
  static let files = [
    BundleFile(path: "prices.yaml", octets: Array("schema: 1\n".utf8)),
    BundleFile(path: "providers/acme.yaml", octets: Array("schema: 1\nid: acme\n".utf8)),
    BundleFile(path: "providers/bolt.yaml", octets: []),
  ]

  /// A key, and a bundle that it has signed.
  struct Sealed {
    let key: SigningKey
    let trusted: VerifyingKey
    let octets: [UInt8]

    init(_ files: [BundleFile] = RuleBundleTests.files, version: UInt64 = 7) throws {
      key = try SigningKey()
      trusted = try VerifyingKey(pem: key.publicPEM())
      octets = try RuleBundle.sealed(files, version: version, by: key)
    }

    /// Why octets are refused; nil where they are not.
    func refusal(of octets: [UInt8]) -> BundleError? {
      do {
        _ = try RuleBundle(octets.octets, trusting: [trusted])
        return nil
      } catch {
        return error
      }
    }

    /// The octets with a signature of their own: what somebody could make who has the key.
    func signed(_ octets: [UInt8]) throws -> [UInt8] {
      let signed = Array(octets.dropLast(BundleHeader.signatureByteCount))
      let signature = key.signature(of: signed.octets)
      return signed + (try #require(signature))
    }

    /// Any contents under a good header and signature.
    func bundle(contents: [UInt8], fileCount: Int) throws -> [UInt8] {
      try RuleBundle.sealed(contents: contents, fileCount: fileCount, version: 8, by: key)
    }
  }

  @Test func holdsVersionKeyAndFilesInOrder() throws {
    let sealed = try Sealed(Self.files.reversed())
    let bundle = try RuleBundle(sealed.octets.octets, trusting: [sealed.trusted])
    #expect(bundle.files == Self.files)
    #expect(bundle.version == 7)
    #expect(bundle.keyID == sealed.key.id)
  }

  @Test func theSameRulesGiveTheSameOctets() throws {
    let sealed = try Sealed()
    #expect(
      try RuleBundle.sealed(Self.files.reversed(), version: 7, by: sealed.key) == sealed.octets)
  }

  @Test("is what the documentation says, octet by octet")
  func hasTheWrittenForm() throws {
    let sealed = try Sealed()
    let octets = sealed.octets
    #expect(Array(octets[0..<8]) == [0x89, 0x47, 0x4e, 0x52, 0x0d, 0x0a, 0x1a, 0x0a])
    #expect(Array(octets[8..<20]) == [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7])
    #expect(Array(octets[20..<24]) == UInt32(octets.count - 128).bigEndianOctets)
    let contentByteCount = 3 * 38 + 11 + 19 + 19 + 10 + 19
    #expect(Array(octets[24..<28]) == UInt32(contentByteCount).bigEndianOctets)
    #expect(Array(octets[28..<32]) == [0, 0, 0, 3])
    #expect(Array(octets[32..<64]) == sealed.key.id.octets)
    #expect(octets[64] == 0x78)
  }

  @Test func isCutShortWhereverItIsCut() throws {
    let sealed = try Sealed()
    for count in 1..<sealed.octets.count {
      let refusal = sealed.refusal(of: Array(sealed.octets.prefix(count)))
      #expect(refusal?.kind == .truncated, "cut after \(count) octets")
    }
    #expect(sealed.refusal(of: [])?.description == "is no rule bundle: it is empty")
  }

  @Test func isRefusedWithAnySingleBitFlipped() throws {
    let sealed = try Sealed()
    var kinds: Set<BundleError.Kind> = []
    for place in sealed.octets.indices {
      for bit in 0..<8 {
        var octets = sealed.octets
        octets[place] ^= 1 << bit
        let refusal = sealed.refusal(of: octets)
        #expect(refusal != nil, "bit \(bit) of octet \(place)")
        if let refusal { kinds.insert(refusal.kind) }
        // Whatever the signature covers and is no length is found by it and by nothing before.
        if place >= BundleHeader.byteCount { #expect(refusal?.kind == .badSignature) }
      }
    }
    #expect(
      kinds == [
        .notABundle, .otherFormat, .damaged, .truncated, .trailingOctets, .tooBig, .foreignKey,
        .badSignature,
      ])
  }

  @Test func isRefusedWhenItGoesOn() throws {
    let sealed = try Sealed()
    #expect(sealed.refusal(of: sealed.octets + [0])?.kind == .trailingOctets)
  }

  @Test("is no bundle", arguments: ["PK\u{3}\u{4}", "schema: 1\n", "\u{0}", "-----BEGIN"])
  func refusesOthers(text: String) throws {
    let sealed = try Sealed()
    #expect(sealed.refusal(of: Array(text.utf8))?.kind == .notABundle)
  }

  @Test func ofAnotherFormatIsRefusedAlsoWhenSigned() throws {
    let sealed = try Sealed()
    var octets = sealed.octets
    octets[9] = 2
    #expect(
      sealed.refusal(of: try sealed.signed(octets))?.description
        == "is a rule bundle of another format: 2; this gnomon reads format 1")
  }

  @Test func ofAForeignKeyIsRefused() throws {
    let (sealed, other) = (try Sealed(), try Sealed())
    let refusal = sealed.refusal(of: other.octets)
    #expect(refusal?.kind == .foreignKey)
    #expect(refusal?.detail.contains(other.key.id.description) == true)
    // Another's bundle that says that it is of the trusted key.
    let lie = Array(other.octets[..<32]) + sealed.key.id.octets + other.octets[64...]
    #expect(sealed.refusal(of: lie)?.kind == .badSignature)
    #expect(sealed.refusal(of: try other.signed(lie))?.kind == .badSignature)
  }

  @Test func withoutAnyTrustedKeyNothingIsRead() throws {
    let sealed = try Sealed()
    #expect {
      try RuleBundle(sealed.octets.octets, trusting: [])
    } throws: {
      ($0 as? BundleError)?.kind == .foreignKey
    }
  }

  @Test("a version is from 1 to 2^63-1", arguments: [0, 1 << 63, .max] as [UInt64])
  func refusesVersion(version: UInt64) throws {
    let sealed = try Sealed(version: version)
    #expect(sealed.refusal(of: sealed.octets)?.kind == .damaged)
  }
}

/// What somebody could write who has the key, or has made a mistake with it.
@Suite("The contents of a rule bundle")
struct BundleContentsTests {
  private static func entry(
    _ path: String, _ octets: [UInt8], count: Int? = nil, digest: [UInt8]? = nil
  ) -> [UInt8] {
    UInt16(path.utf8.count).bigEndianOctets + Array(path.utf8)
      + UInt32(count ?? octets.count).bigEndianOctets + (digest ?? SHA256.digest(of: octets))
  }

  private static func refusal(_ contents: [UInt8], _ count: Int) throws -> BundleError? {
    let sealed = try RuleBundleTests.Sealed()
    return sealed.refusal(of: try sealed.bundle(contents: contents, fileCount: count))
  }

  @Test(
    "no path leads out of the known folders",
    arguments: [
      "../policy.yaml", "/etc/passwd", "providers/../policy.yaml", "providers/a/b.yaml",
      "local/acme.yaml", "policy.yaml", "trust/key.pem", "providers/.yaml", "providers/.a.yaml",
      "providers/a\0.yaml", "providers/a b.yaml", "providers/a.yml", "providers/", "",
      "traps.yaml/",
      "providers//a.yaml", "./traps.yaml", "PROVIDERS/a.yaml", "providers/a\n.yaml", "bundle",
      "providers/é.yaml", "providers\\a.yaml", "sets/1/traps.yaml", "current",
      "providers/-rf.yaml", "providers/" + String(repeating: "a", count: 186) + ".yaml",
    ])
  func refuses(path: String) throws {
    let refusal = try #require(try Self.refusal(Self.entry(path, []), 1))
    #expect(refusal.kind == .badPath)
    #expect(refusal.description.allSatisfy { !$0.isNewline && $0 != "\0" })
  }

  @Test(
    "a path of the known folders is taken",
    arguments: [
      "providers/a.yaml", "profiles/A-1_b.c.yaml", "traps.yaml", "prices.yaml",
      "signs.yaml", "providers/" + String(repeating: "a", count: 185) + ".yaml",
    ])
  func takes(path: String) throws { #expect(try Self.refusal(Self.entry(path, []), 1) == nil) }

  @Test func aPathThatIsNoTextIsRefused() throws {
    let path: [UInt8] = Array("providers/".utf8) + [0xc3, 0x28] + Array(".yaml".utf8)
    let contents =
      UInt16(path.count).bigEndianOctets + path + [0, 0, 0, 0] + SHA256.digest(of: [])
    let refusal = try #require(try Self.refusal(contents, 1))
    #expect(refusal.kind == .badPath)
    #expect(refusal.detail.contains(#"providers/\xc3(.yaml"#))
  }

  @Test("files stand once and in order", arguments: [("a", "a"), ("b", "a")])
  func refuses(first: String, second: String) throws {
    let contents =
      Self.entry("providers/\(first).yaml", []) + Self.entry("providers/\(second).yaml", [])
    let refusal = try #require(try Self.refusal(contents, 2))
    #expect(refusal.kind == .damaged)
    #expect(refusal.detail.contains("twice or out of order"))
  }

  @Test func aFileIsWhatItsDigestSays() throws {
    let contents = Self.entry("traps.yaml", [1, 2, 3]) + [1, 2, 4]
    #expect(try Self.refusal(contents, 1)?.detail.contains("SHA-256") == true)
  }

  @Test func aFileThatIsTooLongIsRefusedBeforeItIsRead() throws {
    let contents = Self.entry("traps.yaml", [], count: RuleBundle.maximumFileByteCount + 1)
    #expect(try Self.refusal(contents, 1)?.kind == .tooBig)
  }

  @Test func contentsEndWithTheirLastFile() throws {
    let contents = Self.entry("traps.yaml", [1]) + [1]
    #expect(try Self.refusal(contents + [0], 1)?.detail.contains("1 octets follow") == true)
    for count in 0..<contents.count {
      let refusal = try Self.refusal(Array(contents.prefix(count)), 1)
      #expect(refusal?.kind == .damaged, "cut after \(count) octets")
    }
    #expect(try Self.refusal(contents, 2)?.kind == .damaged)
    #expect(try Self.refusal(contents, 0)?.kind == .damaged)
  }

  @Test func moreFilesThanMayBeAreNotCounted() throws {
    let count = RuleBundle.maximumFileCount + 1
    #expect(try Self.refusal([], count)?.description.contains("50001 files") == true)
  }

  @Test func aBombIsNotUnpacked() throws {
    // 200 MB of zeros in 200 kB, signed, under a header that admits to them, and under one that does not.
    let sealed = try RuleBundleTests.Sealed()
    let zeros = [UInt8](repeating: 0, count: 200 << 20)
    var bundle = try sealed.bundle(contents: zeros, fileCount: 1)
    #expect(bundle.count < 1 << 20)
    #expect(sealed.refusal(of: bundle)?.kind == .tooBig)
    bundle.replaceSubrange(24..<28, with: UInt32(1_000).bigEndianOctets)
    let refusal = sealed.refusal(of: try sealed.signed(bundle))
    #expect(refusal?.kind == .damaged)
    #expect(refusal?.detail.contains("are not 1000 octets") == true)
  }

  @Test("packed contents are zlib's, all of them and nothing else", arguments: [0, 1, 2])
  func refusesOtherPacking(kind: Int) throws {
    let sealed = try RuleBundleTests.Sealed()
    var packed = try Packing.pack(Self.entry("traps.yaml", []))
    switch kind {
    case 0: packed[2] ^= 0xff
    case 1: packed.removeLast()
    default: packed.append(0)
    }
    let header = BundleHeader(
      version: 9, packedByteCount: packed.count, contentByteCount: 48, fileCount: 1,
      keyID: sealed.key.id)
    let octets = header.octets + packed + [UInt8](repeating: 0, count: 64)
    #expect(sealed.refusal(of: try sealed.signed(octets))?.kind == .damaged)
  }

  @Test(
    "what could not be read is not written",
    arguments: [["local/a.yaml"], ["traps.yaml", "traps.yaml"], ["providers/a b.yaml"]])
  func refusesToSeal(paths: [String]) throws {
    let files = paths.map { BundleFile(path: $0, octets: []) }
    #expect(throws: BundleError.self) { try RuleBundleTests.Sealed(files) }
  }
}

@Suite("Keys of rule bundles")
struct KeyTests {
  /// The key pair of RFC 8410, section 10.
  static let secret = """
    -----BEGIN PRIVATE KEY-----
    MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
    -----END PRIVATE KEY-----
    """
  static let open = """
    -----BEGIN PUBLIC KEY-----
    MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
    -----END PUBLIC KEY-----
    """
  /// `openssl pkey -pubin -outform DER | sha256sum` of it.
  static let id = "a1e9156054e04fac899ae9f275132cdc07a5dbc4ea2c2ad3a1ffc6e0d253681f"

  @Test func areReadAsOpenSSLWritesThem() throws {
    let secret = try SigningKey(pem: Array(Self.secret.utf8))
    #expect(secret.id.description == Self.id)
    #expect(try VerifyingKey(pem: Array(Self.open.utf8)).id == secret.id)
    #expect(try secret.privatePEM() == Array((Self.secret + "\n").utf8))
    #expect(try secret.publicPEM() == Array((Self.open + "\n").utf8))
  }

  @Test func signAsRFC8032Says() throws {
    // Section 7.1, test 1: the private key in PKCS #8, and the signature of the empty message.
    let key = try SigningKey(
      pem: Array(
        """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
        -----END PRIVATE KEY-----
        """.utf8))
    let nothing: [UInt8] = []
    let signature = key.signature(of: nothing.octets)
    #expect(
      signature.map { hexadecimal($0) }
        == "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )
  }

  @Test(
    "what is no public key of the kind is refused",
    arguments: [
      ("", KeyError.noKey), ("schema: 1", .noKey), (KeyTests.secret, .isPrivate),
      ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", .isOfAnotherKind),
      // Of NIST's P-256.
      (
        """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1q6Z/rFNJt05JIYCSNsYq7M6o69H
        3D6ifpKLAhiQyWXXY9CoAWsUA027HmqsqOTiKdToha6Dy1jgevkcXSg1LQ==
        -----END PUBLIC KEY-----
        """, .isOfAnotherKind
      ),
    ])
  func refuses(text: String, reason: KeyError) {
    #expect(throws: reason) { try VerifyingKey(pem: Array(text.utf8)) }
  }

  @Test(
    "what is no private key is refused",
    arguments: [
      (KeyTests.open, KeyError.isPublic), ("x", .noKey),
      (
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGb\n-----END ENCRYPTED PRIVATE KEY-----\n",
        .isEncrypted
      ),
    ])
  func refusesSigning(text: String, reason: KeyError) {
    #expect(throws: reason) { try SigningKey(pem: Array(text.utf8)) }
  }
}
