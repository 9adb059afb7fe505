internal import Mesh
internal import MeshHost

/// The beginnings that commands share, with errors as failures.
enum Setup {
  static func site() throws(Failure) -> Site {
    do { return try Site(.current()) } catch { throw Failure(error) }
  }

  static func sending(_ site: Site) throws(Failure) -> Sending {
    do { return Sending(try Credentials(site)) } catch { throw Failure(error) }
  }

  static func identity(_ site: Site) throws(Failure) -> Identity {
    do { return try KeyStore(site.home).identity(site.host) } catch { throw Failure(error) }
  }

  static func files<Answer>(
    _ body: () throws(SetupError) -> Answer
  ) throws(Failure) -> Answer {
    do { return try body() } catch { throw Failure(error) }
  }

  static func tmux<Answer>(
    _ body: () throws(Tmux.Failure) -> Answer
  ) throws(Failure) -> Answer {
    do { return try body() } catch { throw Failure(error) }
  }
}
