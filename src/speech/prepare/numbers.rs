//! Numbers in words: cardinal, ordinal, year, digit by digit. Pure.

use super::language::{Language, Rules};

/// Below this a number is read whole; from here on digit by digit, which nobody can mishear.
pub(super) const READ_WHOLE_BELOW: u64 = 1_000_000_000_000;

impl Language {
    /// "twelve thousand thirty-four".
    pub(super) fn cardinal(&self, number: u64) -> String {
        if number >= READ_WHOLE_BELOW {
            return self.digits(&number.to_string());
        }
        let mut parts = Vec::new();
        let (millions, thousands, rest) = (number / 1_000_000, number / 1_000 % 1_000, number % 1_000);
        if millions >= 1_000 && self.rules == Rules::English {
            parts.push(format!("{} {}", self.below_thousand(millions / 1_000), self.numbers.billion[0]));
        }
        // A thousand millions is how Spanish counts on.
        let millions = if self.rules == Rules::English { millions % 1_000 } else { millions };
        if millions > 0 {
            let many = self.before_noun(&self.cardinal(millions));
            parts.push(format!("{many} {}", self.numbers.million[usize::from(millions > 1)]));
        }
        if thousands == 1 && self.rules == Rules::Spanish {
            parts.push(self.numbers.thousand.clone());
        } else if thousands > 0 {
            parts.push(format!("{} {}", self.before_noun(&self.below_thousand(thousands)), self.numbers.thousand));
        }
        if rest > 0 || parts.is_empty() {
            parts.push(self.below_thousand(rest));
        }
        parts.join(" ")
    }

    /// "third", "twenty-first". Spanish goes to ten, and on with cardinals, as people do.
    pub(super) fn ordinal(&self, number: u64) -> String {
        let cardinal = self.cardinal(number);
        let at = cardinal.rfind([' ', '-']).map_or(0, |at| at + 1);
        let (head, last) = cardinal.split_at(at);
        match (self.numbers.ordinals.get(last), self.rules) {
            (Some(ordinal), Rules::English) => format!("{head}{ordinal}"),
            (Some(ordinal), Rules::Spanish) if head.is_empty() => ordinal.clone(),
            (_, Rules::Spanish) => cardinal,
            (None, Rules::English) => match last.strip_suffix('y') {
                Some(stem) => format!("{head}{stem}ieth"),
                None => format!("{cardinal}th"),
            },
        }
    }

    /// Four figures as a year: "twenty twenty-six", "nineteen oh five", "two thousand six".
    pub(super) fn year(&self, year: u64) -> String {
        let (century, rest) = (year / 100, year % 100);
        let in_pairs = self.rules == Rules::English && (10..100).contains(&century) && !(2_000..2_010).contains(&year);
        match rest {
            _ if !in_pairs || century % 10 == 0 && rest == 0 => self.cardinal(year),
            0 => format!("{} hundred", self.cardinal(century)),
            1..=9 => format!("{} {} {}", self.cardinal(century), self.letters[&'o'], self.cardinal(rest)),
            _ => format!("{} {}", self.cardinal(century), self.cardinal(rest)),
        }
    }

    /// "five five five"; other characters are left out.
    pub(super) fn digits(&self, figures: &str) -> String {
        let words: Vec<&str> = figures
            .chars()
            .filter_map(|c| c.to_digit(10))
            .filter_map(|digit| self.numbers.small.get(digit as usize))
            .map(String::as_str)
            .collect();
        words.join(" ")
    }

    /// A number as it is before a masculine noun: "un", "veintiún". English changes nothing.
    pub(super) fn before_noun(&self, number: &str) -> String {
        match (self.rules, number.strip_suffix("uno")) {
            (Rules::Spanish, Some("veinti")) => "veintiún".to_owned(),
            (Rules::Spanish, Some(stem)) if stem.ends_with(" veinti") => format!("{stem}ún"),
            (Rules::Spanish, Some(stem)) => format!("{stem}un"),
            _ => number.to_owned(),
        }
    }

    fn below_thousand(&self, number: u64) -> String {
        let (hundreds, rest) = (number / 100, number % 100);
        let rest_words = || self.below_hundred(rest);
        match (hundreds, rest, self.rules) {
            (0, _, _) => rest_words(),
            (1, 0, Rules::Spanish) => "cien".to_owned(),
            (_, 0, Rules::Spanish) => self.hundreds(hundreds).to_owned(),
            (_, _, Rules::Spanish) => format!("{} {}", self.hundreds(hundreds), rest_words()),
            (_, 0, Rules::English) => format!("{} hundred", self.below_hundred(hundreds)),
            (_, _, Rules::English) => format!("{} hundred {}", self.below_hundred(hundreds), rest_words()),
        }
    }

    fn hundreds(&self, hundreds: u64) -> &str {
        word(&self.numbers.hundreds, hundreds)
    }

    fn below_hundred(&self, number: u64) -> String {
        if number < self.numbers.small.len() as u64 {
            return word(&self.numbers.small, number).to_owned();
        }
        let tens = word(&self.numbers.tens, number / 10);
        match number % 10 {
            0 => tens.to_owned(),
            unit => format!("{tens}{}{}", self.numbers.tens_join, word(&self.numbers.small, unit)),
        }
    }
}

fn word(words: &[String], at: u64) -> &str {
    usize::try_from(at).ok().and_then(|at| words.get(at)).map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::super::language::language;
    use proptest::prelude::*;

    #[test]
    fn english_numbers_are_said_as_people_say_them() {
        let en = language("en");
        for (number, words) in [
            (0, "zero"),
            (7, "seven"),
            (15, "fifteen"),
            (20, "twenty"),
            (21, "twenty-one"),
            (100, "one hundred"),
            (120, "one hundred twenty"),
            (1_005, "one thousand five"),
            (12_034, "twelve thousand thirty-four"),
            (2_500_000, "two million five hundred thousand"),
            (7_000_000_001, "seven billion one"),
        ] {
            assert_eq!(en.cardinal(number), words);
        }
    }

    #[test]
    fn spanish_numbers_are_said_as_people_say_them() {
        let es = language("es");
        for (number, words) in [
            (1, "uno"),
            (16, "dieciséis"),
            (22, "veintidós"),
            (31, "treinta y uno"),
            (100, "cien"),
            (101, "ciento uno"),
            (555, "quinientos cincuenta y cinco"),
            (1_000, "mil"),
            (2_026, "dos mil veintiséis"),
            (21_000, "veintiún mil"),
            (31_000, "treinta y un mil"),
            (1_000_000, "un millón"),
            (2_000_000, "dos millones"),
            (3_000_000_000, "tres mil millones"),
        ] {
            assert_eq!(es.cardinal(number), words);
        }
    }

    #[test]
    fn ordinals_and_years() {
        let en = language("en");
        for (number, words) in [
            (1, "first"),
            (12, "twelfth"),
            (20, "twentieth"),
            (22, "twenty-second"),
            (31, "thirty-first"),
            (100, "one hundredth"),
        ] {
            assert_eq!(en.ordinal(number), words);
        }
        for (year, words) in [
            (1_905, "nineteen oh five"),
            (1_999, "nineteen ninety-nine"),
            (1_900, "nineteen hundred"),
            (2_000, "two thousand"),
            (2_006, "two thousand six"),
            (2_026, "twenty twenty-six"),
        ] {
            assert_eq!(en.year(year), words);
        }
        assert_eq!(language("es").ordinal(3), "tercero");
        assert_eq!(language("es").ordinal(21), "veintiuno");
    }

    proptest! {
        #[test]
        fn every_number_has_words_and_no_two_alike(a in 0u64..1_000_000_000_000, b in 0u64..1_000_000_000_000) {
            for code in ["en", "es"] {
                let words = |number| language(code).cardinal(number);
                prop_assert!(!words(a).is_empty() && !words(a).contains("  "));
                prop_assert_eq!(words(a) == words(b), a == b);
            }
        }
    }
}
