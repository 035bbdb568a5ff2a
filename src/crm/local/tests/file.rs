//! What holds of the file that `SQLite` keeps its database in.

use super::super::*;
use crate::clock::ManualClock;

#[tokio::test]
async fn what_is_no_database_of_ours_is_refused() {
    let clock = Arc::new(ManualClock::at("2026-11-23T13:00Z".parse().expect("an instant")));
    for url in ["sqlite::memory:", "sqlite://?mode=memory", "mysql://localhost/ringlypro", "ringlypro.db", ""] {
        let opened = Embedded::open(url, clock.clone()).await.map(drop);
        assert!(matches!(opened, Err(OpenError::Url(_))), "{url}: {opened:?}");
    }
}

#[tokio::test]
async fn the_file_is_its_owner_s_and_what_was_committed_reaches_the_disk() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("new/ringlypro.db");
    let store = Store::connect(&format!("sqlite:{}", path.display())).await.expect("an open database");
    for (pragma, expected) in [("foreign_keys", 1), ("synchronous", 2), ("busy_timeout", 5_000)] {
        for mut connection in [store.writer.acquire().await.expect("the writer"), store.read().await.expect("a reader")]
        {
            let set: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("PRAGMA {pragma}")))
                .fetch_one(&mut *connection)
                .await
                .expect("a setting");
            assert_eq!(set, expected, "{pragma}");
        }
    }
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&store.writer).await.expect("a setting");
    assert_eq!(journal, "wal");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
