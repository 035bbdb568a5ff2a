//! Why an operation is refused, or a message did not go out: every reason there is, by name, and its words.
//!
//! A reason is written down and shown as its words, and read back from them; whoever speaks another language asks for its
//! [code](Reason::code) and what stands in its [gaps](Reason::gaps).
//!
//! Invariant: what a reason is written as is read back as that reason.

use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($($name:ident $({ $($gap:ident: $kind:ty),* })? $words:literal)*) => {
        /// Why something is refused or did not go out; its words say what to do.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
        #[serde(into = "String", from = "String")]
        pub enum Reason {
            $(
                /// As its words say.
                #[error($words)]
                $name $({
                    $(
                        /// What stands there.
                        $gap: $kind,
                    )*
                })?,
            )*
        }

        impl Reason {
            /// Every reason by its name, with its words and what their gaps are called.
            pub const ALL: &[(&str, &str, &[&str])] =
                &[$((stringify!($name), $words, &[$($(stringify!($gap)),*)?])),*];

            fn name(&self) -> &'static str {
                match self { $(Self::$name $({ $($gap: _),* })? => stringify!($name),)* }
            }

            /// What stands in the gaps of its words, by their names.
            pub fn gaps(&self) -> Vec<(&'static str, String)> {
                match self { $(Self::$name $({ $($gap),* })? => vec![$($((stringify!($gap), $gap.to_string())),*)?],)* }
            }

            /// The reason of a name, if this can stand in its gaps.
            fn named(name: &str, gaps: &[&str]) -> Option<Self> {
                let mut gaps = gaps.iter();
                match name {
                    $(stringify!($name) => Some(Self::$name $({ $($gap: gaps.next()?.parse().ok()?),* })?),)*
                    _ => None,
                }
            }
        }
    };
}

reasons! {
    // What a request must be.
    Unreadable { words: String } "that is no such request: {words}"
    TextWanted { field: String } "`{field}` takes a text"
    NotACurrency "a currency is written by its ISO 4217 code, as in USD"
    YesOrNoWanted { field: String } "`{field}` takes true or false"
    KeyLength { most: usize } "an idempotency key has between 1 and {most} bytes"
    CursorOfAnother "that `cursor` is not of this list in this order: begin without one"
    EndBeforeStart "the end of the time asked for is not after its start"
    DayOutOfReason { first: i16, last: i16 } "a day lies between {first} and {last}"
    DayBeyondCalendar "that day is beyond the calendar"
    LastDayBeforeFirst "the last day is not before the first"
    StretchTooLong "a stretch of days is ten years at the most"
    // Words.
    NameTooLong { most: usize } "a name has at most {most} characters"
    Nameless { what: String } "the {what} needs a name"
    TooLong { what: String, most: usize } "the {what} may have at most {most} characters"
    NoWords { what: String } "the {what} has no words"
    NoSubject "the e-mail has no subject"
    SubjectWanted "an e-mail needs a `subject`"
    SubjectOfText "a text has no subject"
    NotAnEmail "that is not an e-mail address: write it as in ana@example.com"
    NotAPhone "not a telephone number: write it with its country code, as in +1 305 555 0199"
    NotAnAddress "that is no address in the web: write it as in https://example.com/hook"
    NotAZone "the zone must be an IANA name, such as America/New_York"
    // Money.
    NotAnAmount { what: String, most: i64 } "the {what} is a whole number of minor units (cents), 0 to {most}"
    AmountRange { most: i64 } "an amount is 1 to {most} minor units"
    OrderItems { most: usize } "an order has 1 to {most} items"
    ItemMissing "an item is there at least once: leave it out if it is not"
    ItemsAmount { most: i64 } "the items must add up to an amount of 0 to {most} minor units"
    ItemsNotTotal { sum: i64 } "the items add up to {sum} minor units, not to the total given"
    ItemsNoAmount "the items do not add up to an amount"
    OtherCurrency { currency: String } "that order is in {currency}, and so is what is paid for it"
    ReferenceTaken { provider: String } "another transaction of {provider} has this reference"
    MoreThanOwed { most: i64, given: i64 } "only {most} minor units of that order is owed, not {given}"
    MoreThanPaid { most: i64, given: i64 } "only {most} minor units of that order was paid and not given back, not {given}"
    // People and their fields.
    ContactNameless "a contact needs a name, a telephone number or an e-mail address"
    PersonNameless "a person needs a name, a telephone number or an e-mail address"
    ContactUnfindable "a contact is found by `phone` or `email`: give at least one of them"
    Tags { most: usize, longest: usize } "at most {most} tags, each of 1 to {longest} characters"
    ContactTags { most: usize, contact: String } "a contact has at most {most} tags: {contact} would have more"
    ContactReach { most: usize } "a contact has at most {most} further numbers and addresses"
    MergedWithItself "one contact cannot be merged with itself: name another in `gone`"
    WhoTwice "give `contacts` or `filter`, not both"
    WhoMissing "say who: give `contacts` or `filter`"
    TooManyNamed { most: usize } "one action changes at most {most} contacts: name fewer"
    TooManyFit { most: usize } "more than {most} contacts fit, and one action changes no more: narrow the filter"
    ValueWithoutField "`value` needs the `field` it is looked for in"
    NoSuchField { field: String } "there is no field `{field}`"
    FieldUndefined { field: String } "there is no field `{field}`: define it first"
    FieldGone { field: String } "there is no field `{field}` any more"
    FieldKey "a field's key is a small letter, then small letters, figures and underscores, at most 40"
    FieldLabel { most: usize } "a field has a label, and at most {most} choices, none empty"
    FieldChoices "a choice has choices, and no other kind has"
    FieldKind "a field's kind cannot be changed: remove the field, or define another"
    Fields { most: usize } "a business defines at most {most} fields"
    FieldTakesShorter { field: String, most: usize } "`{field}` takes a text of at most {most} characters, fewer where they have accents"
    FieldTakesNumber { field: String } "`{field}` takes a number"
    FieldTakesDay { field: String } "`{field}` takes a day, as in 2026-11-23"
    FieldTakesChoice { field: String, choices: String } "`{field}` takes one of: {choices}"
    FieldTakesUrl { field: String } "`{field}` takes an address in the web, as in https://example.com"
    FieldTakesPhone { field: String } "`{field}` takes a telephone number, with its country code or of the business's country"
    FieldTakesEmail { field: String } "`{field}` takes an e-mail address, as in ana@example.com"
    SmartListNameless "a list needs a name"
    SmartLists { most: i64 } "a business has at most {most} smart lists"
    // Files that are brought in.
    FileTooLarge "a file has at most 24 MB: hand it in in parts"
    FileRows { most: u64 } "a file has at most {most} rows: hand it in in parts"
    FileColumns { most: usize } "a file has at most {most} columns"
    FileEmpty "the file is empty"
    FileOnlyHeader "the file has a header and no rows"
    ColumnsUnnamed { width: usize } "the file has {width} columns: say of each what it holds, `ignored` where nothing"
    ColumnTwice "two columns hold the same: choose one of them"
    NoTellingColumn "no column holds a name, a telephone number or an e-mail address: say which does"
    NoChannel { word: String } "`{word}` is no way to reach somebody: call, email, sms or all"
    RowPhone { said: String } "`{said}`: not a telephone number: write it with its country code, as in +1 305 555 0199"
    RowNameless "the row has no name, no telephone number and no e-mail address"
    RowAllAnothers "all it says is another contact's: it cannot be added once more"
    RowOfSeveral "its numbers and addresses are several contacts': merge them first"
    ImportBegun "that import was begun already: hand the file in again"
    ImportRunning "that import is under way: cancel it first"
    ImportOver "that import is over: `undo_import` takes back what it brought in"
    ImportOfNothing "nothing of that file was brought in yet"
    // Sales and tasks.
    TaskUntitled "a task needs a title"
    Pipelines { most: usize } "a business has at most {most} pipelines: delete one first"
    NoPipeline "there is no pipeline yet: make one first (create_pipeline)"
    Stages { most: usize } "a pipeline has 1 to {most} stages"
    StageTwice "each stage of a pipeline is there once, under a name of its own"
    StageWithId "a new stage has no `id` yet: leave it out"
    Probability "a probability is a number of 0 to 100"
    StageInUse { stage: String, there: i64 } "the stage `{stage}` has {there} opportunities: move or delete them first"
    StageOfAnother "that stage is one of another pipeline"
    ClosedNotMoved "that opportunity is closed: reopen it before it is moved"
    ClosedOtherwise "that opportunity is closed: reopen it to close it in another way"
    OpportunitySteps { most: i64 } "that opportunity has taken {most} steps: make a new one of it"
    // Time and the business.
    HoldTimes { most: usize } "a hold chooses from 1 to {most} times"
    AppointmentCancelled "that appointment was cancelled"
    CancelledBookAnew "that appointment was cancelled: book a new one"
    AppointmentOver "that appointment is over"
    AppointmentNotBegun "that appointment has not begun yet: only then it is completed, or nobody came"
    NoticeTooLong "what callers are told about the recording must be short: they hear it before anything else"
    BookingStep "the step of booking must be a multiple of five minutes, a day at the most"
    BookingAhead "at most two years can be booked ahead, and no more notice be asked for"
    DaysDiffer { most: usize } "at most {most} days can differ from the ordinary week"
    DayTwice "a day that differs is there once, with all its opening hours"
    DayOpenings { most: usize } "a day has at most {most} opening hours"
    OpeningsOverlap "opening hours of a day must not overlap"
    NightOverlaps "opening hours of a night must not overlap those of the next day"
    HoursOffGrid "opening hours must lie on multiples of five minutes"
    Services { most: usize } "a business offers at most {most} services"
    ServiceLength "a service takes between a minute and a day, and so does the time kept free after it"
    ServiceNames { most: usize } "a service has at most {most} other names"
    ServicesAlike { name: String } "two services are called `{name}`: each has a name of its own"
    ServiceWithId "a new service has no `id` yet: leave it out"
    ServiceTwice "each service is there once"
    ServiceBooked { service: String, there: i64 } "the service `{service}` is booked ({there} to come): move or cancel those first"
    BusinessAdded "a business that was added is not taken back"
    NothingToChange "say what is to be changed, as in `name`: nothing was given"
    NotARegion "the region is a country's two letters in ISO 3166, such as US"
    BusinessTaken "a business with this id or number, or a service with this id, is there already"
    CallTurns "the call has too many turns to keep more"
    // Messages and outreach.
    MessageMedium "a message is sent by `sms` or by `email`"
    ReviewMedium "a review is asked for by `sms` or by `email`"
    Pictures { most: usize } "a text carries at most {most} pictures"
    NoPhone "the contact has no telephone number"
    NoEmail "the contact has no e-mail address"
    NoSuchChannel "the contact cannot be reached by this channel anyway"
    ConsentWords "write down the words in which they said it"
    CallInFuture "a call that is written down lies in the past"
    ReviewsUndecided "decide first where reviews are written (configure_reviews)"
    ReviewLink { place: String } "write {place} in the words, where the address goes"
    ReviewTooSoon { days: u32 } "they were asked in the last {days} days: not again so soon"
    CampaignOver "the campaign is over: nobody is added to it"
    WorkflowOff "the workflow is switched off: nobody is added to it"
    PostTwice "a post is published now or then: say one of both"
    PostInPast "a post is published now or later, not before"
    PostAccounts { most: usize } "a post goes to at most {most} accounts"
    NoAccount "connect a social account first: the post has nowhere to go"
    PostOut "the post is being published, or was: write another one"
    PayloadTooLarge { most: usize } "the payload has at most {most} bytes"
    // What is taken back, and rows that stand in each other's way.
    NeverUndone { what: String } "what {what} does cannot be taken back"
    HouseUndone "what the house did of itself is not taken back"
    AlreadyUndone "that was taken back already: take back its undo to have it again"
    ChangesErased "what it changed was erased: it cannot be taken back"
    ImportUndone "an import is stopped by `cancel_import`, taken back by `undo_import`"
    AccessUndone "who comes in, and where, is not taken back: change it again"
    CallUndone "what was done in a call cannot be taken back"
    ConsentUndone "what somebody said they want to hear is not taken back: record what they say now"
    NoLongerRead { what: String } "that {what} was kept in a way that is no longer read"
    WhoUnknown "`who` is caller, owner, house, ai, or the id of a user, a key or a workflow"
    ThereAlready { what: String } "there is such a {what} already"
    StillNeeded { what: String } "something points to that {what}, or what it points to is gone"
    // Why something did not go out.
    SwitchedOff "sending is switched off (SENDING=false)"
    Stopped "they have asked for no more messages: only they can take that back, by writing START"
    DoNotDisturb "the contact is marked as not to be disturbed by this channel"
    QuietHours { until: String } "it is too late or too early where they are: it goes out at {until}"
    OptedOut "they have told the carrier that they want no messages"
    CarrierAway "the carrier cannot be reached"
    Unconfirmed "it was handed over and nobody said whether it was taken"
    PostUnconfirmed "it was posted and nobody said whether it was taken"
    CarrierSilent "the carrier did not say whether it took the message"
    NoDestination "it is not known where it goes"
    NoCarrier { medium: String } "nothing is set up to send by {medium}"
    NotDelivered "it was not delivered"
    NotDeliveredBecause { code: String } "it was not delivered: Twilio's error {code}"
    TwilioCredentials "Twilio refused the account's credentials"
    TwilioRefused { code: u32 } "Twilio refused the request: error {code}"
    TwilioAccount "Twilio does not know TWILIO_ACCOUNT_SID"
    MailUnwritable "the message cannot be written as e-mail"
    MailAddress "that is no e-mail address"
    MailRefused { code: String } "the mail server refused the message: {code}"
    MailServer "the mail server and we do not understand each other: check SMTP_URL"
    HookAddress "that is no address to post to: write it as in https://example.com/hook"
    HookTooLong "the address is too long"
    HookPassword "an address to post to carries no user and password"
    HookPrivate "that address leads into a private network: it is not posted to (WEBHOOK_PRIVATE_NETWORKS)"
    HookPayload { most: usize } "the payload is larger than {most} bytes"
    HookConnection "no connection can be prepared"
    HookAnswered { status: u16 } "the address answered {status}"
    Told { words: String } "{words}"
}

impl Reason {
    /// Its name in small letters, as phrase books spell it: `task_untitled`.
    pub fn code(&self) -> String {
        in_small_letters(self.name())
    }

    /// Every code there is, with what the gaps of its words are called.
    pub fn codes() -> impl Iterator<Item = (String, &'static [&'static str])> {
        Self::ALL.iter().map(|(name, _, gaps)| (in_small_letters(name), *gaps))
    }
}

impl From<Reason> for String {
    fn from(reason: Reason) -> Self {
        reason.to_string()
    }
}

impl From<String> for Reason {
    /// The reason with these words; somebody else's words are what they told us.
    fn from(words: String) -> Self {
        let fitting = Self::ALL.iter().filter_map(|(name, pattern, _)| {
            let pieces = pieces(pattern);
            let own: usize = pieces.iter().map(|piece| piece.len()).sum();
            let reason = Self::named(name, &between(&pieces, &words)?)?;
            // What differs may be written in several ways; what is written is what counts.
            (reason.to_string() == words).then_some((own, reason))
        });
        // Of several the one that says most in words of its own.
        fitting.max_by_key(|(own, _)| *own).map_or(Self::Told { words }, |(_, reason)| reason)
    }
}

/// `TaskUntitled` is `task_untitled`.
fn in_small_letters(name: &str) -> String {
    name.chars().fold(String::new(), |mut code, letter| {
        if letter.is_uppercase() && !code.is_empty() {
            code.push('_');
        }
        code.extend(letter.to_lowercase());
        code
    })
}

/// What stands around the gaps of a pattern.
fn pieces(pattern: &str) -> Vec<&str> {
    let (first, rest) = pattern.split_once('{').unwrap_or((pattern, ""));
    let others = rest.split('{').filter_map(|part| part.split_once('}').map(|(_, piece)| piece));
    std::iter::once(first).chain(others).collect()
}

/// What stands between these pieces of a text; none when it is not made of them.
fn between<'t>(pieces: &[&str], text: &'t str) -> Option<Vec<&'t str>> {
    let (first, others) = pieces.split_first()?;
    let mut rest = text.strip_prefix(*first)?;
    let mut gaps = Vec::new();
    for (place, piece) in others.iter().enumerate() {
        let last = place + 1 == others.len();
        let end = if last { rest.strip_suffix(*piece)?.len() } else { rest.find(*piece)? };
        gaps.push(&rest[..end]);
        rest = &rest[end + piece.len()..];
    }
    (!others.is_empty() || rest.is_empty()).then_some(gaps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Each reason, with something in its gaps.
    fn every() -> impl Iterator<Item = Reason> {
        let given = |name: &str, gaps: &[&str]| Reason::named(name, &vec!["7"; gaps.len()]);
        Reason::ALL.iter().map(move |(name, _, gaps)| given(name, gaps).expect("seven fits any gap"))
    }

    #[test]
    fn a_reason_is_read_back_from_its_words() {
        for reason in every() {
            assert_eq!(Reason::from(reason.to_string()), reason);
            let written = serde_json::to_string(&reason).expect("written");
            assert_eq!(serde_json::from_str::<Reason>(&written).expect("read"), reason, "{written}");
        }
        let told = "the moon is in the way".to_owned();
        assert_eq!(Reason::from(told.clone()), Reason::Told { words: told });
    }

    #[test]
    fn no_two_reasons_have_one_code_or_the_same_words() {
        let codes: BTreeSet<_> = Reason::codes().map(|(code, _)| code).collect();
        let words: BTreeSet<_> = Reason::ALL.iter().map(|(_, words, _)| words).collect();
        assert_eq!((codes.len(), words.len()), (Reason::ALL.len(), Reason::ALL.len()));
        assert_eq!(Reason::TaskUntitled.code(), "task_untitled");
    }
}
