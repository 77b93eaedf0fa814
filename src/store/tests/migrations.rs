//! Both engines are made by the same steps, undone by them, and look the same to Diesel.

use std::collections::BTreeMap;
use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::StoreOptions;
use crate::connection::{AnyConnection, Connector, Role, Target};
use crate::database::Database;
use crate::error::StoreError;
use crate::migrate::{migrate, revert};
use crate::scratch::{EPOCH, Scratch};

#[derive(QueryableByName, Debug, PartialEq, Eq)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

fn connect(options: &StoreOptions) -> AnyConnection {
    let target = Target::parse(&options.url).unwrap();
    Connector { target, role: Role::Writer, timeout: options.timeout }.open().unwrap()
}

fn lines(conn: &mut AnyConnection, sql: &str) -> Vec<String> {
    let rows: Vec<Line> = diesel::sql_query(sql).load(conn).unwrap();
    rows.into_iter().map(|row| row.line).collect()
}

/// Everything that migrations can make, as text.
fn dump(conn: &mut AnyConnection) -> Vec<String> {
    let sql = match conn {
        AnyConnection::Sqlite(_) => {
            "SELECT type || ' ' || name || ' ' || coalesce(sql, '') AS line
             FROM sqlite_master WHERE name NOT LIKE '\\_\\_diesel%' ESCAPE '\\'
               AND tbl_name NOT LIKE '\\_\\_diesel%' ESCAPE '\\' ORDER BY 1"
        }
        AnyConnection::Postgres(_) => {
            "SELECT line FROM (
               SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
                      || a.attnotnull || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
                      || coalesce(array_to_string(c.reloptions, ','), '') AS line
               FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
               LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
               WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0
               UNION ALL SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
               WHERE connamespace = 'public'::regnamespace
               UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
               UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
               UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc
               WHERE pronamespace = 'public'::regnamespace
             ) everything WHERE line NOT LIKE '%\\_\\_diesel%' ORDER BY 1"
        }
    };
    lines(conn, sql)
}

#[test]
fn going_up_down_and_up_again_leads_to_the_same_schema() {
    for scratch in Scratch::empty() {
        let versions = migrate(&scratch.options, EPOCH).unwrap();
        let first = dump(&mut connect(&scratch.options));

        let undone = revert(&scratch.options, versions.len()).unwrap();
        let nothing = dump(&mut connect(&scratch.options));
        migrate(&scratch.options, EPOCH).unwrap();
        let second = dump(&mut connect(&scratch.options));

        assert_eq!(undone, versions.into_iter().rev().collect::<Vec<_>>());
        assert_eq!(nothing, Vec::<String>::new());
        assert!(first.len() > 20, "{first:?}");
        assert_eq!(first, second);
    }
}

#[test]
fn a_database_that_is_up_to_date_is_left_alone_and_keeps_its_epoch() {
    for scratch in Scratch::migrated() {
        let again = migrate(&scratch.options, domain::ids::Epoch(7)).unwrap();

        assert_eq!(again, Vec::<String>::new());
        assert_eq!(scratch.connect().meta.epoch, EPOCH);
    }
}

#[test]
fn both_engines_have_migrations_of_the_same_names() {
    let names = |engine: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(engine);
        let mut names: Vec<_> =
            folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };

    assert_eq!(names("sqlite"), names("postgres"));
}

/// `table.column type` as `schema/` declares them, in order.
fn declared() -> Vec<String> {
    let mut table = "";
    let mut columns = Vec::new();
    let schema = concat!(
        include_str!("../schema/mod.rs"),
        include_str!("../schema/prices.rs"),
        include_str!("../schema/effects.rs"),
    );
    for line in schema.lines().map(str::trim) {
        let column = line.strip_suffix(',').and_then(|line| line.split_once(" -> "));
        if let Some((name, kind)) = column {
            columns.push(format!("{table}.{name} {kind}"));
        } else if let Some((name, _key)) = line.split_once(" (").filter(|_| line.ends_with('{')) {
            table = name;
        }
    }
    columns
}

/// The same as the database has them. On SQLite an integer key is the rowid, of 64 bits.
fn found(conn: &mut AnyConnection) -> Vec<String> {
    let sql = match conn {
        AnyConnection::Sqlite(_) => {
            "SELECT t.name || '.' || c.name || ' ' || c.type
                    || CASE WHEN c.\"notnull\" THEN '' ELSE '?' END AS line
             FROM sqlite_master t JOIN pragma_table_info(t.name) c
             WHERE t.type = 'table' AND t.name NOT LIKE '\\_\\_diesel%' ESCAPE '\\'
             ORDER BY t.rowid, c.cid"
        }
        AnyConnection::Postgres(_) => {
            "SELECT table_name || '.' || column_name || ' ' || data_type
                    || CASE is_nullable WHEN 'NO' THEN '' ELSE '?' END AS line
             FROM information_schema.columns JOIN pg_class ON oid = table_name::regclass
             WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_diesel%'
             ORDER BY oid, ordinal_position"
        }
    };
    lines(conn, sql).iter().map(|line| in_words_of_diesel(line)).collect()
}

fn in_words_of_diesel(line: &str) -> String {
    let kinds: BTreeMap<&str, &str> = [
        ("blob", "Binary"),
        ("bytea", "Binary"),
        ("integer", "Integer"),
        ("bigint", "BigInt"),
        ("smallint", "SmallInt"),
        ("text", "Text"),
        ("date", "Date"),
        ("boolean", "Bool"),
        ("timestamp", "Timestamp"),
        ("timestamp without time zone", "Timestamp"),
    ]
    .into();
    let (column, kind) = line.split_once(' ').unwrap();
    let kind = kind.to_lowercase();
    match kind.strip_suffix('?') {
        Some(kind) => format!("{column} Nullable<{}>", kinds[kind]),
        None => format!("{column} {}", kinds[kind.as_str()]),
    }
}

#[test]
fn the_schema_in_code_is_the_schema_of_both_engines() {
    const ROWID_OF_64_BITS: [&str; 4] =
        ["weekly_hours.id", "ledgers.id", "bookings.no", "audit.seq"];
    for scratch in Scratch::migrated() {
        let mut conn = connect(&scratch.options);
        let is_sqlite = matches!(conn, AnyConnection::Sqlite(_));
        let expected: Vec<String> = declared()
            .into_iter()
            .map(|column| match column.strip_suffix(" BigInt") {
                Some(name) if is_sqlite && ROWID_OF_64_BITS.contains(&name) => {
                    format!("{name} Integer")
                }
                _ => column,
            })
            .collect();

        assert_eq!(found(&mut conn), expected);
    }
}

fn refusal(options: &StoreOptions) -> String {
    match Database::open(options, Role::Writer) {
        Err(StoreError::Unusable(why)) => why,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("opened"),
    }
}

#[test]
fn a_database_from_a_newer_version_is_refused() {
    for scratch in Scratch::migrated() {
        let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')";
        connect(&scratch.options).batch_execute(newer).unwrap();

        assert!(refusal(&scratch.options).contains("newer version"));
        assert!(
            migrate(&scratch.options, EPOCH).unwrap_err().to_string().contains("newer version")
        );
    }
}

#[test]
fn a_database_without_its_migrations_is_refused() {
    for scratch in Scratch::migrated() {
        revert(&scratch.options, 1).unwrap();

        assert!(refusal(&scratch.options).contains("daybook migrate"));
    }
    for scratch in Scratch::empty() {
        assert!(refusal(&scratch.options).contains("daybook migrate"));
    }
}

#[test]
fn a_database_that_claims_time_in_another_unit_is_refused() {
    for scratch in Scratch::migrated() {
        let quantum = domain::time::Quantum::from_minutes(5).unwrap();
        let options = StoreOptions { quantum, ..scratch.options.clone() };

        assert!(refusal(&options).contains("units of 15 minutes"));
    }
}

#[test]
fn a_second_process_is_refused_while_the_first_holds_the_file() {
    let scratch = Scratch::migrated().remove(0);
    let first = scratch.connect();

    assert!(refusal(&scratch.options).contains("another process"));
    assert!(migrate(&scratch.options, EPOCH).is_err());
    assert!(Database::open(&scratch.options, Role::Reader).is_ok());
    drop(first);
    assert!(Database::open(&scratch.options, Role::Writer).is_ok());
}
