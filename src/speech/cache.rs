//! Finished audio kept for the next time the same words are spoken.
//!
//! Bounded in bytes. Audio asked for with `keep` (fixed phrases) goes last; among equals the one unused longest goes first.
//!
//! Invariant: the bytes counted are the bytes held, and never more than the bound.

use super::SpeechRequest;
use std::collections::HashMap;
use std::sync::Arc;

/// Audio of one request: its chunks, as they were sent.
pub(super) type Chunks = Arc<[Vec<f32>]>;

/// What is looked up: all of a request but its wish to be kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    text: String,
    language: &'static str,
    voice: String,
}

struct Entry {
    chunks: Chunks,
    bytes: usize,
    kept: bool,
    used: u64,
}

/// The cache. Callers put it behind a lock; every method takes microseconds.
pub(super) struct Cache {
    entries: HashMap<Key, Entry>,
    bytes: usize,
    bytes_max: usize,
    uses: u64,
}

impl Cache {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { entries: HashMap::new(), bytes: 0, bytes_max, uses: 0 }
    }

    /// The audio of a request, if it is here. Asking with `keep` pins what was only remembered.
    pub(super) fn find(&mut self, request: &SpeechRequest) -> Option<Chunks> {
        self.uses += 1;
        let entry = self.entries.get_mut(&key(request))?;
        entry.used = self.uses;
        entry.kept |= request.keep;
        Some(Arc::clone(&entry.chunks))
    }

    /// Remembers the audio of a request, making room as needed. What would fill half the cache alone is not kept.
    pub(super) fn put(&mut self, request: &SpeechRequest, chunks: Chunks) {
        let samples: usize = chunks.iter().map(Vec::len).sum();
        let bytes = samples * size_of::<f32>() + request.text.len() + size_of::<Entry>() + size_of::<Key>();
        if bytes > self.bytes_max / 2 {
            return;
        }
        let key = key(request);
        let kept = request.keep | self.remove(&key).is_some_and(|entry| entry.kept);
        while self.bytes + bytes > self.bytes_max {
            let Some(victim) = self.victim(kept) else { return };
            self.remove(&victim);
        }
        self.uses += 1;
        self.bytes += bytes;
        self.entries.insert(key, Entry { chunks, bytes, kept, used: self.uses });
    }

    /// What goes first to make room; an entry that is not kept itself never drives out one that is.
    fn victim(&self, for_kept: bool) -> Option<Key> {
        self.entries
            .iter()
            .filter(|(_, entry)| for_kept || !entry.kept)
            .min_by_key(|(_, entry)| (entry.kept, entry.used))
            .map(|(key, _)| key.clone())
    }

    fn remove(&mut self, key: &Key) -> Option<Entry> {
        let entry = self.entries.remove(key)?;
        self.bytes -= entry.bytes;
        Some(entry)
    }
}

fn key(request: &SpeechRequest) -> Key {
    Key { text: request.text.clone(), language: request.language, voice: request.voice.to_ascii_lowercase() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn request(text: &str, keep: bool) -> SpeechRequest {
        SpeechRequest { text: text.to_owned(), language: "en", voice: "Rachel".to_owned(), keep }
    }

    fn audio(samples: usize) -> Chunks {
        Arc::from(vec![vec![0.0; samples]])
    }

    #[test]
    fn kept_audio_outlives_what_was_only_remembered() {
        let mut cache = Cache::new(50_000);
        cache.put(&request("fixed", true), audio(2_000));
        for n in 0..20 {
            cache.put(&request(&format!("passing {n}"), false), audio(2_000));
        }
        assert!(cache.find(&request("fixed", false)).is_some());
        assert!(cache.find(&request("passing 0", false)).is_none());
        assert!(cache.find(&request("passing 19", false)).is_some());
    }

    #[test]
    fn the_least_used_goes_first() {
        let mut cache = Cache::new(26_000);
        cache.put(&request("a", false), audio(2_000));
        cache.put(&request("b", false), audio(2_000));
        cache.put(&request("c", false), audio(2_000));
        assert!(cache.find(&request("a", false)).is_some());
        cache.put(&request("d", false), audio(2_000));
        assert!(cache.find(&request("b", false)).is_none());
        assert!(cache.find(&request("a", false)).is_some());
    }

    #[test]
    fn another_voice_or_language_is_another_entry() {
        let mut cache = Cache::new(50_000);
        cache.put(&request("hello", true), audio(10));
        assert!(cache.find(&SpeechRequest { voice: "caller-1".to_owned(), ..request("hello", true) }).is_none());
        assert!(cache.find(&SpeechRequest { language: "es", ..request("hello", true) }).is_none());
        assert!(cache.find(&SpeechRequest { voice: "RACHEL".to_owned(), ..request("hello", true) }).is_some());
    }

    proptest! {
        #[test]
        fn the_bound_holds_and_the_count_is_right(
            puts in proptest::collection::vec((0u8..20, any::<bool>(), 0usize..6_000), 0..60),
        ) {
            let mut cache = Cache::new(40_000);
            for (name, keep, samples) in puts {
                cache.put(&request(&name.to_string(), keep), audio(samples));
                prop_assert!(cache.bytes <= cache.bytes_max);
                prop_assert_eq!(cache.bytes, cache.entries.values().map(|entry| entry.bytes).sum::<usize>());
            }
        }
    }
}
