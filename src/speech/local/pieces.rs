//! Text cut into the stretches the network speaks in one breath, and the pauses between them.
//!
//! Pure. Knows punctuation, not words.

/// The longest stretch, in characters: about eight seconds of speech, and far below the 400 phonemes the network takes.
const LONGEST: usize = 150;
/// A stretch this long may end at a comma.
const ENOUGH: usize = 60;
/// A stretch this long ends at a comma where the network is slow: the first words would wait for all that follow, and what is
/// being heard lasts until the next is made.
const ENOUGH_IF_SLOW: usize = 24;
/// The silence heard after a sentence, in milliseconds, its dying away included: with the soft beginning of the next it stays
/// under a quarter of a second.
const SENTENCE_PAUSE_MS: usize = 150;
/// The silence heard after a clause.
const CLAUSE_PAUSE_MS: usize = 110;

/// A stretch to be spoken, and the silence that is heard after it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub text: &'a str,
    pub pause_ms: usize,
}

/// Cuts prepared text at ends of sentences, and long sentences at commas, or at a space where there is no comma; for a `slow`
/// network at commas of shorter ones too.
pub(super) fn pieces(text: &str, slow: bool) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let cut = cut(rest, slow);
        let (piece, after) = rest.split_at(cut);
        let piece = piece.trim();
        if piece.chars().any(char::is_alphanumeric) {
            pieces.push(Piece { text: piece, pause_ms: pause_ms(piece) });
        }
        rest = after.trim_start();
    }
    pieces
}

/// Where the first piece of `rest` ends, in bytes; always more than 0.
fn cut(rest: &str, slow: bool) -> usize {
    let (mut comma, mut space) = (None, None);
    let mut chars = rest.char_indices().enumerate().peekable();
    while let Some((count, (at, c))) = chars.next() {
        let end = at + c.len_utf8();
        let followed_by_space = chars.peek().is_none_or(|(_, (_, next))| next.is_whitespace());
        if followed_by_space && is_sentence_end(c) {
            return end;
        }
        if followed_by_space && matches!(c, ',' | ';' | ':' | '—') {
            if slow && count >= ENOUGH_IF_SLOW {
                return end;
            }
            if count >= ENOUGH {
                comma = Some(end);
            }
        }
        if c.is_whitespace() {
            space = Some(at);
        }
        if count >= LONGEST {
            return comma.or(space.filter(|&at| at > 0)).unwrap_or(end);
        }
    }
    rest.len()
}

fn is_sentence_end(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…')
}

fn pause_ms(piece: &str) -> usize {
    match piece.chars().last() {
        Some(c) if is_sentence_end(c) => SENTENCE_PAUSE_MS,
        Some(',' | ';' | ':' | '—') => CLAUSE_PAUSE_MS,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sentences_are_spoken_one_by_one() {
        let cut = pieces("Oak Street Dental, this is Rachel. How can I help?", false);
        assert_eq!(
            cut,
            [
                Piece { text: "Oak Street Dental, this is Rachel.", pause_ms: SENTENCE_PAUSE_MS },
                Piece { text: "How can I help?", pause_ms: SENTENCE_PAUSE_MS },
            ]
        );
    }

    #[test]
    fn a_clause_without_an_end_has_no_pause() {
        assert_eq!(pieces("on Monday", false), [Piece { text: "on Monday", pause_ms: 0 }]);
        assert_eq!(pieces("  …  ", false), []);
    }

    #[test]
    fn a_long_sentence_breaks_at_a_comma() {
        let long = "We are open from nine in the morning until five in the afternoon on every weekday, and on Saturdays \
                    from nine until one, but never on Sundays or on public holidays of any kind whatsoever.";
        let cut = pieces(long, false);
        assert_eq!(cut.len(), 2);
        assert!(cut[0].text.ends_with(','));
    }

    #[test]
    fn a_slow_network_takes_a_breath_at_the_first_comma_that_is_far_enough() {
        let offer = "Tengo hoy, a las once y media o a las trece y treinta, o mañana a las nueve.";
        let cut: Vec<_> = pieces(offer, true).into_iter().map(|piece| piece.text).collect();
        assert_eq!(cut, ["Tengo hoy, a las once y media o a las trece y treinta,", "o mañana a las nueve."]);
        assert_eq!(pieces(offer, false).len(), 1);
    }

    proptest! {
        #[test]
        fn no_letter_is_lost_and_no_piece_is_too_long(text in "[a-zñ ,.?—]{0,600}", slow: bool) {
            let cut = pieces(&text, slow);
            let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
            prop_assert_eq!(cut.iter().map(|piece| letters(piece.text)).collect::<String>(), letters(&text));
            prop_assert!(cut.iter().all(|piece| piece.text.chars().count() <= LONGEST + 1));
        }
    }
}
