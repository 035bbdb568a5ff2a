//! The closed list of what the agent can convey, each with the values its phrase may mention.

macro_rules! meanings {
    ($($name:ident $key:literal [$($slot:literal)*])*) => {
        /// Something the agent can convey. Every language's phrase book words each of them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "the words in models/phrases say it")]
        pub enum Meaning { $($name,)* }

        impl Meaning {
            /// Every meaning, in order: its place here is its index.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its key in the phrase books.
            pub fn key(self) -> &'static str {
                match self { $(Self::$name => $key,)* }
            }

            /// The values its phrase may mention, besides those of the business.
            pub fn slots(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($slot,)*],)* }
            }
        }
    };
}

/// Values every phrase may mention: the business's name, the agent's, and the keys of the services.
pub const STEADY_SLOTS: &[&str] = &["business", "agent"];

meanings! {
    // Opening and closing.
    Greet "greet" []
    GreetKnown "greet_known" ["first_name"]
    Recorded "recorded" []
    Opening "opening" []
    OpeningAgain "opening_again" []
    OpeningHint "opening_hint" []
    AnythingElse "anything_else" []
    Goodbye "goodbye" []
    GoodbyeSilence "goodbye_silence" []
    GoodbyeUnclear "goodbye_unclear" []
    TakeLeave "take_leave" []
    ConfirmGoodbye "confirm_goodbye" []
    // Small talk and control.
    Hello "hello" []
    Welcome "welcome" []
    Sure "sure" []
    NoProblem "no_problem" []
    Identity "identity" []
    Help "help" []
    HoldOn "hold_on" []
    StillThere "still_there" []
    Unclear "unclear" []
    CutOff "cut_off" []
    OneMoment "one_moment" []
    StillWorking "still_working" []
    StartOver "start_over" []
    LetGo "let_go" []
    NotMine "not_mine" []
    NotThatToo "not_that_too" []
    NothingToUndo "nothing_to_undo" []
    NotKnown "not_known" []
    Complaint "complaint" []
    Urgent "urgent" []
    CannotSpeak "cannot_speak" []
    LanguageNow "language_now" []
    DoubtYes "doubt_yes" []
    YesNoHint "yes_no_hint" []
    // Questions about the business.
    Hours "hours" ["week"]
    HoursUnknown "hours_unknown" []
    OpenThen "open_then" ["on_day" "hours"]
    ClosedThen "closed_then" ["on_day"]
    ClosedAtTime "closed_at_time" ["on_day" "time" "hours"]
    OpenNow "open_now" ["time"]
    ClosedNow "closed_now" []
    OpensNext "opens_next" ["on_day" "time"]
    Address "address" ["address"]
    AddressUnknown "address_unknown" []
    Services "services" ["services"]
    Price "price" ["a_service" "service" "price"]
    PriceFree "price_free" ["a_service" "service"]
    PriceDepends "price_depends" ["a_service" "service"]
    PriceOf "price_of" []
    // Booking.
    AskService "ask_service" []
    AskServiceAgain "ask_service_again" ["services"]
    AskServiceHint "ask_service_hint" ["services"]
    AskDay "ask_day" ["a_service" "service"]
    AskDayAgain "ask_day_again" []
    AskDayHint "ask_day_hint" []
    AskNewTime "ask_new_time" []
    DayPassed "day_passed" []
    DayTooFar "day_too_far" ["count"]
    DayClosed "day_closed" ["on_day"]
    DayFull "day_full" ["on_day"]
    TimeTaken "time_taken" ["time" "on_day"]
    PartTaken "part_taken" ["on_day"]
    NoLater "no_later" ["on_day"]
    NoEarlier "no_earlier" ["on_day"]
    NothingFree "nothing_free" []
    OfferOne "offer_one" ["on_day" "time"]
    OfferSome "offer_some" ["on_day" "times"]
    OfferNear "offer_near" ["times"]
    OfferDays "offer_days" ["options"]
    OfferAgain "offer_again" ["options"]
    OfferHint "offer_hint" ["options"]
    WhichOfOffered "which_of_offered" ["options"]
    OfferOneAgain "offer_one_again" ["on_day" "time"]
    SlotKept "slot_kept" ["on_day" "time"]
    AskName "ask_name" []
    AskNameMessage "ask_name_message" []
    AskNameAgain "ask_name_again" []
    AskNameHint "ask_name_hint" []
    AskPhone "ask_phone" []
    AskPhoneAgain "ask_phone_again" []
    AskPhoneHint "ask_phone_hint" []
    PhoneIncomplete "phone_incomplete" []
    ReadBackBooking "read_back_booking" ["a_service" "service" "on_date" "time"]
    ReadBackMove "read_back_move" ["service" "old_date" "old_time" "on_date" "time"]
    ReadBackCancel "read_back_cancel" ["service" "on_date" "time"]
    ReadBackName "read_back_name" ["name"]
    ReadBackNameSpelled "read_back_name_spelled" ["name" "spelling"]
    ReadBackThisNumber "read_back_this_number" []
    ReadBackPhone "read_back_phone" ["phone"]
    ShallIBook "shall_i_book" []
    ShallIMove "shall_i_move" []
    ShallICancel "shall_i_cancel" []
    WhatToChange "what_to_change" []
    WhatToChangeHint "what_to_change_hint" []
    BookAsItIs "book_as_it_is" []
    MoveAsItIs "move_as_it_is" []
    Booked "booked" ["service" "on_date" "time" "id"]
    Moved "moved" ["service" "on_date" "time" "id"]
    Cancelled "cancelled" ["service" "on_date" "time" "id"]
    Kept "kept" []
    // Appointments there are.
    FindBy "find_by" []
    FindByAgain "find_by_again" []
    FindByHint "find_by_hint" []
    NoneHere "none_here" []
    NoneFound "none_found" []
    HaveOne "have_one" ["a_service" "service" "on_date" "time"]
    HaveSeveral "have_several" ["count" "options"]
    HaveNone "have_none" []
    Which "which" ["count" "options"]
    WhichAgain "which_again" ["options"]
    WhichHint "which_hint" ["options"]
    OptionLine "option_line" ["number" "service" "on_date" "time"]
    SlotLine "slot_line" ["on_day" "time"]
    // Messages and people.
    AskWords "ask_words" []
    AskWordsAgain "ask_words_again" []
    AskWordsHint "ask_words_hint" []
    ReadBackWords "read_back_words" ["words"]
    ShallILeave "shall_i_leave" []
    MessageLeft "message_left" ["id"]
    OptOutWords "opt_out_words" []
    OfferPerson "offer_person" []
    OfferMessage "offer_message" []
    Transfer "transfer" []
    TransferInText "transfer_in_text" ["phone"]
    NoPerson "no_person" []
    NobodyFree "nobody_free" []
    // When the CRM does not do it.
    SlotTaken "slot_taken" []
    NotBookable "not_bookable" []
    Gone "gone" []
    TryAgain "try_again" []
    Unavailable "unavailable" []
    Unsupported "unsupported" []
    Unsure "unsure" []
    UnsureNote "unsure_note" ["what"]
    Flagged "flagged" []
    NotFlagged "not_flagged" []
    MessageLost "message_lost" []
    MessageUnsure "message_unsure" []
    FlagBook "flag_book" ["service" "on_date" "time"]
    FlagMove "flag_move" ["service" "on_date" "time"]
    FlagCancel "flag_cancel" ["service" "on_date" "time"]
}
