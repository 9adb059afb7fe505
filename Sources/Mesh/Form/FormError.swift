/// Bytes do not have the form of protocol section 4. The texts are constants
/// and never contain input.
package enum FormError: Error, Equatable, Sendable {
  case preamble
  case length
  case line(Int)
  case value(String)
}
