//! How often something may happen, per whoever does it, counted in this process. A leaf.
//!
//! Invariant: at most [`KEYS_MAX`] are remembered; when there are more, whoever began to be counted first is forgotten.

use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many are remembered: a few megabytes at the most.
const KEYS_MAX: usize = 50_000;

/// The network an address belongs to: whoever has an address of IPv6 has the 64 bits below it too.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
    }
}

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

/// How much room there is for whoever is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// How often one may in all.
    pub most: u32,
    /// How often still.
    pub left: u32,
    /// When there is room for all of it again.
    pub resets: SignedDuration,
}

impl<K: Eq + Hash + Clone> Throttle<K> {
    /// So many times in each stretch.
    pub fn new(most: u32, window: SignedDuration) -> Self {
        Self { most, window, counts: Mutex::new(HashMap::new()) }
    }

    /// Counts one more, and says what is left; an error: nothing is, and this one was not counted.
    pub fn admit(&self, key: &K, now: Timestamp) -> Result<Room, Room> {
        let room = |times: u32, resets| Room { most: self.most, left: self.most.saturating_sub(times), resets };
        let mut counts = self.lock();
        if let Some(count) = counts.get_mut(key)
            && now.duration_since(count.began) < self.window
        {
            let resets = self.window - now.duration_since(count.began);
            if count.times >= self.most {
                return Err(room(count.times, resets));
            }
            count.times += 1;
            return Ok(room(count.times, resets));
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
        Ok(room(1, self.window))
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
        let room = |left, seconds| Room { most: 2, left, resets: SignedDuration::from_secs(seconds) };
        assert_eq!(throttle.admit(&"ana", at(0)), Ok(room(1, 60)));
        assert_eq!(throttle.admit(&"ana", at(10)), Ok(room(0, 50)));
        assert_eq!(throttle.admit(&"ana", at(20)), Err(room(0, 40)));
        assert_eq!(throttle.admit(&"bo", at(20)), Ok(room(1, 60)));
        assert_eq!(throttle.admit(&"ana", at(60)), Ok(room(1, 60)));
    }

    #[test]
    fn who_has_a_network_is_one() {
        let network = |text: &str| network(text.parse().expect("an address")).to_string();
        assert_eq!(network("203.0.113.7"), "203.0.113.7");
        assert_eq!(network("::ffff:203.0.113.7"), "203.0.113.7");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    }

    #[test]
    fn no_crowd_fills_the_memory() {
        let throttle = Throttle::new(1, SignedDuration::from_secs(60));
        for key in 0..KEYS_MAX + 10 {
            assert!(throttle.admit(&key, at(i64::from(key >= KEYS_MAX))).is_ok());
        }
        assert_eq!(throttle.lock().len(), KEYS_MAX);
    }
}
