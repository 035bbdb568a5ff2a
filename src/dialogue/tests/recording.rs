//! Whoever is recorded is told so, where the business wants it.

use super::*;

/// The greeting, clause by clause.
fn greeting(setting: Setting) -> Vec<String> {
    Call::new(setting).last.say.iter().map(|clause| clause.ear.clone()).collect()
}

fn with(notice: RecordingNotice, change: impl FnOnce(&mut Setting)) -> Setting {
    let mut setting = setting();
    setting.business = Arc::new(Business { recording_notice: notice, ..business() });
    change(&mut setting);
    setting
}

#[test]
fn it_is_said_before_the_question_in_the_call_s_language_also_to_whom_we_know() {
    let told = greeting(with(RecordingNotice::Standard, |_| {}));
    assert_eq!(told[told.len() - 2..], ["This call is recorded.", "How can I help you?"]);
    let told = greeting(with(RecordingNotice::Standard, |setting| setting.language = Language::Es));
    assert_eq!(told[told.len() - 2..], ["Esta llamada se graba.", "¿En qué puedo ayudarle?"]);
    let told = greeting(with(RecordingNotice::Standard, |setting| setting.contact = Some(ana())));
    assert_eq!(told[told.len() - 2..], ["This call is recorded.", "How can I help you?"]);
}

#[test]
fn a_business_may_have_its_own_words() {
    let own = RecordingNotice::Own("We record calls to train our staff.".to_owned());
    assert!(greeting(with(own, |_| {})).contains(&"We record calls to train our staff.".to_owned()));
}

#[test]
fn nothing_is_said_where_nothing_is_recorded_or_wanted() {
    let plain = greeting(with(RecordingNotice::None, |_| {}));
    let not_recorded = with(RecordingNotice::Standard, |setting| {
        setting.business = Arc::new(Business { recording: false, ..(*setting.business).clone() });
    });
    assert_eq!(greeting(not_recorded), plain);
    let chat = greeting(with(RecordingNotice::Standard, |setting| setting.channel = Channel::Eye));
    assert!(!chat.join(" ").contains("record"), "{chat:?}");
}

#[test]
fn a_notice_is_written_as_one_word_or_as_itself() {
    for (written, notice) in [
        ("none", RecordingNotice::None),
        ("standard", RecordingNotice::Standard),
        ("We record.", RecordingNotice::Own("We record.".to_owned())),
    ] {
        assert_eq!(RecordingNotice::from(written.to_owned()), notice);
        assert_eq!(String::from(notice), written);
    }
    assert_eq!(RecordingNotice::from(" ".to_owned()), RecordingNotice::None);
}
