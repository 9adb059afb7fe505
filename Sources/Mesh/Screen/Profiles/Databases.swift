extension ShippedProfiles {
  static let databases = #"""
    profile 1
    name database
    kind repl
    process mysql mariadb mongo mongosh redis-cli valkey-cli duckdb clickhouse* sqlcmd sqlplus
    process usql influx cqlsh cockroach etcdctl
    script mycli mongosh cqlsh*
    command mysql mariadb mongosh redis-cli duckdb
    """#
}
