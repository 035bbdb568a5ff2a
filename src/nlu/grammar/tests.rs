use super::*;

const WORDS: Source<'_> = Source { file: "words.toml", text: "[number]\n1 = \"one\"\n" };

fn problem(words: &Source<'_>, text: &str) -> String {
    let rules = Source { file: "rules.toml", text };
    Book::read(words, &rules, &mut Vocabulary::default()).expect_err("it must not load").to_string()
}

#[test]
fn a_mistake_in_the_data_names_its_file_and_line() {
    let table = [
        ("[intent.yes]\nsay = \"{nme}\"\n", "rules.toml:2: no slot is called `nme`"),
        ("[intent.yes]\n\nsay = \"<verbs> it\"\n", "rules.toml:3: no list is called `verbs`"),
        ("[intent.maybe]\nsay = \"perhaps\"\n", "rules.toml:1: no intent is called `maybe`"),
        ("[intent.yes]\nsay = { say = \"yes\", rank = \"high\" }\n", "rules.toml:2: `rank` is a whole number"),
        ("[intent.yes]\nsay = { say = \"yes\", field = \"mood\" }\n", "rules.toml:2: no such field"),
        ("[intent.yes]\nsay = { rank = 1 }\n", "rules.toml:2: a rule needs `say`"),
        ("[intent.yes]\nsay = [\n  \"yes\",\n  \"(yes\",\n]\n", "rules.toml:4: `(` without `)`"),
        ("[intent.yes]\nsay = \"(yes|)\"\n", "rules.toml:2: an empty alternative: write [..] for what may be missing"),
        (
            "[lists]\na = \"<a>\"\n[intent.yes]\nsay = \"<a>\"\n",
            "rules.toml:4: lists nest too deeply (does one contain itself?)",
        ),
        ("[traits]\nloud = \"yes\"\n", "rules.toml:2: no trait is called `loud`"),
        ("[marks]\nloud = \"yes\"\n", "rules.toml:2: no mark is called `loud`"),
        ("[moods]\n", "rules.toml:1: no section is called `moods`"),
        ("[intent.yes]\nsay = 3\n", "rules.toml:2: a text was expected"),
    ];
    for (text, wanted) in table {
        assert_eq!(problem(&WORDS, text), wanted, "{text}");
    }
    let words = Source { file: "words.toml", text: "[number]\n1 = \"one\"\n[role]\nloudly = \"so\"\n" };
    assert_eq!(problem(&words, ""), "words.toml:4: nothing is called `role.loudly`");
    assert!(problem(&WORDS, "[intent.yes\n").starts_with("rules.toml:1: "));
}
