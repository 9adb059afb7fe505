/// What went wrong in the harness itself, in words for the test's report.
public struct Trouble: Error, CustomStringConvertible, Sendable {
  public let description: String
  public init(_ description: String) { self.description = description }
}
