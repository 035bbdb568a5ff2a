//! Sentence templates: how one is written, compiled and matched.
//!
//! `(a|b)` alternatives · `[x]` optional · `<list>` an expansion · `{slot}` something to capture · `~` a gap of a few
//! words · `...` any number of words · `^` and `$` the borders of the sentence. Words match folded; signs are not seen.
//!
//! A template becomes a small program, run by backtracking over (instruction, word) pairs that are each tried at most
//! once before they fail: the work is bounded by the size of the program times the length of the sentence, whatever the template.
//! This module knows no intent. Read next: [`super::rank`].

use super::lexicon::Vocabulary;
use super::token::words_of;
use std::collections::BTreeMap;

/// Widest gap that `~` bridges, in words: more and two unrelated halves of a sentence would meet.
const GAP_WORDS_MAX: usize = 6;
/// Deepest nesting of a template, so that a loop among lists is an error and not an overflow.
const NESTING_MAX: usize = 12;
/// Largest program: it bounds the work of one match.
const PROGRAM_MAX: usize = 1_500;

macro_rules! slots {
    ($($name:ident $text:literal)*) => {
        /// What a template can capture.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Slot { $($name,)* }
        impl Slot {
            /// How many there are.
            pub(crate) const COUNT: usize = [$($text,)*].len();
            fn named(name: &str) -> Option<Self> { match name { $($text => Some(Self::$name),)* _ => None } }
        }
    };
}

slots! {
    Name "name" Query "query" Tag "tag" Stage "stage" Campaign "campaign" Subject "subject" Body "body" Id "id"
    Missing "missing" Added "added" When "when" Phone "phone" Email "email" Number "number" Service "service" Any "any" Title "title"
}

/// Where a slot was found, in words of the sentence.
pub(crate) type Captures = [Option<(usize, usize)>; Slot::COUNT];

#[derive(Clone, Debug)]
enum Step {
    Word(u32),
    OneOf(Box<[u32]>),
    Fork(usize, usize),
    Jump(usize),
    Gap(usize),
    Slot(Slot),
    Start,
    End,
}

#[derive(Debug)]
enum Node {
    Seq(Vec<Node>),
    Alt(Vec<Node>),
    Opt(Box<Node>),
    Word(u32),
    Gap(usize),
    Slot(Slot),
    Start,
    End,
}

/// A compiled template.
#[derive(Debug)]
pub(crate) struct Template {
    program: Vec<Step>,
    /// Words of which one must be there, the rarest such set; empty when there is none.
    pub(crate) keys: Vec<u32>,
    /// Every set of words of which one must be there.
    needs: Vec<Box<[u32]>>,
    /// The words it can begin with, when it begins with a word.
    firsts: Option<Box<[u32]>>,
}

/// The sentence as templates see it: words only, with what each may not be used for.
pub(crate) struct View<'a> {
    /// Numbers of the words; a typing error carries the number of the word that was meant.
    pub(crate) words: &'a [u32],
    /// The words that occur, one bit each.
    pub(crate) present: &'a [u64],
    /// The first and the last word of the sentence proper (politeness cut off).
    pub(crate) borders: (usize, usize),
    /// How long the capture of `slot` starting at a word may be: shortest and longest; longest 0 forbids it.
    pub(crate) reach: &'a dyn Fn(Slot, usize) -> (usize, usize),
}

/// A template found in a sentence.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// Words that were asked for by name count ten, captures six, words in gaps minus one.
    pub(crate) score: i32,
    /// The first word.
    pub(crate) start: usize,
    /// The word after the last.
    pub(crate) end: usize,
    /// What was captured.
    pub(crate) captures: Captures,
}

impl Template {
    /// Compiles a template; the error is a sentence about it.
    pub(crate) fn new(
        text: &str,
        lists: &BTreeMap<String, String>,
        vocabulary: &mut Vocabulary,
    ) -> Result<Self, String> {
        let node = Parser { lists, vocabulary, depth: 0 }.all(text)?;
        let mut program = Vec::new();
        emit(&node, &mut program);
        if program.len() > PROGRAM_MAX {
            return Err(format!("template too large ({} steps, at most {PROGRAM_MAX})", program.len()));
        }
        let mut needs = Vec::new();
        needed(&node, &mut needs);
        needs.sort_by_key(|set| set.len());
        let firsts = firsts(&node).map(|mut words| {
            words.sort_unstable();
            words.dedup();
            words.into_boxed_slice()
        });
        Ok(Self { keys: keys(&node).unwrap_or_default(), needs, firsts, program })
    }

    /// The best place of the template in a sentence: highest score, then the earliest.
    pub(crate) fn find(&self, view: &View<'_>, scratch: &mut Vec<u64>) -> Option<Found> {
        let present =
            |word: &u32| view.present.get(*word as usize / 64).is_some_and(|bits| bits >> (word % 64) & 1 == 1);
        if !self.needs.iter().all(|set| set.iter().any(present)) {
            return None;
        }
        let width = view.words.len() + 1;
        let cells = (self.program.len() + 1) * width;
        scratch.clear();
        scratch.resize(cells / 64 + 1, 0);
        let mut best: Option<Found> = None;
        for start in 0..width {
            let begins = |firsts: &[u32]| view.words.get(start).is_some_and(|word| firsts.binary_search(word).is_ok());
            if !self.firsts.as_deref().is_none_or(begins) {
                continue;
            }
            let mut run = Run { program: &self.program, view, seen: scratch, width };
            let mut captures = [None; Slot::COUNT];
            let Some((score, end)) = run.step(0, start, &mut captures) else { continue };
            if best.as_ref().is_none_or(|best| score > best.score) {
                best = Some(Found { score, start, end, captures });
            }
            if matches!(self.program.first(), Some(Step::Start)) {
                break;
            }
        }
        best
    }
}

struct Run<'r> {
    program: &'r [Step],
    view: &'r View<'r>,
    /// The (instruction, word) pairs from which nothing matches, wherever the match began.
    seen: &'r mut Vec<u64>,
    width: usize,
}

impl Run<'_> {
    /// Runs from instruction `at` at word `word`; the score and the end of the match.
    fn step(&mut self, at: usize, word: usize, captures: &mut Captures) -> Option<(i32, usize)> {
        let Some(step) = self.program.get(at) else { return Some((0, word)) };
        let cell = at * self.width + word;
        let (slot, bit) = (cell / 64, 1u64 << (cell % 64));
        if self.seen[slot] & bit != 0 {
            return None;
        }
        self.seen[slot] |= bit;
        let found = self.take(step, at, word, captures);
        if found.is_some() {
            self.seen[slot] &= !bit;
        }
        found
    }

    fn take(&mut self, step: &Step, at: usize, word: usize, captures: &mut Captures) -> Option<(i32, usize)> {
        let words = self.view.words;
        match step {
            Step::Word(wanted) if words.get(word) == Some(wanted) => self.further(10, at + 1, word + 1, captures),
            Step::OneOf(wanted) if words.get(word).is_some_and(|word| wanted.binary_search(word).is_ok()) => {
                self.further(10, at + 1, word + 1, captures)
            }
            Step::Word(_) | Step::OneOf(_) => None,
            Step::Fork(first, second) => {
                let (first, second) = (*first, *second);
                self.step(first, word, captures).or_else(|| self.step(second, word, captures))
            }
            Step::Jump(to) => self.step(*to, word, captures),
            Step::Gap(most) => {
                let most = (*most).min(words.len().saturating_sub(word));
                (0..=most).find_map(|gap| self.further(-i32::try_from(gap).unwrap_or(0), at + 1, word + gap, captures))
            }
            Step::Slot(slot) => self.slot(*slot, at, word, captures),
            Step::Start => {
                if word <= self.view.borders.0 {
                    self.further(2, at + 1, word, captures)
                } else {
                    None
                }
            }
            Step::End => {
                if word >= self.view.borders.1 {
                    self.further(2, at + 1, word, captures)
                } else {
                    None
                }
            }
        }
    }

    fn further(&mut self, gain: i32, at: usize, word: usize, captures: &mut Captures) -> Option<(i32, usize)> {
        self.step(at, word, captures).map(|(score, end)| (score + gain, end))
    }

    fn slot(&mut self, slot: Slot, at: usize, word: usize, captures: &mut Captures) -> Option<(i32, usize)> {
        let (shortest, longest) = (self.view.reach)(slot, word);
        let longest = longest.min(self.view.words.len().saturating_sub(word));
        for length in (shortest..=longest).rev() {
            if let Some(found) = self.further(6, at + 1, word + length, captures) {
                captures[slot as usize] = captures[slot as usize].or(Some((word, word + length)));
                return Some(found);
            }
        }
        None
    }
}

fn emit(node: &Node, program: &mut Vec<Step>) {
    match node {
        Node::Seq(list) => list.iter().for_each(|node| emit(node, program)),
        Node::Word(word) => program.push(Step::Word(*word)),
        Node::Gap(most) => program.push(Step::Gap(*most)),
        Node::Slot(slot) => program.push(Step::Slot(*slot)),
        Node::Start => program.push(Step::Start),
        Node::End => program.push(Step::End),
        Node::Opt(inner) => {
            let fork = program.len();
            program.push(Step::Fork(fork + 1, 0));
            emit(inner, program);
            program[fork] = Step::Fork(fork + 1, program.len());
        }
        Node::Alt(list) => {
            let mut singles: Vec<u32> = list.iter().filter_map(single).collect();
            singles.sort_unstable();
            singles.dedup();
            let others: Vec<&Node> = list.iter().filter(|node| single(node).is_none()).collect();
            let mut ends = Vec::new();
            // Longer alternatives first: "set up" before "set".
            for (i, alternative) in others.iter().enumerate() {
                let closing = singles.is_empty() && i + 1 == others.len();
                let fork = program.len();
                if !closing {
                    program.push(Step::Fork(fork + 1, 0));
                }
                emit(alternative, program);
                if !closing {
                    ends.push(program.len());
                    program.push(Step::Jump(0));
                    program[fork] = Step::Fork(fork + 1, program.len());
                }
            }
            if !singles.is_empty() {
                program.push(Step::OneOf(singles.into()));
            }
            for end in ends {
                program[end] = Step::Jump(program.len());
            }
        }
    }
}

fn single(node: &Node) -> Option<u32> {
    match node {
        Node::Word(word) => Some(*word),
        Node::Seq(list) => match list.as_slice() {
            [Node::Word(word)] => Some(*word),
            _ => None,
        },
        Node::Alt(_) | Node::Opt(_) | Node::Gap(_) | Node::Slot(_) | Node::Start | Node::End => None,
    }
}

/// A set of words of which one must occur where the node matches; `None` when none need to.
fn keys(node: &Node) -> Option<Vec<u32>> {
    match node {
        Node::Word(word) => Some(vec![*word]),
        Node::Seq(list) => list.iter().filter_map(keys).min_by_key(Vec::len),
        Node::Alt(list) => {
            let mut all = Vec::new();
            for node in list {
                all.extend(keys(node)?);
            }
            Some(all)
        }
        Node::Opt(_) | Node::Gap(_) | Node::Slot(_) | Node::Start | Node::End => None,
    }
}

/// Collects every set of words of which one must occur where the node matches.
fn needed(node: &Node, sets: &mut Vec<Box<[u32]>>) {
    match node {
        Node::Seq(list) => list.iter().for_each(|node| needed(node, sets)),
        Node::Word(_) | Node::Alt(_) => sets.extend(keys(node).map(Vec::into_boxed_slice)),
        Node::Opt(_) | Node::Gap(_) | Node::Slot(_) | Node::Start | Node::End => {}
    }
}

/// The words a node can begin with; `None` when it can begin with anything.
fn firsts(node: &Node) -> Option<Vec<u32>> {
    match node {
        Node::Word(word) => Some(vec![*word]),
        Node::Alt(list) => {
            let mut all = Vec::new();
            for node in list {
                all.extend(firsts(node)?);
            }
            Some(all)
        }
        Node::Seq(list) => {
            // What is optional may be left out: then the next one begins.
            let mut all = Vec::new();
            for node in list {
                if let Node::Opt(inner) = node {
                    all.extend(firsts(inner)?);
                } else {
                    all.extend(firsts(node)?);
                    return Some(all);
                }
            }
            None
        }
        Node::Opt(_) | Node::Gap(_) | Node::Slot(_) | Node::Start | Node::End => None,
    }
}

struct Parser<'p> {
    lists: &'p BTreeMap<String, String>,
    vocabulary: &'p mut Vocabulary,
    depth: usize,
}

impl Parser<'_> {
    fn all(&mut self, text: &str) -> Result<Node, String> {
        if self.depth > NESTING_MAX {
            return Err("lists nest too deeply (does one contain itself?)".to_owned());
        }
        self.depth += 1;
        let mut rest = text;
        let node = self.alternatives(&mut rest)?;
        self.depth -= 1;
        if rest.is_empty() { Ok(node) } else { Err(format!("`{rest}` closes what nothing opened")) }
    }

    fn alternatives(&mut self, rest: &mut &str) -> Result<Node, String> {
        let mut list = vec![self.sequence(rest)?];
        while let Some(after) = rest.strip_prefix('|') {
            *rest = after;
            list.push(self.sequence(rest)?);
        }
        if list.len() > 1 && list.iter().any(|node| matches!(node, Node::Seq(list) if list.is_empty())) {
            return Err("an empty alternative: write [..] for what may be missing".to_owned());
        }
        Ok(if list.len() == 1 { list.swap_remove(0) } else { Node::Alt(list) })
    }

    fn sequence(&mut self, rest: &mut &str) -> Result<Node, String> {
        let mut list = Vec::new();
        loop {
            *rest = rest.trim_start();
            let Some(c) = rest.chars().next() else { break };
            let after = &rest[c.len_utf8()..];
            match c {
                '|' | ')' | ']' => break,
                '(' | '[' => {
                    *rest = after;
                    let inner = self.alternatives(rest)?;
                    let close = if c == '(' { ')' } else { ']' };
                    *rest = rest.strip_prefix(close).ok_or_else(|| format!("`{c}` without `{close}`"))?;
                    list.push(if c == '(' { inner } else { Node::Opt(Box::new(inner)) });
                }
                '<' | '{' => {
                    let close = if c == '<' { '>' } else { '}' };
                    let (name, after) = after.split_once(close).ok_or_else(|| format!("`{c}` without `{close}`"))?;
                    *rest = after;
                    if c == '{' {
                        list.push(Node::Slot(Slot::named(name).ok_or_else(|| format!("no slot is called `{name}`"))?));
                    } else {
                        let text = self.lists.get(name).ok_or_else(|| format!("no list is called `{name}`"))?;
                        list.push(self.all(text)?);
                    }
                }
                '~' => {
                    *rest = after;
                    list.push(Node::Gap(GAP_WORDS_MAX));
                }
                '^' | '$' => {
                    *rest = after;
                    list.push(if c == '^' { Node::Start } else { Node::End });
                }
                '.' => {
                    *rest = rest.strip_prefix("...").ok_or("a single dot: write `...` for any words")?;
                    list.push(Node::Gap(super::token::TOKENS_MAX));
                }
                _ => self.words(rest, &mut list),
            }
        }
        Ok(Node::Seq(list))
    }

    fn words(&mut self, rest: &mut &str, list: &mut Vec<Node>) {
        let end = rest.find(['|', ')', ']', '(', '[', '<', '{', '~', '^', '$', '.']).unwrap_or(rest.len());
        // A word is read exactly as it is read in a sentence.
        for word in words_of(&rest[..end]) {
            list.push(Node::Word(self.vocabulary.intern(&word)));
        }
        *rest = &rest[end..];
    }
}
