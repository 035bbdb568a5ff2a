//! How often something may happen, per whoever does it, counted in this process. A leaf.
//!
//! Invariant: at most [`KEYS_MAX`] are remembered; when there are more, whoever began to be counted first is forgotten.

use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many are remembered: a few megabytes at the most.
const KEYS_MAX: usize = 50_000;

/// At most so often in a stretch of time.
#[derive(Debug)]
pub struct Throttle<K> {
    most: u32,
    window: SignedDuration,
    counts: Mutex<HashMap<K, Count>>,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    began: Timestamp,
    times: u32,
}

impl<K: Eq + Hash + Clone> Throttle<K> {
    /// So many times in each stretch.
    pub fn new(most: u32, window: SignedDuration) -> Self {
        Self { most, window, counts: Mutex::new(HashMap::new()) }
    }

    /// Counts one more; an error says how long to wait until there is room.
    pub fn admit(&self, key: &K, now: Timestamp) -> Result<(), SignedDuration> {
        let mut counts = self.lock();
        if let Some(count) = counts.get_mut(key)
            && now.duration_since(count.began) < self.window
        {
            if count.times >= self.most {
                return Err(self.window - now.duration_since(count.began));
            }
            count.times += 1;
            return Ok(());
        }
        if counts.len() >= KEYS_MAX {
            counts.retain(|_, count| now.duration_since(count.began) < self.window);
        }
        if counts.len() >= KEYS_MAX
            && let Some(oldest) = counts.iter().min_by_key(|(_, count)| count.began).map(|(key, _)| key.clone())
        {
            counts.remove(&oldest);
        }
        counts.insert(key.clone(), Count { began: now, times: 1 });
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Count>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("an instant")
    }

    #[test]
    fn whoever_comes_too_often_waits_for_the_window_s_end_and_nobody_else_does() {
        let throttle = Throttle::new(2, SignedDuration::from_secs(60));
        assert_eq!(throttle.admit(&"ana", at(0)), Ok(()));
        assert_eq!(throttle.admit(&"ana", at(10)), Ok(()));
        assert_eq!(throttle.admit(&"ana", at(20)), Err(SignedDuration::from_secs(40)));
        assert_eq!(throttle.admit(&"bo", at(20)), Ok(()));
        assert_eq!(throttle.admit(&"ana", at(60)), Ok(()));
    }

    #[test]
    fn no_crowd_fills_the_memory() {
        let throttle = Throttle::new(1, SignedDuration::from_secs(60));
        for key in 0..KEYS_MAX + 10 {
            assert_eq!(throttle.admit(&key, at(i64::from(key >= KEYS_MAX))), Ok(()));
        }
        assert_eq!(throttle.lock().len(), KEYS_MAX);
    }
}
