extension ShippedProfiles {
  static let databases = #"""
    profile 1
    name database
    kind repl
    process mysql
    process mariadb
    process mongo
    process mongosh
    process redis-cli
    process valkey-cli
    process duckdb
    process clickhouse*
    process sqlcmd
    process sqlplus
    process usql
    process influx
    process cqlsh
    process cockroach
    process etcdctl
    script mycli
    script mongosh
    script cqlsh*
    command mysql
    command mariadb
    command mongosh
    command redis-cli
    command duckdb
    """#
}
