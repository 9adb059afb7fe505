/// An error in the test harness itself, with a text for the report.
public struct Trouble: Error, CustomStringConvertible, Sendable {
  public let description: String
  public init(_ description: String) { self.description = description }
}
