//! The voice as a whole, with the real models.

use super::*;
use std::path::PathBuf;
use std::sync::LazyLock;

static VOICE: LazyLock<LocalVoice> = LazyLock::new(|| {
    LocalVoice::open(&models(), Resources::default()).expect("the voice's models are missing: run make models")
});

#[expect(clippy::disallowed_methods, reason = "tests have no configuration")]
fn models() -> PathBuf {
    std::env::var_os("RINGLY_MODELS").map_or_else(|| PathBuf::from("models"), PathBuf::from)
}

fn request(text: &str, voice: &str) -> SpeechRequest {
    SpeechRequest { text: text.to_owned(), language: "en", voice: voice.to_owned(), keep: false }
}

fn spanish(text: &str, voice: &str) -> SpeechRequest {
    SpeechRequest { language: "es", ..request(text, voice) }
}

#[test]
fn the_greeting_is_speech_of_a_plausible_length_and_level() {
    let speech = VOICE.say(request("Oak Street Dental, this is Rachel. How can I help?", "Rachel")).unwrap();
    assert!((2_200..5_000).contains(&speech.duration_ms()), "{} ms", speech.duration_ms());
    let level = finish::speech_level(&speech.0);
    assert!((0.06..0.16).contains(&level), "level {level}");
    assert!(speech.0.iter().all(|x| x.abs() <= finish::PEAK + 1e-4));
}

#[test]
fn every_voice_is_heard_at_the_speech_level_without_clipping_or_offset() {
    for voice in voices() {
        let words = match voice.language.as_str() {
            "es" => spanish("Tengo el martes a las diez y media de la mañana.", &voice.name),
            _ => request("I have Tuesday at ten thirty in the morning.", &voice.name),
        };
        let speech = VOICE.say(words).unwrap().0;
        let level = 20.0 * finish::speech_level(&speech).log10();
        assert!((-22.5..=-17.5).contains(&level), "{}: {level} dBFS", voice.name);
        assert!(speech.iter().all(|x| x.abs() <= finish::PEAK + 1e-4), "{}", voice.name);
        let mean = speech.iter().sum::<f32>() / speech.len() as f32;
        assert!(mean.abs() < 1e-3, "{}: offset {mean}", voice.name);
    }
}

#[test]
fn clauses_begin_and_end_in_silence_so_that_joins_do_not_click() {
    for text in ["Sure.", "What day works for you?", "on Monday", "yes"] {
        let speech = VOICE.say(request(text, "Rachel")).unwrap().0;
        let loudest_edge =
            speech.iter().take(8).chain(speech.iter().rev().take(8)).fold(0.0f32, |loud, x| loud.max(x.abs()));
        assert!(loudest_edge < 0.003, "{text}: {loudest_edge}");
        let lead = speech.iter().position(|x| x.abs() > 0.01).unwrap();
        assert!(lead <= 8 * 40, "{text}: {} ms before the first sound", lead / 8);
    }
}

#[test]
fn a_slower_voice_takes_longer_and_a_lower_one_keeps_the_time() {
    let text = "We're open Monday through Friday from nine to five, and Saturday from nine to one.";
    let ms = |voice: &str| VOICE.say(request(text, voice)).unwrap().duration_ms() as f32;
    let rachel = ms("Rachel");
    assert!(ms("caller-3") > 1.05 * rachel && ms("caller-2") < 0.97 * rachel);
    assert!((ms("caller-1") / rachel - 1.0).abs() < 0.12);
}

#[test]
fn an_agent_with_an_english_name_has_a_spanish_voice() {
    let text = "Le atiende Rachel. ¿En qué puedo ayudarle?";
    let speech = VOICE.say(spanish(text, "Rachel")).unwrap();
    assert!((1_800..5_000).contains(&speech.duration_ms()), "{} ms", speech.duration_ms());
    assert_eq!(speech, VOICE.say(spanish(text, "Dora")).unwrap());
}

#[test]
fn without_the_spanish_network_spanish_is_refused_and_english_is_spoken() {
    let without = std::env::temp_dir().join(format!("ringlypro-voice-{}", std::process::id()));
    std::fs::create_dir_all(without.join("hibari")).unwrap();
    for file in ["hibari/hibari.onnx", "hibari/vocab.json", "hibari/oov.onnx", "hibari/oov.json"] {
        std::fs::copy(models().join(file), without.join(file)).unwrap();
    }
    std::fs::copy(models().join("libonnxruntime.so"), without.join("libonnxruntime.so")).unwrap();
    assert!(speaks(&models(), "es") && !speaks(&without, "es") && speaks(&without, "en"));
    let voice = LocalVoice::open(&without, Resources { workers: 1, ..Resources::default() }).unwrap();
    let refusal = voice.say(spanish("Buenos días", "Rachel")).unwrap_err();
    assert!(matches!(&refusal, SpeechError::Model(why) if why.contains("\"es\"")), "{refusal}");
    assert!(voice.say(request("Good morning.", "Rachel")).unwrap().duration_ms() > 300);
    std::fs::remove_dir_all(without).unwrap();
}

#[test]
fn the_same_request_gives_the_same_samples() {
    let once = VOICE.say(request("We open at nine.", "caller-1")).unwrap();
    let fresh = LocalVoice::open(&models(), Resources::default()).unwrap();
    assert_eq!(once, VOICE.say(request("We open at nine.", "caller-1")).unwrap());
    assert_eq!(once, fresh.say(request("We open at nine.", "caller-1")).unwrap());
}

#[test]
fn sentences_come_one_chunk_each_and_a_pause_under_a_quarter_of_a_second_is_heard_between() {
    /// −45 dBFS: what nobody hears on a telephone.
    const HEARD: f32 = 0.0056;
    let mut chunks = VOICE.speak(request("Sure. What day works for you?", "Rachel"));
    let first = chunks.blocking_recv().unwrap().unwrap();
    let second = chunks.blocking_recv().unwrap().unwrap();
    assert!(chunks.blocking_recv().is_none());
    let quiet = |sample: &&f32| sample.abs() < HEARD;
    let pause = first.0.iter().rev().take_while(quiet).count() + second.0.iter().take_while(quiet).count();
    assert!((8 * 150..=8 * 250).contains(&pause), "{} ms", pause / 8);
    assert!(second.duration_ms() > first.duration_ms());
}

#[test]
fn what_was_warmed_is_answered_at_once() {
    let voice = LocalVoice::open(&models(), Resources::default()).unwrap();
    let fixed = SpeechRequest { keep: true, ..request("One moment, please.", "Rachel") };
    voice.warm(std::slice::from_ref(&fixed));
    let patience = std::time::Instant::now();
    while voice.cache().find(&fixed).is_none() {
        assert!(patience.elapsed().as_secs() < 20, "warming up never came to an end");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    // Everything is in the channel before `speak` returns.
    let mut chunks = voice.speak(fixed);
    assert!(chunks.try_recv().unwrap().is_ok());
}

#[test]
fn a_dropped_listener_stops_the_work_and_harms_nobody() {
    let voice = LocalVoice::open(&models(), Resources { workers: 1, ..Resources::default() }).unwrap();
    let long = request(&"We are open every day from nine to five. ".repeat(40), "Rachel");
    drop(voice.speak(long.clone()));
    // The one worker comes to this after it has done with the other, and a finished one would be in the cache.
    assert!(voice.say(request("And now this instead.", "Rachel")).unwrap().duration_ms() > 300);
    assert!(voice.cache().find(&long).is_none());
}

#[test]
fn what_cannot_be_spoken_is_refused_in_plain_words() {
    let german = SpeechRequest { language: "de", ..request("Guten Tag", "Rachel") };
    let refusal = VOICE.say(german).unwrap_err();
    assert!(matches!(&refusal, SpeechError::Model(why) if why.contains("\"Rachel\"")), "{refusal}");
    assert!(matches!(VOICE.say(request("Hello", "Nobody")), Err(SpeechError::Model(_))));
    assert!(matches!(VOICE.say(request(&"a".repeat(LONGEST_TEXT + 1), "Rachel")), Err(SpeechError::Failed(_))));
}

#[test]
fn nothing_to_say_is_an_empty_answer_and_no_error() {
    for text in ["", "  ", "?!", "🙂", "漢字"] {
        assert_eq!(
            VOICE.say(request(text, "Rachel")).unwrap().0.iter().filter(|x| x.abs() > 0.0).count(),
            0,
            "{text:?}"
        );
    }
}

#[test]
fn a_flood_of_requests_is_refused_not_piled_up() {
    let voice = LocalVoice::open(&models(), Resources::default()).unwrap();
    let waiting: Vec<_> = (0..200).map(|n| voice.speak(request(&format!("Caller number {n}."), "Rachel"))).collect();
    let busy = waiting
        .into_iter()
        .filter_map(|mut chunks| chunks.blocking_recv())
        .filter(|chunk| matches!(chunk, Err(SpeechError::Busy)));
    assert!(busy.count() >= 100);
}

#[test]
fn a_missing_model_is_named_with_the_way_to_get_it() {
    let empty = tempfile::tempdir().unwrap();
    let refusal = LocalVoice::open(empty.path(), Resources::default()).err().unwrap().to_string();
    assert!(refusal.contains("missing") || refusal.contains("No such file"), "{refusal}");
    assert!(refusal.contains("ringlypro models"), "{refusal}");
}

#[test]
fn a_wav_holds_what_was_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hello.wav");
    let ms = VOICE.say_to_wav(request("Hello there.", "Rachel"), &path).unwrap();
    let file = hound::WavReader::open(&path).unwrap();
    assert_eq!(file.spec().sample_rate, TELEPHONE_HZ);
    assert_eq!(u64::from(file.duration()) * 1_000 / u64::from(TELEPHONE_HZ), ms);
}
