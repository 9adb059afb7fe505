/// Bytes that are not of the form that protocol section 4 asks for. The texts are constants: never input.
package enum FormError: Error, Equatable, Sendable {
  case preamble
  case length
  case line(Int)
  case value(String)
}
