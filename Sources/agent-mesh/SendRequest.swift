/// What is to be sent, as the command line says it.
struct SendRequest {
  /// The recipient, unless it is a reply; then the body.
  var words: [String]
  var reply = false
  var dryRun = false
  var json = false
  /// The name to send under.
  var name: String?
  var replyTo: String?
  var inReplyTo: String?
  var id: String?
  var force = false
  var queue = false
  var notify = false
  /// Seconds.
  var wait: Int?
  var expires: Int?
  var drop = Drop()
}
