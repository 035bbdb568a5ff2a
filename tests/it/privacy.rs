//! The log tells a story and leaks nothing.

use crate::house::{CALLER, House};
use crate::phone::Phone;
use std::io::{self, Write};
use std::sync::{Mutex, Once, PoisonError};
use tracing_subscriber::fmt::MakeWriter;

/// What all tests of this process have logged.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());
/// Enough for every test; a test that logs without end must not fill the memory.
const LOG_BYTES_MAX: usize = 64 << 20;

struct Notes;

impl Write for Notes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
        if log.len() < LOG_BYTES_MAX {
            log.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Notes {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}

/// Keeps everything our own code logs above trace, from the first house on.
pub(crate) fn take_notes() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let log = tracing_subscriber::fmt().with_env_filter("ringlypro=debug").with_writer(Notes).with_ansi(false);
        log.init();
    });
}

#[tokio::test]
async fn a_call_is_told_in_the_log_without_words_names_or_numbers() {
    let house = House::open().await;
    let mut phone = Phone::call(&house, "CAprivate").await;
    crate::calls::follow(&house, &mut phone, crate::calls::BOOKING).await;
    crate::house::eventually("the call is over", async || house.open_calls() == 0).await;
    let log = String::from_utf8_lossy(&LOG.lock().unwrap_or_else(PoisonError::into_inner)).into_owned();
    for story in ["call answered", "turn", "first_audio_ms", "performed", "call over"] {
        assert!(log.contains(story), "the log does not tell of {story:?}");
    }
    let digits = CALLER.trim_start_matches('+');
    let secrets = [digits, &digits[1..], "Ana", "Silva", "cleaning", "test-auth-token", "test-access-token"];
    for secret in secrets {
        let told = log.lines().find(|line| line.contains(secret));
        assert!(told.is_none(), "the log tells {secret:?}: {told:?}");
    }
}
